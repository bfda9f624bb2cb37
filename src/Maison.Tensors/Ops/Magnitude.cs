// y = sqrt(re² + im² + ε) of spectra with real parts beside imaginary parts.   dre = dy re / y,  dim = dy im / y.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;

namespace Maison.Tensors;

public sealed unsafe partial class Pass
{
    struct MagnitudeJob
    {
        public float* X, Y, Dy, Dx;
        public int Rows, Bins;
        public float Floor;
        public bool Fresh;
    }

    /// <summary>Magnitudes of spectra x (rows, 2·bins), as <see cref="Stft"/> makes them: (rows, bins).</summary>
    /// <param name="floor">Power added to each.</param>
    public Tensor Magnitude(Tensor x, float floor = SilentPower)
    {
        if (x.Cols % 2 != 0) throw new ArgumentException($"Spectra have as many real as imaginary parts, not {x.Cols} in all.");
        var y = New(x.Rows, x.Cols / 2);
        var job = new MagnitudeJob { X = x.Pointer, Y = y.Pointer, Rows = x.Rows, Bins = y.Cols, Floor = floor };
        Gang.For((x.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &MagnitudeTask, &job, Launch.Elements("magnitude_forward", y.Count));
        if (Recording) Tape.Add(new TapeEntry { Backward = &MagnitudeBackward, Y = y, A = x });
        return y;
    }

    static void MagnitudeBackward(Pass p, in TapeEntry e)
    {
        var job = new MagnitudeJob { X = e.A.Pointer, Y = e.Y.Pointer, Dy = p.Tape.Gradient(e.Y), Rows = e.Y.Rows, Bins = e.Y.Cols };
        job.Dx = p.Tape.Gradient(e.A, out job.Fresh);
        p.Gang.For((job.Rows + NormRowsPerTask - 1) / NormRowsPerTask, &MagnitudeTask, &job, Launch.Elements("magnitude_backward", e.Y.Count));
    }

    static void MagnitudeTask(void* context, int task, int thread)
    {
        var j = (MagnitudeJob*)context;
        int bins = j->Bins;
        var floor = Vector512.Create(j->Floor);
        for (var r = task * NormRowsPerTask; r < Math.Min(j->Rows, (task + 1) * NormRowsPerTask); r++)
        {
            float* re = j->X + (nint)r * 2 * bins, im = re + bins, y = j->Y + (nint)r * bins;
            for (var k = 0; k < bins; k += 16)
            {
                var count = Math.Min(16, bins - k);
                Vector512<float> a = Lanes(re + k, count), b = Lanes(im + k, count);
                if (j->Dy == null)
                {
                    Put(y + k, Vector512.Sqrt(a * a + b * b + floor), count, fresh: true);
                    continue;
                }
                var slope = Lanes(j->Dy + (nint)r * bins + k, count) / Lanes(y + k, count);
                var dx = j->Dx + (nint)r * 2 * bins + k;
                Put(dx, a * slope, count, j->Fresh);
                Put(dx + bins, b * slope, count, j->Fresh);
            }
        }
    }
}
