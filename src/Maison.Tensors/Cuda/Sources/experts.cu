// Mixtures of experts: which experts work on a row, its features on their way to them and back.

struct RouteJob
{
    float *Z, *P, *Bias, *W, *Dw, *Dz;
    int* Chosen;
    int Rows, Experts, Padded, K;
    bool Normalise, Fresh;
};

// p = softmax(z), then k times the largest of p + bias; ties, and rows of NaN, fall on the lowest number. A lane knows which of its experts are taken.
KERNEL(route_forward, RouteJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float* z = j.Z + r * j.Experts;
    float *p = j.P + r * j.Padded, *w = j.W + r * j.K, most = -3.0e38f, sum = 0.0f;
    for (int e = lane(); e < j.Experts; e += 32) most = fmaxf(most, z[e]);
    most = warp_max(most);
    for (int e = lane(); e < j.Experts; e += 32) sum += expf(z[e] - most);
    sum = warp_sum(sum);
    for (int e = lane(); e < j.Padded; e += 32) p[e] = e < j.Experts ? expf(z[e] - most) / sum : 0.0f;
    unsigned long long taken = 0;
    float chosen = 0.0f;
    for (int i = 0; i < j.K; i++)
    {
        int best = 0x7fffffff;
        float score = -3.0e38f;
        for (int e = lane(), bit = 0; e < j.Experts; e += 32, bit++)
        {
            if (taken >> bit & 1) continue;
            const float s = j.Bias ? p[e] + j.Bias[e] : p[e];
            if (best < j.Experts && !(s > score)) continue;
            best = e;
            if (s > score) score = s;
        }
        for (int d = 16; d > 0; d >>= 1)
        {
            const float other = __shfl_xor_sync(0xffffffffu, score, d);
            const int at = __shfl_xor_sync(0xffffffffu, best, d);
            if (other > score || other == score && at < best)
            {
                score = other;
                best = at;
            }
        }
        if ((best & 31) == lane()) taken |= 1ull << (best >> 5);
        const float v = __shfl_sync(0xffffffffu, (best & 31) == lane() ? p[best] : 0.0f, best & 31);
        chosen += v;
        if (lane() == 0)
        {
            j.Chosen[r * j.K + i] = best;
            w[i] = v;
        }
    }
    __syncwarp();
    for (int i = lane(); j.Normalise && i < j.K; i += 32) w[i] /= chosen;
}

KERNEL(route_backward, RouteJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float *p = j.P + r * j.Padded, *w = j.W + r * j.K, *dw = j.Dw + r * j.K;
    const int* chosen = j.Chosen + r * j.K;
    float sum = j.Normalise ? 0.0f : 1.0f, mean = 0.0f, dot = 0.0f;
    for (int i = 0; j.Normalise && i < j.K; i++)
    {
        sum += p[chosen[i]];
        mean += dw[i] * w[i];
    }
    for (int i = 0; i < j.K; i++) dot += p[chosen[i]] * (dw[i] - mean) / sum;
    for (int e = lane(); e < j.Experts; e += 32)
    {
        float dz = -p[e] * dot;
        for (int i = 0; i < j.K; i++)
            if (chosen[i] == e) dz += p[e] * (dw[i] - mean) / sum;
        put(j.Dz + r * j.Experts + e, dz, j.Fresh);
    }
}

struct DispatchJob
{
    float *X, *Y, *R, *W, *Dx, *Dy, *Dw;
    int *SlotOf, *ChoiceAt;
    int Rows, Cols, K;
    bool FreshX, FreshW;
};

KERNEL(dispatch_backward, DispatchJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols)
    {
        const nint r = i / j.Cols, c = i % j.Cols;
        float sum = 0.0f;
        for (int k = 0; k < j.K; k++) sum += j.Dy[(nint)j.SlotOf[r * j.K + k] * j.Cols + c];
        put(j.Dx + i, sum, j.FreshX);
    }
}

KERNEL(combine_forward, DispatchJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols)
    {
        const nint r = i / j.Cols, c = i % j.Cols;
        float sum = j.R[i];
        for (int k = 0; k < j.K; k++) sum += j.W[r * j.K + k] * j.X[(nint)j.SlotOf[r * j.K + k] * j.Cols + c];
        j.Y[i] = sum;
    }
}

KERNEL(combine_backward, DispatchJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float* dy = j.Dy + r * j.Cols;
    for (int k = 0; k < j.K; k++)
    {
        const nint slot = (nint)j.SlotOf[r * j.K + k] * j.Cols;
        const float w = j.W[r * j.K + k];
        float dot = 0.0f;
        for (int c = lane(); c < j.Cols; c += 32)
        {
            dot += dy[c] * j.X[slot + c];
            put(j.Dx + slot + c, w * dy[c], j.FreshX);
        }
        dot = warp_sum(dot);
        if (lane() == 0) put(j.Dw + r * j.K + k, dot, j.FreshW);
    }
}
