// Grouped-query attention per segment, causal:   o_i = Σ_{j ≤ i} softmax_j(q_i · k_j / √D) v_j      (arXiv 1706.03762, 2305.13245),
// or over all j of the segment where the future is to be seen as well.
// dv_j = Σ_i p_ij do_i,  dp_ij = do_i · v_j,  ds = p ∘ (dp − Σ_j p dp) / √D,  dq = ds k,  dk = dsᵀ q; p is computed again, not kept.
//
// Keys and values are read from pages of 64 tokens whether they come from a cache or from the segment itself, so one routine serves
// training, prefill and decoding, and gives the same bits in any chunking: a score sums over D in order, a row's softmax over 16
// lanes by absolute position, an output over j in order. A task is one (segment, key head) and owns its outputs.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    const int PageTokens = KvCache.PageTokens;
    const int PageFloats = PageTokens * PageTokens;

    struct AttendJob
    {
        public float* Q, K, V, O;
        public float* Do, Dq, Dk, Dv;
        public Segment[] Segments;
        public KvCache? Cache;
        public Gang Gang;
        public int Layer, Heads, KvHeads, Dim;
        public bool FreshQ, FreshK, FreshV, Causal;

        public readonly int Group => Heads / KvHeads;
        public readonly int Panels => (Dim + 63) / 64;
        public readonly float Scale => 1f / MathF.Sqrt(Dim);

        /// <summary>The position up to which row t of a segment sees keys, and how it grows from row to row.</summary>
        public readonly (int First, int Step) Sight(in Segment s, int t) => Causal ? (s.Past + t, 1) : (s.Length - 1, 0);
    }

    /// <summary>Attention of q (rows, heads·headDim) over k and v (rows, kvHeads·headDim) of the same segment and its cached past: (rows, heads·headDim).</summary>
    /// <param name="layer">Which layer's pages of the cache to append to and read.</param>
    /// <param name="causal">Whether a row sees only its past and itself; a cache needs it so.</param>
    public Tensor Attend(Tensor q, Tensor k, Tensor v, int layer, int headDim, bool causal = true)
    {
        CheckHeads(q, k, v, layer, headDim, causal);
        if (Device.Current is { } device && headDim <= AttentionJob.MostDim) return Cache is null ? AttendOnDevice(device, q, k, v, headDim, causal) : AttendCachedOnDevice(device, q, k, v, layer, headDim, default);
        var o = New(Rows, q.Cols);
        var job = new AttendJob
        {
            Q = q.Pointer,
            K = k.Pointer,
            V = v.Pointer,
            O = o.Pointer,
            Segments = segments,
            Cache = Cache,
            Gang = Gang,
            Layer = layer,
            Heads = q.Cols / headDim,
            KvHeads = k.Cols / headDim,
            Dim = headDim,
            Causal = causal,
        };
#pragma warning disable CS8500 // The job stays on this stack frame until every task is done.
        Gang.For(segmentCount * job.KvHeads, &AttendTask, &job);
#pragma warning restore CS8500
        if (Recording) Tape.Add(new TapeEntry { Backward = &AttendBackward, Y = o, A = q, B = k, C = v, I0 = headDim, I1 = causal ? 1 : 0 });
        return o;
    }

    /// <summary>How heads of queries and keys are normalised and turned.</summary>
    readonly record struct HeadTurn(RopeTable? Table, Weight? QGain, Weight? KGain, float Eps);

    /// <summary>The same of heads that are normalised, each with a gain (1, headDim) for all heads, and turned by their positions first, as in Qwen3.</summary>
    public Tensor Attend(Tensor q, Tensor k, Tensor v, Weight qGain, Weight kGain, float eps, RopeTable rope, int layer, bool causal = true)
    {
        if (Cache is null || Device.Current is not { } device || rope.HeadDim > AttentionJob.MostDim) return Attend(Turned(q, qGain), Turned(k, kGain), v, layer, rope.HeadDim, causal);
        CheckHeads(q, k, v, layer, rope.HeadDim, causal);
        CheckPositions(q, rope);
        return AttendCachedOnDevice(device, q, k, v, layer, rope.HeadDim, new(rope, Checked(qGain), Checked(kGain), eps));

        Weight Checked(Weight gain) => gain.Rows == 1 && gain.Cols == rope.HeadDim ? gain : throw new ArgumentException($"A gain of {gain.Rows}×{gain.Cols} does not fit heads of {rope.HeadDim}.");

        Tensor Turned(Tensor x, Weight gain) => Rope(RmsNorm(x.View(x.Rows * (x.Cols / rope.HeadDim), rope.HeadDim), gain, eps).View(x.Rows, x.Cols), rope);
    }

    void CheckHeads(in Tensor q, in Tensor k, in Tensor v, int layer, int headDim, bool causal)
    {
        int heads = q.Cols / headDim, kvHeads = k.Cols / headDim;
        if (q.Rows != Rows || k.Rows != Rows || v.Rows != Rows || q.Cols % headDim != 0 || k.Cols % headDim != 0 || v.Cols != k.Cols || kvHeads == 0 || heads % kvHeads != 0)
            throw new ArgumentException($"Attend cannot use q {q.Rows}×{q.Cols}, k {k.Rows}×{k.Cols}, v {v.Rows}×{v.Cols} with heads of {headDim} for {Rows} rows.");
        if (Cache is not null && (Cache.KvHeads != kvHeads || Cache.HeadDim != headDim || (uint)layer >= (uint)Cache.Layers))
            throw new ArgumentException($"The cache has {Cache.Layers} layers of {Cache.KvHeads} heads of {Cache.HeadDim}; layer {layer} needs {kvHeads} of {headDim}.");
        if (Cache is not null && !causal) throw new ArgumentException("Attention over the whole segment cannot read a cache: its future is not there yet.");
    }

#pragma warning disable CS8500
    static void AttendTask(void* context, int task, int thread)
    {
        ref var j = ref *(AttendJob*)context;
        var s = j.Segments[task / j.KvHeads];
        var kvHead = task % j.KvHeads;
        var pages = (s.Past + s.Length + PageTokens - 1) / PageTokens;
        int dim = j.Dim, panels = j.Panels, width = pages * PageTokens, kvStride = j.KvHeads * dim;
        var own = j.Cache is null ? (nint)pages * (PageTokens * dim + panels * PageFloats) : 0;
        var at = j.Gang.Scratch(thread, 4 * pages + PageTokens * (nint)width + PageTokens * panels * 64 + own + 64);
        float** keys = (float**)at, values = keys + pages;
        at += (4 * pages + 15) & ~15;
        var scores = at;
        var outputs = scores + PageTokens * (nint)width;
        var memory = outputs + PageTokens * panels * 64;

        float* k = j.K + (nint)s.Start * kvStride + kvHead * dim, v = j.V + (nint)s.Start * kvStride + kvHead * dim;
        for (var p = 0; p < pages; p++)
        {
            if (j.Cache is null)
            {
                var rows = Math.Min(PageTokens, s.Length - p * PageTokens);
                keys[p] = memory;
                Transpose.ToPanel(k + (nint)p * PageTokens * kvStride, kvStride, rows, dim, memory);
                memory += PageTokens * dim;
                values[p] = memory;
                CopyPages(v + (nint)p * PageTokens * kvStride, kvStride, rows, dim, memory);
                memory += panels * PageFloats;
            }
            else
            {
                keys[p] = j.Cache.Keys(j.Layer, s.Pages![p], kvHead);
                values[p] = j.Cache.Values(j.Layer, s.Pages[p], kvHead);
            }
        }
        if (j.Cache is not null)
            for (var t = 0; t < s.Length; t++)
                Append(k + (nint)t * kvStride, v + (nint)t * kvStride, dim, s.Past + t, keys, values);

        var qStride = j.Heads * dim;
        var first = kvHead * j.Group;
        if (s.Length == 1)
        {
            // One new token: the heads of the group are the rows.
            var row = (nint)s.Start * qStride + first * dim;
            AttendBlock(in j, j.Q + row, dim, j.Group, s.Past, 0, keys, values, scores, width, outputs);
            CopyOut(outputs, panels * 64, j.O + row, dim, j.Group, dim);
            return;
        }
        for (var h = first; h < first + j.Group; h++)
            for (var t = 0; t < s.Length; t += PageTokens)
            {
                var rows = Math.Min(PageTokens, s.Length - t);
                var row = (nint)(s.Start + t) * qStride + h * dim;
                var (sight, step) = j.Sight(in s, t);
                AttendBlock(in j, j.Q + row, qStride, rows, sight, step, keys, values, scores, width, outputs);
                CopyOut(outputs, panels * 64, j.O + row, qStride, rows, dim);
            }
    }

    /// <summary>Up to 64 query rows, row i at position first + i·step: probabilities into scores, then outputs (rows, panels·64).</summary>
    static void AttendBlock(in AttendJob j, float* q, nint qStride, int rows, int first, int step, float** keys, float** values, float* scores, int width, float* outputs)
    {
        var last = first + (rows - 1) * step;
        var pages = last / PageTokens + 1;
        Probabilities(in j, q, qStride, rows, first, step, keys, scores, width);
        var stride = j.Panels * 64;
        for (var c = 0; c < j.Panels; c++)
            for (var p = 0; p < pages; p++)
                MatMul.Rows(rows, scores + p * PageTokens, width, 1, values[p] + c * PageFloats, 64, outputs + c * 64, stride,
                    Math.Min(PageTokens, last + 1 - p * PageTokens), accumulate: p > 0);
    }

    static void Probabilities(in AttendJob j, float* q, nint qStride, int rows, int first, int step, float** keys, float* scores, int width)
    {
        var pages = (first + (rows - 1) * step) / PageTokens + 1;
        for (var p = 0; p < pages; p++)
            MatMul.Rows(rows, q, qStride, 1, keys[p], PageTokens, scores + p * PageTokens, width, j.Dim, accumulate: false);
        for (var i = 0; i < rows; i++)
            RowOps.Softmax(scores + i * (nint)width, first + i * step + 1, pages * PageTokens, j.Scale);
    }

    /// <summary>Copies up to 64 rows of dim columns into (panels, 64 rows, 64 columns), zero padded.</summary>
    static void CopyPages(float* source, nint stride, int rows, int dim, float* pages)
    {
        for (var c = 0; c < dim; c += 64, pages += PageFloats)
        {
            var cols = Math.Min(64, dim - c);
            for (var t = 0; t < PageTokens; t++)
            {
                var to = new Span<float>(pages + t * 64, 64);
                if (t < rows)
                {
                    new ReadOnlySpan<float>(source + t * stride + c, cols).CopyTo(to);
                    to[cols..].Clear();
                }
                else to.Clear();
            }
        }
    }

    static void Append(float* k, float* v, int dim, int position, float** keys, float** values)
    {
        float* page = keys[position / PageTokens] + position % PageTokens;
        for (var d = 0; d < dim; d++) page[d * PageTokens] = k[d];
        page = values[position / PageTokens] + position % PageTokens * 64;
        for (var c = 0; c < dim; c += 64, page += PageFloats)
            new ReadOnlySpan<float>(v + c, Math.Min(64, dim - c)).CopyTo(new Span<float>(page, 64));
    }

    static void CopyOut(float* source, nint sourceStride, float* target, nint stride, int rows, int dim)
    {
        for (var i = 0; i < rows; i++)
            new ReadOnlySpan<float>(source + i * sourceStride, dim).CopyTo(new Span<float>(target + i * stride, dim));
    }
#pragma warning restore CS8500
}
