// Cases of the spectral ops, against discrete Fourier transforms written out.

using Maison.Tensors;

namespace Maison.Tests.Tensors;

static partial class OpCases
{
    static IEnumerable<OpCase> Spectra()
        => [.. Stft(), .. InverseStft(), .. SpectralError(), .. Magnitude(), .. MinimumPhase(), .. SourceFilter()];

    /// <summary>Length, window and hop of transforms, samples per row, lengths of segments.</summary>
    static IEnumerable<(FrameTransform Transform, int RowSamples, int[] Lengths)> Signals()
    {
        yield return (new(16, 16, 4), 4, [0]);
        yield return (new(16, 12, 3, unit: true), 5, [3, 1, 4]);
        yield return (new(32, 20, 8), 8, [5, 2]);
        if (Reduced) yield break;
        yield return (new(16, 8, 4), 4, [1]);
        yield return (new(32, 32, 16), 16, [17, 1, 16]);
        yield return (new(64, 50, 12), 12, [3, 6]);
        yield return (new(128, 96, 24, unit: true), 24, [4]);
        yield return (new(1024, 960, 240), 240, [2]);
    }

    static IEnumerable<OpCase> Stft()
        => Signals().Select(s => new OpCase("Stft", $"{string.Join('+', s.Lengths)}×{s.RowSamples} by {s.Transform.Samples} of {s.Transform.Length}, hop {s.Transform.Hop}")
        {
            Layout = Segments(s.Lengths),
            Inputs = [(s.Lengths.Sum(), s.RowSamples)],
            RowWise = s.Transform.Hop == s.RowSamples,
            Run = (p, o) => p.Stft(o.Inputs[0], s.Transform),
            Reference = (x, _) => Float64.Stft(x[0], Segments(s.Lengths), s.RowSamples, s.Transform),
        });

    static IEnumerable<OpCase> InverseStft()
        => Signals().Select(s => new OpCase("InverseStft", $"{string.Join('+', s.Lengths)} by {s.Transform.Samples} of {s.Transform.Length}, hop {s.Transform.Hop}")
        {
            Layout = Segments(s.Lengths),
            Inputs = [(s.Lengths.Sum(), 2 * s.Transform.Bins)],
            Run = (p, o) => p.InverseStft(o.Inputs[0], s.Transform),
            Reference = (x, _) => Float64.InverseStft(x[0], Segments(s.Lengths), s.Transform),
        });

    // The twin is slow, and every sample is varied.
    static IEnumerable<OpCase> SpectralError()
        => Signals().Where(s => s.Lengths.Sum() * s.RowSamples < 120).Select(s =>
        {
            var random = new Random(s.RowSamples);
            float[] target = [.. Enumerable.Range(0, s.Lengths.Sum() * s.RowSamples).Select(_ => (float)random.NextDouble() - 0.5f)];
            return new OpCase("SpectralError", $"{string.Join('+', s.Lengths)}×{s.RowSamples} by {s.Transform.Samples} of {s.Transform.Length}, hop {s.Transform.Hop}")
            {
                Layout = Segments(s.Lengths),
                Inputs = [(s.Lengths.Sum(), s.RowSamples)],
                RowWise = false,
                Run = (p, o) => p.SpectralError(o.Inputs[0], target, s.Transform),
                Reference = (x, _) => [Float64.SpectralError(x[0], [.. target.Select(t => (double)t)], Segments(s.Lengths), s.RowSamples, s.Transform)],
            };
        });

    static IEnumerable<OpCase> Magnitude()
    {
        foreach (var (rows, bins) in new[] { (0, 3), (1, 5), (3, 17), (70, 33) })
            yield return new("Magnitude", $"{rows}×{bins}")
            {
                Layout = Segments(rows),
                Inputs = [(rows, 2 * bins)],
                Run = (p, o) => p.Magnitude(o.Inputs[0], 0.01f),
                Reference = (x, _) => [.. Enumerable.Range(0, rows * bins).Select(i => (Re: x[0][i / bins * 2 * bins + i % bins], Im: x[0][i / bins * 2 * bins + bins + i % bins])).Select(z => Math.Sqrt(z.Re * z.Re + z.Im * z.Im + 0.01f))],
            };
    }

    static IEnumerable<OpCase> MinimumPhase()
    {
        foreach (var (rows, length) in new[] { (0, 16), (1, 16), (5, 32), (17, 32) })
            yield return new("MinimumPhase", $"{rows}×{length / 2 + 1}")
            {
                Layout = Segments(rows),
                Inputs = [(rows, length / 2 + 1)],
                Run = (p, o) => p.MinimumPhase(o.Inputs[0], new FrameTransform(length, length, length / 4)),
                Reference = (x, _) => Float64.MinimumPhase(x[0], length),
            };
    }

    static IEnumerable<OpCase> SourceFilter()
    {
        foreach (var (rows, bins, bands) in new[] { (0, 3, 1), (1, 5, 1), (3, 17, 2), (9, 33, 4) })
        {
            var random = new Random(bins);
            float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
            float[] pulses = Values(2 * rows * bins), noise = Values(2 * rows * bins), periodicity = Values(rows * bands);
            yield return new("SourceFilter", $"{rows}×{bins}, {bands} bands")
            {
                Layout = Segments(rows),
                Inputs = [(rows, bins), (rows, bins), (rows, bins)],
                RowWise = false,
                Run = (p, o) => p.SourceFilter(o.Inputs[0], o.Inputs[1], o.Inputs[2], p.Input(pulses, rows, 2 * bins), p.Input(noise, rows, 2 * bins), periodicity),
                Reference = (x, _) => Float64.SourceFilter(x[0], x[1], x[2], pulses, noise, periodicity, bins, bands),
            };
        }
    }
}
