// Functions of one element: y = f(x), dx = dy f′(x). The gradient is written over x where no other op reads x.
// Gelu is the tanh form (arXiv 1606.08415), the same in training and serving.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    interface IActivation
    {
        /// <summary>Names of the kernels.</summary>
        static abstract string Forward { get; }
        static abstract string Backward { get; }
        static abstract Vector512<float> Value(Vector512<float> x, Vector512<float> parameter);
        static abstract Vector512<float> Slope(Vector512<float> x, Vector512<float> parameter);
    }

    struct GeluFunction : IActivation
    {
        public static string Forward => "gelu_forward";
        public static string Backward => "gelu_backward";

        static readonly float scale = MathF.Sqrt(2 / MathF.PI);
        const float cubic = 0.044715f;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> _)
            => x * VectorMath.Sigmoid(Vector512.Create(2 * scale) * (x + Vector512.Create(cubic) * x * x * x));

        // With u the sigmoid's argument: gelu = x σ(u), gelu′ = σ + x σ (1 − σ) u′.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Slope(Vector512<float> x, Vector512<float> _)
        {
            var s = VectorMath.Sigmoid(Vector512.Create(2 * scale) * (x + Vector512.Create(cubic) * x * x * x));
            var du = Vector512.Create(2 * scale) * (Vector512<float>.One + Vector512.Create(3 * cubic) * x * x);
            return s + x * s * (Vector512<float>.One - s) * du;
        }
    }

    struct LeakyReluFunction : IActivation
    {
        public static string Forward => "leaky_relu_forward";
        public static string Backward => "leaky_relu_backward";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> slope) => x * Slope(x, slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Slope(Vector512<float> x, Vector512<float> slope)
            => Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), Vector512<float>.One, slope);
    }

    struct TanhFunction : IActivation
    {
        public static string Forward => "tanh_forward";
        public static string Backward => "tanh_backward";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> _) => VectorMath.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Slope(Vector512<float> x, Vector512<float> _)
        {
            var t = VectorMath.Tanh(x);
            return Vector512<float>.One - t * t;
        }
    }

    struct SigmoidFunction : IActivation
    {
        public static string Forward => "sigmoid_forward";
        public static string Backward => "sigmoid_backward";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> _) => VectorMath.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Slope(Vector512<float> x, Vector512<float> _)
        {
            var s = VectorMath.Sigmoid(x);
            return s * (Vector512<float>.One - s);
        }
    }

    struct ExpFunction : IActivation
    {
        public static string Forward => "exp_forward";
        public static string Backward => "exp_backward";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> _) => VectorMath.Exp(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Slope(Vector512<float> x, Vector512<float> _) => VectorMath.Exp(x);
    }

    /// <summary>x σ(√(8/π) (x + 0.044715 x³)): same shape.</summary>
    public Tensor Gelu(Tensor x) => Activate<GeluFunction>(x, 0f);

    /// <summary>x where it is positive, slope·x elsewhere; a slope of 0 is ReLU: same shape.</summary>
    public Tensor LeakyRelu(Tensor x, float slope = 0.1f) => Activate<LeakyReluFunction>(x, slope);

    /// <summary>tanh x: same shape.</summary>
    public Tensor Tanh(Tensor x) => Activate<TanhFunction>(x, 0f);

    /// <summary>1 / (1 + e^−x): same shape.</summary>
    public Tensor Sigmoid(Tensor x) => Activate<SigmoidFunction>(x, 0f);

    /// <summary>e^x, x clamped to [−87, 88]: same shape.</summary>
    public Tensor Exp(Tensor x) => Activate<ExpFunction>(x, 0f);

    struct ActivationJob
    {
        public float* X, Y, Dx;
        public nint Count;
        public float Parameter;
        public bool Fresh;
    }

    Tensor Activate<T>(Tensor x, float parameter) where T : struct, IActivation
    {
        var y = New(x.Rows, x.Cols);
        var job = new ActivationJob { X = x.Pointer, Y = y.Pointer, Count = y.Count, Parameter = parameter };
        Gang.For(Tasks(y.Count), &ActivationTask<T>, &job, Launch.Elements(T.Forward, y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &ActivationBackward<T>, Y = y, A = x, F0 = parameter });
        return y;
    }

    static void ActivationTask<T>(void* context, int task, int thread) where T : struct, IActivation
    {
        var j = (ActivationJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        var parameter = Vector512.Create(j->Parameter);
        for (; i + 16 <= end; i += 16) Vector512.Store(T.Value(Vector512.Load(j->X + i), parameter), j->Y + i);
        if (i < end) Put(j->Y + i, T.Value(VectorMath.LoadPartial(j->X + i, (int)(end - i)), parameter), (int)(end - i), fresh: true);
    }

    static void ActivationBackward<T>(Pass p, in TapeEntry e) where T : struct, IActivation
    {
        var job = new ActivationJob { X = e.A.Pointer, Y = p.Tape.Gradient(e.Y), Count = e.Y.Count, Parameter = e.F0 };
        job.Dx = p.Tape.GradientInPlace(e.A, out job.Fresh);
        p.Gang.For(Tasks(job.Count), &ActivationBackwardTask<T>, &job, Launch.Elements(T.Backward, job.Count));
    }

    static void ActivationBackwardTask<T>(void* context, int task, int thread) where T : struct, IActivation
    {
        var j = (ActivationJob*)context;
        nint i = (nint)task * ElementsPerTask, end = nint.Min(j->Count, i + ElementsPerTask);
        var parameter = Vector512.Create(j->Parameter);
        for (; i < end; i += 16)
        {
            var count = (int)nint.Min(16, end - i);
            Put(j->Dx + i, Lanes(j->Y + i, count) * T.Slope(Lanes(j->X + i, count), parameter), count, j->Fresh);
        }
    }
}
