// Attention within segments, causal or both ways (flash attention, arXiv 2205.14135): tiles of 64 queries meet tiles of 64 keys in shared memory, and
// no score reaches device memory. A row's segment reaches from row − position to its end; tiles may hold rows of several segments.
// 256 threads as 16 × 16; thread (y, x) owns rows y + 16 i and columns x + 16 k of a tile.

struct AttentionJob
{
    float *Q, *K, *V, *O, *Lse, *Do, *Dq, *Dk, *Dv, *Delta;
    int *Positions, *Ends;
    int Rows, Heads, KvHeads, Dim;
    float Scale;
    bool FreshQ, FreshK, FreshV, Causal;
};

// The last key that a row sees.
__device__ __forceinline__ int last_key(const AttentionJob& j, int row) { return j.Causal || row >= j.Rows ? row : j.Ends[row] - 1; }

// Where the keys of a tile of queries end, and where the queries of a tile of keys begin.
__device__ __forceinline__ int keys_end(const AttentionJob& j, int q0)
{
    const int end = min(q0 + 64, j.Rows);
    return j.Causal ? end : j.Ends[end - 1];
}
__device__ __forceinline__ int queries_begin(const AttentionJob& j, int k0) { return j.Causal ? k0 : k0 - j.Positions[k0]; }

#define TILE 64
#define PITCH 65

__device__ __forceinline__ void load_tile(float* to, const float* from, int first, int rows, int stride, int dim)
{
#pragma unroll 8
    for (int i = threadIdx.x; i < TILE * dim; i += 256)
    {
        const int r = i / dim, c = i % dim;
        to[r * (dim + 1) + c] = first + r < rows ? from[(nint)(first + r) * stride + c] : 0.0f;
    }
}

// s_ik = Σ_d a_(y+16i),d b_(x+16k),d
__device__ __forceinline__ void tile_products(float s[4][4], const float* a, const float* b, int dim, int y, int x)
{
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++) s[i][k] = 0.0f;
    const int pitch = dim + 1;
    for (int d = 0; d < dim; d++)
    {
        float u[4], v[4];
#pragma unroll
        for (int i = 0; i < 4; i++)
        {
            u[i] = a[(y + 16 * i) * pitch + d];
            v[i] = b[(x + 16 * i) * pitch + d];
        }
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
            for (int k = 0; k < 4; k++) s[i][k] += u[i] * v[k];
    }
}

// acc_id += Σ_c p_(y+16i),c v_c,(x+16d), or with p transposed.
template <int ND, bool TRANSPOSED>
__device__ __forceinline__ void tile_accumulate(float acc[4][ND], const float* p, const float* v, int dim, int y, int x)
{
    const int pitch = dim + 1;
    for (int c = 0; c < TILE; c++)
    {
        float u[4];
#pragma unroll
        for (int i = 0; i < 4; i++) u[i] = TRANSPOSED ? p[c * PITCH + y + 16 * i] : p[(y + 16 * i) * PITCH + c];
#pragma unroll
        for (int d = 0; d < ND; d++)
        {
            const float w = x + 16 * d < dim ? v[c * pitch + x + 16 * d] : 0.0f;
#pragma unroll
            for (int i = 0; i < 4; i++) acc[i][d] += u[i] * w;
        }
    }
}

template <int ND>
__device__ __forceinline__ void write_tile(const float acc[4][ND], float* to, int first, int rows, int stride, int dim, int y, int x, bool fresh)
{
    for (int i = 0; i < 4; i++)
        for (int d = 0; d < ND; d++)
            if (first + y + 16 * i < rows && x + 16 * d < dim) put(to + (nint)(first + y + 16 * i) * stride + x + 16 * d, acc[i][d], fresh);
}

__device__ __forceinline__ float sum16(float v)
{
    for (int d = 8; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
    return v;
}

__device__ __forceinline__ float max16(float v)
{
    for (int d = 8; d > 0; d >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, d));
    return v;
}

template <int ND>
__device__ __forceinline__ void attend_forward_tile(const AttentionJob& j, float* shared)
{
    const int dim = j.Dim, tile = blockIdx.x / j.Heads, h = blockIdx.x % j.Heads, kv = h / (j.Heads / j.KvHeads);
    const int q0 = tile * TILE, y = threadIdx.x >> 4, x = threadIdx.x & 15, qStride = j.Heads * dim, kvStride = j.KvHeads * dim;
    float *qs = shared, *ks = qs + TILE * (dim + 1), *vs = ks + TILE * (dim + 1), *ps = vs + TILE * (dim + 1);
    load_tile(qs, j.Q + h * dim, q0, j.Rows, qStride, dim);
    int start[4], upto[4];
    float acc[4][ND], most[4], sum[4];
    for (int i = 0; i < 4; i++)
    {
        const int row = q0 + y + 16 * i;
        start[i] = row < j.Rows ? row - j.Positions[row] : 0;
        upto[i] = last_key(j, row);
        most[i] = -1e30f;
        sum[i] = 0.0f;
        for (int d = 0; d < ND; d++) acc[i][d] = 0.0f;
    }
    const int last = keys_end(j, q0);
    for (int k0 = q0 - j.Positions[q0]; k0 < last; k0 += TILE)
    {
        __syncthreads();
        load_tile(ks, j.K + kv * dim, k0, j.Rows, kvStride, dim);
        load_tile(vs, j.V + kv * dim, k0, j.Rows, kvStride, dim);
        __syncthreads();
        float s[4][4];
        tile_products(s, qs, ks, dim, y, x);
        for (int i = 0; i < 4; i++)
        {
            float rowMost = most[i];
            for (int k = 0; k < 4; k++)
            {
                const int key = k0 + x + 16 * k;
                s[i][k] = key >= start[i] && key <= upto[i] ? s[i][k] * j.Scale : -1e30f;
                rowMost = fmaxf(rowMost, s[i][k]);
            }
            rowMost = max16(rowMost);
            const float keep = expf(most[i] - rowMost);
            float rowSum = 0.0f;
            for (int k = 0; k < 4; k++)
            {
                const float p = s[i][k] > -1e29f ? expf(s[i][k] - rowMost) : 0.0f;
                ps[(y + 16 * i) * PITCH + x + 16 * k] = p;
                rowSum += p;
            }
            sum[i] = sum[i] * keep + sum16(rowSum);
            most[i] = rowMost;
            for (int d = 0; d < ND; d++) acc[i][d] *= keep;
        }
        __syncthreads();
        tile_accumulate<ND, false>(acc, ps, vs, dim, y, x);
    }
    for (int i = 0; i < 4; i++)
    {
        const int row = q0 + y + 16 * i;
        if (row < j.Rows && x == 0) j.Lse[(nint)h * j.Rows + row] = most[i] + logf(sum[i]);
        for (int d = 0; d < ND; d++) acc[i][d] /= sum[i];
    }
    write_tile<ND>(acc, j.O + h * dim, q0, j.Rows, qStride, dim, y, x, true);
}

KERNEL(attend_forward, AttentionJob)
{
    extern __shared__ float shared[];
    if (j.Dim <= 64) attend_forward_tile<4>(j, shared);
    else attend_forward_tile<8>(j, shared);
}

// Probabilities of a tile again, from the kept logarithms of their sums.
__device__ __forceinline__ void tile_probabilities(float p[4][4], const AttentionJob& j, const float* qs, const float* ks, int h, int q0, int k0, int y, int x)
{
    tile_products(p, qs, ks, j.Dim, y, x);
    for (int i = 0; i < 4; i++)
    {
        const int row = q0 + y + 16 * i;
        const int start = row < j.Rows ? row - j.Positions[row] : 0, upto = last_key(j, row);
        const float lse = row < j.Rows ? j.Lse[(nint)h * j.Rows + row] : 0.0f;
        for (int k = 0; k < 4; k++)
        {
            const int key = k0 + x + 16 * k;
            p[i][k] = row < j.Rows && key >= start && key <= upto ? expf(p[i][k] * j.Scale - lse) : 0.0f;
        }
    }
}

// dq of a tile of queries; leaves Delta_i = Σ_k p_ik dp_ik for the keys' kernel.
template <int ND>
__device__ __forceinline__ void attend_queries_tile(const AttentionJob& j, float* shared)
{
    const int dim = j.Dim, tile = blockIdx.x / j.Heads, h = blockIdx.x % j.Heads, kv = h / (j.Heads / j.KvHeads);
    const int q0 = tile * TILE, y = threadIdx.x >> 4, x = threadIdx.x & 15, qStride = j.Heads * dim, kvStride = j.KvHeads * dim;
    const int block = TILE * (dim + 1);
    float *qs = shared, *dos = qs + block, *ks = dos + block, *vs = ks + block, *ds = vs + block;
    load_tile(qs, j.Q + h * dim, q0, j.Rows, qStride, dim);
    load_tile(dos, j.Do + h * dim, q0, j.Rows, qStride, dim);
    const int last = keys_end(j, q0), first = q0 - j.Positions[q0];
    float delta[4] = {0.0f, 0.0f, 0.0f, 0.0f}, p[4][4], dp[4][4], acc[4][ND];
    for (int i = 0; i < 4; i++)
        for (int d = 0; d < ND; d++) acc[i][d] = 0.0f;
    for (int round = 0; round < 2; round++)
    {
        for (int k0 = first; k0 < last; k0 += TILE)
        {
            __syncthreads();
            load_tile(ks, j.K + kv * dim, k0, j.Rows, kvStride, dim);
            load_tile(vs, j.V + kv * dim, k0, j.Rows, kvStride, dim);
            __syncthreads();
            tile_probabilities(p, j, qs, ks, h, q0, k0, y, x);
            tile_products(dp, dos, vs, dim, y, x);
            if (round == 0)
            {
                for (int i = 0; i < 4; i++)
                    for (int k = 0; k < 4; k++) delta[i] += p[i][k] * dp[i][k];
                continue;
            }
            for (int i = 0; i < 4; i++)
                for (int k = 0; k < 4; k++) ds[(y + 16 * i) * PITCH + x + 16 * k] = p[i][k] * (dp[i][k] - delta[i]) * j.Scale;
            __syncthreads();
            tile_accumulate<ND, false>(acc, ds, ks, dim, y, x);
        }
        if (round == 0)
            for (int i = 0; i < 4; i++)
            {
                delta[i] = sum16(delta[i]);
                if (x == 0 && q0 + y + 16 * i < j.Rows) j.Delta[(nint)h * j.Rows + q0 + y + 16 * i] = delta[i];
            }
    }
    write_tile<ND>(acc, j.Dq + h * dim, q0, j.Rows, qStride, dim, y, x, j.FreshQ);
}

KERNEL(attend_backward_queries, AttentionJob)
{
    extern __shared__ float shared[];
    if (j.Dim <= 64) attend_queries_tile<4>(j, shared);
    else attend_queries_tile<8>(j, shared);
}

// dk and dv of a tile of keys: every query that may see them to the end of the tile's last segment, over all heads of the group.
template <int ND>
__device__ __forceinline__ void attend_keys_tile(const AttentionJob& j, float* shared)
{
    const int dim = j.Dim, tile = blockIdx.x / j.KvHeads, kv = blockIdx.x % j.KvHeads, group = j.Heads / j.KvHeads;
    const int k0 = tile * TILE, y = threadIdx.x >> 4, x = threadIdx.x & 15, qStride = j.Heads * dim, kvStride = j.KvHeads * dim;
    const int block = TILE * (dim + 1);
    float *ks = shared, *vs = ks + block, *qs = vs + block, *dos = qs + block, *ps = dos + block, *ds = ps + TILE * PITCH;
    load_tile(ks, j.K + kv * dim, k0, j.Rows, kvStride, dim);
    load_tile(vs, j.V + kv * dim, k0, j.Rows, kvStride, dim);
    float dk[4][ND], dv[4][ND], p[4][4], dp[4][4];
    for (int i = 0; i < 4; i++)
        for (int d = 0; d < ND; d++) dk[i][d] = dv[i][d] = 0.0f;
    const int end = j.Ends[min(k0 + TILE, j.Rows) - 1];
    for (int h = kv * group; h < (kv + 1) * group; h++)
        for (int q0 = queries_begin(j, k0); q0 < end; q0 += TILE)
        {
            __syncthreads();
            load_tile(qs, j.Q + h * dim, q0, j.Rows, qStride, dim);
            load_tile(dos, j.Do + h * dim, q0, j.Rows, qStride, dim);
            __syncthreads();
            tile_probabilities(p, j, qs, ks, h, q0, k0, y, x);
            tile_products(dp, dos, vs, dim, y, x);
            for (int i = 0; i < 4; i++)
            {
                const int row = q0 + y + 16 * i;
                const float delta = row < j.Rows ? j.Delta[(nint)h * j.Rows + row] : 0.0f;
                for (int k = 0; k < 4; k++)
                {
                    ps[(y + 16 * i) * PITCH + x + 16 * k] = p[i][k];
                    ds[(y + 16 * i) * PITCH + x + 16 * k] = p[i][k] * (dp[i][k] - delta) * j.Scale;
                }
            }
            __syncthreads();
            tile_accumulate<ND, true>(dv, ps, dos, dim, y, x);
            tile_accumulate<ND, true>(dk, ds, qs, dim, y, x);
        }
    write_tile<ND>(dk, j.Dk + kv * dim, k0, j.Rows, kvStride, dim, y, x, j.FreshK);
    write_tile<ND>(dv, j.Dv + kv * dim, k0, j.Rows, kvStride, dim, y, x, j.FreshV);
}

KERNEL(attend_backward_keys, AttentionJob)
{
    extern __shared__ float shared[];
    if (j.Dim <= 64) attend_keys_tile<4>(j, shared);
    else attend_keys_tile<8>(j, shared);
}
