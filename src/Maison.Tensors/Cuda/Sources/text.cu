// Ops of the text models: lookups, norms, gates, rotary positions, mixes, losses.

struct NormJob
{
    float *X, *Y, *G, *S, *Dx, *Dy, *Dg;
    int Rows, Cols;
    float Eps;
    bool Fresh;
    float* Partial;
    int Chunks;
    unsigned short *RoundedY, *RoundedX;
};

KERNEL(norm_forward, NormJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float* x = j.X + r * j.Cols;
    float* y = j.Y + r * j.Cols;
    float sum = 0.0f;
    for (int i = lane(); i < j.Cols; i += 32) sum += x[i] * x[i];
    const float s = 1.0f / sqrtf(warp_sum(sum) / j.Cols + j.Eps);
    if (lane() == 0) j.S[r] = s;
    for (int i = lane(); i < j.Cols; i += 32)
    {
        const float v = j.G ? x[i] * s * j.G[i] : x[i] * s;
        y[i] = v;
        if (j.RoundedY) j.RoundedY[r * j.Cols + i] = (unsigned short)bf16_pair(v, 0.0f);
    }
}

// A block per row.
KERNEL(norm_forward_row, NormJob)
{
    __shared__ float scale;
    wait_for_earlier();
    const float* x = j.X + (nint)blockIdx.x * j.Cols;
    float* y = j.Y + (nint)blockIdx.x * j.Cols;
    float sum = 0.0f;
#pragma unroll 8
    for (int i = threadIdx.x; i < j.Cols; i += 256) sum += x[i] * x[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) j.S[blockIdx.x] = scale = 1.0f / sqrtf(sum / j.Cols + j.Eps);
    __syncthreads();
    const float s = scale;
#pragma unroll 8
    for (int i = threadIdx.x; i < j.Cols; i += 256) y[i] = j.G ? x[i] * s * j.G[i] : x[i] * s;
}

KERNEL(norm_backward, NormJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float *x = j.X + r * j.Cols, *dy = j.Dy + r * j.Cols;
    float* dx = j.Dx + r * j.Cols;
    float sum = 0.0f;
    for (int i = lane(); i < j.Cols; i += 32) sum += (j.G ? dy[i] * j.G[i] : dy[i]) * x[i];
    const float s = j.S[r], c = -warp_sum(sum) * s * s * s / j.Cols;
    for (int i = lane(); i < j.Cols; i += 32) put_rounded(j.RoundedX, j.Dx, r * j.Cols + i, s * (j.G ? dy[i] * j.G[i] : dy[i]) + c * x[i], j.Fresh);
}

// The same with the gain's gradient, (chunks, cols) of it: a block per chunk of rows, a warp per row, each with sums of its own in shared memory.
KERNEL(norm_backward_gain, NormJob)
{
    extern __shared__ float shared[];
    float* sums = shared + (threadIdx.x >> 5) * j.Cols;
    for (int i = lane(); i < j.Cols; i += 32) sums[i] = 0.0f;
    const nint per = (j.Rows + j.Chunks - 1) / j.Chunks, end = min((nint)j.Rows, (blockIdx.x + 1) * per);
    for (nint r = blockIdx.x * per + (threadIdx.x >> 5); r < end; r += 8)
    {
        const float *x = j.X + r * j.Cols, *dy = j.Dy + r * j.Cols;
        float sum = 0.0f;
#pragma unroll 4
        for (int i = lane(); i < j.Cols; i += 32) sum += dy[i] * j.G[i] * x[i];
        const float s = j.S[r], c = -warp_sum(sum) * s * s * s / j.Cols;
#pragma unroll 4
        for (int i = lane(); i < j.Cols; i += 32)
        {
            const float a = x[i], b = dy[i];
            put_rounded(j.RoundedX, j.Dx, r * j.Cols + i, s * b * j.G[i] + c * a, j.Fresh);
            sums[i] += b * a * s;
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < j.Cols; i += 256)
    {
        float sum = shared[i];
        for (int w = 1; w < 8; w++) sum += shared[w * j.Cols + i];
        j.Partial[(nint)blockIdx.x * j.Cols + i] = sum;
    }
}

KERNEL(norm_gain, NormJob)
{
    sum_columns(j.Rows, j.Cols, j.Chunks, j.Partial, [&](nint r, int c) { return j.Dy[r * j.Cols + c] * j.X[r * j.Cols + c] * j.S[r]; });
}

struct BiasJob
{
    float *Y, *Residual, *Bias;
    int Rows, Cols;
    float* Partial;
    int Chunks;
};

KERNEL(bias_forward, BiasJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols) j.Y[i] = j.Bias[i % j.Cols] + (j.Residual ? j.Residual[i] : 0.0f);
}

KERNEL(bias_backward, BiasJob)
{
    sum_columns(j.Rows, j.Cols, j.Chunks, j.Partial, [&](nint r, int c) { return j.Y[r * j.Cols + c]; });
}

struct MixJob
{
    float *A, *B, *Y, *Dy, *Da, *Db, *Partial, *W;
    nint Count;
    bool FreshA, FreshB;
};

KERNEL(mix_forward, MixJob)
{
    FOR_ELEMENTS(i, j.Count) j.Y[i] = j.W[0] * j.A[i] + j.W[1] * j.B[i];
}

KERNEL(mix_backward, MixJob)
{
    float sum0 = 0.0f, sum1 = 0.0f;
    FOR_ELEMENTS(i, j.Count)
    {
        const float dy = j.Dy[i];
        sum0 += dy * j.A[i];
        sum1 += dy * j.B[i];
        put(j.Da + i, dy * j.W[0], j.FreshA);
        put(j.Db + i, dy * j.W[1], j.FreshB);
    }
    sum0 = block_sum(sum0);
    sum1 = block_sum(sum1);
    if (threadIdx.x == 0)
    {
        j.Partial[2 * (nint)blockIdx.x] = sum0;
        j.Partial[2 * (nint)blockIdx.x + 1] = sum1;
    }
}

struct GluJob
{
    float *G, *U, *Y, *Dy, *Dg, *Du;
    nint Count;
    bool FreshG, FreshU;
    unsigned short *RoundedY, *RoundedG, *RoundedU;
};

KERNEL(swiglu_forward, GluJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float g = j.G[i];
        const float y = g * sigmoid(g) * j.U[i];
        j.Y[i] = y;
        if (j.RoundedY) j.RoundedY[i] = (unsigned short)bf16_pair(y, 0.0f);
    }
}

KERNEL(swiglu_backward, GluJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float g = j.G[i], u = j.U[i], dy = j.Dy[i], s = sigmoid(g);
        put_rounded(j.RoundedG, j.Dg, i, dy * u * s * (1.0f + g * (1.0f - s)), j.FreshG);
        put_rounded(j.RoundedU, j.Du, i, dy * g * s, j.FreshU);
    }
}

struct SoftcapJob
{
    float *X, *Y, *Dx;
    nint Count;
    float Cap;
    bool Fresh;
    unsigned short* RoundedX;
};

KERNEL(softcap_forward, SoftcapJob)
{
    FOR_ELEMENTS(i, j.Count) j.Y[i] = j.Cap * tanhf(j.X[i] / j.Cap);
}

KERNEL(softcap_backward, SoftcapJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float t = tanhf(j.X[i] / j.Cap);
        put_rounded(j.RoundedX, j.Dx, i, j.Y[i] * (1.0f - t * t), j.Fresh);
    }
}

struct DropoutJob
{
    float *X, *Y;
    nint Count;
    unsigned long long Seed;
    float Scale;
    int Threshold;
    bool Fresh;
};

KERNEL(dropout, DropoutJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        unsigned long long z = j.Seed + ((unsigned long long)(i >> 2) + 1) * 0x9E3779B97F4A7C15ull;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        z = (z ^ (z >> 31)) >> 16 * (i & 3);
        put(j.Y + i, (int)(z & 0xFFFF) < j.Threshold ? 0.0f : j.X[i] * j.Scale, j.Fresh);
    }
}

struct ArithmeticJob
{
    float *A, *B, *Y;
    nint Count;
    float Factor;
    int Kind;
    bool Fresh;
};

KERNEL(arithmetic, ArithmeticJob)
{
    FOR_ELEMENTS(i, j.Count) put(j.Y + i, j.Kind == 0 ? j.A[i] + j.B[i] : j.Kind == 1 ? j.A[i] * j.B[i] : j.A[i] * j.Factor, j.Fresh);
}

struct ColumnsJob
{
    float *From, *To;
    int Rows, Cols, FromCols, ToCols;
    bool Fresh;
};

KERNEL(copy_columns, ColumnsJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols)
    {
        const nint r = i / j.Cols, c = i % j.Cols;
        put(j.To + r * j.ToCols + c, j.From[r * j.FromCols + c], j.Fresh);
    }
}

struct RopeJob
{
    float *X, *Y, *Table;
    int* Positions;
    int Rows, Heads, Dim;
    float Sign;
    bool Add;
};

KERNEL(rope, RopeJob)
{
    const int half = j.Dim / 2;
    FOR_ELEMENTS(n, (nint)j.Rows * j.Heads * half)
    {
        const nint head = n / half, i = n % half;
        const float* cos = j.Table + (nint)j.Positions[head / j.Heads] * j.Dim;
        const float c = cos[i], s = cos[half + i] * j.Sign;
        const float *x = j.X + head * j.Dim;
        float* y = j.Y + head * j.Dim;
        const float a = x[i], b = x[half + i];
        put(y + i, a * c - b * s, !j.Add);
        put(y + half + i, b * c + a * s, !j.Add);
    }
}

struct EmbedJob
{
    float *Dy, *Dw;
    int *Ids, *Order, *First;
    int Rows, Cols, Distinct;
};

// y = Dy, table = Dw: the lookup reads what its backward adds to.
KERNEL(embed_forward, EmbedJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols) j.Dy[i] = j.Dw[(nint)j.Ids[i / j.Cols] * j.Cols + i % j.Cols];
}

// A warp per distinct id and 32 columns adds the rows that hold the id, in their order.
KERNEL(embed_backward, EmbedJob)
{
    const int strips = (j.Cols + 31) / 32;
    const nint w = warp_row(), d = w / strips;
    const int c = (int)(w % strips) * 32 + lane();
    if (d >= j.Distinct || c >= j.Cols) return;
    float sum = 0.0f;
    for (int k = j.First[d]; k < j.First[d + 1]; k++) sum += j.Dy[(nint)j.Order[k] * j.Cols + c];
    j.Dw[(nint)j.Ids[j.Order[j.First[d]]] * j.Cols + c] += sum;
}

struct GatherRowsJob
{
    float *X, *Y;
    int* From;
    int Rows, Cols, Divisor;
};

KERNEL(gather_rows, GatherRowsJob)
{
    wait_for_earlier();
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols) j.Y[i] = j.X[(nint)(j.From[i / j.Cols] / j.Divisor) * j.Cols + i % j.Cols];
}

// x_(from_i) += y_i; no row of x is named twice.
KERNEL(scatter_rows, GatherRowsJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols) j.X[(nint)j.From[i / j.Cols] * j.Cols + i % j.Cols] += j.Y[i];
}

struct CrossEntropyJob
{
    float *Z, *Dz, *Lse, *Losses;
    int* Targets;
    int Rows, Cols;
    float* Scale;
    bool Fresh;
    unsigned short* RoundedZ;
};

KERNEL(cross_entropy_forward, CrossEntropyJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const int target = j.Targets[r];
    if (target < 0)
    {
        if (lane() == 0) j.Lse[r] = j.Losses[r] = 0.0f;
        return;
    }
    const float* z = j.Z + r * j.Cols;
    // One pass: the running maximum and the sum under it.
    float most = -3.0e38f, sum = 0.0f;
    for (int i = lane(); i < j.Cols; i += 32)
    {
        const float v = z[i];
        if (v > most)
        {
            sum = sum * expf(most - v) + 1.0f;
            most = v;
        }
        else sum += expf(v - most);
    }
    const float all = warp_max(most);
    sum = warp_sum(sum * expf(most - all));
    if (lane() == 0)
    {
        const float lse = all + logf(sum);
        j.Lse[r] = lse;
        j.Losses[r] = lse - z[target];
    }
}

KERNEL(cross_entropy_backward, CrossEntropyJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const int target = j.Targets[r];
    const float *z = j.Z + r * j.Cols, lse = j.Lse[r], scale = *j.Scale;
    for (int i = lane(); i < j.Cols; i += 32)
    {
        const float v = target < 0 ? 0.0f : (expf(z[i] - lse) - (i == target ? 1.0f : 0.0f)) * scale;
        put_rounded(j.RoundedZ, j.Dz, r * j.Cols + i, v, j.Fresh);
    }
}
