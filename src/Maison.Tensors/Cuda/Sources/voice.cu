// Ops of the voice models: functions of one element, norms, errors, alignments, the sources of a voice and their filters.

struct ActivationJob
{
    float *X, *Y, *Dx;
    nint Count;
    float Parameter;
    bool Fresh;
};

// y = value(x) and dx = dy slope(x), where Y holds dy; the formulas are the op's.
#define ACTIVATION(name, value, slope)                                        \
    KERNEL(name##_forward, ActivationJob)                                     \
    {                                                                         \
        FOR_ELEMENTS(i, j.Count) j.Y[i] = value(j.X[i], j.Parameter);         \
    }                                                                         \
    KERNEL(name##_backward, ActivationJob)                                    \
    {                                                                         \
        FOR_ELEMENTS(i, j.Count) put(j.Dx + i, j.Y[i] * slope(j.X[i], j.Parameter), j.Fresh); \
    }

#define GELU_SCALE 1.5957691216057308f  // 2 √(2/π)
#define GELU_CUBIC 0.044715f

__device__ __forceinline__ float gelu(float x, float) { return x * sigmoid(GELU_SCALE * (x + GELU_CUBIC * x * x * x)); }

__device__ __forceinline__ float gelu_slope(float x, float)
{
    const float s = sigmoid(GELU_SCALE * (x + GELU_CUBIC * x * x * x));
    return s + x * s * (1.0f - s) * GELU_SCALE * (1.0f + 3.0f * GELU_CUBIC * x * x);
}

__device__ __forceinline__ float leaky_relu_slope(float x, float slope) { return x > 0.0f ? 1.0f : slope; }
__device__ __forceinline__ float leaky_relu(float x, float slope) { return x * leaky_relu_slope(x, slope); }

__device__ __forceinline__ float tanh_of(float x, float) { return tanhf(x); }

__device__ __forceinline__ float tanh_slope(float x, float)
{
    const float t = tanhf(x);
    return 1.0f - t * t;
}

__device__ __forceinline__ float sigmoid_of(float x, float) { return sigmoid(x); }

__device__ __forceinline__ float sigmoid_slope(float x, float)
{
    const float s = sigmoid(x);
    return s * (1.0f - s);
}

__device__ __forceinline__ float exp_of(float x, float) { return expf(fminf(fmaxf(x, -87.0f), 88.0f)); }

ACTIVATION(gelu, gelu, gelu_slope)
ACTIVATION(leaky_relu, leaky_relu, leaky_relu_slope)
ACTIVATION(tanh, tanh_of, tanh_slope)
ACTIVATION(sigmoid, sigmoid_of, sigmoid_slope)
ACTIVATION(exp, exp_of, exp_of)

struct LayerNormJob
{
    float *X, *Y, *G, *B, *Dy, *Dx, *Dg, *Rowwise;
    int Rows, Cols;
    float Eps;
    bool Fresh;
    float* Partial;
    int Chunks;
};

KERNEL(layer_norm_forward, LayerNormJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float* x = j.X + r * j.Cols;
    float *y = j.Y + r * j.Cols, sum = 0.0f, squares = 0.0f;
    for (int i = lane(); i < j.Cols; i += 32) sum += x[i];
    const float mean = warp_sum(sum) / j.Cols;
    for (int i = lane(); i < j.Cols; i += 32) squares += (x[i] - mean) * (x[i] - mean);
    const float s = 1.0f / sqrtf(warp_sum(squares) / j.Cols + j.Eps);
    if (lane() == 0)
    {
        j.Rowwise[2 * r] = mean;
        j.Rowwise[2 * r + 1] = s;
    }
    for (int i = lane(); i < j.Cols; i += 32) y[i] = (x[i] - mean) * s * j.G[i] + j.B[i];
}

KERNEL(layer_norm_backward, LayerNormJob)
{
    const nint r = warp_row();
    if (r >= j.Rows) return;
    const float *x = j.X + r * j.Cols, *dy = j.Dy + r * j.Cols, mean = j.Rowwise[2 * r], s = j.Rowwise[2 * r + 1];
    float *dx = j.Dx + r * j.Cols, sum = 0.0f, dot = 0.0f;
    for (int i = lane(); i < j.Cols; i += 32)
    {
        const float h = dy[i] * j.G[i];
        sum += h;
        dot += h * (x[i] - mean) * s;
    }
    sum = warp_sum(sum) / j.Cols;
    dot = warp_sum(dot) / j.Cols;
    for (int i = lane(); i < j.Cols; i += 32) put(dx + i, s * (dy[i] * j.G[i] - sum - (x[i] - mean) * s * dot), j.Fresh);
}

KERNEL(layer_norm_gain, LayerNormJob)
{
    sum_columns(j.Rows, j.Cols, j.Chunks, j.Partial,
        [&](nint r, int c) { return j.Dy[r * j.Cols + c] * (j.X[r * j.Cols + c] - j.Rowwise[2 * r]) * j.Rowwise[2 * r + 1]; });
}

struct ErrorJob
{
    float *X, *Target, *Weights, *Dx, *Partial;
    nint Count;
    int Cols, Kind;
    bool ByRow, Fresh;
    float* Scale;
};

enum { ABSOLUTE, SQUARED, BINARY, HINGE };

__device__ __forceinline__ float weight_at(const ErrorJob& j, nint i) { return j.Weights ? j.Weights[j.ByRow ? i / j.Cols : i] : 1.0f; }

KERNEL(error_forward, ErrorJob)
{
    float sum = 0.0f;
    FOR_ELEMENTS(i, j.Count)
    {
        const float x = j.X[i], t = j.Target[i], d = x - t;
        const float error = j.Kind == ABSOLUTE ? fabsf(d) : j.Kind == SQUARED ? d * d
            : j.Kind == HINGE ? fmaxf(0.0f, 1.0f - t * x) : fmaxf(x, 0.0f) - x * t + log1pf(expf(-fabsf(x)));
        sum += weight_at(j, i) * error;
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) j.Partial[blockIdx.x] = sum;
}

KERNEL(error_backward, ErrorJob)
{
    const float scale = *j.Scale;
    FOR_ELEMENTS(i, j.Count)
    {
        const float x = j.X[i], t = j.Target[i], d = x - t;
        const float slope = j.Kind == ABSOLUTE ? (d > 0.0f ? 1.0f : d < 0.0f ? -1.0f : 0.0f) : j.Kind == SQUARED ? 2.0f * d
            : j.Kind == HINGE ? (t * x < 1.0f ? -t : 0.0f) : sigmoid(x) - t;
        put(j.Dx + i, slope * weight_at(j, i) * scale, j.Fresh);
    }
}

struct RepeatJob
{
    float *Dy, *Dx;
    int* Ends;
    int Rows, Cols;
    bool Fresh;
};

KERNEL(repeat_backward, RepeatJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Cols)
    {
        const nint r = i / j.Cols, c = i % j.Cols;
        float sum = 0.0f;
        for (nint t = r == 0 ? 0 : j.Ends[r - 1]; t < j.Ends[r]; t++) sum += j.Dy[t * j.Cols + c];
        put(j.Dx + i, sum, j.Fresh);
    }
}

struct DistanceJob
{
    float *Q, *K, *R, *Y, *Dq, *Dk;
    int Queries, Keys, Cols;
    float Scale;
    bool FreshQ, FreshK;
};

KERNEL(distance_forward, DistanceJob)
{
    FOR_ELEMENTS(i, (nint)j.Queries * j.Keys)
    {
        const float *q = j.Q + i / j.Keys * j.Cols, *k = j.K + i % j.Keys * j.Cols;
        float sum = 0.0f;
        for (int c = 0; c < j.Cols; c++) sum += (q[c] - k[c]) * (q[c] - k[c]);
        j.Y[i] = (j.R ? j.R[i] : 0.0f) + j.Scale * sum;
    }
}

// Y holds dy, Scale is doubled.
KERNEL(distance_queries, DistanceJob)
{
    FOR_ELEMENTS(i, (nint)j.Queries * j.Cols)
    {
        const nint m = i / j.Cols, c = i % j.Cols;
        float sum = 0.0f;
        for (nint n = 0; n < j.Keys; n++) sum += j.Y[m * j.Keys + n] * (j.Q[i] - j.K[n * j.Cols + c]);
        put(j.Dq + i, j.Scale * sum, j.FreshQ);
    }
}

KERNEL(distance_keys, DistanceJob)
{
    FOR_ELEMENTS(i, (nint)j.Keys * j.Cols)
    {
        const nint n = i / j.Cols, c = i % j.Cols;
        float sum = 0.0f;
        for (nint m = 0; m < j.Queries; m++) sum += j.Y[m * j.Keys + n] * (j.K[i] - j.Q[m * j.Cols + c]);
        put(j.Dk + i, j.Scale * sum, j.FreshK);
    }
}

struct ForwardSumJob
{
    float *Z, *Lse, *Y, *Dz, *Scale;
    double *Alpha, *Beta;
    int Rows, Cols;
    bool Choose, Fresh;
};

#define NEVER (-__longlong_as_double(0x7ff0000000000000ll))

__device__ __forceinline__ double log_add(double a, double b)
{
    const double high = fmax(a, b), low = fmin(a, b);
    return low == NEVER ? high : high + log1p(exp(low - high));
}

// One block walks down the rows; its threads share the columns.
KERNEL(forward_sum, ForwardSumJob)
{
    for (int t = threadIdx.x >> 5; t < j.Rows; t += blockDim.x >> 5)
    {
        const float* z = j.Z + (nint)t * j.Cols;
        float most = -3.0e38f, sum = 0.0f;
        for (int n = lane(); n < j.Cols; n += 32) most = fmaxf(most, z[n]);
        most = warp_max(most);
        for (int n = lane(); n < j.Cols; n += 32) sum += expf(z[n] - most);
        sum = warp_sum(sum);
        if (lane() == 0) j.Lse[t] = j.Choose ? most + logf(sum) : 0.0f;
    }
    __syncthreads();
    for (int t = 0; t < j.Rows; t++)
    {
        double *now = j.Alpha + (nint)t * j.Cols, *before = now - j.Cols;
        for (int n = threadIdx.x; n < j.Cols; n += blockDim.x)
        {
            const double reached = t == 0 ? (n == 0 ? 0.0 : NEVER) : log_add(before[n], n == 0 ? NEVER : before[n - 1]);
            now[n] = reached + ((double)j.Z[(nint)t * j.Cols + n] - j.Lse[t]);
        }
        __syncthreads();
    }
    if (threadIdx.x == 0) *j.Y = (float)-j.Alpha[(nint)j.Rows * j.Cols - 1];
}

KERNEL(forward_sum_backward, ForwardSumJob)
{
    // later: what comes after row t given a column in it; here: with row t itself.
    double *later = j.Beta, *here = j.Beta + j.Cols;
    const double total = j.Alpha[(nint)j.Rows * j.Cols - 1];
    for (int n = threadIdx.x; n < j.Cols; n += blockDim.x) later[n] = n == j.Cols - 1 ? 0.0 : NEVER;
    __syncthreads();
    for (int t = j.Rows - 1; t >= 0; t--)
    {
        for (int n = threadIdx.x; n < j.Cols; n += blockDim.x)
        {
            const nint i = (nint)t * j.Cols + n;
            const double z = (double)j.Z[i] - j.Lse[t], occupied = exp(j.Alpha[i] + later[n] - total);
            here[n] = later[n] + z;
            put(j.Dz + i, *j.Scale * (float)((j.Choose ? exp(z) : 0.0) - occupied), j.Fresh);
        }
        __syncthreads();
        for (int n = threadIdx.x; n < j.Cols; n += blockDim.x) later[n] = log_add(here[n], n == j.Cols - 1 ? NEVER : here[n + 1]);
        __syncthreads();
    }
}

struct PitchFrame
{
    double Phase;
    float LeftHz, MiddleHz, RightHz, Voiced;
    unsigned long long NoiseAt;
};

struct ExciteJob
{
    PitchFrame* Frames;
    float *Pulses, *Noise;
    int Rows, Samples, RateHz;
};

#define SOURCE_LEVEL 0.1f
#define BREATHING 0.6f

__device__ __forceinline__ float noise_of(unsigned long long index)
{
    unsigned long long z = (index + 1) * 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    z ^= z >> 31;
    const int sum = (int)(z & 0xFFFF) + (int)(z >> 16 & 0xFFFF) + (int)(z >> 32 & 0xFFFF) + (int)(z >> 48);
    return (sum - 2 * 65535) * (1.7320508f / 65536.0f);
}

KERNEL(excite, ExciteJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Samples)
    {
        const int n = (int)(i % j.Samples);
        const PitchFrame& f = j.Frames[i / j.Samples];
        // Pitch is straight over each half of the row, so phase is quadratic.
        const double half = j.Samples / 2.0;
        const bool second = n >= half;
        const double from = second ? f.MiddleHz : f.LeftHz, to = second ? f.RightHz : f.MiddleHz, at = second ? n - half : n;
        const double past = second ? (f.LeftHz + (double)f.MiddleHz) / 2 * half : 0.0;
        const double phase = f.Phase + (past + from * at + (to - from) * at * at / (2 * half)) / j.RateHz;
        const float p = (float)(phase - floor(phase + 0.5)), period = j.RateHz / (float)(from + (to - from) * at / half), turns = p * period;
        const float sinc = fabsf(turns) < 3e-4f ? 1.0f : sinpif(turns) / (3.14159265f * turns), swell = BREATHING * f.Voiced;
        j.Pulses[i] = sinc * sqrtf(period) * SOURCE_LEVEL;
        j.Noise[i] = noise_of(f.NoiseAt + n) * (SOURCE_LEVEL / sqrtf(1.0f + swell * swell / 2)) * (1.0f + swell * cospif(2.0f * p));
    }
}

struct FilterJob
{
    float *Gain, *Turn, *NoiseGain, *Pulses, *Noise, *Periodicity, *Y, *Dy, *DGain, *DTurn, *DNoise;
    int Rows, Bins, Bands;
    bool FreshGain, FreshTurn, FreshNoise;
};

// The filtered pulses (x, y) and noise (z, w) of a bin; two: where its real part lies in a spectrum.
__device__ __forceinline__ float4 filtered(const FilterJob& j, nint i, nint two)
{
    const int k = (int)(i % j.Bins);
    const float* p = j.Periodicity + i / j.Bins * j.Bands;
    const float at = fminf(fmaxf((float)k / max(1, j.Bins - 1) * j.Bands - 0.5f, 0.0f), j.Bands - 1.0f);
    const int low = min((int)at, max(0, j.Bands - 2));
    const float share = fminf(fmaxf(p[low] + (at - low) * (p[min(low + 1, j.Bands - 1)] - p[low]), 0.0f), 1.0f);
    const float harmonic = sqrtf(share) * exp_of(j.Gain[i], 0.0f), random = sqrtf(1.0f - share) * exp_of(j.NoiseGain[i], 0.0f);
    const float s = sinf(j.Turn[i]), c = cosf(j.Turn[i]), re = j.Pulses[two], im = j.Pulses[two + j.Bins];
    return make_float4(harmonic * (re * c - im * s), harmonic * (re * s + im * c), random * j.Noise[two], random * j.Noise[two + j.Bins]);
}

KERNEL(filter_forward, FilterJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Bins)
    {
        const nint two = i / j.Bins * j.Bins + i;
        const float4 f = filtered(j, i, two);
        j.Y[two] = f.x + f.z;
        j.Y[two + j.Bins] = f.y + f.w;
    }
}

KERNEL(filter_backward, FilterJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Bins)
    {
        const nint two = i / j.Bins * j.Bins + i;
        const float4 f = filtered(j, i, two);
        const float dr = j.Dy[two], di = j.Dy[two + j.Bins];
        put(j.DGain + i, dr * f.x + di * f.y, j.FreshGain);
        put(j.DTurn + i, di * f.x - dr * f.y, j.FreshTurn);
        put(j.DNoise + i, dr * f.z + di * f.w, j.FreshNoise);
    }
}

struct MagnitudeJob
{
    float *X, *Y, *Dy, *Dx;
    int Rows, Bins;
    float Floor;
    bool Fresh;
};

KERNEL(magnitude_forward, MagnitudeJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Bins)
    {
        const nint two = i / j.Bins * j.Bins + i;
        const float re = j.X[two], im = j.X[two + j.Bins];
        j.Y[i] = sqrtf(re * re + im * im + j.Floor);
    }
}

KERNEL(magnitude_backward, MagnitudeJob)
{
    FOR_ELEMENTS(i, (nint)j.Rows * j.Bins)
    {
        const nint two = i / j.Bins * j.Bins + i;
        const float slope = j.Dy[i] / j.Y[i];
        put(j.Dx + two, j.X[two] * slope, j.Fresh);
        put(j.Dx + two + j.Bins, j.X[two + j.Bins] * slope, j.Fresh);
    }
}
