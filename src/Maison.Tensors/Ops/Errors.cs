// Sums over all elements, weighted: w |x − t|, w (x − t)², the cross-entropy of a yes with log-odds x and truth t in [0, 1],
// w (max(x, 0) − x t + log(1 + e^−|x|)), and the hinge w max(0, 1 − t x) of a verdict x with truth t = ±1.
// Gradients: w sign(x − t), 2 w (x − t), w (σ(x) − t), −w t where 1 > t x; times that of the loss.
// Targets are plain numbers: no gradient flows into them. Every task sums its elements in order; the tasks' sums are added in order.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    enum ErrorKind { Absolute, Squared, Binary, Hinge }

    struct ErrorJob
    {
        public float* X, Target, Weights, Dx, Partial;
        public nint Count;
        public int Cols;
        public ErrorKind Kind;
        public bool ByRow, Fresh;

        /// <summary>The gradient of the sum.</summary>
        public float* Scale;

        public readonly Vector512<float> WeightsAt(nint i, int count)
        {
            if (Weights == null) return Vector512<float>.One;
            if (!ByRow) return Lanes(Weights + i, count);
            var lanes = stackalloc float[16];
            for (var k = 0; k < 16; k++) lanes[k] = k < count ? Weights[(i + k) / Cols] : 0f;
            return Vector512.Load(lanes);
        }
    }

    /// <summary>Σ w |x − target|: (1, 1).</summary>
    /// <param name="target">As many values as x has.</param>
    /// <param name="weights">One per row, or one per element; empty for 1.</param>
    public Tensor AbsoluteError(Tensor x, ReadOnlySpan<float> target, ReadOnlySpan<float> weights = default) => Error(ErrorKind.Absolute, x, target, weights);

    /// <summary>Σ |x − target| against a tensor of another pass: (1, 1).</summary>
    public Tensor AbsoluteError(Tensor x, Tensor target)
    {
        if (target.Count != x.Count) throw new ArgumentException($"{target.Rows}×{target.Cols} target values do not fit {x.Rows}×{x.Cols}.");
        return Error(ErrorKind.Absolute, x, target.Pointer, default);
    }

    /// <summary>Σ w (x − target)²: (1, 1).</summary>
    /// <inheritdoc cref="AbsoluteError"/>
    public Tensor SquaredError(Tensor x, ReadOnlySpan<float> target, ReadOnlySpan<float> weights = default) => Error(ErrorKind.Squared, x, target, weights);

    /// <summary>Σ w · nats of the truths in [0, 1] under the probabilities σ(x): (1, 1).</summary>
    /// <inheritdoc cref="AbsoluteError"/>
    public Tensor BinaryCrossEntropy(Tensor x, ReadOnlySpan<float> target, ReadOnlySpan<float> weights = default) => Error(ErrorKind.Binary, x, target, weights);

    /// <summary>Σ w max(0, 1 − target x), targets 1 or −1: (1, 1).</summary>
    /// <inheritdoc cref="AbsoluteError"/>
    public Tensor HingeError(Tensor x, ReadOnlySpan<float> target, ReadOnlySpan<float> weights = default) => Error(ErrorKind.Hinge, x, target, weights);

    Tensor Error(ErrorKind kind, Tensor x, ReadOnlySpan<float> target, ReadOnlySpan<float> weights)
    {
        if (target.Length != x.Count) throw new ArgumentException($"{target.Length} target values do not fit {x.Rows}×{x.Cols}.");
        if (weights.Length != 0 && weights.Length != x.Rows && weights.Length != x.Count) throw new ArgumentException($"{weights.Length} weights are neither one per row nor one per element of {x.Rows}×{x.Cols}.");
        return Error(kind, x, Keep(target), weights);
    }

    Tensor Error(ErrorKind kind, Tensor x, float* target, ReadOnlySpan<float> weights)
    {
        var y = New(1, 1);
        var keptWeights = weights.Length == 0 ? null : Keep(weights);
        var launch = Launch.Elements("error_forward", x.Count);
        var tasks = Device.Current is null ? Tasks(x.Count) : (int)launch.Blocks;
        var job = new ErrorJob
        {
            Kind = kind,
            X = x.Pointer,
            Target = target,
            Weights = keptWeights,
            ByRow = weights.Length == x.Rows && x.Cols != 1,
            Count = x.Count,
            Cols = x.Cols,
            Partial = (float*)Arena.Take((nint)(tasks + 1) * sizeof(float)),
        };
        Gang.For(tasks, &ErrorTask, &job, launch);
        if (Device.Current is { } device) device.Fold(job.Partial, tasks, 1, y.Pointer, fresh: true);
        else
        {
            var sum = 0.0;
            for (var i = 0; i < tasks; i++) sum += job.Partial[i];
            *y.Pointer = (float)sum;
        }
        if (Recording) Tape.Add(new TapeEntry { Backward = &ErrorBackward, Y = y, A = x, Memory = target, Memory2 = keptWeights, I0 = (int)kind, I1 = job.ByRow ? 1 : 0 });
        return y;
    }

    float* Keep(ReadOnlySpan<float> values)
    {
        var kept = (float*)Arena.Take((nint)values.Length * sizeof(float));
        NativeFloats.Put(kept, values);
        return kept;
    }

    static void ErrorTask(void* context, int task, int thread)
    {
        var j = (ErrorJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        var sum = Vector512<float>.Zero;
        if (j->Kind == ErrorKind.Binary)
        {
            // The logarithm is not vectorised: these losses are narrow.
            var total = 0.0;
            for (; i < end; i++)
            {
                float x = j->X[i], w = j->Weights == null ? 1f : j->Weights[j->ByRow ? i / j->Cols : i];
                total += w * (MathF.Max(x, 0f) - x * j->Target[i] + Math.Log(1 + Math.Exp(-Math.Abs(x))));
            }
            j->Partial[task] = (float)total;
            return;
        }
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            Vector512<float> x = Lanes(j->X + i, count), t = Lanes(j->Target + i, count), d = x - t;
            var error = j->Kind switch
            {
                ErrorKind.Absolute => Vector512.Abs(d),
                ErrorKind.Squared => d * d,
                // Lanes past the end have a target of zero, which would cost 1.
                _ => Vector512.Max(Vector512<float>.Zero, t * t - t * x),
            };
            sum = Vector512.MultiplyAddEstimate(j->WeightsAt(i, count), error, sum);
        }
        j->Partial[task] = VectorMath.Sum(sum);
    }

    static void ErrorBackward(Pass p, in TapeEntry e)
    {
        var job = new ErrorJob
        {
            Kind = (ErrorKind)e.I0,
            X = e.A.Pointer,
            Target = (float*)e.Memory,
            Weights = (float*)e.Memory2,
            ByRow = e.I1 != 0,
            Count = e.A.Count,
            Cols = e.A.Cols,
            Scale = p.Tape.Gradient(e.Y),
        };
        job.Dx = p.Tape.GradientInPlace(e.A, out job.Fresh);
        p.Gang.For(Tasks(job.Count), &ErrorBackwardTask, &job, Launch.Elements("error_backward", job.Count));
    }

    static void ErrorBackwardTask(void* context, int task, int thread)
    {
        var j = (ErrorJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        Vector512<float> one = Vector512<float>.One, zero = Vector512<float>.Zero, scale = Vector512.Create(*j->Scale);
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            Vector512<float> x = Lanes(j->X + i, count), t = Lanes(j->Target + i, count), d = x - t;
            var slope = j->Kind switch
            {
                ErrorKind.Absolute => Vector512.ConditionalSelect(Vector512.GreaterThan(d, zero), one, Vector512.ConditionalSelect(Vector512.LessThan(d, zero), -one, zero)),
                ErrorKind.Squared => d + d,
                ErrorKind.Hinge => Vector512.ConditionalSelect(Vector512.GreaterThan(one, t * x), -t, zero),
                _ => VectorMath.Sigmoid(x) - t,
            };
            Put(j->Dx + i, slope * j->WeightsAt(i, count) * scale, count, j->Fresh);
        }
    }
}
