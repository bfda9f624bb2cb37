// Serving: products with weights as checkpoints store them, and attention over cached pages. A panel holds 64 outputs: for 32- and 16-bit formats
// (inputs, 64 values); for Q8 units of 32 inputs, 64 fp16 scales and then (32, 64) bytes. Layouts are those of PackedWeight.cs and KvCache.cs.

typedef unsigned char byte;

#ifndef MMA
__device__ __forceinline__ float half_to_float(unsigned short h)
{
    float f;
    asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h));
    return f;
}
#endif

struct PackedJob
{
    const byte* W;
    float *X, *Y, *Partial;
    int *Tickets, *Ids;
    nint XStride, YStride, PanelBytes;
    int Rows, Outputs, Inputs, Splits, Chunk;
    bool Accumulate;
};

__device__ __forceinline__ float low_bf16(unsigned two) { return __uint_as_float(two << 16); }
__device__ __forceinline__ float high_bf16(unsigned two) { return __uint_as_float(two & 0xffff0000u); }
__device__ __forceinline__ float low_half(unsigned two) { return half_to_float((unsigned short)two); }
__device__ __forceinline__ float high_half(unsigned two) { return half_to_float((unsigned short)(two >> 16)); }

// Byte i of four signed ones plus 128, as a float: 2^23 + b, whose last byte is b, less 2^23.
__device__ __forceinline__ float byte_plus_128(unsigned four, int i) { return __uint_as_float(__byte_perm(four, 0x4b000000u, 0x7440 + i)) - 8388608.0f; }

// How a thread reads eight neighbouring outputs of a few inputs, and what it makes of them. Inputs of a run come in groups of 32 · Each, of which thread
// row r (of 32) takes the inputs from r · Each on; `raw` is what lies in memory, `weight` fp32 values of the e-th of these inputs.
struct StoredF32
{
    static const int Each = 1;
    struct Raw { float4 a, b; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane)
    {
        const float4* p = (const float4*)(panel + ((nint)input * 64 + lane) * 4);
        return { p[0], p[1] };
    }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        w[0] = r.a.x; w[1] = r.a.y; w[2] = r.a.z; w[3] = r.a.w; w[4] = r.b.x; w[5] = r.b.y; w[6] = r.b.z; w[7] = r.b.w;
    }
};

struct StoredBf16
{
    static const int Each = 1;
    struct Raw { uint4 v; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane) { return { *(const uint4*)(panel + ((nint)input * 64 + lane) * 2) }; }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        w[0] = low_bf16(r.v.x); w[1] = high_bf16(r.v.x); w[2] = low_bf16(r.v.y); w[3] = high_bf16(r.v.y);
        w[4] = low_bf16(r.v.z); w[5] = high_bf16(r.v.z); w[6] = low_bf16(r.v.w); w[7] = high_bf16(r.v.w);
    }
};

struct StoredF16
{
    static const int Each = 1;
    struct Raw { uint4 v; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane) { return { *(const uint4*)(panel + ((nint)input * 64 + lane) * 2) }; }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        w[0] = low_half(r.v.x); w[1] = high_half(r.v.x); w[2] = low_half(r.v.y); w[3] = high_half(r.v.y);
        w[4] = low_half(r.v.z); w[5] = high_half(r.v.z); w[6] = low_half(r.v.w); w[7] = high_half(r.v.w);
    }
};

struct StoredQ8
{
    static const int Each = 4;
    struct Raw { uint4 scales; uint2 q[4]; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane)
    {
        const byte* unit = panel + (nint)(input >> 5) * 2176;
        Raw r;
        r.scales = *(const uint4*)(unit + 2 * lane);
#pragma unroll
        for (int e = 0; e < 4; e++) r.q[e] = *(const uint2*)(unit + 128 + ((input & 31) + e) * 64 + lane);
        return r;
    }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        const unsigned scales[4] = { r.scales.x, r.scales.y, r.scales.z, r.scales.w }, q[2] = { r.q[e].x ^ 0x80808080u, r.q[e].y ^ 0x80808080u };
#pragma unroll
        for (int i = 0; i < 8; i++) w[i] = (i & 1 ? high_half(scales[i >> 1]) : low_half(scales[i >> 1])) * (byte_plus_128(q[i >> 2], i & 3) - 128.0f);
    }
};

// y = or += x Wᵀ for M rows of x at once. A block takes a panel, or one of Splits runs of its inputs: thread t the outputs 8 (t % 8) … and the inputs of
// thread row t / 8. The first weights are on their way before x is. Sums run over inputs within a thread, then over the 32 threads of an output, then over
// runs in their order, whatever M is. The last block of a panel to end adds up its runs.
template <class Stored, int M>
__device__ __forceinline__ void packed_rows(const PackedJob& j, float* xs)
{
    const int Each = Stored::Each, Ahead = M > 2 ? 2 : Each > 1 ? 2 : 4, Step = 32 * Each;
    __shared__ float sums[8][8 * 64];
    __shared__ int ticket;
    const int panels = gridDim.x / j.Splits, panel = blockIdx.x / j.Splits, split = blockIdx.x % j.Splits, first = split * j.Chunk;
    const int inputs = min(j.Chunk, j.Inputs - first), eight = (threadIdx.x & 7) * 8, warp = threadIdx.x >> 5, begin = (threadIdx.x >> 3) * Each;
    const byte* w = j.W + panel * j.PanelBytes;
    typename Stored::Raw now[Ahead];
#pragma unroll
    for (int a = 0; a < Ahead; a++)
        if (begin + a * Step < inputs) now[a] = Stored::raw(w, first + begin + a * Step, eight);
    for (int i = threadIdx.x; i < M * inputs; i += 256)
    {
        const int r = i / inputs, k = i % inputs;
        xs[r * j.Chunk + k] = r < j.Rows ? j.X[r * j.XStride + first + k] : 0.0f;
    }
    __syncthreads();
    float acc[M][8];
#pragma unroll
    for (int r = 0; r < M; r++)
#pragma unroll
        for (int i = 0; i < 8; i++) acc[r][i] = 0.0f;
    for (int k = begin; k < inputs; k += Ahead * Step)
    {
        typename Stored::Raw next[Ahead];
#pragma unroll
        for (int a = 0; a < Ahead; a++)
            if (k + (Ahead + a) * Step < inputs) next[a] = Stored::raw(w, first + k + (Ahead + a) * Step, eight);
#pragma unroll
        for (int a = 0; a < Ahead; a++)
        {
            if (k + a * Step >= inputs) break;
#pragma unroll
            for (int e = 0; e < Each; e++)
            {
                float v[8];
                Stored::weight(now[a], e, v);
#pragma unroll
                for (int r = 0; r < M; r++)
                {
                    const float x = xs[r * j.Chunk + k + a * Step + e];
#pragma unroll
                    for (int i = 0; i < 8; i++) acc[r][i] += x * v[i];
                }
            }
        }
#pragma unroll
        for (int a = 0; a < Ahead; a++) now[a] = next[a];
    }
#pragma unroll
    for (int r = 0; r < M; r++)
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            float v = acc[r][i];
            v += __shfl_xor_sync(0xffffffffu, v, 8);
            v += __shfl_xor_sync(0xffffffffu, v, 16);
            if (lane() < 8) sums[warp][r * 64 + eight + i] = v;
        }
    __syncthreads();
    for (int i = threadIdx.x; i < M * 64; i += 256)
    {
        float sum = sums[0][i];
        for (int s = 1; s < 8; s++) sum += sums[s][i];
        if (j.Splits > 1) j.Partial[((nint)split * panels + panel) * (M * 64) + i] = sum;
        else if (i / 64 < j.Rows && panel * 64 + i % 64 < j.Outputs) put(j.Y + i / 64 * j.YStride + panel * 64 + i % 64, sum, !j.Accumulate);
    }
    if (j.Splits == 1) return;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) ticket = atomicAdd(j.Tickets + panel, 1);
    __syncthreads();
    if (ticket != j.Splits - 1) return;
    __threadfence();
    for (int i = threadIdx.x; i < M * 64; i += 256)
    {
        float sum = 0.0f;
        for (int s = 0; s < j.Splits; s++) sum += *(volatile float*)(j.Partial + ((nint)s * panels + panel) * (M * 64) + i);
        if (i / 64 < j.Rows && panel * 64 + i % 64 < j.Outputs) put(j.Y + i / 64 * j.YStride + panel * 64 + i % 64, sum, !j.Accumulate);
    }
    if (threadIdx.x == 0) j.Tickets[panel] = 0;
}

// Eight neighbouring outputs' weights of one input.
template <class Stored>
__device__ __forceinline__ void one_input(const byte* panel, int input, int lane, float w[8])
{
    const int e = input % Stored::Each;
    Stored::weight(Stored::raw(panel, input - e, lane), e, w);
}

// The panels from W on as fp32, in the same layout: a thread per eight outputs of an input. Rows is the number of panels.
template <class Stored>
__device__ __forceinline__ void packed_expand(const PackedJob& j)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Inputs * 8)
    {
        const nint input = i >> 3;
        float v[8];
        one_input<Stored>(j.W + input / j.Inputs * j.PanelBytes, (int)(input % j.Inputs), (int)(i & 7) * 8, v);
        float4* to = (float4*)(j.Y + i * 8);
        to[0] = make_float4(v[0], v[1], v[2], v[3]);
        to[1] = make_float4(v[4], v[5], v[6], v[7]);
    }
}

// y_r = W[ids_r].
template <class Stored>
__device__ __forceinline__ void packed_embed(const PackedJob& j)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Inputs)
    {
        const int id = j.Ids[i / j.Inputs];
        float v[8];
        one_input<Stored>(j.W + id / 64 * j.PanelBytes, (int)(i % j.Inputs), id % 64 & ~7, v);
        j.Y[i] = v[id & 7];
    }
}

#define FOR_FORMAT(format, Stored)                                                        \
    KERNEL(packed_one_##format, PackedJob) { extern __shared__ float shared[]; packed_rows<Stored, 1>(j, shared); }   \
    KERNEL(packed_two_##format, PackedJob) { extern __shared__ float shared[]; packed_rows<Stored, 2>(j, shared); }   \
    KERNEL(packed_four_##format, PackedJob) { extern __shared__ float shared[]; packed_rows<Stored, 4>(j, shared); }  \
    KERNEL(packed_eight_##format, PackedJob) { extern __shared__ float shared[]; packed_rows<Stored, 8>(j, shared); } \
    KERNEL(packed_expand_##format, PackedJob) { packed_expand<Stored>(j); }                                           \
    KERNEL(packed_embed_##format, PackedJob) { packed_embed<Stored>(j); }

FOR_FORMAT(f32, StoredF32)
FOR_FORMAT(bf16, StoredBf16)
FOR_FORMAT(f16, StoredF16)
FOR_FORMAT(q8, StoredQ8)

struct ReadJob
{
    const uint4* Memory;
    unsigned* To;
    nint Count;
};

// Reads all of the memory, eight loads under way per thread; what it reads is not kept.
KERNEL(read_memory, ReadJob)
{
    uint4 sum = { 0, 0, 0, 0 };
    const nint step = (nint)gridDim.x * 256;
    for (nint i = (nint)blockIdx.x * 256 + threadIdx.x; i + 7 * step < j.Count; i += 8 * step)
    {
        uint4 v[8];
#pragma unroll
        for (int a = 0; a < 8; a++) v[a] = j.Memory[i + a * step];
#pragma unroll
        for (int a = 0; a < 8; a++) { sum.x ^= v[a].x; sum.y ^= v[a].y; sum.z ^= v[a].z; sum.w ^= v[a].w; }
    }
    if ((sum.x ^ sum.y ^ sum.z ^ sum.w) == 0x12345678u) *j.To = sum.x;
}

struct CachedJob
{
    float *Q, *K, *V, *O, *Memory;
    int *Positions, *Pages, *FirstPage;
    nint BlockFloats;
    int Rows, Heads, KvHeads, Dim;
    float Scale;
};

__device__ __forceinline__ float* cached_block(const CachedJob& j, int row, int page, int head)
{
    return j.Memory + ((nint)j.Pages[j.FirstPage[row] + page] * j.KvHeads + head) * j.BlockFloats;
}

// New keys and values into their places: keys (dim, 64) and values (dim / 64, 64, 64) of a page.
KERNEL(cache_append, CachedJob)
{
    const int width = j.KvHeads * j.Dim;
    FOR_ELEMENTS(i, (nint)j.Rows * width)
    {
        const int row = (int)(i / width), head = (int)(i % width) / j.Dim, d = (int)(i % width) % j.Dim, at = j.Positions[row];
        float* block = cached_block(j, row, at / 64, head);
        block[d * 64 + at % 64] = j.K[i];
        block[64 * j.Dim + (d / 64 * 64 + at % 64) * 64 + d % 64] = j.V[i];
    }
}

// A block of 128 threads per row and query head walks its pages: thread t scores key t % 64 over half of the features, then adds up column t of the
// values. Softmax as it goes (arXiv 2205.14135); sums run in the order of positions.
KERNEL(attend_cached, CachedJob)
{
    __shared__ float q[128], halves[2][64], p[64], most[4], sums[4];
    const int row = blockIdx.x / j.Heads, head = blockIdx.x % j.Heads, group = head / (j.Heads / j.KvHeads), t = threadIdx.x, key = t & 63, half = t >> 6;
    const int last = j.Positions[row], part = (j.Dim + 1) / 2, begin = half * part, end = min(j.Dim, begin + part);
    if (t < j.Dim) q[t] = j.Q[((nint)row * j.Heads + head) * j.Dim + t] * j.Scale;
    float m = -1e30f, l = 0.0f, o = 0.0f;
    for (int page = 0; page <= last / 64; page++)
    {
        const float *keys = cached_block(j, row, page, group), *values = keys + 64 * j.Dim;
        const int count = min(64, last + 1 - page * 64);
        __syncthreads();
        float s = 0.0f;
        if (key < count)
            for (int d = begin; d < end; d++) s += q[d] * keys[d * 64 + key];
        halves[half][key] = s;
        __syncthreads();
        s = key < count ? halves[0][key] + halves[1][key] : -1e30f;
        const float top = warp_max(s);
        if (lane() == 0) most[t >> 5] = top;
        __syncthreads();
        const float now = fmaxf(m, fmaxf(most[0], most[1])), e = key < count ? __expf(s - now) : 0.0f, sum = warp_sum(e), keep = __expf(m - now);
        if (half == 0) p[key] = e;
        if (lane() == 0) sums[t >> 5] = sum;
        __syncthreads();
        m = now;
        l = l * keep + (sums[0] + sums[1]);
        o *= keep;
        if (t < j.Dim)
            for (int k = 0; k < count; k++) o += p[k] * values[((t >> 6) * 64 + k) * 64 + (t & 63)];
    }
    if (t < j.Dim) j.O[((nint)row * j.Heads + head) * j.Dim + t] = o / l;
}
