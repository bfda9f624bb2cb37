// The matrix product. C (M,N) = or += A (M,K) · B (K,N), with B in panels of 64 columns.
// Readable first: TileScalar says what a tile computes. The vector tiles in the neighbouring files give the same bits, since each
// output adds its products one by one in the order of k with fused multiply-adds. Knows nothing of weights, tapes or layers.

using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

static unsafe class MatMul
{
    const int PanelWidth = Panels.Width;

    /// <summary>Products per visit of a panel: (blockK, 64) floats of B stay in the first-level cache.</summary>
    const int BlockK = 128;

    /// <summary>Rows per task: how often a panel block is reused before the next one is fetched.</summary>
    const int BlockM = 252;

    struct Job
    {
        public float* A, B, C;
        public nint AM, AK, BK, BN, CM;
        public int M, N, K, RowBlocks, BlockRows;
        public bool Accumulate;
    }

    /// <summary>C (m, panels.Rows) = or += A (m, panels.Cols) · panels; element (i,k) of A is a[i·aM + k·aK].</summary>
    public static void Run(Gang gang, int m, float* a, nint aM, nint aK, Panels panels, float* c, nint cM, bool accumulate)
    {
        var job = new Job
        {
            A = a,
            B = panels[0],
            C = c,
            AM = aM,
            AK = aK,
            BK = PanelWidth,
            CM = cM,
            M = m,
            N = panels.Rows,
            K = panels.Cols,
            Accumulate = accumulate,
        };
        Split(gang, ref job);
        gang.For(job.RowBlocks * panels.Count, &PackedTask, &job);
    }

    /// <summary>C (m,n) = or += A · B with element (k,j) of B at b[k·bK + j·bN], bN = 1 or bK = 1; B is packed on the way.</summary>
    public static void Run(Gang gang, int m, int n, int k, float* a, nint aM, nint aK, float* b, nint bK, nint bN, float* c, nint cM, bool accumulate)
    {
        var job = new Job { A = a, B = b, C = c, AM = aM, AK = aK, BK = bK, BN = bN, CM = cM, M = m, N = n, K = k, Accumulate = accumulate };
        Split(gang, ref job);
        gang.For(job.RowBlocks * ((n + PanelWidth - 1) / PanelWidth), &PackingTask, &job);
    }

    static void Split(Gang gang, ref Job job)
    {
        // At least a few tasks per thread, so that a slow core delays nobody for long.
        var panels = (job.N + PanelWidth - 1) / PanelWidth;
        var wanted = Math.Max(1, 4 * gang.Threads / panels);
        job.BlockRows = Math.Min(BlockM, Math.Max(6, ((job.M + wanted - 1) / wanted + 5) / 6 * 6));
        job.RowBlocks = (job.M + job.BlockRows - 1) / job.BlockRows;
    }

    static void PackedTask(void* context, int task, int thread)
    {
        var job = (Job*)context;
        var panel = task / job->RowBlocks;
        var row = task % job->RowBlocks * job->BlockRows;
        var rows = Math.Min(job->BlockRows, job->M - row);
        var b = job->B + (nint)panel * job->K * PanelWidth;
        for (var k0 = 0; k0 == 0 || k0 < job->K; k0 += BlockK)
        {
            var depth = Math.Min(BlockK, job->K - k0);
            Block(job, row, rows, panel, b + (nint)k0 * PanelWidth, k0, depth);
        }
    }

    static void PackingTask(void* context, int task, int thread)
    {
        var job = (Job*)context;
        var panel = task / job->RowBlocks;
        var row = task % job->RowBlocks * job->BlockRows;
        var rows = Math.Min(job->BlockRows, job->M - row);
        var packed = stackalloc float[BlockK * PanelWidth + 16];
        packed = (float*)(((nint)packed + 63) & ~63);
        var first = panel * PanelWidth;
        var width = Math.Min(PanelWidth, job->N - first);
        for (var k0 = 0; k0 == 0 || k0 < job->K; k0 += BlockK)
        {
            var depth = Math.Min(BlockK, job->K - k0);
            if (job->BN == 1) CopyPanel(job->B + k0 * job->BK + first, job->BK, depth, width, packed);
            else Transpose.ToPanel(job->B + k0 + first * job->BN, job->BN, width, depth, packed);
            Block(job, row, rows, panel, packed, k0, depth);
        }
    }

    static void CopyPanel(float* b, nint stride, int depth, int width, float* packed)
    {
        for (var k = 0; k < depth; k++, b += stride, packed += PanelWidth)
        {
            new ReadOnlySpan<float>(b, width).CopyTo(new Span<float>(packed, PanelWidth));
            if (width < PanelWidth) new Span<float>(packed + width, PanelWidth - width).Clear();
        }
    }

    /// <summary>All rows of a task against one (depth, 64) block of B.</summary>
    static void Block(Job* job, int row, int rows, int panel, float* b, int k0, int depth)
    {
        var first = panel * PanelWidth;
        var width = Math.Min(PanelWidth, job->N - first);
        var accumulate = job->Accumulate || k0 > 0;
        var a = job->A + row * job->AM + k0 * job->AK;
        var c = job->C + row * job->CM + first;
        if (width == PanelWidth)
        {
            Rows(rows, a, job->AM, job->AK, b, PanelWidth, c, job->CM, depth, accumulate);
            return;
        }
        // The last, narrow panel: whole tiles in a corner of the stack, of which the valid columns are copied.
        var tile = stackalloc float[6 * PanelWidth];
        for (var r = 0; r < rows; r += 6, a += 6 * job->AM, c += 6 * job->CM)
        {
            var count = Math.Min(6, rows - r);
            if (accumulate)
                for (var i = 0; i < count; i++)
                    new ReadOnlySpan<float>(c + i * job->CM, width).CopyTo(new Span<float>(tile + i * PanelWidth, PanelWidth));
            Rows(count, a, job->AM, job->AK, b, PanelWidth, tile, PanelWidth, depth, accumulate);
            for (var i = 0; i < count; i++)
                new ReadOnlySpan<float>(tile + i * PanelWidth, width).CopyTo(new Span<float>(c + i * job->CM, width));
        }
    }

    /// <summary>C (rows, 64) = or += A (rows, depth) · B (depth, 64): the building block of every product and of attention.</summary>
    public static void Rows(int rows, float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, int depth, bool accumulate)
    {
        if (Avx512F.IsSupported)
        {
            for (; rows >= 6; rows -= 6, a += 6 * aM, c += 6 * cM)
                MatMulVector512.Tile6(a, aM, aK, b, bK, c, cM, depth, accumulate);
            if (rows >= 4)
            {
                MatMulVector512.Tile4(a, aM, aK, b, bK, c, cM, depth, accumulate);
                rows -= 4;
                a += 4 * aM;
                c += 4 * cM;
            }
            if (rows >= 2)
            {
                MatMulVector512.Tile2(a, aM, aK, b, bK, c, cM, depth, accumulate);
                rows -= 2;
                a += 2 * aM;
                c += 2 * cM;
            }
            if (rows == 1) MatMulVector512.Tile1(a, aM, aK, b, bK, c, cM, depth, accumulate);
            return;
        }
        TileScalar(rows, a, aM, aK, b, bK, c, cM, depth, accumulate);
    }

    /// <summary>The definition of a tile, one output at a time.</summary>
    public static void TileScalar(int rows, float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, int depth, bool accumulate)
    {
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < PanelWidth; j++)
            {
                var sum = accumulate ? c[i * cM + j] : 0f;
                for (var k = 0; k < depth; k++)
                    sum = MathF.FusedMultiplyAdd(a[i * aM + k * aK], b[k * bK + j], sum);
                c[i * cM + j] = sum;
            }
    }
}
