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

struct PackedPart
{
    const byte* W;
    float* Y;
    nint YStride;
    int Outputs, Panels;
};

// Up to three weights of the same inputs and format share a launch; residual and bias are where the sums of the first begin. Where there is a gate, x is
// silu(gate) ∘ X, of rows that lie as those of X; where there is a gain, x is the RMS norm of X, whose scale the sums of a row share.
struct PackedJob
{
    PackedPart A, B, C;
    float *X, *Gate, *Gain, *Residual, *Bias, *Partial;
    int *Tickets, *Ids;
    nint XStride, PanelBytes;
    int Rows, Inputs, Splits, Chunk;
    float Eps;
    bool Accumulate;
};

__device__ __forceinline__ float low_bf16(unsigned two) { return __uint_as_float(two << 16); }
__device__ __forceinline__ float high_bf16(unsigned two) { return __uint_as_float(two & 0xffff0000u); }
__device__ __forceinline__ float low_half(unsigned two) { return half_to_float((unsigned short)two); }
__device__ __forceinline__ float high_half(unsigned two) { return half_to_float((unsigned short)(two >> 16)); }

// Byte i of four that are signed ones plus 128, as a float: 2^23 + b, whose last byte is b, less 2^23 + 128.
__device__ __forceinline__ float signed_byte(unsigned four, int i) { return __uint_as_float(__byte_perm(four, 0x4b000000u, 0x7440 + i)) - 8388736.0f; }

// How a thread reads eight neighbouring outputs of a few inputs, and what it makes of them. Inputs of a run come in groups of 32 · Each, of which thread
// row r (of 32) takes the inputs from r · Each on; `raw` is what lies in memory, `weight` fp32 values of the e-th of these inputs. Where these have one
// scale for each output, `Scaled` says so, and weights are `scale` times `unscaled`.
struct StoredF32
{
    static const int Each = 1;
    static const bool Scaled = false;
    struct Raw { float4 a, b; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane)
    {
        const float4* p = (const float4*)(panel + ((nint)input * 64 + lane) * 4);
        return { p[0], p[1] };
    }
    static __device__ __forceinline__ void unscaled(const Raw& r, int e, float w[8]) { weight(r, e, w); }
    static __device__ __forceinline__ float scale(const Raw&, int) { return 1.0f; }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        w[0] = r.a.x; w[1] = r.a.y; w[2] = r.a.z; w[3] = r.a.w; w[4] = r.b.x; w[5] = r.b.y; w[6] = r.b.z; w[7] = r.b.w;
    }
};

struct StoredBf16
{
    static const int Each = 1;
    static const bool Scaled = false;
    struct Raw { uint4 v; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane) { return { *(const uint4*)(panel + ((nint)input * 64 + lane) * 2) }; }
    static __device__ __forceinline__ void unscaled(const Raw& r, int e, float w[8]) { weight(r, e, w); }
    static __device__ __forceinline__ float scale(const Raw&, int) { return 1.0f; }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        w[0] = low_bf16(r.v.x); w[1] = high_bf16(r.v.x); w[2] = low_bf16(r.v.y); w[3] = high_bf16(r.v.y);
        w[4] = low_bf16(r.v.z); w[5] = high_bf16(r.v.z); w[6] = low_bf16(r.v.w); w[7] = high_bf16(r.v.w);
    }
};

struct StoredF16
{
    static const int Each = 1;
    static const bool Scaled = false;
    struct Raw { uint4 v; };
    static __device__ __forceinline__ Raw raw(const byte* panel, int input, int lane) { return { *(const uint4*)(panel + ((nint)input * 64 + lane) * 2) }; }
    static __device__ __forceinline__ void unscaled(const Raw& r, int e, float w[8]) { weight(r, e, w); }
    static __device__ __forceinline__ float scale(const Raw&, int) { return 1.0f; }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        w[0] = low_half(r.v.x); w[1] = high_half(r.v.x); w[2] = low_half(r.v.y); w[3] = high_half(r.v.y);
        w[4] = low_half(r.v.z); w[5] = high_half(r.v.z); w[6] = low_half(r.v.w); w[7] = high_half(r.v.w);
    }
};

struct StoredQ8
{
    static const int Each = 4;
    static const bool Scaled = true;
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
    static __device__ __forceinline__ void unscaled(const Raw& r, int e, float w[8])
    {
        const unsigned q[2] = { r.q[e].x ^ 0x80808080u, r.q[e].y ^ 0x80808080u };
#pragma unroll
        for (int i = 0; i < 8; i++) w[i] = signed_byte(q[i >> 2], i & 3);
    }
    static __device__ __forceinline__ float scale(const Raw& r, int i)
    {
        const unsigned scales[4] = { r.scales.x, r.scales.y, r.scales.z, r.scales.w };
        return i & 1 ? high_half(scales[i >> 1]) : low_half(scales[i >> 1]);
    }
    static __device__ __forceinline__ void weight(const Raw& r, int e, float w[8])
    {
        unscaled(r, e, w);
#pragma unroll
        for (int i = 0; i < 8; i++) w[i] *= scale(r, i);
    }
};

// What a sum of the outputs of a part is added to, and where it goes; with the sum of the squares of its row.
__device__ __forceinline__ void put_output(const PackedJob& j, const PackedPart& part, int r, int output, float sum, float square)
{
    if (r >= j.Rows || output >= part.Outputs) return;
    if (j.Gain) sum *= 1.0f / sqrtf(square / j.Inputs + j.Eps);
    if (j.Residual) sum += j.Residual[r * part.YStride + output];
    if (j.Bias) sum += j.Bias[output];
    put(part.Y + r * part.YStride + output, sum, !j.Accumulate);
}

// y = or += x Wᵀ for M rows of x at once. A block takes a panel, or one of Splits runs of its inputs: thread t the outputs 8 (t % 8) … and the inputs of
// thread row t / 8. The first weights are on their way before x is there. Sums run over inputs within a thread, then over the 32 threads of an output, then over
// runs in their order. The last block of a panel to end adds up its runs.
template <class Stored, int M>
__device__ __forceinline__ void packed_rows(const PackedJob& j, float* xs)
{
    const int Each = Stored::Each, Ahead = M > 2 ? 2 : Each > 1 ? 2 : 4, Step = 32 * Each;
    const bool ScaledLate = Stored::Scaled && M <= 2;
    __shared__ float sums[8][8 * 64], squares[M][8];
    __shared__ int ticket;
    const int panels = gridDim.x / j.Splits, all = blockIdx.x / j.Splits, split = blockIdx.x % j.Splits, first = split * j.Chunk;
    const int inputs = min(j.Chunk, j.Inputs - first), eight = (threadIdx.x & 7) * 8, warp = threadIdx.x >> 5, begin = (threadIdx.x >> 3) * Each;
    const bool inA = all < j.A.Panels, inB = !inA && all < j.A.Panels + j.B.Panels;
    const PackedPart part = inA ? j.A : inB ? j.B : j.C;
    const int panel = inA ? all : inB ? all - j.A.Panels : all - j.A.Panels - j.B.Panels;
    const byte* w = part.W + panel * j.PanelBytes;
    typename Stored::Raw now[Ahead];
#pragma unroll
    for (int a = 0; a < Ahead; a++)
        if (begin + a * Step < inputs) now[a] = Stored::raw(w, first + begin + a * Step, eight);
    float square[M];
#pragma unroll
    for (int r = 0; r < M; r++) square[r] = 0.0f;
    wait_for_earlier();
    // Eight values of x under way per thread.
    for (int k = threadIdx.x; k < inputs; k += 8 / M * 256)
    {
        float v[8];
#pragma unroll
        for (int i = 0; i < 8; i++) v[i] = i % M < j.Rows && k + i / M * 256 < inputs ? j.X[i % M * j.XStride + first + k + i / M * 256] : 0.0f;
        if (j.Gate)
#pragma unroll
            for (int i = 0; i < 8; i++)
            {
                const float g = i % M < j.Rows && k + i / M * 256 < inputs ? j.Gate[i % M * j.XStride + first + k + i / M * 256] : 0.0f;
                v[i] *= g * sigmoid(g);
            }
        if (j.Gain)
#pragma unroll
            for (int i = 0; i < 8; i++)
            {
                square[i % M] += v[i] * v[i];
                if (k + i / M * 256 < inputs) v[i] *= j.Gain[first + k + i / M * 256];
            }
#pragma unroll
        for (int i = 0; i < 8; i++)
            if (k + i / M * 256 < inputs) xs[i % M * j.Chunk + k + i / M * 256] = v[i];
    }
    if (j.Gain)
#pragma unroll
        for (int r = 0; r < M; r++)
        {
            square[r] = warp_sum(square[r]);
            if (lane() == 0) squares[r][warp] = square[r];
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
            float some[M][8];
            if (ScaledLate)
#pragma unroll
                for (int r = 0; r < M; r++)
#pragma unroll
                    for (int i = 0; i < 8; i++) some[r][i] = 0.0f;
#pragma unroll
            for (int e = 0; e < Each; e++)
            {
                float v[8];
                if (ScaledLate) Stored::unscaled(now[a], e, v);
                else Stored::weight(now[a], e, v);
#pragma unroll
                for (int r = 0; r < M; r++)
                {
                    const float x = xs[r * j.Chunk + k + a * Step + e];
#pragma unroll
                    for (int i = 0; i < 8; i++) (ScaledLate ? some : acc)[r][i] += x * v[i];
                }
            }
            if (ScaledLate)
#pragma unroll
                for (int i = 0; i < 8; i++)
                {
                    const float scale = Stored::scale(now[a], i);
#pragma unroll
                    for (int r = 0; r < M; r++) acc[r][i] += scale * some[r][i];
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
        float ofRow = 0.0f;
        if (j.Gain)
            for (int s = 0; s < 8; s++) ofRow += squares[i / 64][s];
        if (j.Splits == 1)
        {
            put_output(j, part, i / 64, panel * 64 + i % 64, sum, ofRow);
            continue;
        }
        float* run = j.Partial + ((nint)split * panels + all) * (M * 65);
        run[i] = sum;
        if (i % 64 == 0) run[M * 64 + i / 64] = ofRow;
    }
    if (j.Splits == 1) return;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) ticket = atomicAdd(j.Tickets + all, 1);
    __syncthreads();
    if (ticket != j.Splits - 1) return;
    __threadfence();
    for (int i = threadIdx.x; i < M * 64; i += 256)
    {
        float sum = 0.0f, ofRow = 0.0f;
        for (int s = 0; s < j.Splits; s++)
        {
            const volatile float* run = j.Partial + ((nint)s * panels + all) * (M * 65);
            sum += run[i];
            if (j.Gain) ofRow += run[M * 64 + i / 64];
        }
        put_output(j, part, i / 64, panel * 64 + i % 64, sum, ofRow);
    }
    if (threadIdx.x == 0) j.Tickets[all] = 0;
}

// Eight neighbouring outputs' weights of one input.
template <class Stored>
__device__ __forceinline__ void one_input(const byte* panel, int input, int lane, float w[8])
{
    const int e = input % Stored::Each;
    Stored::weight(Stored::raw(panel, input - e, lane), e, w);
}

// The panels from A.W on as fp32, in the same layout: a thread per eight outputs of an input. Rows is the number of panels.
template <class Stored>
__device__ __forceinline__ void packed_expand(const PackedJob& j)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Inputs * 8)
    {
        const nint input = i >> 3;
        float v[8];
        one_input<Stored>(j.A.W + input / j.Inputs * j.PanelBytes, (int)(input % j.Inputs), (int)(i & 7) * 8, v);
        float4* to = (float4*)(j.A.Y + i * 8);
        to[0] = make_float4(v[0], v[1], v[2], v[3]);
        to[1] = make_float4(v[4], v[5], v[6], v[7]);
    }
}

// y_r = W[ids_r].
template <class Stored>
__device__ __forceinline__ void packed_embed(const PackedJob& j)
{
    wait_for_earlier();
    FOR_ELEMENTS(i, (nint)j.Rows * j.Inputs)
    {
        const int id = j.Ids[i / j.Inputs];
        float v[8];
        one_input<Stored>(j.A.W + id / 64 * j.PanelBytes, (int)(i % j.Inputs), id % 64 & ~7, v);
        j.A.Y[i] = v[id & 7];
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
    float *Q, *K, *V, *O, *Memory, *Partial, *QGain, *KGain, *Table, *Turned;
    int *Positions, *Pages, *FirstPage, *Tickets;
    nint BlockFloats;
    int Rows, Heads, KvHeads, Dim, Chunks, Splits;
    float Scale, Eps;
};

__device__ __forceinline__ float* cached_block(const CachedJob& j, int row, int page, int head)
{
    return j.Memory + ((nint)j.Pages[j.FirstPage[row] + page] * j.KvHeads + head) * j.BlockFloats;
}

// New keys and values into their places: keys (dim, 64) and values (dim / 64, 64, 64) of a page. A warp per head; where there are gains, heads of queries
// and keys are normalised and turned on the way, queries into Turned.
KERNEL(cache_append, CachedJob)
{
    wait_for_earlier();
    const int queries = j.QGain ? j.Heads : 0, all = queries + 2 * j.KvHeads, half = j.Dim / 2;
    const nint w = warp_row();
    if (w >= (nint)j.Rows * all) return;
    const int row = (int)(w / all), at = j.Positions[row];
    int head = (int)(w % all);
    const bool query = head < queries, key = !query && head < queries + j.KvHeads;
    if (!query) head -= key ? queries : queries + j.KvHeads;
    const float* x = query ? j.Q + ((nint)row * j.Heads + head) * j.Dim : (key ? j.K : j.V) + ((nint)row * j.KvHeads + head) * j.Dim;
    float* block = query ? 0 : cached_block(j, row, at / 64, head);
    if (!query && !key)
    {
        for (int d = lane(); d < j.Dim; d += 32) block[64 * j.Dim + (d / 64 * 64 + at % 64) * 64 + d % 64] = x[d];
        return;
    }
    if (!j.QGain)
    {
        for (int d = lane(); d < j.Dim; d += 32) block[d * 64 + at % 64] = x[d];
        return;
    }
    const float *gain = query ? j.QGain : j.KGain, *cos = j.Table + (nint)at * j.Dim;
    float* to = query ? j.Turned + ((nint)row * j.Heads + head) * j.Dim : block + at % 64;
    const int step = query ? 1 : 64;
    float sum = 0.0f;
    for (int d = lane(); d < j.Dim; d += 32) sum += x[d] * x[d];
    const float scale = 1.0f / sqrtf(warp_sum(sum) / j.Dim + j.Eps);
    for (int d = lane(); d < half; d += 32)
    {
        const float a = x[d] * scale * gain[d], b = x[half + d] * scale * gain[half + d], c = cos[d], s = cos[half + d];
        to[d * step] = a * c - b * s;
        to[(half + d) * step] = b * c + a * s;
    }
}

// Keys or values under way per thread: what one row attends to is little, and memory is slow to answer.
#define ATTEND_AHEAD 16

// A block of 256 threads per row, run of up to HEADS query heads of one key head, and split of its pages, which go to the splits in turns. A page is read once
// for all of these heads: thread t scores key t % 64 over a quarter of the features, then adds up one column of a part of the values. Softmax as it goes
// (arXiv 2205.14135); the last split to end brings all of them together in their order, as in arXiv 2311.01282.
template <int HEADS>
__device__ __forceinline__ void attend_pages(const CachedJob& j)
{
    __shared__ float q[HEADS][128], quarters[4][HEADS][64], p[HEADS][64], top[HEADS], total[HEADS], keep[HEADS];
    __shared__ int ticket;
    wait_for_earlier();
    const int group = j.Heads / j.KvHeads, split = blockIdx.x % j.Splits, place = blockIdx.x / j.Splits, chunk = place % j.Chunks, head = place / j.Chunks % j.KvHeads;
    const int row = place / j.Chunks / j.KvHeads, first = head * group + chunk * HEADS, heads = min(HEADS, group - chunk * HEADS);
    const int last = j.Positions[row], pages = last / 64 + 1, splits = min(j.Splits, pages), t = threadIdx.x, key = t & 63, quarter = t >> 6, per = (j.Dim + 3) / 4;
    const int begin = quarter * per, end = min(j.Dim, begin + per), parts = 256 / j.Dim, part = t / j.Dim, column = t % j.Dim, each = (64 + parts - 1) / parts;
    if (split >= splits) return;
    // Zeros past the heads and features there are, so that what is loaded past an end adds nothing.
    for (int i = t; i < HEADS * 128; i += 256) q[i >> 7][i & 127] = i >> 7 < heads && (i & 127) < j.Dim ? j.Q[((nint)row * j.Heads + first + (i >> 7)) * j.Dim + (i & 127)] * j.Scale : 0.0f;
    if (t < HEADS)
    {
        top[t] = -1e30f;
        total[t] = 0.0f;
    }
    float o[HEADS];
#pragma unroll
    for (int h = 0; h < HEADS; h++) o[h] = 0.0f;
    __syncthreads();
    for (int page = split; page < pages; page += splits)
    {
        const float *keys = cached_block(j, row, page, head), *values = keys + 64 * j.Dim;
        const int count = min(64, last + 1 - page * 64);
        float s[HEADS];
#pragma unroll
        for (int h = 0; h < HEADS; h++) s[h] = 0.0f;
        if (key < count)
            for (int d = begin; d < end; d += ATTEND_AHEAD)
            {
                float k[ATTEND_AHEAD];
#pragma unroll
                for (int i = 0; i < ATTEND_AHEAD; i++) k[i] = d + i < end ? keys[(d + i) * 64 + key] : 0.0f;
#pragma unroll
                for (int i = 0; i < ATTEND_AHEAD; i++)
#pragma unroll
                    for (int h = 0; h < HEADS; h++) s[h] += q[h][d + i] * k[i];
            }
#pragma unroll
        for (int h = 0; h < HEADS; h++) quarters[quarter][h][key] = s[h];
        __syncthreads();
        // A warp per head: both halves of the page.
        const int h = t >> 5;
        if (h < heads)
        {
            const int a = lane(), b = a + 32;
            const float sa = a < count ? quarters[0][h][a] + quarters[1][h][a] + quarters[2][h][a] + quarters[3][h][a] : -1e30f;
            const float sb = b < count ? quarters[0][h][b] + quarters[1][h][b] + quarters[2][h][b] + quarters[3][h][b] : -1e30f;
            const float before = top[h], now = fmaxf(before, warp_max(fmaxf(sa, sb)));
            const float ea = a < count ? __expf(sa - now) : 0.0f, eb = b < count ? __expf(sb - now) : 0.0f, sum = warp_sum(ea + eb);
            p[h][a] = ea;
            p[h][b] = eb;
            if (a == 0)
            {
                keep[h] = __expf(before - now);
                top[h] = now;
                total[h] = total[h] * keep[h] + sum;
            }
        }
        __syncthreads();
        if (part < parts)
        {
            const int to = min(count, (part + 1) * each);
            const float* v = values + (column >> 6) * 4096 + (column & 63);
#pragma unroll
            for (int i = 0; i < HEADS; i++) o[i] *= i < heads ? keep[i] : 0.0f;
            for (int k = part * each; k < to; k += ATTEND_AHEAD)
            {
                float x[ATTEND_AHEAD];
#pragma unroll
                for (int n = 0; n < ATTEND_AHEAD; n++) x[n] = k + n < to ? v[(k + n) * 64] : 0.0f;
#pragma unroll
                for (int n = 0; n < ATTEND_AHEAD; n++)
#pragma unroll
                    for (int i = 0; i < HEADS; i++) o[i] += p[i][k + n & 63] * x[n];
            }
        }
        __syncthreads();
    }
    // The parts of a column meet in shared memory, where the scores were.
    float* columns = &quarters[0][0][0];
    for (int i = 0; i < heads; i++)
    {
        if (part < parts) columns[part * j.Dim + column] = o[i];
        __syncthreads();
        if (t < j.Dim)
        {
            float sum = columns[t];
            for (int n = 1; n < parts; n++) sum += columns[n * j.Dim + t];
            const nint at = (nint)row * j.Heads + first + i;
            if (splits == 1) j.O[at * j.Dim + t] = sum / total[i];
            else
            {
                float* to = j.Partial + (at * j.Splits + split) * (j.Dim + 2);
                to[t] = sum;
                if (t == 0)
                {
                    to[j.Dim] = top[i];
                    to[j.Dim + 1] = total[i];
                }
            }
        }
        __syncthreads();
    }
    if (splits == 1) return;
    __threadfence();
    __syncthreads();
    if (t == 0) ticket = atomicAdd(j.Tickets + place, 1);
    __syncthreads();
    if (ticket != splits - 1) return;
    __threadfence();
    for (int i = t; i < heads * j.Dim; i += 256)
    {
        const nint at = (nint)row * j.Heads + first + i / j.Dim;
        const volatile float* from = j.Partial + at * j.Splits * (j.Dim + 2);
        float most = -1e30f, sum = 0.0f, all = 0.0f;
        for (int s = 0; s < splits; s++) most = fmaxf(most, from[s * (j.Dim + 2) + j.Dim]);
        for (int s = 0; s < splits; s++)
        {
            const float share = __expf(from[s * (j.Dim + 2) + j.Dim] - most);
            all += share * from[s * (j.Dim + 2) + j.Dim + 1];
            sum += share * from[s * (j.Dim + 2) + i % j.Dim];
        }
        j.O[at * j.Dim + i % j.Dim] = sum / all;
    }
    if (t == 0) j.Tickets[place] = 0;
}

KERNEL(attend_cached_one, CachedJob) { attend_pages<1>(j); }
KERNEL(attend_cached_two, CachedJob) { attend_pages<2>(j); }
KERNEL(attend_cached_four, CachedJob) { attend_pages<4>(j); }
KERNEL(attend_cached_eight, CachedJob) { attend_pages<8>(j); }
