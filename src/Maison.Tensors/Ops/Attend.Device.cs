// Attend on a device: tiles of queries and keys in shared memory; formulas in Attend.cs, kernels in attention.cu.

using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct AttentionJob
    {
        public const int MostDim = 128, Tile = 64, TensorThreads = 128;

        public float* Q, K, V, O, Lse, Do, Dq, Dk, Dv, Delta;
        public int* Positions, Ends;
        public int Rows, Heads, KvHeads, Dim;
        public float Scale;
        public bool FreshQ, FreshK, FreshV, Causal;

        /// <summary>Bytes of so many tiles of rows and of scores.</summary>
        public readonly int Shared(int rows, int scores) => (rows * Tile * (Dim + 1) + scores * Tile * (Tile + 1)) * sizeof(float);

        public readonly Launch Forward => new("attend_forward", Tiles * Heads, Shared: Shared(3, 1));
        public readonly Launch Queries => new("attend_backward_queries", Tiles * Heads, Shared: Shared(4, 1));
        public readonly Launch Keys => new("attend_backward_keys", Tiles * KvHeads, Shared: Shared(4, 2));

        /// <summary>Bytes of so many tiles row by row, of so many as pairs of rows, and of so many floats per row of a tile; pitches as in attention.tensor.cu.</summary>
        readonly int TensorShared(int rows, int pairs, int floats) => (rows * Tile * (Dim / 2 + 4) + pairs * Tile / 2 * (Dim + 8) + floats * Tile) * sizeof(float);

        public readonly Launch TensorForward => new("attend_tensor_forward", Tiles * Heads, TensorThreads, TensorShared(2, 1, 0));
        public readonly Launch TensorDelta => Launch.Rows("attend_tensor_delta", (long)Rows * Heads);
        public readonly Launch TensorQueries => new("attend_tensor_queries", Tiles * Heads, TensorThreads, TensorShared(4, 1, 0));
        public readonly Launch TensorKeys => new("attend_tensor_keys", Tiles * KvHeads, TensorThreads, TensorShared(4, 2, 4));

        /// <summary>Whether tensor cores have a kernel for these heads, whose rows they load sixteen bytes at a time.</summary>
        public readonly bool OnTensorCores(Device device)
            => device.Precision != ProductPrecision.Float32 && Dim % 32 == 0 && (((nint)Q | (nint)K | (nint)V | (nint)Do) & 15) == 0;

        readonly long Tiles => (Rows + Tile - 1) / Tile;
    }

    AttentionJob Attention(in Tensor q, in Tensor k, in Tensor v, float* lse, int dim, bool causal) => new()
    {
        Q = q.Pointer,
        K = k.Pointer,
        V = v.Pointer,
        Lse = lse,
        Positions = positions,
        Ends = segmentEnds,
        Rows = q.Rows,
        Heads = q.Cols / dim,
        KvHeads = k.Cols / dim,
        Dim = dim,
        Scale = 1f / MathF.Sqrt(dim),
        Causal = causal,
    };

    Tensor AttendOnDevice(Device device, Tensor q, Tensor k, Tensor v, int dim, bool causal)
    {
        var o = New(Rows, q.Cols);
        var lse = (float*)Arena.Take((nint)q.Rows * (q.Cols / dim) * sizeof(float));
        var job = Attention(q, k, v, lse, dim, causal);
        job.O = o.Pointer;
        device.Run(job.OnTensorCores(device) ? job.TensorForward : job.Forward, &job);
        if (Recording) Tape.Add(new TapeEntry { Backward = &AttendBackwardOnDevice, Y = o, A = q, B = k, C = v, Memory = lse, I0 = dim, I1 = causal ? 1 : 0 });
        return o;
    }

    struct CachedJob
    {
        const int mostSplits = 16;

        public float* Q, K, V, O, Memory, Partial, QGain, KGain, Table, Turned;
        public int* Positions, Pages, FirstPage, Tickets;
        public nint BlockFloats;
        public int Rows, Heads, KvHeads, Dim, Chunks, Splits;
        public float Scale, Eps;

        /// <summary>A warp per head that is placed, or turned.</summary>
        public readonly Launch Append => Launch.Rows("cache_append", (long)Rows * ((QGain == null ? 0 : Heads) + 2 * KvHeads)) with { Early = true };

        /// <summary>Query heads that share what a block reads.</summary>
        readonly int HeadsAtOnce => (Heads / KvHeads) switch { 1 => 1, 2 => 2, 3 or 4 => 4, _ => 8 };

        public readonly Launch Walk => new(HeadsAtOnce switch { 1 => "attend_cached_one", 2 => "attend_cached_two", 4 => "attend_cached_four", _ => "attend_cached_eight" }, Places * Splits, Early: true);

        /// <summary>Blocks but for splits.</summary>
        public readonly long Places => (long)Rows * KvHeads * Chunks;

        /// <summary>Splits the pages of few rows, so that long contexts keep every multiprocessor busy; how many a row has is not known where steps are replayed.</summary>
        public void Split(Device device)
        {
            Chunks = (Heads / KvHeads + HeadsAtOnce - 1) / HeadsAtOnce;
            Splits = (int)Math.Clamp(2 * device.Processors / Places, 1, mostSplits);
            if (Splits == 1) return;
            Tickets = device.Tickets((int)Places);
            Partial = device.Scratch((nint)Rows * Heads * Splits * (Dim + 2));
        }
    }

    /// <param name="turn">How heads of queries and keys are normalised and turned first; null leaves them as they are.</param>
    Tensor AttendCachedOnDevice(Device device, Tensor q, Tensor k, Tensor v, int layer, int dim, in HeadTurn turn)
    {
        var o = New(Rows, q.Cols);
        var job = new CachedJob
        {
            Q = q.Pointer,
            K = k.Pointer,
            V = v.Pointer,
            O = o.Pointer,
            Memory = Cache!.Keys(layer, 0, 0),
            Positions = positions,
            Pages = segmentPages,
            FirstPage = segmentStarts,
            BlockFloats = (nint)(Cache.Keys(layer, 0, 1) - Cache.Keys(layer, 0, 0)),
            Rows = q.Rows,
            Heads = q.Cols / dim,
            KvHeads = k.Cols / dim,
            Dim = dim,
            Scale = 1f / MathF.Sqrt(dim),
        };
        job.Split(device);
        if (turn.Table is not null)
        {
            job.QGain = ValuesOf(turn.QGain);
            job.KGain = ValuesOf(turn.KGain);
            job.Table = turn.Table.At(0);
            job.Turned = New(Rows, q.Cols).Pointer;
            job.Eps = turn.Eps;
        }
        device.Run(job.Append, &job);
        if (turn.Table is not null) job.Q = job.Turned;
        device.Run(job.Walk, &job);
        return o;
    }

    static void AttendBackwardOnDevice(Pass p, in TapeEntry e)
    {
        var device = Device.Current!;
        var job = p.Attention(e.A, e.B, e.C, (float*)e.Memory, e.I0, e.I1 != 0);
        job.Do = p.Tape.Gradient(e.Y);
        job.Dq = p.Tape.Gradient(e.A, out job.FreshQ);
        job.Dk = p.Tape.Gradient(e.B, out job.FreshK);
        job.Dv = p.Tape.Gradient(e.C, out job.FreshV);
        job.Delta = device.Scratch((nint)job.Rows * job.Heads);
        // Where the gradient was written over the output, the output is gone, and the other kernel computes Delta without it.
        if (job.OnTensorCores(device) && job.Do != e.Y.Pointer)
        {
            job.O = e.Y.Pointer;
            device.Run(job.TensorDelta, &job);
            device.Run(job.TensorQueries, &job);
            device.Run(job.TensorKeys, &job);
            return;
        }
        device.Run(job.Queries, &job);
        device.Run(job.Keys, &job);
    }
}
