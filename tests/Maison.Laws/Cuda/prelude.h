// What a kernel's source needs of CUDA C, said in C++ over the fibres of driver.cpp.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <algorithm>
using std::min; using std::max;
struct Three { unsigned x, y, z; };
extern "C" { extern Three threadIdx, blockIdx, blockDim, gridDim; void emulated_syncthreads(); void emulated_syncwarp(); char* emulated_exchange(const void*, int); float* emulated_shared(); void emulated_wait_for_earlier(); }
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __syncthreads emulated_syncthreads
#define __syncwarp emulated_syncwarp
#define wait_for_earlier emulated_wait_for_earlier
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(8) uint2 { unsigned x, y; };
inline float2 make_float2(float a, float b) { return { a, b }; }
inline float4 make_float4(float a, float b, float c, float d) { return { a, b, c, d }; }
inline float __expf(float x) { return expf(x); }
inline unsigned __float_as_uint(float f) { unsigned u; memcpy(&u, &f, 4); return u; }
inline float __uint_as_float(unsigned u) { float f; memcpy(&f, &u, 4); return f; }
inline double __longlong_as_double(long long v) { double d; memcpy(&d, &v, 8); return d; }
inline float sinpif(float x) { return (float)sin(M_PI * x); }
inline float cospif(float x) { return (float)cos(M_PI * x); }
template <class T> inline T __shfl_xor_sync(unsigned, T v, int d) { char* s = emulated_exchange(&v, sizeof v); T r; memcpy(&r, s + 64 * ((threadIdx.x & 31) ^ d), sizeof r); return r; }
template <class T> inline T __shfl_sync(unsigned, T v, int d) { char* s = emulated_exchange(&v, sizeof v); T r; memcpy(&r, s + 64 * d, sizeof r); return r; }

inline float half_to_float(unsigned short h) { _Float16 f; memcpy(&f, &h, 2); return (float)f; }
inline unsigned bf16(float x) { unsigned u = __float_as_uint(x); return (u + 0x7fff + (u >> 16 & 1)) >> 16; }
inline unsigned bf16_pair(float low, float high) { return bf16(low) | bf16(high) << 16; }
inline void mma(float c[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1)
{
    unsigned v[6] = { a0, a1, a2, a3, b0, b1 };
    char* s = emulated_exchange(v, sizeof v);
    auto L = [&](int lane, int i, int k) { unsigned u; memcpy(&u, s + 64 * lane + 4 * i, 4); return __uint_as_float(k & 1 ? u & 0xffff0000u : u << 16); };
    auto A = [&](int r, int k) { return L((r & 7) * 4 + (k & 7) / 2, (r >> 3) + 2 * (k >> 3), k); };
    auto B = [&](int k, int n) { return L(n * 4 + (k & 7) / 2, 4 + (k >> 3), k); };
    int lane = threadIdx.x & 31, g = lane / 4, t = lane % 4;
    for (int i = 0; i < 4; i++) { int r = g + 8 * (i >> 1), n = 2 * t + (i & 1); for (int k = 0; k < 16; k++) c[i] += A(r, k) * B(k, n); }
}
inline int atomicAdd(int* p, int v) { int o = *p; *p += v; return o; }
inline void __threadfence() {}
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned s) { unsigned char by[8]; memcpy(by, &a, 4); memcpy(by + 4, &b, 4); unsigned r = 0; for (int i = 0; i < 4; i++) r |= (unsigned)by[(s >> 4 * i) & 7] << 8 * i; return r; }

// Tells the sources that tensor-core and half-precision helpers are here.
#define MMA
#define KERNEL(name, Job) extern "C" { unsigned size_##name = sizeof(Job); } extern "C" void name(const Job j); extern "C" void launch_##name(const void* p) { name(*(const Job*)p); } extern "C" void name(const Job j)
