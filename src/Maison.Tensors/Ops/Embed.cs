// y_r = W[ids_r].   dW[ids_r] += dy_r.
// Backward splits over columns, so that rows that share an id add up in the order of the rows, whatever the threads.

using Maison.Tensors.Kernels;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    /// <summary>Looks up one row of <paramref name="table"/> (vocab, cols) per id: (rows, cols).</summary>
    /// <param name="ids">One id per row of the pass.</param>
    public Tensor Embed(ReadOnlySpan<int> ids, Weight table)
    {
        var y = New(ids.Length, table.Cols);
        var kept = (int*)Arena.Take((nint)ids.Length * sizeof(int));
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)table.Rows) throw new ArgumentOutOfRangeException(nameof(ids), $"Token id {ids[i]} at row {i} is outside the vocabulary of {table.Rows}.");
            kept[i] = ids[i];
            table.ReadRow(ids[i], y.Pointer + (nint)i * table.Cols);
        }
        if (Recording) Tape.Add(new TapeEntry { Backward = &EmbedBackward, Y = y, Weight = table, Memory = kept });
        return y;
    }

    struct EmbedJob
    {
        public float* Dy, Dw;
        public int* Ids;
        public int Rows, Cols;
    }

    static void EmbedBackward(Pass p, in TapeEntry e)
    {
        if (e.Weight is not Param table) return;
        var job = new EmbedJob { Dy = p.Tape.Gradient(e.Y), Dw = table.Grad, Ids = (int*)e.Memory, Rows = e.Y.Rows, Cols = e.Y.Cols };
        p.Gang.For((e.Y.Cols + 63) / 64, &EmbedColumns, &job);
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
