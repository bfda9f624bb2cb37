// Ops of the image models.

struct ShuffleJob
{
    float *Fine, *Coarse;
    int Positions, Width, Cols, Factor;
    bool ToCoarse, Fresh;
};

KERNEL(shuffle, ShuffleJob)
{
    const int f = j.Factor;
    FOR_ELEMENTS(i, (nint)j.Positions * j.Cols)
    {
        const int r = (int)(i / j.Cols), c = (int)(i % j.Cols), y = r / j.Width, x = r % j.Width;
        const nint k = (((nint)(y / f) * (j.Width / f) + x / f) * f * f + y % f * f + x % f) * j.Cols + c;
        if (j.ToCoarse) put(j.Coarse + k, j.Fine[i], j.Fresh);
        else put(j.Fine + i, j.Coarse[k], j.Fresh);
    }
}

// fill_windows and gather_windows over four channels at a time: images have many positions, and the divisions would cost more than the memory.
KERNEL(fill_windows_wide, WindowJob)
{
    const int across = j.Across.Kernel, cols = j.Cols / 4, window = j.Down.Kernel * across * cols, out_width = j.Across.count(j.Width);
    const float4* from = (const float4*)j.X;
    float4* to = (float4*)j.Windows;
    FOR_ELEMENTS(i, (nint)j.Outputs * window)
    {
        const int output = (int)(i / window), part = (int)(i - (nint)output * window), tap = part / cols, c = part - tap * cols;
        const int image = image_of(j, j.OutFirst, j.Outputs, output), place = output - j.OutFirst[image], oy = place / out_width, ky = tap / across;
        const int y = oy * j.Down.Stride - j.Down.before() + ky * j.Down.Dilation;
        const int x = (place - oy * out_width) * j.Across.Stride - j.Across.before() + tap - ky * across;
        const bool inside = y >= 0 && y < j.Height[image] && x >= 0 && x < j.Width;
        float4 v = {0.0f, 0.0f, 0.0f, 0.0f};
        if (inside) v = from[(j.First[image] + (nint)y * j.Width + x) * cols + c];
        to[i] = v;
    }
}

KERNEL(gather_windows_wide, WindowJob)
{
    const int across = j.Across.Kernel, cols = j.Cols / 4, window = j.Down.Kernel * across * cols, out_width = j.Across.count(j.Width);
    const float4* from = (const float4*)j.Windows;
    float4* to = (float4*)j.X;
    FOR_ELEMENTS(i, (nint)j.Rows * cols)
    {
        const int row = (int)(i / cols), c = (int)(i - (nint)row * cols), image = image_of(j, j.First, j.Rows, row), place = row - j.First[image];
        const int y = place / j.Width, x = place - y * j.Width, out_height = j.Down.count(j.Height[image]);
        float4 sum = {0.0f, 0.0f, 0.0f, 0.0f};
        for (int ky = j.Down.Kernel - 1; ky >= 0; ky--)
        {
            const int oy = window_of(j.Down, y, ky, out_height);
            if (oy < 0) continue;
            for (int kx = across - 1; kx >= 0; kx--)
            {
                const int ox = window_of(j.Across, x, kx, out_width);
                if (ox < 0) continue;
                const float4 v = from[(j.OutFirst[image] + (nint)oy * out_width + ox) * window + (ky * across + kx) * cols + c];
                sum.x += v.x;
                sum.y += v.y;
                sum.z += v.z;
                sum.w += v.w;
            }
        }
        if (!j.Fresh)
        {
            const float4 v = to[i];
            sum.x += v.x;
            sum.y += v.y;
            sum.z += v.z;
            sum.w += v.w;
        }
        to[i] = sum;
    }
}
