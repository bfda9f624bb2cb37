// The backward half of Attend; formulas in Attend.cs. A task is one (segment, key head): it owns dq of its group and dk, dv of its head.

using System.Runtime.Intrinsics;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
#pragma warning disable CS8500 // The job stays on this stack frame until every task is done.
    static void AttendBackward(Pass p, in TapeEntry e)
    {
        var dim = e.I0;
        var job = new AttendJob
        {
            Q = e.A.Pointer,
            K = e.B.Pointer,
            V = e.C.Pointer,
            Do = p.Tape.Gradient(e.Y),
            Segments = p.segments,
            Gang = p.Gang,
            Heads = e.A.Cols / dim,
            KvHeads = e.B.Cols / dim,
            Dim = dim,
            Causal = e.I1 != 0,
        };
        job.Dq = p.Tape.Gradient(e.A, out job.FreshQ);
        job.Dk = p.Tape.Gradient(e.B, out job.FreshK);
        job.Dv = p.Tape.Gradient(e.C, out job.FreshV);
        p.Gang.For(p.segmentCount * job.KvHeads, &AttendBackwardTask, &job);
    }

    static void AttendBackwardTask(void* context, int task, int thread)
    {
        ref var j = ref *(AttendJob*)context;
        var s = j.Segments[task / j.KvHeads];
        var kvHead = task % j.KvHeads;
        var pages = (s.Length + PageTokens - 1) / PageTokens;
        int dim = j.Dim, panels = j.Panels, width = pages * PageTokens, kvStride = j.KvHeads * dim, qStride = j.Heads * dim;
        nint transposed = PageTokens * dim, block = (nint)panels * PageFloats;
        var at = j.Gang.Scratch(thread, 4 * pages + 2 * PageTokens * (nint)width + 3 * block + pages * (2 * transposed + 3 * block) + 64);
        float** keys = (float**)at, valuesT = keys + pages;
        at += (4 * pages + 15) & ~15;
        var probabilities = at;
        var dScores = probabilities + PageTokens * (nint)width;
        var qBlock = dScores + PageTokens * (nint)width;      // (panels, 64 rows, 64)
        var doBlock = qBlock + block;
        var dqBlock = doBlock + block;                        // (64 rows, panels·64)
        var memory = dqBlock + block;
        float* k = j.K + (nint)s.Start * kvStride + kvHead * dim, v = j.V + (nint)s.Start * kvStride + kvHead * dim;
        for (var p = 0; p < pages; p++, memory += 2 * transposed)
        {
            var rows = Math.Min(PageTokens, s.Length - p * PageTokens);
            keys[p] = memory;
            valuesT[p] = memory + transposed;
            Transpose.ToPanel(k + (nint)p * PageTokens * kvStride, kvStride, rows, dim, keys[p]);
            Transpose.ToPanel(v + (nint)p * PageTokens * kvStride, kvStride, rows, dim, valuesT[p]);
        }
        var keyRows = memory;                                 // (pages, panels, 64 keys, 64)
        var dk = keyRows + pages * block;                     // (pages·64, panels·64)
        var dv = dk + pages * block;
        for (var p = 0; p < pages; p++)
            CopyPages(k + (nint)p * PageTokens * kvStride, kvStride, Math.Min(PageTokens, s.Length - p * PageTokens), dim, keyRows + p * block);
        new Span<float>(dk, checked((int)(2 * pages * block))).Clear();

        var wide = panels * 64;
        for (var h = kvHead * j.Group; h < (kvHead + 1) * j.Group; h++)
            for (var t = 0; t < s.Length; t += PageTokens)
            {
                var rows = Math.Min(PageTokens, s.Length - t);
                var (sight, step) = j.Sight(in s, t);
                var reach = (sight + (rows - 1) * step) / PageTokens + 1;  // pages these rows look at
                var row = (nint)(s.Start + t) * qStride + h * dim;
                Probabilities(in j, j.Q + row, qStride, rows, sight, step, keys, probabilities, width);
                for (var p = 0; p < reach; p++)
                    MatMul.Rows(rows, j.Do + row, qStride, 1, valuesT[p], PageTokens, dScores + p * PageTokens, width, dim, accumulate: false);
                for (var i = 0; i < rows; i++)
                    SoftmaxGradient(probabilities + i * (nint)width, dScores + i * (nint)width, reach * PageTokens, j.Scale);
                CopyPages(j.Q + row, qStride, rows, dim, qBlock);
                CopyPages(j.Do + row, qStride, rows, dim, doBlock);
                for (var c = 0; c < panels; c++)
                {
                    MatMul.Rows(reach * PageTokens, probabilities, 1, width, doBlock + c * PageFloats, 64, dv + c * 64, wide, rows, accumulate: true);
                    MatMul.Rows(reach * PageTokens, dScores, 1, width, qBlock + c * PageFloats, 64, dk + c * 64, wide, rows, accumulate: true);
                    for (var p = 0; p < reach; p++)
                        MatMul.Rows(rows, dScores + p * PageTokens, width, 1, keyRows + p * block + c * PageFloats, 64, dqBlock + c * 64, wide, PageTokens, accumulate: p > 0);
                }
                AddOut(dqBlock, wide, j.Dq + row, qStride, rows, dim, j.FreshQ);
            }
        var own = (nint)s.Start * kvStride + kvHead * dim;
        AddOut(dk, wide, j.Dk + own, kvStride, s.Length, dim, j.FreshK);
        AddOut(dv, wide, j.Dv + own, kvStride, s.Length, dim, j.FreshV);
    }
#pragma warning restore CS8500

    /// <summary>ds ← p ∘ (dp − Σ p dp) · scale over one row; p is zero past what a row sees, and so is ds.</summary>
    static void SoftmaxGradient(float* p, float* ds, int count, float scale)
    {
        var dot = Vector512<float>.Zero;
        for (var i = 0; i < count; i += 16) dot = Vector512.MultiplyAddEstimate(Vector512.Load(p + i), Vector512.Load(ds + i), dot);
        Vector512<float> sum = Vector512.Create(VectorMath.Sum(dot)), s = Vector512.Create(scale);
        for (var i = 0; i < count; i += 16)
            Vector512.Store(Vector512.Load(p + i) * (Vector512.Load(ds + i) - sum) * s, ds + i);
    }

    static void AddOut(float* source, nint sourceStride, float* target, nint stride, int rows, int dim, bool fresh)
    {
        for (var i = 0; i < rows; i++)
        {
            if (fresh) new ReadOnlySpan<float>(source + i * sourceStride, dim).CopyTo(new Span<float>(target + i * stride, dim));
            else Elementwise.AddInto(target + i * stride, source + i * sourceStride, dim);
        }
    }
}
