// What an optimiser does to one weight.

struct UpdateJob
{
    float *W, *G, *M, *V, *Partial;
    nint Count, Each;
    float Lr, Beta1, Beta2, Eps, Decay, Clip, Correct1, Correct2;
    int Small;
};

KERNEL(squares, UpdateJob)
{
    float sum = 0.0f;
    FOR_ELEMENTS(i, j.Count) sum += j.G[i] * j.G[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) j.Partial[blockIdx.x] = sum;
}

KERNEL(adamw, UpdateJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float g = j.G[i] * j.Clip, m = j.Beta1 * j.M[i] + (1.0f - j.Beta1) * g, v = fmaxf(j.Beta2 * j.V[i] + (1.0f - j.Beta2) * g * g, 1e-24f);
        j.M[i] = m;
        j.V[i] = v;
        j.W[i] = j.W[i] * (1.0f - j.Lr * j.Decay) - j.Correct1 * j.Lr * m / (sqrtf(v * j.Correct2) + j.Eps);
        j.G[i] = 0.0f;
    }
}

KERNEL(average, UpdateJob)
{
    FOR_ELEMENTS(i, j.Count) j.M[i] += j.Lr * (j.W[i] - j.M[i]);
}

KERNEL(muon_momentum, UpdateJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float g = j.G[i] * j.Clip * (1.0f - j.Beta1), m = j.M[i] * j.Beta1 + g;
        j.M[i] = m;
        j.V[i] = m * j.Beta1 + g;
        j.G[i] = 0.0f;
    }
}

KERNEL(muon_update, UpdateJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float w = j.W[i], u = j.V[i];
        j.W[i] = w - j.Lr * u - (u * w > 0.0f ? j.Decay * w : 0.0f);
    }
}

// Parts of ‖x‖² of each of several matrices, of Each values: NORM_BLOCKS blocks a matrix.
#define NORM_BLOCKS 32
KERNEL(muon_norms, UpdateJob)
{
    const float *x = j.V + blockIdx.x / NORM_BLOCKS * j.Each;
    float sum = 0.0f;
    for (nint i = blockIdx.x % NORM_BLOCKS * 256 + threadIdx.x; i < j.Each; i += NORM_BLOCKS * 256) sum += x[i] * x[i];
    sum = block_sum(sum);
    if (threadIdx.x == 0) j.Partial[blockIdx.x] = sum;
}

// x ← x / (1.01 ‖x‖), each matrix by its own norm.
KERNEL(muon_scale, UpdateJob)
{
    FOR_ELEMENTS(i, j.Count)
    {
        const float *part = j.Partial + i / j.Each * NORM_BLOCKS;
        float sum = 0.0f;
        for (int b = 0; b < NORM_BLOCKS; b++) sum += part[b];
        j.V[i] *= 1.0f / (1.01f * sqrtf(sum) + 1e-12f);
    }
}

// aI + bA + cA², over A², for matrices of Each values.
KERNEL(muon_polynomial, UpdateJob)
{
    FOR_ELEMENTS(i, j.Count) j.V[i] = j.Beta1 * j.M[i] + j.Beta2 * j.V[i] + (i % j.Each % (j.Small + 1) == 0 ? j.Lr : 0.0f);
}
