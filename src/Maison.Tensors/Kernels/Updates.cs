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
        /// <summary>Blocks that add up the squares of one matrix: as in updates.cu.</summary>
        public const int NormBlocks = 32;

        public float* W, G, M, V, Partial;
        public nint Count, Each;
        public float Lr, Beta1, Beta2, Eps, Decay, Clip, Correct1, Correct2;
        public int Small;
    }

    static int Tasks(nint count) => (int)((count + Chunk - 1) / Chunk);

    /// <summary>Sum of the squares of all gradients, in one fixed order.</summary>
    public static double GradientSquares(Gang gang, ReadOnlySpan<Param> weights)
    {
        if (Device.Current is { } device) return GradientSquaresOn(device, weights);
        var sum = 0.0;
        foreach (var w in weights) sum += Squares(gang, w.Grad, (nint)w.Count);
        return sum;
    }

    /// <summary>One wait for all weights, since the device has nothing to do meanwhile.</summary>
    static double GradientSquaresOn(Device device, ReadOnlySpan<Param> weights)
    {
        nint blocks = 0;
        foreach (var w in weights) blocks += (nint)Launch.Elements("squares", (nint)w.Count).Blocks;
        float* sum = device.Scratch(blocks + 1), at = sum + 1;
        foreach (var w in weights)
        {
            var launch = Launch.Elements("squares", (nint)w.Count);
            var job = new Job { G = w.Grad, Partial = at, Count = (nint)w.Count };
            device.Run(launch, &job);
            at += launch.Blocks;
        }
        device.Fold(sum + 1, (int)blocks, 1, sum, fresh: true);
        return device.Read(sum);
    }

    static double Squares(Gang gang, float* x, nint count)
    {
        var tasks = Tasks(count);
        var partial = stackalloc float[tasks];
        var job = new Job { G = x, Partial = partial, Count = count };
        gang.For(tasks, &SquaresTask, &job);
        var sum = 0.0;
        for (var i = 0; i < tasks; i++) sum += partial[i];
        return sum;
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

    /// <summary>Weights of one shape that <see cref="Muon"/> updates at once: a device as many as there are, a processor one by one.</summary>
    public static int MuonTogether => Device.Current is null ? 1 : int.MaxValue;

    /// <summary>Floats of scratch that <see cref="Muon"/> needs for so many weights of this shape.</summary>
    public static long MuonScratch(int rows, int cols, int count)
    {
        long small = Math.Min(rows, cols);
        return count * (2L * rows * cols + 2 * small * small) + (Device.Current is null ? 0 : count * Job.NormBlocks);
    }

    /// <summary>One Muon step of weights of one shape: Nesterov momentum, orthogonalised, scaled by max(1, rows/cols)^½.</summary>
    /// <param name="decay">Cautious decay, times the learning rate: only where the update already shrinks the weight.</param>
    public static void Muon(Gang gang, ReadOnlySpan<(Param Weight, FloatBuffer Momentum)> weights, FloatBuffer scratch, float lr, float beta, float decay, float clip)
    {
        int rows = weights[0].Weight.Rows, cols = weights[0].Weight.Cols;
        var count = (nint)rows * cols;
        var x = scratch.data;
        for (var i = 0; i < weights.Length; i++)
        {
            var job = new Job { G = weights[i].Weight.Grad, M = weights[i].Momentum.data, V = x + i * count, Count = count, Beta1 = beta, Clip = clip };
            gang.For(Tasks(count), &MomentumTask, &job, Launch.Elements("muon_momentum", count));
        }
        var update = Orthogonalise(gang, weights.Length, rows, cols, x);
        for (var i = 0; i < weights.Length; i++)
        {
            var job = new Job { W = weights[i].Weight.Data, V = update + i * count, Count = count, Lr = lr * MathF.Sqrt(MathF.Max(1f, (float)rows / cols)), Decay = lr * decay };
            gang.For(Tasks(count), &MuonTask, &job, Launch.Elements("muon_update", count));
            weights[i].Weight.Changed();
        }
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

    /// <summary>Five rounds of X ← aX + (bA + cA²)X with A = XXᵀ push the singular values of each X (rows, cols) towards 1.</summary>
    /// <param name="x">So many matrices, one behind the other; a processor takes one.</param>
    /// <returns>Where the results lie: one of two buffers behind x.</returns>
    static float* Orthogonalise(Gang gang, int matrices, int rows, int cols, float* x)
    {
        nint count = matrices * (nint)rows * cols;
        var small = Math.Min(rows, cols);
        var squares = matrices * (nint)small * small;
        float* other = x + count, gram = other + count, poly = gram + squares;
        if (Device.Current is { } device)
        {
            var scaled = new Job { V = x, Count = count, Each = count / matrices, Partial = poly + squares };
            device.Run(new Launch("muon_norms", (long)matrices * Job.NormBlocks), &scaled);
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
            if (rows <= cols) Product(small, small, cols, x, cols, 1, x, 1, cols, gram);
            else Product(small, small, rows, x, 1, cols, x, cols, 1, gram);
            // poly = a I + b A + c A²; A is symmetric, so its rows are its columns.
            Product(small, small, small, gram, small, 1, gram, small, 1, poly);
            var mix = new Job { V = poly, M = gram, Lr = a, Beta1 = b, Beta2 = c, Count = squares, Each = squares / matrices, Small = small };
            gang.For(Tasks(mix.Count), &PolynomialTask, &mix, Launch.Elements("muon_polynomial", mix.Count));
            if (rows <= cols) Product(rows, cols, small, poly, small, 1, x, cols, 1, other);
            else Product(rows, cols, small, x, cols, 1, poly, small, 1, other);
            var swap = x;
            x = other;
            other = swap;
        }
        return x;

        void Product(int m, int n, int k, float* a, nint aM, nint aK, float* b, nint bK, nint bN, float* c)
        {
            if (Device.Current is { } on) on.Multiply(m, n, k, a, aM, aK, b, bK, bN, c, n, accumulate: false, matrices, (nint)m * k, (nint)k * n, (nint)m * n);
            else MatMul.Run(gang, m, n, k, a, aM, aK, b, bK, bN, c, n, accumulate: false);
        }
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
