// Attention on tensor cores, for heads of 32, 64, 96 or 128 features: the same tiles as in attention.cu, products of values rounded to bf16, sums and
// softmax in fp32. Four warps share a tile of 64 rows, 16 rows each; in a warp thread 4 g + t holds rows g and g + 8.
//
// A product sums over pairs that lie in one word. Where it sums over features a tile is kept row by row, ROW_PITCH words apart; where it sums over rows,
// as pairs of rows, PAIR_PITCH words apart. Both pitches give every thread of a warp its own bank. Scores come out of one product as columns 2t and 2t+1,
// which is how the next one takes pairs of them, so nothing has to be moved between threads.

#define ROW_PITCH(dim) ((dim) / 2 + 4)
#define PAIR_PITCH(dim) ((dim) + 8)

__device__ __forceinline__ float4 load_four(const float* from, int row, int rows, int stride, int c)
{
    return row < rows ? *(const float4*)(from + (nint)row * stride + c) : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
}

// A tile for products over features, for products over rows, or for both. Sixteen bytes of a row at a time, several rows under way at once: the time of
// a tile is the time of its loads.
template <int DIM, bool ROWS, bool PAIRS>
__device__ __forceinline__ void load_rounded(unsigned* to, unsigned* pairs, const float* from, int first, int rows, int stride)
{
#pragma unroll 4
    for (int i = threadIdx.x; i < TILE * DIM / 8; i += 128)
    {
        const int pair = i / (DIM / 4), c = 4 * (i % (DIM / 4));
        const float4 a = load_four(from, first + 2 * pair, rows, stride, c), b = load_four(from, first + 2 * pair + 1, rows, stride, c);
        if (ROWS)
        {
            *(uint2*)(to + 2 * pair * ROW_PITCH(DIM) + c / 2) = { bf16_pair(a.x, a.y), bf16_pair(a.z, a.w) };
            *(uint2*)(to + (2 * pair + 1) * ROW_PITCH(DIM) + c / 2) = { bf16_pair(b.x, b.y), bf16_pair(b.z, b.w) };
        }
        if (PAIRS) *(uint4*)(pairs + pair * PAIR_PITCH(DIM) + c) = { bf16_pair(a.x, b.x), bf16_pair(a.y, b.y), bf16_pair(a.z, b.z), bf16_pair(a.w, b.w) };
    }
}

// s (16 rows of a, 64 rows of b) = a bᵀ
template <int DIM>
__device__ __forceinline__ void rows_by_rows(float s[8][4], const unsigned* a, const unsigned* b, int g, int t)
{
    const int pitch = ROW_PITCH(DIM);
#pragma unroll
    for (int n = 0; n < 8; n++)
        for (int i = 0; i < 4; i++) s[n][i] = 0.0f;
#pragma unroll
    for (int k = 0; k < DIM / 2; k += 8)
    {
        const unsigned a0 = a[g * pitch + k + t], a1 = a[(g + 8) * pitch + k + t], a2 = a[g * pitch + k + t + 4], a3 = a[(g + 8) * pitch + k + t + 4];
#pragma unroll
        for (int n = 0; n < 8; n++) mma(s[n], a0, a1, a2, a3, b[(8 * n + g) * pitch + k + t], b[(8 * n + g) * pitch + k + t + 4]);
    }
}

// acc (16, DIM) += p (16, 64) v (64, DIM), p as rows_by_rows left it, v as pairs of rows
template <int DIM>
__device__ __forceinline__ void scores_by_rows(float acc[DIM / 8][4], const float p[8][4], const unsigned* v, int g, int t)
{
    const int pitch = PAIR_PITCH(DIM);
#pragma unroll
    for (int k = 0; k < 4; k++)
    {
        const unsigned a0 = bf16_pair(p[2 * k][0], p[2 * k][1]), a1 = bf16_pair(p[2 * k][2], p[2 * k][3]);
        const unsigned a2 = bf16_pair(p[2 * k + 1][0], p[2 * k + 1][1]), a3 = bf16_pair(p[2 * k + 1][2], p[2 * k + 1][3]);
        const unsigned* row = v + (8 * k + t) * pitch + g;
#pragma unroll
        for (int n = 0; n < DIM / 8; n++) mma(acc[n], a0, a1, a2, a3, row[8 * n], row[4 * pitch + 8 * n]);
    }
}

template <int DIM>
__device__ __forceinline__ void write_rows(const float acc[DIM / 8][4], float* to, int first, int rows, int stride, int t, bool fresh)
{
    for (int n = 0; n < DIM / 8; n++)
        for (int i = 0; i < 4; i++)
        {
            const int r = first + 8 * (i >> 1);
            if (r < rows) put(to + (nint)r * stride + 8 * n + 2 * t + (i & 1), acc[n][i], fresh);
        }
}

__device__ __forceinline__ float sum4(float v)
{
    v += __shfl_xor_sync(0xffffffffu, v, 1);
    return v + __shfl_xor_sync(0xffffffffu, v, 2);
}

__device__ __forceinline__ float max4(float v)
{
    v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, 1));
    return fmaxf(v, __shfl_xor_sync(0xffffffffu, v, 2));
}

template <int DIM>
__device__ __forceinline__ void attend_forward_rows(const AttentionJob& j, unsigned* shared)
{
    const int tile = blockIdx.x / j.Heads, h = blockIdx.x % j.Heads, kv = h / (j.Heads / j.KvHeads), q0 = tile * TILE;
    const int g = lane() >> 2, t = lane() & 3, warp = threadIdx.x >> 5, qStride = j.Heads * DIM, kvStride = j.KvHeads * DIM, block = TILE * ROW_PITCH(DIM);
    unsigned *qs = shared, *ks = qs + block, *vs = ks + block;
    const int row = q0 + 16 * warp + g;
    int start[2], upto[2];
    float acc[DIM / 8][4], s[8][4], most[2] = {-1e30f, -1e30f}, sum[2] = {0.0f, 0.0f};
    for (int i = 0; i < 2; i++)
    {
        start[i] = row + 8 * i < j.Rows ? row + 8 * i - j.Positions[row + 8 * i] : 0;
        upto[i] = last_key(j, row + 8 * i);
    }
    for (int n = 0; n < DIM / 8; n++)
        for (int i = 0; i < 4; i++) acc[n][i] = 0.0f;
    load_rounded<DIM, true, false>(qs, 0, j.Q + h * DIM, q0, j.Rows, qStride);
    const int last = keys_end(j, q0);
    for (int k0 = q0 - j.Positions[q0]; k0 < last; k0 += TILE)
    {
        __syncthreads();
        load_rounded<DIM, true, false>(ks, 0, j.K + kv * DIM, k0, j.Rows, kvStride);
        load_rounded<DIM, false, true>(0, vs, j.V + kv * DIM, k0, j.Rows, kvStride);
        __syncthreads();
        rows_by_rows<DIM>(s, qs + 16 * warp * ROW_PITCH(DIM), ks, g, t);
        float now[2] = {most[0], most[1]};
        for (int n = 0; n < 8; n++)
            for (int i = 0; i < 4; i++)
            {
                const int key = k0 + 8 * n + 2 * t + (i & 1), r = i >> 1;
                s[n][i] = key >= start[r] && key <= upto[r] ? s[n][i] * j.Scale : -1e30f;
                now[r] = fmaxf(now[r], s[n][i]);
            }
        float keep[2], add[2] = {0.0f, 0.0f};
        for (int r = 0; r < 2; r++)
        {
            now[r] = max4(now[r]);
            keep[r] = __expf(most[r] - now[r]);
            most[r] = now[r];
        }
        for (int n = 0; n < 8; n++)
            for (int i = 0; i < 4; i++)
            {
                s[n][i] = s[n][i] > -1e29f ? __expf(s[n][i] - most[i >> 1]) : 0.0f;
                add[i >> 1] += s[n][i];
            }
        for (int r = 0; r < 2; r++) sum[r] = sum[r] * keep[r] + sum4(add[r]);
        for (int n = 0; n < DIM / 8; n++)
            for (int i = 0; i < 4; i++) acc[n][i] *= keep[i >> 1];
        scores_by_rows<DIM>(acc, s, vs, g, t);
    }
    for (int r = 0; r < 2; r++)
        if (t == 0 && row + 8 * r < j.Rows) j.Lse[(nint)h * j.Rows + row + 8 * r] = most[r] + logf(sum[r]);
    for (int n = 0; n < DIM / 8; n++)
        for (int i = 0; i < 4; i++) acc[n][i] /= sum[i >> 1];
    write_rows<DIM>(acc, j.O + h * DIM, row, j.Rows, qStride, t, true);
}

// Delta = Σ_d o do of each row and head; a warp each.
KERNEL(attend_tensor_delta, AttentionJob)
{
    const nint w = warp_row(), r = w / j.Heads, h = w % j.Heads;
    if (r >= j.Rows) return;
    const float *o = j.O + (r * j.Heads + h) * j.Dim, *d = j.Do + (r * j.Heads + h) * j.Dim;
    float sum = 0.0f;
    for (int i = lane(); i < j.Dim; i += 32) sum += o[i] * d[i];
    sum = warp_sum(sum);
    if (lane() == 0) j.Delta[h * j.Rows + r] = sum;
}

template <int DIM>
__device__ __forceinline__ void attend_queries_rows(const AttentionJob& j, unsigned* shared)
{
    const int tile = blockIdx.x / j.Heads, h = blockIdx.x % j.Heads, kv = h / (j.Heads / j.KvHeads), q0 = tile * TILE;
    const int g = lane() >> 2, t = lane() & 3, warp = threadIdx.x >> 5, qStride = j.Heads * DIM, kvStride = j.KvHeads * DIM, block = TILE * ROW_PITCH(DIM);
    unsigned *qs = shared, *dos = qs + block, *ks = dos + block, *vs = ks + block, *kPairs = vs + block;
    const int row = q0 + 16 * warp + g;
    int start[2], upto[2];
    float acc[DIM / 8][4], s[8][4], dp[8][4], lse[2], delta[2];
    for (int r = 0; r < 2; r++)
    {
        const bool there = row + 8 * r < j.Rows;
        start[r] = there ? row + 8 * r - j.Positions[row + 8 * r] : j.Rows;
        upto[r] = last_key(j, row + 8 * r);
        lse[r] = there ? j.Lse[(nint)h * j.Rows + row + 8 * r] : 0.0f;
        delta[r] = there ? j.Delta[(nint)h * j.Rows + row + 8 * r] : 0.0f;
    }
    for (int n = 0; n < DIM / 8; n++)
        for (int i = 0; i < 4; i++) acc[n][i] = 0.0f;
    load_rounded<DIM, true, false>(qs, 0, j.Q + h * DIM, q0, j.Rows, qStride);
    load_rounded<DIM, true, false>(dos, 0, j.Do + h * DIM, q0, j.Rows, qStride);
    const int last = keys_end(j, q0);
    for (int k0 = q0 - j.Positions[q0]; k0 < last; k0 += TILE)
    {
        __syncthreads();
        load_rounded<DIM, true, true>(ks, kPairs, j.K + kv * DIM, k0, j.Rows, kvStride);
        load_rounded<DIM, true, false>(vs, 0, j.V + kv * DIM, k0, j.Rows, kvStride);
        __syncthreads();
        rows_by_rows<DIM>(s, qs + 16 * warp * ROW_PITCH(DIM), ks, g, t);
        rows_by_rows<DIM>(dp, dos + 16 * warp * ROW_PITCH(DIM), vs, g, t);
        for (int n = 0; n < 8; n++)
            for (int i = 0; i < 4; i++)
            {
                const int key = k0 + 8 * n + 2 * t + (i & 1), r = i >> 1;
                const float p = key >= start[r] && key <= upto[r] ? __expf(s[n][i] * j.Scale - lse[r]) : 0.0f;
                s[n][i] = p * (dp[n][i] - delta[r]) * j.Scale;
            }
        scores_by_rows<DIM>(acc, s, kPairs, g, t);
    }
    write_rows<DIM>(acc, j.Dq + h * DIM, row, j.Rows, qStride, t, j.FreshQ);
}

template <int DIM>
__device__ __forceinline__ void attend_keys_rows(const AttentionJob& j, unsigned* shared)
{
    const int tile = blockIdx.x / j.KvHeads, kv = blockIdx.x % j.KvHeads, group = j.Heads / j.KvHeads, k0 = tile * TILE;
    const int g = lane() >> 2, t = lane() & 3, warp = threadIdx.x >> 5, qStride = j.Heads * DIM, kvStride = j.KvHeads * DIM, block = TILE * ROW_PITCH(DIM), pairs = TILE / 2 * PAIR_PITCH(DIM);
    unsigned *ks = shared, *vs = ks + block, *qs = vs + block, *dos = qs + block, *qPairs = dos + block, *doPairs = qPairs + pairs;
    float *lses = (float*)(doPairs + pairs), *deltas = lses + TILE;
    int *starts = (int*)(deltas + TILE), *uptos = starts + TILE;
    const int row = k0 + 16 * warp + g, end = j.Ends[min(k0 + TILE, j.Rows) - 1];
    float dk[DIM / 8][4], dv[DIM / 8][4], s[8][4], dp[8][4];
    for (int n = 0; n < DIM / 8; n++)
        for (int i = 0; i < 4; i++) dk[n][i] = dv[n][i] = 0.0f;
    load_rounded<DIM, true, false>(ks, 0, j.K + kv * DIM, k0, j.Rows, kvStride);
    load_rounded<DIM, true, false>(vs, 0, j.V + kv * DIM, k0, j.Rows, kvStride);
    for (int h = kv * group; h < (kv + 1) * group; h++)
        for (int q0 = queries_begin(j, k0); q0 < end; q0 += TILE)
        {
            __syncthreads();
            load_rounded<DIM, true, true>(qs, qPairs, j.Q + h * DIM, q0, j.Rows, qStride);
            load_rounded<DIM, true, true>(dos, doPairs, j.Do + h * DIM, q0, j.Rows, qStride);
            if (threadIdx.x < TILE)
            {
                const int q = q0 + threadIdx.x;
                const bool there = q < j.Rows;
                lses[threadIdx.x] = there ? j.Lse[(nint)h * j.Rows + q] : 0.0f;
                deltas[threadIdx.x] = there ? j.Delta[(nint)h * j.Rows + q] : 0.0f;
                starts[threadIdx.x] = there ? q - j.Positions[q] : j.Rows;
                uptos[threadIdx.x] = last_key(j, q);
            }
            __syncthreads();
            rows_by_rows<DIM>(s, ks + 16 * warp * ROW_PITCH(DIM), qs, g, t);
            rows_by_rows<DIM>(dp, vs + 16 * warp * ROW_PITCH(DIM), dos, g, t);
            for (int n = 0; n < 8; n++)
                for (int i = 0; i < 4; i++)
                {
                    const int q = 8 * n + 2 * t + (i & 1), key = row + 8 * (i >> 1);
                    const float p = key >= starts[q] && key <= uptos[q] ? __expf(s[n][i] * j.Scale - lses[q]) : 0.0f;
                    dp[n][i] = p * (dp[n][i] - deltas[q]) * j.Scale;
                    s[n][i] = p;
                }
            scores_by_rows<DIM>(dv, s, doPairs, g, t);
            scores_by_rows<DIM>(dk, dp, qPairs, g, t);
        }
    write_rows<DIM>(dk, j.Dk + kv * DIM, row, j.Rows, kvStride, t, j.FreshK);
    write_rows<DIM>(dv, j.Dv + kv * DIM, row, j.Rows, kvStride, t, j.FreshV);
}

#define FOR_DIM(kernel)                                \
    extern __shared__ float shared[];                  \
    switch (j.Dim)                                     \
    {                                                  \
    case 32: kernel<32>(j, (unsigned*)shared); break;  \
    case 64: kernel<64>(j, (unsigned*)shared); break;  \
    case 96: kernel<96>(j, (unsigned*)shared); break;  \
    default: kernel<128>(j, (unsigned*)shared); break; \
    }

KERNEL(attend_tensor_forward, AttentionJob)
{
    FOR_DIM(attend_forward_rows)
}

KERNEL(attend_tensor_queries, AttentionJob)
{
    FOR_DIM(attend_queries_rows)
}

KERNEL(attend_tensor_keys, AttentionJob)
{
    FOR_DIM(attend_keys_rows)
}
