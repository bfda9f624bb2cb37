// y_r = W[ids_r].   dW[ids_r] += dy_r.
// Backward splits over columns, so that rows that share an id add up in the order of the rows, whatever the threads.

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>Looks up one row of <paramref name="table"/> (vocab, cols) per id: (rows, cols).</summary>
    /// <param name="ids">One id per row of the pass.</param>
    public Tensor Embed(ReadOnlySpan<int> ids, Weight table)
    {
        var y = New(ids.Length, table.Cols);
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)table.Rows) throw new ArgumentOutOfRangeException(nameof(ids), $"Token id {ids[i]} at row {i} is outside the vocabulary of {table.Rows}.");
        }
        var kept = Ids(ids);
        if (Device.Current is { } device && table is Param values)
        {
            var job = new EmbedJob { Dy = y.Pointer, Dw = values.Data, Ids = kept, Rows = ids.Length, Cols = table.Cols };
            device.Run(Launch.Elements("embed_forward", y.Count), &job);
        }
        else if (Device.Current is { } on && table is PackedWeight stored) stored.EmbedOn(on, kept, ids.Length, y.Pointer);
        else
        {
            NativeFloats.Wait();
            for (var i = 0; i < ids.Length; i++) table.ReadRow(ids[i], y.Pointer + (nint)i * table.Cols);
        }
        if (!Recording) return y;
        var entry = new TapeEntry { Backward = &EmbedBackward, Y = y, Weight = table, Memory = kept };
        if (Device.Current is not null) entry.Memory2 = RowsById(ids, table.Rows, out entry.I0);
        Tape.Add(entry);
        return y;
    }

    struct EmbedJob
    {
        public float* Dy, Dw;
        public int* Ids, Order, First;
        public int Rows, Cols, Distinct;
    }

    static void EmbedBackward(Pass p, in TapeEntry e)
    {
        if (e.Weight is not Param table) return;
        var job = new EmbedJob { Dy = p.Tape.Gradient(e.Y), Dw = table.Grad, Ids = (int*)e.Memory, Rows = e.Y.Rows, Cols = e.Y.Cols };
        if (Device.Current is not null)
        {
            job.Order = (int*)e.Memory2;
            job.First = job.Order + job.Rows;
            job.Distinct = e.I0;
        }
        p.Gang.For((e.Y.Cols + 63) / 64, &EmbedColumns, &job, Launch.Rows("embed_backward", (long)job.Distinct * ((job.Cols + 31) / 32)));
    }

    int[] idOrder = [], idStarts = [];

    /// <summary>For the device: the rows sorted by their id, in order within one, then the first place of each distinct id.</summary>
    void* RowsById(ReadOnlySpan<int> ids, int vocabulary, out int distinct)
    {
        if (idOrder.Length < 2 * ids.Length + 1) idOrder = new int[2 * ids.Length + 1];
        if (idStarts.Length < vocabulary) idStarts = new int[vocabulary];
        var starts = idStarts.AsSpan(0, vocabulary);
        starts.Clear();
        foreach (var id in ids) starts[id]++;
        distinct = 0;
        var first = 0;
        for (var id = 0; id < vocabulary; id++)
        {
            var count = starts[id];
            starts[id] = first;
            if (count > 0) idOrder[ids.Length + distinct++] = first;
            first += count;
        }
        idOrder[ids.Length + distinct] = first;
        for (var i = 0; i < ids.Length; i++) idOrder[starts[ids[i]]++] = i;
        var at = Arena.Take((nint)(ids.Length + distinct + 1) * sizeof(int));
        NativeFloats.Put<int>(at, idOrder.AsSpan(0, ids.Length + distinct + 1));
        return at;
    }

    static void EmbedColumns(void* context, int task, int thread)
    {
        var j = (EmbedJob*)context;
        var first = task * 64;
        var width = Math.Min(64, j->Cols - first);
        for (var r = 0; r < j->Rows; r++)
            Elementwise.AddInto(j->Dw + (nint)j->Ids[r] * j->Cols + first, j->Dy + (nint)r * j->Cols + first, width);
    }
}
