// y_ij = [r_ij +] a |q_i − k_j|².   dq_i = 2a Σ_j dy_ij (q_i − k_j),  dk_j = −2a Σ_i dy_ij (q_i − k_j),  dr = dy (handed over).
// The scores of a soft alignment (arXiv 2108.10447), frames against phones. Differences are squared as they are: |q|² + |k|² − 2q·k
// would lose the small distances, which are the ones that decide.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int DistanceRowsPerTask = 16;

    struct DistanceJob
    {
        public float* Q, K, R, Y, Dq, Dk;
        public int Queries, Keys, Cols;
        public float Scale;
        public bool FreshQ, FreshK;
    }

    /// <summary>scale times the squared distance of every row of <paramref name="queries"/> (m, cols) to every row of <paramref name="keys"/> (n, cols), plus an optional residual (m, n): (m, n).</summary>
    public Tensor SquaredDistance(Tensor queries, Tensor keys, float scale, Tensor residual = default)
    {
        if (queries.Cols != keys.Cols) throw new ArgumentException($"Queries of {queries.Cols} features have no distance to keys of {keys.Cols}.");
        if (!residual.IsNone && (residual.Rows != queries.Rows || residual.Cols != keys.Rows))
            throw new ArgumentException($"The residual is {residual.Rows}×{residual.Cols}, the distances {queries.Rows}×{keys.Rows}.");
        var y = New(queries.Rows, keys.Rows);                                            // (m, n)
        var job = new DistanceJob
        {
            Q = queries.Pointer,
            K = keys.Pointer,
            R = residual.IsNone ? null : residual.Pointer,
            Y = y.Pointer,
            Queries = queries.Rows,
            Keys = keys.Rows,
            Cols = queries.Cols,
            Scale = scale,
        };
        Gang.For((queries.Rows + DistanceRowsPerTask - 1) / DistanceRowsPerTask, &DistanceTask, &job, Launch.Elements("distance_forward", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &SquaredDistanceBackward, Y = y, A = queries, B = keys, C = residual, F0 = scale });
        return y;
    }

    static void DistanceTask(void* context, int task, int thread)
    {
        var j = (DistanceJob*)context;
        for (var i = task * DistanceRowsPerTask; i < Math.Min(j->Queries, (task + 1) * DistanceRowsPerTask); i++)
        {
            var row = (nint)i * j->Keys;
            for (var n = 0; n < j->Keys; n++)
            {
                var distance = j->Scale * SquaredDifference(j->Q + (nint)i * j->Cols, j->K + (nint)n * j->Cols, j->Cols);
                j->Y[row + n] = j->R == null ? distance : j->R[row + n] + distance;
            }
        }
    }

    static float SquaredDifference(float* a, float* b, int count)
    {
        var sum = Vector512<float>.Zero;
        var body = count & ~15;
        for (var i = 0; i < body; i += 16)
        {
            var d = Vector512.Load(a + i) - Vector512.Load(b + i);
            sum = Vector512.MultiplyAddEstimate(d, d, sum);
        }
        if (body < count)
        {
            var d = VectorMath.LoadPartial(a + body, count - body) - VectorMath.LoadPartial(b + body, count - body);
            sum = Vector512.MultiplyAddEstimate(d, d, sum);
        }
        return VectorMath.Sum(sum);
    }

    static void SquaredDistanceBackward(Pass p, in TapeEntry e)
    {
        var job = new DistanceJob { Q = e.A.Pointer, K = e.B.Pointer, Y = p.Tape.Gradient(e.Y), Queries = e.A.Rows, Keys = e.B.Rows, Cols = e.A.Cols, Scale = 2f * e.F0 };
        job.Dq = p.Tape.Gradient(e.A, out job.FreshQ);
        p.Gang.For((job.Queries + DistanceRowsPerTask - 1) / DistanceRowsPerTask, &DistanceQueryTask, &job, Launch.Elements("distance_queries", e.A.Count));
        job.Dk = p.Tape.Gradient(e.B, out job.FreshK);
        p.Gang.For((job.Keys + DistanceRowsPerTask - 1) / DistanceRowsPerTask, &DistanceKeyTask, &job, Launch.Elements("distance_keys", e.B.Count));
        if (!e.C.IsNone) p.Tape.HandOver(e.Y, e.C);
    }

    static void DistanceQueryTask(void* context, int task, int thread)
    {
        var j = (DistanceJob*)context;
        for (var i = task * DistanceRowsPerTask; i < Math.Min(j->Queries, (task + 1) * DistanceRowsPerTask); i++)
        {
            float* q = j->Q + (nint)i * j->Cols, dq = j->Dq + (nint)i * j->Cols;
            if (j->FreshQ) new Span<float>(dq, j->Cols).Clear();
            for (var n = 0; n < j->Keys; n++) AddScaledDifference(dq, j->Scale * j->Y[(nint)i * j->Keys + n], q, j->K + (nint)n * j->Cols, j->Cols);
        }
    }

    static void DistanceKeyTask(void* context, int task, int thread)
    {
        var j = (DistanceJob*)context;
        for (var n = task * DistanceRowsPerTask; n < Math.Min(j->Keys, (task + 1) * DistanceRowsPerTask); n++)
        {
            float* k = j->K + (nint)n * j->Cols, dk = j->Dk + (nint)n * j->Cols;
            if (j->FreshK) new Span<float>(dk, j->Cols).Clear();
            for (var i = 0; i < j->Queries; i++) AddScaledDifference(dk, j->Scale * j->Y[(nint)i * j->Keys + n], k, j->Q + (nint)i * j->Cols, j->Cols);
        }
    }

    /// <summary>x += a (u − v).</summary>
    static void AddScaledDifference(float* x, float a, float* u, float* v, int count)
    {
        var i = 0;
        var va = Vector512.Create(a);
        for (; i + 16 <= count; i += 16) Vector512.Store(Vector512.MultiplyAddEstimate(va, Vector512.Load(u + i) - Vector512.Load(v + i), Vector512.Load(x + i)), x + i);
        for (; i < count; i++) x[i] = float.MultiplyAddEstimate(a, u[i] - v[i], x[i]);
    }
}
