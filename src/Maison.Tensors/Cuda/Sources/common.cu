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
// Values for the tensor cores: fp32 rounded to 10 bits of fraction.
__device__ __forceinline__ float tf32(float x)
{
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
    return __uint_as_float(bits);
}

// c (16,8) += a (16,8) · b (8,8) by one warp. With g = lane / 4, t = lane % 4: a = (g,t), (g+8,t), (g,t+4), (g+8,t+4);
// b = (t,g), (t+4,g); c = (g,2t), (g,2t+1), (g+8,2t), (g+8,2t+1).
__device__ __forceinline__ void mma(float c[4], float a0, float a1, float a2, float a3, float b0, float b1)
{
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(__float_as_uint(a0)), "r"(__float_as_uint(a1)), "r"(__float_as_uint(a2)), "r"(__float_as_uint(a3)), "r"(__float_as_uint(b0)), "r"(__float_as_uint(b1)));
}
#endif

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
