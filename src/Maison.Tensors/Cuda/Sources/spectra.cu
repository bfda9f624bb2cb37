// Short-time spectra: a block per frame, its transform in shared memory. A real signal of Length samples is seen as half as many complex
// numbers; Turns holds cos, sin of 2πk / Length.

struct FrameBlock
{
    nint Signal;
    int Samples, Frame, Count, Row;
};

// A block per segment, with all its frames.
struct FrameLayout
{
    FrameBlock* Blocks;
    int Count, Rows;
    float *Turns, *Window;
    int Length, Samples, Hop, Bins;

    __device__ int half() const { return Length / 2; }
    __device__ int padded() const { return (Samples + 15) & ~15; }

    /// From the middle of a frame's hop to where its window begins.
    __device__ int shift() const { return Hop / 2 - Samples / 2; }
};

// The last block for which first(block) is not above a place.
template <class First>
__device__ __forceinline__ const FrameBlock& block_of(const FrameLayout& l, nint place, First first)
{
    int low = 0;
    for (int high = l.Count; high - low > 1;)
    {
        const int middle = (low + high) / 2;
        if (first(l.Blocks[middle]) <= place) low = middle;
        else high = middle;
    }
    return l.Blocks[low];
}

__device__ __forceinline__ const FrameBlock& block_of_row(const FrameLayout& l, int row)
{
    return block_of(l, row, [](const FrameBlock& b) { return (nint)b.Row; });
}

__device__ __forceinline__ const FrameBlock& block_of_sample(const FrameLayout& l, nint sample)
{
    return block_of(l, sample, [](const FrameBlock& b) { return b.Signal; });
}

// (r + i·im) e^(−2πi k / Length).
__device__ __forceinline__ float2 turn(const FrameLayout& l, float re, float im, int k)
{
    const float c = l.Turns[2 * k], s = l.Turns[2 * k + 1];
    return make_float2(re * c + im * s, im * c - re * s);
}

// The complex transform of half a length of numbers, back and forth between z and other (Stockham, radix 4, one radix-2 stage where needed).
// All threads of the block take part; the result lies where the return says.
__device__ float2* fourier(const FrameLayout& l, float2* z, float2* other)
{
    __syncthreads();
    for (int n = l.half(), stride = 1; n > 1;)
    {
        const bool four = n % 4 == 0;
        const int m = four ? n / 4 : n / 2, apart = stride * m;
        for (int i = threadIdx.x; i < apart; i += blockDim.x)
        {
            // i = q + stride p; turns count in steps of a whole length.
            const int q = i & (stride - 1), angle = 2 * (i - q);
            const float2 a = z[i], b = z[i + apart];
            if (!four)
            {
                float2* y = other + 2 * i - q;
                y[0] = make_float2(a.x + b.x, a.y + b.y);
                y[stride] = turn(l, a.x - b.x, a.y - b.y, angle);
                continue;
            }
            const float2 c = z[i + 2 * apart], d = z[i + 3 * apart];
            const float2 ac = make_float2(a.x + c.x, a.y + c.y), a_c = make_float2(a.x - c.x, a.y - c.y);
            const float2 bd = make_float2(b.x + d.x, b.y + d.y), b_d = make_float2(b.x - d.x, b.y - d.y);
            float2* y = other + 4 * i - 3 * q;
            y[0] = make_float2(ac.x + bd.x, ac.y + bd.y);
            y[stride] = turn(l, a_c.x + b_d.y, a_c.y - b_d.x, angle);
            y[2 * stride] = turn(l, ac.x - bd.x, ac.y - bd.y, 2 * angle);
            y[3 * stride] = turn(l, a_c.x - b_d.y, a_c.y + b_d.x, 3 * angle);
        }
        __syncthreads();
        float2* swap = z;
        z = other;
        other = swap;
        n = m;
        stride *= four ? 4 : 2;
    }
    return z;
}

// Bin k of the spectrum of a real signal, from the transform z of its samples in pairs.
__device__ __forceinline__ float2 bin(const FrameLayout& l, const float2* z, int k)
{
    if (k == 0) return make_float2(z[0].x + z[0].y, 0.0f);
    if (k == l.half()) return make_float2(z[0].x - z[0].y, 0.0f);
    const float2 a = z[k], b = z[l.half() - k], odd = turn(l, 0.5f * (a.y + b.y), 0.5f * (b.x - a.x), k);
    return make_float2(0.5f * (a.x + b.x) + odd.x, 0.5f * (a.y - b.y) + odd.y);
}

// What a spectrum becomes before the transform that takes it back: number k, from its bins k and half − k. After it, sample 2k is in y and
// 2k + 1 in x. edge = 1/Length, inner = 2/Length is the inverse, edge = inner = 1 the adjoint.
__device__ __forceinline__ float2 folded(const FrameLayout& l, float2 a, float2 b, int k, float edge, float inner)
{
    if (k == 0) return make_float2((a.x - b.x) * edge, (a.x + b.x) * edge);
    const float c = l.Turns[2 * k], s = l.Turns[2 * k + 1], re = a.x - b.x, im = a.y + b.y, scale = 0.5f * inner;
    return make_float2((a.y - b.y + re * c - im * s) * scale, (a.x + b.x - re * s - im * c) * scale);
}

// Sets numbers k and half − k of a transform back; of(k) is a bin.
template <class Of>
__device__ __forceinline__ void fold_spectrum(const FrameLayout& l, float2* z, float edge, float inner, Of of)
{
    for (int k = threadIdx.x; k <= l.half() / 2; k += blockDim.x)
    {
        const float2 a = of(k), b = of(l.half() - k);
        z[k] = folded(l, a, b, k, edge, inner);
        if (k > 0) z[l.half() - k] = folded(l, b, a, l.half() - k, edge, inner);
    }
}

// The spectrum of the windowed frame in this row; bin reads it.
__device__ float2* analyse_frame(const FrameLayout& l, const float* signal, int row, float2* z)
{
    const FrameBlock& block = block_of_row(l, row);
    const int start = (row - block.Row + block.Frame) * l.Hop + l.shift();
    const float* x = signal + block.Signal;
    float* pairs = (float*)z;
    for (int n = threadIdx.x; n < l.Length; n += blockDim.x)
        pairs[n] = n < l.Samples && start + n >= 0 && start + n < block.Samples ? x[start + n] * l.Window[n] : 0.0f;
    return fourier(l, z, z + l.half());
}

// The windowed signal of the spectrum that was folded into z, into this row of frames.
__device__ void synthesise_frame(const FrameLayout& l, float2* z, float* frames, int row)
{
    const float* pairs = (const float*)fourier(l, z, z + l.half());
    for (int n = threadIdx.x; n < l.Samples; n += blockDim.x) frames[(nint)row * l.padded() + n] = pairs[n ^ 1] * l.Window[n];
}

struct SpectrumJob
{
    FrameLayout Layout;
    float *Signal, *Spectra, *Frames;
    nint* Scratch;
    float Edge, Inner;
    bool Fresh;
};

KERNEL(analyse, SpectrumJob)
{
    extern __shared__ float shared[];
    const FrameLayout& l = j.Layout;
    const float2* z = analyse_frame(l, j.Signal, blockIdx.x, (float2*)shared);
    float* to = j.Spectra + (nint)blockIdx.x * 2 * l.Bins;
    for (int k = threadIdx.x; k < l.Bins; k += blockDim.x)
    {
        const float2 x = bin(l, z, k);
        const float scale = k == 0 || k == l.half() ? j.Edge : j.Inner;
        put(to + k, x.x * scale, j.Fresh);
        put(to + l.Bins + k, x.y * scale, j.Fresh);
    }
}

KERNEL(synthesise, SpectrumJob)
{
    extern __shared__ float shared[];
    const FrameLayout& l = j.Layout;
    const float* from = j.Spectra + (nint)blockIdx.x * 2 * l.Bins;
    fold_spectrum(l, (float2*)shared, j.Edge, j.Inner, [&](int k) { return make_float2(from[k], from[l.Bins + k]); });
    synthesise_frame(l, (float2*)shared, j.Frames, blockIdx.x);
}

struct OverlapJob
{
    FrameLayout Layout;
    float *Frames, *Y;
    int *Rows, *Samples;
    nint* Signal;
    int Segments, RowSamples, AllRows;
    bool Normalise, Fresh;
};

// The sum over a segment's frames that see its sample n of term(frame, place in the window), in order.
template <class Term>
__device__ __forceinline__ float over_frames(const FrameLayout& l, const FrameBlock& block, int n, Term term)
{
    const int at = n - l.shift(), last = min(block.Count - 1, at / l.Hop);
    float sum = 0.0f;
    for (int frame = at < l.Samples ? 0 : (at - l.Samples) / l.Hop + 1; frame <= last; frame++) sum += term(frame, at - frame * l.Hop);
    return sum;
}

__device__ __forceinline__ float window_power(const FrameLayout& l, const FrameBlock& block, int n)
{
    return over_frames(l, block, n, [&](int, int at) { return l.Window[at] * l.Window[at]; });
}

KERNEL(overlap, OverlapJob)
{
    const FrameLayout& l = j.Layout;
    FOR_ELEMENTS(i, (nint)j.AllRows * j.RowSamples)
    {
        const FrameBlock& block = block_of_sample(l, i);
        const int n = (int)(i - block.Signal);
        const float sum = over_frames(l, block, n, [&](int frame, int at) { return j.Frames[(nint)(block.Row + frame) * l.padded() + at]; });
        put(j.Y + i, j.Normalise ? sum / window_power(l, block, n) : sum, j.Fresh);
    }
}

KERNEL(divide_by_windows, OverlapJob)
{
    FOR_ELEMENTS(i, (nint)j.AllRows * j.RowSamples)
    {
        const FrameBlock& block = block_of_sample(j.Layout, i);
        j.Y[i] /= window_power(j.Layout, block, (int)(i - block.Signal));
    }
}

struct PhaseJob
{
    FrameLayout Layout;
    float *From, *To;
    int Rows;
    nint* Scratch;
    bool Back, Fresh;
};

// Forward: the real cepstrum of g. Back: Fᵀ of an imaginary dθ.
KERNEL(minimum_phase, PhaseJob)
{
    extern __shared__ float shared[];
    const FrameLayout& l = j.Layout;
    float2* z = (float2*)shared;
    const float *from = j.From + (nint)blockIdx.x * l.Bins, edge = 1.0f / l.Length, inner = 2.0f / l.Length;
    fold_spectrum(l, z, j.Back ? 1.0f : edge, j.Back ? 1.0f : inner, [&](int k) { return j.Back ? make_float2(0.0f, from[k]) : make_float2(from[k], 0.0f); });
    z = fourier(l, z, z + l.half());
    // Samples 2k and 2k + 1 change places, and sign in the second half; both middles vanish.
    const int middle = l.half() / 2;
    for (int k = threadIdx.x; k < l.half(); k += blockDim.x)
    {
        const float sign = k < middle ? 1.0f : -1.0f;
        z[k] = make_float2(k == 0 || k == middle ? 0.0f : sign * z[k].y, sign * z[k].x);
    }
    float2* first = (float2*)shared;
    z = fourier(l, z, z == first ? first + l.half() : first);
    for (int k = threadIdx.x; k < l.Bins; k += blockDim.x)
    {
        const float2 x = bin(l, z, k);
        put(j.To + (nint)blockIdx.x * l.Bins + k, j.Back ? x.x * (k == 0 || k == l.half() ? edge : inner) : x.y, j.Fresh);
    }
}

struct SpectralErrorJob
{
    FrameLayout Layout;
    float *X, *Target, *Partial, *Spectra, *Frames;
    nint* Scratch;
    float Convergence, Logarithm;
    float *Factors, *Scale, *Y;
};

#define SILENT_POWER 1e-8f

KERNEL(spectral_error, SpectralErrorJob)
{
    extern __shared__ float shared[];
    const FrameLayout& l = j.Layout;
    float* magnitudes = shared + 2 * l.Length;
    const float2* z = analyse_frame(l, j.Target, blockIdx.x, (float2*)shared);
    for (int k = threadIdx.x; k < l.Bins; k += blockDim.x)
    {
        const float2 t = bin(l, z, k);
        magnitudes[k] = sqrtf(t.x * t.x + t.y * t.y + SILENT_POWER);
    }
    __syncthreads();
    z = analyse_frame(l, j.X, blockIdx.x, (float2*)shared);
    float difference = 0.0f, power = 0.0f, logarithm = 0.0f;
    for (int k = threadIdx.x; k < l.Bins; k += blockDim.x)
    {
        const float2 x = bin(l, z, k);
        const float t = magnitudes[k], m = sqrtf(x.x * x.x + x.y * x.y + SILENT_POWER);
        difference += (m - t) * (m - t);
        power += t * t;
        logarithm += fabsf(logf(m / t));
        if (!j.Spectra) continue;
        float* to = j.Spectra + (nint)blockIdx.x * 3 * l.Bins + k;
        to[0] = x.x;
        to[l.Bins] = x.y;
        to[2 * l.Bins] = t;
    }
    difference = block_sum(difference);
    power = block_sum(power);
    logarithm = block_sum(logarithm);
    if (threadIdx.x > 0) return;
    float* to = j.Partial + 3 * (nint)blockIdx.x;
    to[0] = difference;
    to[1] = power;
    to[2] = logarithm;
}

// The sums lie behind the frames' own.
KERNEL(spectral_error_total, SpectralErrorJob)
{
    if (threadIdx.x > 0) return;
    const float* sums = j.Partial + 3 * (nint)j.Layout.Rows;
    const float count = fmaxf(1.0f, (float)j.Layout.Rows * j.Layout.Bins), distance = sqrtf(sums[0]), size = sqrtf(sums[1]);
    *j.Y = j.Layout.Rows == 0 ? 0.0f : distance / size + sums[2] / count;
    j.Factors[0] = 1.0f / fmaxf(distance * size, 1e-12f);
    j.Factors[1] = 1.0f / count;
}

KERNEL(spectral_error_backward, SpectralErrorJob)
{
    extern __shared__ float shared[];
    const FrameLayout& l = j.Layout;
    const float *from = j.Spectra + (nint)blockIdx.x * 3 * l.Bins, convergence = j.Factors[0] * *j.Scale, logarithm = j.Factors[1] * *j.Scale;
    fold_spectrum(l, (float2*)shared, 1.0f, 1.0f, [&](int k)
    {
        const float re = from[k], im = from[l.Bins + k], t = from[2 * l.Bins + k], m = sqrtf(re * re + im * im + SILENT_POWER), d = m - t;
        const float sign = d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : 0.0f, factor = (convergence * d + logarithm * sign / m) / m;
        return make_float2(re * factor, im * factor);
    });
    synthesise_frame(l, (float2*)shared, j.Frames, blockIdx.x);
}
