// What all kernels share. A kernel takes its op's job struct, field for field as the op declares it, and computes what the op's tasks
// compute. Sums run in an order that depends on the shapes alone, so a run repeats bit for bit on the same kind of device.

typedef long long nint;

#ifndef KERNEL
#define KERNEL(name, Job) extern "C" __global__ void __launch_bounds__(256) name(const Job j)
#endif

#define ELEMENTS_PER_BLOCK 1024
#define ROWS_PER_BLOCK 8

// Every element of a job laid out by Launch.Elements.
#define FOR_ELEMENTS(i, count) \
    for (nint i = (nint)blockIdx.x * ELEMENTS_PER_BLOCK + threadIdx.x, i##_end = min((nint)(count), ((nint)blockIdx.x + 1) * ELEMENTS_PER_BLOCK); i < i##_end; i += blockDim.x)

// The row of this warp in a job laid out by Launch.Rows.
__device__ __forceinline__ nint warp_row() { return (nint)blockIdx.x * ROWS_PER_BLOCK + (threadIdx.x >> 5); }
__device__ __forceinline__ int lane() { return threadIdx.x & 31; }

__device__ __forceinline__ float warp_sum(float v)
{
    for (int d = 16; d > 0; d >>= 1) v += __shfl_xor_sync(0xffffffffu, v, d);
    return v;
}

__device__ __forceinline__ float warp_max(float v)
{
    for (int d = 16; d > 0; d >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, d));
    return v;
}

/// The sum over the threads of a block of whole warps, known to thread 0.
__device__ __forceinline__ float block_sum(float v)
{
    __shared__ float sums[8];
    v = warp_sum(v);
    if (lane() == 0) sums[threadIdx.x >> 5] = v;
    __syncthreads();
    v = threadIdx.x < blockDim.x >> 5 ? sums[threadIdx.x] : 0.0f;
    if (threadIdx.x < 32) v = warp_sum(v);
    __syncthreads();
    return v;
}

__device__ __forceinline__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

__device__ __forceinline__ void put(float* to, float v, bool fresh) { *to = fresh ? v : *to + v; }

#ifndef MMA
// In a kernel that may begin early (Launch.Early): lets the next one begin as well, and waits for all work before this one. Until then a thread may read what
// no kernel writes, and nothing else.
__device__ __forceinline__ void wait_for_earlier()
{
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;");
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

// Two values rounded to 7 bits of fraction, the first in the low half.
__device__ __forceinline__ unsigned bf16_pair(float low, float high)
{
    unsigned two;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(two) : "f"(high), "f"(low));
    return two;
}

// c (16,8) += a (16,16) · b (16,8) by one warp, of pairs along the 16. With g = lane / 4, t = lane % 4: a = (g,2t), (g+8,2t), (g,2t+8), (g+8,2t+8);
// b = (2t,g), (2t+8,g); c = (g,2t), (g,2t+1), (g+8,2t), (g+8,2t+1).
__device__ __forceinline__ void mma(float c[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}
#endif

// A value to where it goes: in bf16 where only a product takes it, in fp32 elsewhere.
__device__ __forceinline__ void put_rounded(unsigned short* rounded, float* to, nint i, float v, bool fresh)
{
    if (rounded) rounded[i] = (unsigned short)bf16_pair(v, 0.0f);
    else put(to + i, v, fresh);
}

struct RoundJob
{
    const float* From;
    unsigned* To;
    nint Count;
};

// fp32 to bf16, eight values a thread; To begins at a whole multiple of eight values.
KERNEL(round_to_bf16, RoundJob)
{
    const nint i = ((nint)blockIdx.x * 256 + threadIdx.x) * 8;
    if (i + 8 <= j.Count && ((nint)j.From & 15) == 0)
    {
        const float4 a = *(const float4*)(j.From + i), b = *(const float4*)(j.From + i + 4);
        *(uint4*)(j.To + i / 2) = { bf16_pair(a.x, a.y), bf16_pair(a.z, a.w), bf16_pair(b.x, b.y), bf16_pair(b.z, b.w) };
    }
    else
        for (nint k = i; k < min(i + 8, j.Count); k += 2) j.To[k / 2] = bf16_pair(j.From[k], k + 1 < j.Count ? j.From[k + 1] : 0.0f);
}

struct AddJob
{
    float *X, *Y;
    nint Count;
};

KERNEL(add_into, AddJob)
{
    FOR_ELEMENTS(i, j.Count) j.X[i] += j.Y[i];
}

struct FoldJob
{
    float *Partial, *To;
    int Chunks, Cols;
    bool Fresh;
};

// To_c = or += the sum of Partial (chunks, cols) over its chunks. A block per column.
KERNEL(fold, FoldJob)
{
    float sum = 0.0f;
    for (nint i = threadIdx.x; i < j.Chunks; i += 256) sum += j.Partial[i * j.Cols + blockIdx.x];
    sum = block_sum(sum);
    if (threadIdx.x == 0) put(j.To + blockIdx.x, sum, j.Fresh);
}

// The sum of term(row, column) over one chunk of rows for 32 columns; a block of 32 × 8 threads per chunk and group of columns.
template <class Term>
__device__ __forceinline__ void sum_columns(int rows, int cols, int chunks, float* partial, Term term)
{
    __shared__ float sums[8][33];
    const int groups = (cols + 31) / 32, chunk = blockIdx.x / groups, x = threadIdx.x & 31, y = threadIdx.x >> 5, c = blockIdx.x % groups * 32 + x;
    const nint per = (rows + chunks - 1) / chunks, end = min((nint)rows, (chunk + 1) * per);
    float sum = 0.0f;
    if (c < cols)
        for (nint r = chunk * per + y; r < end; r += 8) sum += term(r, c);
    sums[y][x] = sum;
    __syncthreads();
    if (y == 0 && c < cols)
    {
        for (int i = 1; i < 8; i++) sum += sums[i][x];
        partial[(nint)chunk * cols + c] = sum;
    }
}
