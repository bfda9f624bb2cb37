// A stored weight on a device: the panels of the processor's layout, read as they are. Few rows are multiplied from the stored values, at the speed of
// the memory; many rows are worth widening the panels for the matrix library. Kernels in serving.cu.

using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class PackedWeight
{
    /// <summary>Rows that one kernel multiplies, rows up to which the stored values are read once per so many, floats that are widened at a time, inputs that a block takes at least, values of x that it keeps at most.</summary>
    const int rowsAtOnce = 8, fewRows = 32, widened = 1 << 26, leastInputs = 256, mostKept = 6144;

    struct PackedJob
    {
        public byte* W;
        public float* X, Y, Partial;
        public int* Tickets, Ids;
        public nint XStride, YStride, PanelBytes;
        public int Rows, Outputs, Inputs, Splits, Chunk;
        public bool Accumulate;
    }

    (string One, string Two, string Four, string Eight, string Expand, string Embed) Kernels => Format switch
    {
        WeightFormat.F32 => ("packed_one_f32", "packed_two_f32", "packed_four_f32", "packed_eight_f32", "packed_expand_f32", "packed_embed_f32"),
        WeightFormat.Bf16 => ("packed_one_bf16", "packed_two_bf16", "packed_four_bf16", "packed_eight_bf16", "packed_expand_bf16", "packed_embed_bf16"),
        WeightFormat.F16 => ("packed_one_f16", "packed_two_f16", "packed_four_f16", "packed_eight_f16", "packed_expand_f16", "packed_embed_f16"),
        _ => ("packed_one_q8", "packed_two_q8", "packed_four_q8", "packed_eight_q8", "packed_expand_q8", "packed_embed_q8"),
    };

    bool brought;

    /// <summary>Where kernels find the panels: on the device from the first product on.</summary>
    byte* On(Device device)
    {
        if (brought) return data;
        device.Bring((nint)memory, (nint)Bytes + 4096);
        brought = true;
        return data;
    }

    void MultiplyOn(Device device, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
    {
        if (m <= fewRows)
            for (var first = 0; first < m; first += rowsAtOnce) FewRows(device, Math.Min(rowsAtOnce, m - first), x + first * xStride, xStride, y + first * yStride, yStride, accumulate);
        else ManyRows(device, m, x, xStride, y, yStride, accumulate);
    }

    void FewRows(Device device, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
    {
        var panels = (Rows + panelRows - 1) / panelRows;
        var (kernel, width) = m switch { 1 => (Kernels.One, 1), 2 => (Kernels.Two, 2), <= 4 => (Kernels.Four, 4), _ => (Kernels.Eight, rowsAtOnce) };
        // Enough blocks to keep every multiprocessor at it four times over, each with inputs worth starting for.
        int most = mostKept / width, least = (Cols + most - 1) / most;
        var splits = Math.Clamp((4 * device.Processors + panels - 1) / panels, Math.Max(1, least), Math.Max(Math.Max(1, least), Cols / leastInputs));
        var chunk = ((Cols + splits - 1) / splits + 127) & ~127;
        splits = Math.Max(1, (Cols + chunk - 1) / chunk);
        var job = new PackedJob
        {
            W = On(device),
            X = x,
            Y = y,
            XStride = xStride,
            YStride = yStride,
            PanelBytes = panelBytes,
            Rows = m,
            Outputs = Rows,
            Inputs = Cols,
            Splits = splits,
            Chunk = chunk,
            Accumulate = accumulate,
        };
        if (splits > 1)
        {
            job.Tickets = device.Tickets(panels);
            job.Partial = device.Scratch((nint)splits * panels * width * panelRows);
        }
        device.Run(new Launch(kernel, (long)panels * splits, Shared: width * chunk * sizeof(float)), &job);
    }

    void ManyRows(Device device, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
    {
        int panels = (Rows + panelRows - 1) / panelRows, atOnce = Math.Max(1, widened / Math.Max(1, Cols * panelRows));
        for (var first = 0; first < panels; first += atOnce)
        {
            var count = Math.Min(atOnce, panels - first);
            var panel = (nint)Cols * panelRows;
            var wide = device.Scratch(count * panel);
            var job = new PackedJob { W = On(device) + first * panelBytes, Y = wide, PanelBytes = panelBytes, Rows = count, Inputs = Cols };
            device.Run(Launch.Elements(Kernels.Expand, count * panel / 8), &job);
            var whole = Math.Min(count, Rows / panelRows - first);
            if (whole > 0) device.Multiply(m, panelRows, Cols, x, xStride, 1, wide, panelRows, 1, y + first * panelRows, yStride, accumulate, whole, 0, panel, panelRows);
            if (whole < count) device.Multiply(m, Rows % panelRows, Cols, x, xStride, 1, wide + whole * panel, panelRows, 1, y + (first + whole) * panelRows, yStride, accumulate);
        }
    }

    /// <summary>y (rows, cols) = the rows of the given ids.</summary>
    internal void EmbedOn(Device device, int* ids, int rows, float* y)
    {
        var job = new PackedJob { W = On(device), Y = y, Ids = ids, PanelBytes = panelBytes, Rows = rows, Inputs = Cols };
        device.Run(Launch.Elements(Kernels.Embed, (nint)rows * Cols), &job);
    }
}
