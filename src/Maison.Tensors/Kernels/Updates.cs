// What an optimiser does to one weight, in one pass over its memory: AdamW (arXiv 1711.05101) and Muon (kellerjordan.github.io/posts/muon)
// with the Polar Express polynomial (arXiv 2505.16932) and cautious decay (arXiv 2411.16085). Which weight gets which, and the
// schedules, are the trainer's. Gradients are cleared on the way.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;

namespace Maison.Tensors.Kernels;

/// <summary>Weight updates.</summary>
public static unsafe class Updates
{
    const int Chunk = 1 << 15;

    struct Job
    {
        public float* W, G, M, V, Partial;
        public nint Count;
        public float Lr, Beta1, Beta2, Eps, Decay, Clip, Correct1, Correct2;
        public int Small;
    }

    static int Tasks(nint count) => (int)((count + Chunk - 1) / Chunk);

    /// <summary>Sum of the squares of a gradient, in one fixed order.</summary>
    public static double GradientSquares(Gang gang, Param w) => Squares(gang, w.Grad, (nint)w.Count);

    static double Squares(Gang gang, float* x, nint count)
    {
        if (Device.Current is { } device) return device.Read(SquaresOn(device, x, count));
        var tasks = Tasks(count);
        var partial = stackalloc float[tasks];
        var job = new Job { G = x, Partial = partial, Count = count };
        gang.For(tasks, &SquaresTask, &job);
        var sum = 0.0;
        for (var i = 0; i < tasks; i++) sum += partial[i];
        return sum;
    }

    /// <summary>Where the sum of squares will lie.</summary>
    static float* SquaresOn(Device device, float* x, nint count)
    {
        var launch = Launch.Elements("squares", count);
        var partial = device.Scratch((nint)launch.Blocks + 1);
        var job = new Job { G = x, Partial = partial + 1, Count = count };
        device.Run(launch, &job);
        device.Fold(partial + 1, (int)launch.Blocks, 1, partial, fresh: true);
        return partial;
    }

    static void SquaresTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        var sum = Vector512<float>.Zero;
        for (; i < end; i += 16)
        {
            var x = VectorMath.Load(j->G + i, end - i);
            sum = Vector512.MultiplyAddEstimate(x, x, sum);
        }
        j->Partial[task] = VectorMath.Sum(sum);
    }

    /// <summary>One AdamW step; m and v are its state, step counts from 1.</summary>
    /// <param name="clip">Factor applied to the gradient first.</param>
    /// <param name="decay">Decoupled weight decay, times the learning rate.</param>
    public static void AdamW(Gang gang, Param w, FloatBuffer m, FloatBuffer v, int step, float lr, float beta1, float beta2, float eps, float decay, float clip)
    {
        var job = new Job
        {
            W = w.Data,
            G = w.Grad,
            M = m.data,
            V = v.data,
            Count = (nint)w.Count,
            Lr = lr,
            Beta1 = beta1,
            Beta2 = beta2,
            Eps = eps,
            Decay = decay,
            Clip = clip,
            Correct1 = 1f / (1f - MathF.Pow(beta1, step)),
            Correct2 = 1f / (1f - MathF.Pow(beta2, step)),
        };
        gang.For(Tasks(job.Count), &AdamWTask, &job, Launch.Elements("adamw", job.Count));
        w.Changed();
    }

    static void AdamWTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        Vector512<float> b1 = Vector512.Create(j->Beta1), b2 = Vector512.Create(j->Beta2), a1 = Vector512.Create(1f - j->Beta1), a2 = Vector512.Create(1f - j->Beta2);
        Vector512<float> clip = Vector512.Create(j->Clip), c1 = Vector512.Create(j->Correct1 * j->Lr), c2 = Vector512.Create(j->Correct2);
        Vector512<float> eps = Vector512.Create(j->Eps), keep = Vector512.Create(1f - j->Lr * j->Decay), floor = Vector512.Create(1e-24f);
        for (; i < end; i += 16)
        {
            var left = end - i;
            var g = VectorMath.Load(j->G + i, left) * clip;
            var m = b1 * VectorMath.Load(j->M + i, left) + a1 * g;
            // The floor keeps the second moment of idle weights out of the slow subnormal range.
            var v = Vector512.Max(b2 * VectorMath.Load(j->V + i, left) + a2 * g * g, floor);
            VectorMath.Store(m, j->M + i, left);
            VectorMath.Store(v, j->V + i, left);
            VectorMath.Store(VectorMath.Load(j->W + i, left) * keep - c1 * m / (Vector512.Sqrt(v * c2) + eps), j->W + i, left);
            VectorMath.Store(Vector512<float>.Zero, j->G + i, left);
        }
    }

    /// <summary>average += rate · (w − average): an exponential average of a weight over its steps.</summary>
    public static void Average(Gang gang, Param average, Param w, float rate)
    {
        if (average.Count != w.Count) throw new ArgumentException($"A {average.Rows}×{average.Cols} weight is no average of a {w.Rows}×{w.Cols} one.");
        var job = new Job { W = w.Data, M = average.Data, Count = (nint)w.Count, Lr = rate };
        gang.For(Tasks(job.Count), &AverageTask, &job, Launch.Elements("average", job.Count));
        average.Changed();
    }

    static void AverageTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        var rate = Vector512.Create(j->Lr);
        for (; i < end; i += 16)
        {
            Vector512<float> m = VectorMath.Load(j->M + i, end - i), w = VectorMath.Load(j->W + i, end - i);
            VectorMath.Store(m + rate * (w - m), j->M + i, end - i);
        }
    }

    /// <summary>Floats of scratch that <see cref="Muon"/> needs for a weight of this shape.</summary>
    public static long MuonScratch(int rows, int cols)
    {
        long small = Math.Min(rows, cols);
        return 2L * rows * cols + 2 * small * small;
    }

    /// <summary>One Muon step: Nesterov momentum, orthogonalised, scaled by max(1, rows/cols)^½.</summary>
    /// <param name="decay">Cautious decay, times the learning rate: only where the update already shrinks the weight.</param>
    public static void Muon(Gang gang, Param w, FloatBuffer momentum, FloatBuffer scratch, float lr, float beta, float decay, float clip)
    {
        int rows = w.Rows, cols = w.Cols;
        nint count = (nint)w.Count;
        var x = scratch.data;
        var job = new Job { W = w.Data, G = w.Grad, M = momentum.data, V = x, Count = count, Beta1 = beta, Clip = clip };
        gang.For(Tasks(count), &MomentumTask, &job, Launch.Elements("muon_momentum", count));
        var update = Orthogonalise(gang, rows, cols, x);
        job.V = update;
        job.Lr = lr * MathF.Sqrt(MathF.Max(1f, (float)rows / cols));
        job.Decay = lr * decay;
        gang.For(Tasks(count), &MuonTask, &job, Launch.Elements("muon_update", count));
        w.Changed();
    }

    static void MomentumTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        Vector512<float> take = Vector512.Create(j->Clip * (1f - j->Beta1)), beta = Vector512.Create(j->Beta1);
        for (; i < end; i += 16)
        {
            var left = end - i;
            var g = VectorMath.Load(j->G + i, left) * take;
            var m = VectorMath.Load(j->M + i, left) * beta + g;
            VectorMath.Store(m, j->M + i, left);
            VectorMath.Store(m * beta + g, j->V + i, left);
            VectorMath.Store(Vector512<float>.Zero, j->G + i, left);
        }
    }

    static void MuonTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        Vector512<float> lr = Vector512.Create(j->Lr), decay = Vector512.Create(j->Decay);
        for (; i < end; i += 16)
        {
            var left = end - i;
            Vector512<float> w = VectorMath.Load(j->W + i, left), u = VectorMath.Load(j->V + i, left);
            var cautious = Vector512.GreaterThan(u * w, Vector512<float>.Zero) & (decay * w);
            VectorMath.Store(w - lr * u - cautious, j->W + i, left);
        }
    }

    /// <summary>Five rounds of X ← aX + (bA + cA²)X with A = XXᵀ push the singular values of X (rows, cols) towards 1.</summary>
    /// <returns>Where the result lies: one of two buffers behind x.</returns>
    static float* Orthogonalise(Gang gang, int rows, int cols, float* x)
    {
        nint count = (nint)rows * cols;
        var small = Math.Min(rows, cols);
        float* other = x + count, gram = other + count, poly = gram + (nint)small * small;
        if (Device.Current is { } device)
        {
            var scaled = new Job { V = x, Count = count, Partial = SquaresOn(device, x, count) };
            device.Run(Launch.Elements("muon_scale", count), &scaled);
        }
        else
        {
            var norm = Math.Sqrt(Squares(gang, x, count));
            var scale = new Job { V = x, Lr = (float)(1.0 / (1.01 * norm + 1e-12)), Count = count };
            gang.For(Tasks(count), &ScaleTask, &scale);
        }
        ReadOnlySpan<float> coefficients = [8.157f, -22.483f, 15.879f, 4.043f, -2.809f, 0.5f, 3.892f, -2.772f, 0.506f, 3.286f, -2.368f, 0.464f, 2.347f, -1.710f, 0.423f];
        for (var round = 0; round < 5; round++)
        {
            float a = coefficients[3 * round], b = coefficients[3 * round + 1], c = coefficients[3 * round + 2];
            if (rows <= cols) MatMul.Run(gang, small, small, cols, x, cols, 1, x, 1, cols, gram, small, accumulate: false);
            else MatMul.Run(gang, small, small, rows, x, 1, cols, x, cols, 1, gram, small, accumulate: false);
            // poly = a I + b A + c A²; A is symmetric, so its rows are its columns.
            MatMul.Run(gang, small, small, small, gram, small, 1, gram, small, 1, poly, small, accumulate: false);
            var mix = new Job { V = poly, M = gram, Lr = a, Beta1 = b, Beta2 = c, Count = (nint)small * small, Small = small };
            gang.For(Tasks(mix.Count), &PolynomialTask, &mix, Launch.Elements("muon_polynomial", mix.Count));
            if (rows <= cols) MatMul.Run(gang, rows, cols, small, poly, small, 1, x, cols, 1, other, cols, accumulate: false);
            else MatMul.Run(gang, rows, cols, small, x, cols, 1, poly, small, 1, other, cols, accumulate: false);
            var swap = x;
            x = other;
            other = swap;
        }
        return x;
    }

    static void ScaleTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        for (; i < end; i += 16) VectorMath.Store(VectorMath.Load(j->V + i, end - i) * j->Lr, j->V + i, end - i);
    }

    /// <summary>aI + bA + cA², over A².</summary>
    static void PolynomialTask(void* context, int task, int thread)
    {
        var j = (Job*)context;
        nint i = (nint)task * Chunk, end = nint.Min(j->Count, i + Chunk);
        Vector512<float> b = Vector512.Create(j->Beta1), c = Vector512.Create(j->Beta2);
        var diagonal = (i + j->Small) / (j->Small + 1) * (j->Small + 1);
        for (; i < end; i += 16) VectorMath.Store(b * VectorMath.Load(j->M + i, end - i) + c * VectorMath.Load(j->V + i, end - i), j->V + i, end - i);
        for (; diagonal < end; diagonal += j->Small + 1) j->V[diagonal] += j->Lr;
    }
}
