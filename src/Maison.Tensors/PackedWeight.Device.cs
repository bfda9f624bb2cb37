// A stored weight on a device: the panels of the processor's layout, read as they are. Few rows are multiplied from the stored values, at the speed of
// the memory; many rows are worth widening the panels for the matrix library. Kernels in serving.cu.

using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class PackedWeight
{
    /// <summary>Rows that one kernel multiplies, floats that are widened at a time, inputs that a block takes at least, values of x that it keeps at most.</summary>
    const int rowsAtOnce = 8, widened = 1 << 26, leastInputs = 256, mostKept = 6144;

    struct PackedPart
    {
        public byte* W;
        public float* Y;
        public nint YStride;
        public int Outputs, Panels;
    }

    struct PackedJob
    {
        public PackedPart A, B, C;
        public float* X, Gate, Gain, Residual, Bias, Partial;
        public int* Tickets, Ids;
        public nint XStride, PanelBytes;
        public int Rows, Inputs, Splits, Chunk;
        public float Eps;
        public bool Accumulate;
    }

    /// <summary>Rows up to which products read the weights as they are stored, and may begin with a residual and a bias or share a launch.</summary>
    internal const int FewRows = 32;

    int PanelCount => (Rows + panelRows - 1) / panelRows;

    PackedPart Part(Device device, float* y, nint yStride) => new() { W = On(device), Y = y, YStride = yStride, Outputs = Rows, Panels = PanelCount };

    /// <summary>Whether a launch can be shared.</summary>
    internal bool SharesWith(PackedWeight other) => other.Format == Format && other.Cols == Cols;

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
        if (m <= FewRows) Few(device, m, x, xStride, new() { A = Part(device, y, yStride), Accumulate = accumulate });
        else ManyRows(device, m, x, xStride, y, yStride, accumulate);
    }

    /// <summary>y (m, Rows) = residual + bias + x Wᵀ, of which residual (m, Rows) and bias (Rows) may be null, for few rows.</summary>
    /// <param name="gate">Where there is one, (m, Cols), silu(gate) ∘ x is multiplied in the place of x.</param>
    internal void MultiplyFew(Device device, int m, float* x, float* y, float* residual, float* bias, float* gate = null)
        => Few(device, m, x, Cols, new() { A = Part(device, y, Rows), Gate = gate, Residual = residual, Bias = bias });

    /// <summary>This weight's and one or two others' products with the same x in one launch, for few rows.</summary>
    /// <param name="gain">Where there is one, (1, Cols), rows are normalised by their root mean square, with it and eps, before.</param>
    internal void MultiplyFew(Device device, int m, float* x, float* y, PackedWeight second, float* y2, PackedWeight? third, float* y3, float* gain = null, float eps = 0)
        => Few(device, m, x, Cols, new() { A = Part(device, y, Rows), B = second.Part(device, y2, second.Rows), C = third?.Part(device, y3, third.Rows) ?? default, Gain = gain, Eps = eps });

    void Few(Device device, int m, float* x, nint xStride, PackedJob job)
    {
        for (var first = 0; first < m; first += rowsAtOnce)
        {
            var part = job;
            part.X = x + first * xStride;
            if (job.Gate != null) part.Gate += first * xStride;
            part.A.Y += first * job.A.YStride;
            part.B.Y += first * job.B.YStride;
            part.C.Y += first * job.C.YStride;
            if (job.Residual != null) part.Residual += first * job.A.YStride;
            RowsAtOnce(device, Math.Min(rowsAtOnce, m - first), xStride, part);
        }
    }

    void RowsAtOnce(Device device, int m, nint xStride, PackedJob job)
    {
        var panels = job.A.Panels + job.B.Panels + job.C.Panels;
        var (kernel, width) = m switch { 1 => (Kernels.One, 1), 2 => (Kernels.Two, 2), <= 4 => (Kernels.Four, 4), _ => (Kernels.Eight, rowsAtOnce) };
        // As many blocks as all multiprocessors run at once, three each, so that none is left to run alone; each with inputs worth starting for.
        int most = mostKept / width, least = (Cols + most - 1) / most;
        var splits = Math.Clamp(3 * device.Processors / panels, Math.Max(1, least), Math.Max(Math.Max(1, least), Cols / leastInputs));
        var chunk = ((Cols + splits - 1) / splits + 31) & ~31;
        splits = Math.Max(1, (Cols + chunk - 1) / chunk);
        (job.Rows, job.Inputs, job.XStride, job.PanelBytes, job.Splits, job.Chunk) = (m, Cols, xStride, panelBytes, splits, chunk);
        if (splits > 1)
        {
            job.Tickets = device.Tickets(panels);
            job.Partial = device.Scratch((nint)splits * panels * width * (panelRows + 1));
        }
        device.Run(new Launch(kernel, (long)panels * splits, Shared: width * chunk * sizeof(float), Early: true), &job);
    }

    void ManyRows(Device device, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
    {
        int panels = PanelCount, atOnce = Math.Max(1, widened / Math.Max(1, Cols * panelRows));
        for (var first = 0; first < panels; first += atOnce)
        {
            var count = Math.Min(atOnce, panels - first);
            var panel = (nint)Cols * panelRows;
            var wide = device.Scratch(count * panel);
            var job = new PackedJob { A = new() { W = On(device) + first * panelBytes, Y = wide }, PanelBytes = panelBytes, Rows = count, Inputs = Cols };
            device.Run(Launch.Elements(Kernels.Expand, count * panel / 8), &job);
            var whole = Math.Min(count, Rows / panelRows - first);
            if (whole > 0) device.Multiply(m, panelRows, Cols, x, xStride, 1, wide, panelRows, 1, y + first * panelRows, yStride, accumulate, whole, 0, panel, panelRows);
            if (whole < count) device.Multiply(m, Rows % panelRows, Cols, x, xStride, 1, wide + whole * panel, panelRows, 1, y + (first + whole) * panelRows, yStride, accumulate);
        }
    }

    /// <summary>y (rows, cols) = the rows of the given ids.</summary>
    internal void EmbedOn(Device device, int* ids, int rows, float* y)
    {
        var job = new PackedJob { A = new() { W = On(device), Y = y }, Ids = ids, PanelBytes = panelBytes, Rows = rows, Inputs = Cols };
        device.Run(Launch.Elements(Kernels.Embed, (nint)rows * Cols) with { Early = true }, &job);
    }
}
