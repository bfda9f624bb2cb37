// Convolutions along segments and over images: feature by feature, and as windows laid out side by side for a product.

struct DepthwiseJob
{
    float *X, *W, *B, *Y;
    int *First, *End;
    int Rows, Cols, Segments, Kernel, Step;
    bool Fresh;
    float* Partial;
    int Chunks;
};

// First and End hold the bounds of every row's segment.
KERNEL(depthwise, DepthwiseJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols)
    {
        const int r = (int)(i / j.Cols), c = (int)(i % j.Cols), first = j.First[r], end = j.End[r];
        float sum = j.B ? j.B[c] : 0.0f;
        for (int tap = 0, from = r - (j.Kernel - 1) / 2 * j.Step; tap < j.Kernel; tap++, from += j.Step)
            if (from >= first && from < end) sum += j.X[(nint)from * j.Cols + c] * j.W[tap * j.Cols + c];
        put(j.Y + i, sum, j.Fresh);
    }
}

// A column per tap and feature; Y holds dy.
KERNEL(depthwise_weights, DepthwiseJob)
{
    sum_columns(j.Rows, j.Kernel * j.Cols, j.Chunks, j.Partial, [&](nint r, int column)
    {
        const int tap = column / j.Cols, c = column % j.Cols;
        const nint from = r + (tap - (j.Kernel - 1) / 2) * j.Step;
        return from >= j.First[r] && from < j.End[r] ? j.Y[r * j.Cols + c] * j.X[from * j.Cols + c] : 0.0f;
    });
}

struct WindowSide
{
    int Kernel, Stride, Dilation;
    __device__ int before() const { return (Kernel - 1) / 2 * Dilation; }
    __device__ int count(int positions) const { return (positions + Stride - 1) / Stride; }
};

struct WindowJob
{
    float *X, *Windows;
    int *First, *Height, *OutFirst;
    int Images, Width, Cols, Rows, Outputs;
    WindowSide Down, Across;
    bool Even, Fresh;
};

// The image that holds a place, given the first place of each.
__device__ __forceinline__ int image_of(const WindowJob& j, const int* firsts, int all, int place)
{
    if (j.Even) return place / (all / j.Images);
    int low = 0;
    for (int high = j.Images; high - low > 1;)
    {
        const int middle = (low + high) / 2;
        if (firsts[middle] <= place) low = middle;
        else high = middle;
    }
    return low;
}

KERNEL(fill_windows, WindowJob)
{
    const int across = j.Across.Kernel, window = j.Down.Kernel * across * j.Cols, out_width = j.Across.count(j.Width);
    FOR_ELEMENTS(i, (nint)j.Outputs * window)
    {
        const int output = (int)(i / window), part = (int)(i % window), tap = part / j.Cols, c = part % j.Cols;
        const int image = image_of(j, j.OutFirst, j.Outputs, output), place = output - j.OutFirst[image];
        const int y = place / out_width * j.Down.Stride - j.Down.before() + tap / across * j.Down.Dilation;
        const int x = place % out_width * j.Across.Stride - j.Across.before() + tap % across;
        const bool inside = y >= 0 && y < j.Height[image] && x >= 0 && x < j.Width;
        j.Windows[i] = inside ? j.X[(j.First[image] + (nint)y * j.Width + x) * j.Cols + c] : 0.0f;
    }
}

// The window in which a position is a certain tap, −1 for none.
__device__ __forceinline__ int window_of(const WindowSide& side, int position, int tap, int count)
{
    const int from = position + side.before() - tap * side.Dilation, window = from / side.Stride;
    return from >= 0 && window * side.Stride == from && window < count ? window : -1;
}

KERNEL(gather_windows, WindowJob)
{
    const int across = j.Across.Kernel, window = j.Down.Kernel * across * j.Cols, out_width = j.Across.count(j.Width);
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols)
    {
        const int row = (int)(i / j.Cols), c = (int)(i % j.Cols), image = image_of(j, j.First, j.Rows, row), place = row - j.First[image];
        const int y = place / j.Width, x = place % j.Width, out_height = j.Down.count(j.Height[image]);
        float sum = 0.0f;
        for (int ky = j.Down.Kernel - 1; ky >= 0; ky--)
        {
            const int oy = window_of(j.Down, y, ky, out_height);
            if (oy < 0) continue;
            for (int kx = across - 1; kx >= 0; kx--)
            {
                const int ox = window_of(j.Across, x, kx, out_width);
                if (ox >= 0) sum += j.Windows[(j.OutFirst[image] + (nint)oy * out_width + ox) * window + (ky * across + kx) * j.Cols + c];
            }
        }
        put(j.X + i, sum, j.Fresh);
    }
}
