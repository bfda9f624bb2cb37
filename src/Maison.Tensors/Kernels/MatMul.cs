// The matrix product. C (M,N) = or += A (M,K) · B (K,N), with B in panels of 64 columns.
// Readable first: TileScalar says what a tile computes. The vector tiles in the neighbouring files give the same bits, since each
// output adds its products one by one in the order of k, with fused multiply-adds where the machine has them. Knows nothing of weights, tapes or layers.
//
// Blocks after Goto and van de Geijn (doi 10.1145/1356052.1356053): a task owns some rows and eight panels. For each 128 inputs it
// copies its block of A close together, and every panel's (128, 64) block meets it from the first-level cache. The copy spares
// sets of the caches and entries of the page table where rows lie a power of two apart. It is made strip by strip between the
// tiles of the block before, and the next block of B is fetched likewise, so that no tile waits for memory.

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maison.Tensors.Kernels;

static unsafe class MatMul
{
    const int PanelWidth = Panels.Width;

    /// <summary>Rows of a register tile.</summary>
    const int TileRows = 6;

    /// <summary>Products per visit: a (128, 64) block of B fills two thirds of a 48 kB first-level cache.</summary>
    const int BlockK = 128;

    /// <summary>Products per visit where few rows meet a B that streams from memory.</summary>
    const int StreamK = 64;

    /// <summary>Rows per task: its block of A takes 129 kB of the second-level cache.</summary>
    const int BlockM = 252;

    /// <summary>Most panels per task: they share one copy of the block of A, and C (BlockM, 512) takes half the second-level cache.</summary>
    const int BlockPanels = 8;

    /// <summary>Fewest tiles of a task that is worth a copy of its block of A.</summary>
    const int FewestTiles = 4;

    /// <summary>Fewest tasks per thread, where there are so many.</summary>
    const int TasksPerThread = 4;

    /// <summary>What packing a block of B costs, in tiles, and what copying a block of A costs, in panels.</summary>
    const float PanelTiles = 3, CopyPanels = 0.25f;

    /// <summary>Distance of the copied rows or columns of A: an odd number of cache lines.</summary>
    const int CopiedRow = BlockK + 16, CopiedColumn = BlockM + 20;
    const int CopiedFloats = BlockM * CopiedRow;

    struct Job
    {
        public float* A, B, C;
        public nint AM, AK, BK, BN, CM, PanelBytes;
        public int M, N, K, RowBlocks, PanelGroups, BlockK;
        public bool Accumulate, CopyA;
        public nint* Scratch;

        /// <summary>Of a packed B; a strided one has UnitInputs 0.</summary>
        public PanelFormat Format;
        public readonly bool Packed => Format.UnitInputs != 0;

        /// <summary>Where the units of a packed B for inputs from k0 on begin.</summary>
        public readonly byte* Units(int panel, int k0) => (byte*)B + panel * PanelBytes + (nint)(k0 / Format.UnitInputs) * Format.UnitBytes;

        public readonly int Panels => (N + PanelWidth - 1) / PanelWidth;
        public readonly int Tiles => (M + TileRows - 1) / TileRows;

        /// <summary>The first of so many things in one of so many parts, whose sizes differ by one at most.</summary>
        public static int First(int part, int things, int parts) => (int)((long)part * things / parts);
    }

    /// <summary>C (m, panels.Rows) = or += A (m, panels.Cols) · panels; element (i,k) of A is a[i·aM + k·aK].</summary>
    public static void Run(Gang gang, int m, float* a, nint aM, nint aK, Panels panels, float* c, nint cM, bool accumulate)
        => Run(gang, m, panels.Rows, panels.Cols, a, aM, aK, PanelFormat.F32, (byte*)panels[0], c, cM, accumulate);

    /// <summary>C (m,n) = or += A (m,k) · B with B in ceil(n/64) panels of a format.</summary>
    public static void Run(Gang gang, int m, int n, int k, float* a, nint aM, nint aK, PanelFormat format, byte* panels, float* c, nint cM, bool accumulate)
    {
        var job = new Job { A = a, B = (float*)panels, C = c, AM = aM, AK = aK, CM = cM, M = m, N = n, K = k, Accumulate = accumulate, Format = format, PanelBytes = (nint)format.PanelBytes(k) };
        if (m <= PanelKernels.FewRows && aK == 1) RunFewRows(gang, job);
        else Run(gang, job);
    }

    /// <summary>A few rows: every panel is streamed from memory once, a run of neighbouring panels per task.</summary>
    static void RunFewRows(Gang gang, Job job)
    {
        job.PanelGroups = Math.Min(job.Panels, TasksPerThread * gang.Threads);
        gang.For(job.PanelGroups, &FewRowsTask, &job);
    }

    static void FewRowsTask(void* context, int task, int thread)
    {
        var job = (Job*)context;
        var end = Job.First(task + 1, job->Panels, job->PanelGroups);
        var corner = stackalloc float[job->M * PanelWidth];
        for (var panel = Job.First(task, job->Panels, job->PanelGroups); panel < end; panel++)
        {
            var c = job->C + panel * PanelWidth;
            var width = Math.Min(PanelWidth, job->N - panel * PanelWidth);
            if (width == PanelWidth)
            {
                job->Format.Multiply(job->Units(panel, 0), job->K, job->M, job->A, job->AM, c, job->CM, job->Accumulate);
                continue;
            }
            if (job->Accumulate) CopyColumns(c, job->CM, corner, PanelWidth, job->M, width);
            job->Format.Multiply(job->Units(panel, 0), job->K, job->M, job->A, job->AM, corner, PanelWidth, job->Accumulate);
            CopyColumns(corner, PanelWidth, c, job->CM, job->M, width);
        }
    }

    static void CopyColumns(float* from, nint fromStride, float* to, nint toStride, int rows, int width)
    {
        for (var i = 0; i < rows; i++) new ReadOnlySpan<float>(from + i * fromStride, width).CopyTo(new Span<float>(to + i * toStride, width));
    }

    /// <summary>C (m,n) = or += A · B with element (k,j) of B at b[k·bK + j·bN], bN = 1 or bK = 1; B is packed on the way.</summary>
    public static void Run(Gang gang, int m, int n, int k, float* a, nint aM, nint aK, float* b, nint bK, nint bN, float* c, nint cM, bool accumulate)
    {
        if (Cuda.Device.Current is { } device) device.Multiply(m, n, k, a, aM, aK, b, bK, bN, c, cM, accumulate);
        else Run(gang, new Job { A = a, B = b, C = c, AM = aM, AK = aK, BK = bK, BN = bN, CM = cM, M = m, N = n, K = k, Accumulate = accumulate });
    }

    static void Run(Gang gang, Job job)
    {
        if (job.M == 0 || job.N == 0) return;
        (job.PanelGroups, job.RowBlocks) = Cut(job.Panels, job.Tiles, gang.Threads);
        job.CopyA = job.PanelGroups < job.Panels && job.Tiles / job.RowBlocks >= FewestTiles;
        // Few rows leave B to be streamed: one panel at a time, from end to end, in visits so short that memory and tiles overlap.
        job.BlockK = job.Packed && !job.CopyA ? StreamK : BlockK;
        if (!job.CopyA) job.PanelGroups = job.Panels;
        var scratch = stackalloc nint[gang.Threads];
        lock (gang.Turn)
        {
            for (var i = 0; i < gang.Threads; i++) scratch[i] = (nint)gang.Scratch(i, BlockK * PanelWidth + 2 * CopiedFloats);
            job.Scratch = scratch;
            gang.For(job.RowBlocks * job.PanelGroups, &Task, &job);
        }
    }

    /// <summary>Into how many groups of panels and blocks of rows a product is cut: the cut whose busiest thread has least to do. There are a few
    /// tasks per thread, so that a core which the system needs for something else delays nobody for long.</summary>
    static (int Groups, int RowBlocks) Cut(int panels, int tiles, int threads)
    {
        var fewest = (tiles * TileRows + BlockM - 1) / BlockM;
        var most = Math.Max(fewest, tiles / FewestTiles);
        var wanted = threads == 1 ? 1 : TasksPerThread * threads;
        (int, int) best = (1, fewest);
        var least = float.MaxValue;
        for (var width = Math.Min(BlockPanels, panels); width >= 1; width--)
        {
            var groups = (panels + width - 1) / width;
            var first = Math.Clamp((wanted + groups - 1) / groups, fewest, most);
            for (var blocks = first; blocks <= Math.Min(most, first + threads); blocks++)
            {
                if (groups * blocks < Math.Min(wanted, panels * most)) continue;
                var high = (tiles + blocks - 1) / blocks;
                // Each panel of B is packed or fetched once per task, at the price of some tiles; each block of A is copied once per group.
                var cost = (groups * blocks + threads - 1) / threads * (width * (high + PanelTiles) + high * CopyPanels);
                if (cost < least) (best, least) = ((groups, blocks), cost);
            }
        }
        return best;
    }

    static void Task(void* context, int task, int thread)
    {
        var job = (Job*)context;
        int group = task / job->RowBlocks, block = task % job->RowBlocks;
        var firstPanel = Job.First(group, job->Panels, job->PanelGroups);
        var endPanel = Job.First(group + 1, job->Panels, job->PanelGroups);
        var row = Job.First(block, job->Tiles, job->RowBlocks) * TileRows;
        var rows = Math.Min(Job.First(block + 1, job->Tiles, job->RowBlocks) * TileRows, job->M) - row;
        float* packedB = (float*)job->Scratch[thread], copiedA = packedB + BlockK * PanelWidth, nextA = copiedA + CopiedFloats;
        var tiles = (rows + TileRows - 1) / TileRows;
        var copy = job->CopyA ? new Copy(job, row, rows, 0, tiles, copiedA) : default;
        for (var k0 = 0; k0 == 0 || k0 < job->K; k0 += job->BlockK)
        {
            var depth = Math.Min(job->BlockK, job->K - k0);
            float* a = job->A + row * job->AM + k0 * job->AK;
            nint aM = job->AM, aK = job->AK;
            if (job->CopyA)
            {
                copy.Finish();
                a = copiedA;
                if (aK == 1) aM = CopiedRow;
                else aK = CopiedColumn;
                copy = new Copy(job, row, rows, k0 + depth, tiles * (endPanel - firstPanel), nextA);
                copiedA = nextA;
                nextA = a;
            }
            for (var panel = firstPanel; panel < endPanel; panel++)
            {
                float* b = packedB;
                if (!job->Packed) PackB(job, panel, k0, depth, packedB);
                else if (!job->Format.IsWide) job->Format.Widen(job->Units(panel, k0), depth, packedB);
                else b = (float*)job->Units(panel, k0);
                // Widening fetches ahead by itself, which is enough where B is streamed.
                var fetch = job->Packed && !job->Format.IsWide && !job->CopyA ? default
                    : panel + 1 < endPanel ? new Fetch(job, panel + 1, k0, tiles)
                    : new Fetch(job, firstPanel, k0 + depth, tiles);
                Block(job, row, rows, panel, a, aM, aK, b, k0, depth, ref copy, ref fetch);
            }
        }
    }

    /// <summary>A block of A on its way to where its rows or columns lie close together.</summary>
    struct Copy
    {
        readonly nint stride, toStride;
        readonly int strip, perTile;
        float* from, to;
        int strips;

        public Copy(Job* job, int row, int rows, int k0, int tiles, float* to)
        {
            var depth = Math.Min(BlockK, job->K - k0);
            if (depth <= 0) return;
            from = job->A + row * job->AM + k0 * job->AK;
            this.to = to;
            (stride, toStride, strips, strip) = job->AK == 1 ? (job->AM, CopiedRow, rows, depth) : (job->AK, CopiedColumn, depth, rows);
            perTile = (strips + tiles - 1) / tiles;
        }

        public void Some()
        {
            for (var n = Math.Min(perTile, strips); n > 0; n--) Strip();
        }

        public void Finish()
        {
            while (strips > 0) Strip();
        }

        void Strip()
        {
            if (Sse.IsSupported)
                for (var i = 0; i < strip; i += 16) Sse.Prefetch0(from + 2 * stride + i);
            var at = 0;
            for (; at + 16 <= strip; at += 16) Vector512.Store(Vector512.Load(from + at), to + at);
            for (; at < strip; at++) to[at] = from[at];
            from += stride;
            to += toStride;
            strips--;
        }
    }

    /// <summary>The cache lines of a block of B that will be wanted next.</summary>
    struct Fetch
    {
        readonly nint stride;
        readonly int strip, perTile;
        float* at;
        int strips;

        public Fetch(Job* job, int panel, int k0, int tiles)
        {
            var depth = Math.Min(job->BlockK, job->K - k0);
            if (depth <= 0) return;
            at = job->Packed ? (float*)job->Units(panel, k0) : job->B + k0 * job->BK + panel * PanelWidth * job->BN;
            var unit = job->Format.UnitBytes / sizeof(float);
            (stride, strips, strip) = job->Packed ? (unit, depth / job->Format.UnitInputs, unit)
                : job->BN == 1 ? (job->BK, depth, PanelWidth)
                : (job->BN, Math.Min(PanelWidth, job->N - panel * PanelWidth), depth);
            perTile = (strips + tiles - 1) / tiles;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Some()
        {
            if (!Sse.IsSupported) return;
            for (var n = Math.Min(perTile, strips); n > 0; n--, strips--, at += stride)
                for (var i = 0; i < strip; i += 16) Sse.Prefetch1(at + i);
        }
    }

    /// <summary>Writes one (depth, 64) block of B as a panel, zero in columns past N.</summary>
    static void PackB(Job* job, int panel, int k0, int depth, float* packed)
    {
        var first = panel * PanelWidth;
        var width = Math.Min(PanelWidth, job->N - first);
        if (job->BN != 1)
        {
            Transpose.ToPanel(job->B + k0 + first * job->BN, job->BN, width, depth, packed);
            return;
        }
        var b = job->B + k0 * job->BK + first;
        for (var k = 0; k < depth; k++, b += job->BK, packed += PanelWidth)
        {
            if (width == PanelWidth)
            {
                for (var j = 0; j < PanelWidth; j += 16) Vector512.Store(Vector512.Load(b + j), packed + j);
                continue;
            }
            new ReadOnlySpan<float>(b, width).CopyTo(new Span<float>(packed, PanelWidth));
            new Span<float>(packed + width, PanelWidth - width).Clear();
        }
    }

    /// <summary>All rows of a task against one (depth, 64) block of B.</summary>
    static void Block(Job* job, int row, int rows, int panel, float* a, nint aM, nint aK, float* b, int k0, int depth, ref Copy copy, ref Fetch fetch)
    {
        var first = panel * PanelWidth;
        var width = Math.Min(PanelWidth, job->N - first);
        var accumulate = job->Accumulate || k0 > 0;
        var c = job->C + row * job->CM + first;
        // The last, narrow panel: whole tiles in a corner of the stack, of which the valid columns are copied.
        var corner = stackalloc float[TileRows * PanelWidth];
        for (; rows > 0; rows -= TileRows, a += TileRows * aM, c += TileRows * job->CM)
        {
            copy.Some();
            fetch.Some();
            var count = Math.Min(TileRows, rows);
            if (width == PanelWidth)
            {
                Rows(count, a, aM, aK, b, PanelWidth, c, job->CM, depth, accumulate);
                continue;
            }
            if (accumulate) CopyColumns(c, job->CM, corner, PanelWidth, count, width);
            Rows(count, a, aM, aK, b, PanelWidth, corner, PanelWidth, depth, accumulate);
            CopyColumns(corner, PanelWidth, c, job->CM, count, width);
        }
    }

    /// <summary>C (rows, 64) = or += A (rows, depth) · B (depth, 64): the building block of every product and of attention.</summary>
    public static void Rows(int rows, float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, int depth, bool accumulate)
    {
        if (Avx512F.IsSupported)
        {
            for (; rows >= 6; rows -= 6, a += 6 * aM, c += 6 * cM) MatMulVector512.Tile6(a, aM, aK, b, bK, c, cM, depth, accumulate);
            for (; rows >= 4; rows -= 4, a += 4 * aM, c += 4 * cM) MatMulVector512.Tile4(a, aM, aK, b, bK, c, cM, depth, accumulate);
            for (; rows >= 2; rows -= 2, a += 2 * aM, c += 2 * cM) MatMulVector512.Tile2(a, aM, aK, b, bK, c, cM, depth, accumulate);
            if (rows == 1) MatMulVector512.Tile1(a, aM, aK, b, bK, c, cM, depth, accumulate);
        }
        else if (Fma.IsSupported)
        {
            for (; rows >= 6; rows -= 6, a += 6 * aM, c += 6 * cM)
                for (var j = 0; j < PanelWidth; j += 16) MatMulVector256.Tile6(a, aM, aK, b + j, bK, c + j, cM, depth, accumulate);
            for (; rows >= 4; rows -= 4, a += 4 * aM, c += 4 * cM)
                for (var j = 0; j < PanelWidth; j += 16) MatMulVector256.Tile4(a, aM, aK, b + j, bK, c + j, cM, depth, accumulate);
            for (; rows >= 2; rows -= 2, a += 2 * aM, c += 2 * cM)
                for (var j = 0; j < PanelWidth; j += 32) MatMulVector256.Tile2(a, aM, aK, b + j, bK, c + j, cM, depth, accumulate);
            if (rows == 1) MatMulVector256.Tile1(a, aM, aK, b, bK, c, cM, depth, accumulate);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            for (; rows >= 6; rows -= 6, a += 6 * aM, c += 6 * cM)
                for (var j = 0; j < PanelWidth; j += 16) MatMulVector128.Tile6(a, aM, aK, b + j, bK, c + j, cM, depth, accumulate);
            for (; rows >= 4; rows -= 4, a += 4 * aM, c += 4 * cM)
                for (var j = 0; j < PanelWidth; j += 16) MatMulVector128.Tile4(a, aM, aK, b + j, bK, c + j, cM, depth, accumulate);
            for (; rows >= 2; rows -= 2, a += 2 * aM, c += 2 * cM)
                for (var j = 0; j < PanelWidth; j += 32) MatMulVector128.Tile2(a, aM, aK, b + j, bK, c + j, cM, depth, accumulate);
            if (rows == 1) MatMulVector128.Tile1(a, aM, aK, b, bK, c, cM, depth, accumulate);
        }
        else TileScalar(rows, a, aM, aK, b, bK, c, cM, depth, accumulate);
    }

    /// <summary>The definition of a tile, one output at a time; multiply and add are fused where the machine can.</summary>
    public static void TileScalar(int rows, float* a, nint aM, nint aK, float* b, nint bK, float* c, nint cM, int depth, bool accumulate)
    {
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < PanelWidth; j++)
            {
                var sum = accumulate ? c[i * cM + j] : 0f;
                for (var k = 0; k < depth; k++)
                    sum = float.MultiplyAddEstimate(a[i * aM + k * aK], b[k * bK + j], sum);
                c[i * cM + j] = sum;
            }
    }
}
