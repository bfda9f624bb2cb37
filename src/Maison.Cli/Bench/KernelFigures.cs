// The matrix products of training beside the machine's peak and beside OpenBLAS, taking turns on the same memory.

using System.Diagnostics;
using Maison.Tensors;
using Maison.Tensors.Kernels;

namespace Maison.Cli.Bench;

/// <summary>Peak and matrix products.</summary>
static class KernelFigures
{
    const int turns = 5, warmMs = 40, turnMs = 25;

    /// <summary>One library's threads go on spinning for a while after its work; the other's turn begins when they sleep.</summary>
    const int settleMs = 40;

    static readonly (int Rows, int Inputs, int Outputs)[] Cubes = [(512, 512, 512), (768, 768, 768), (1024, 1024, 1024), (1536, 1536, 1536), (2048, 2048, 2048)];

    /// <summary>2048 rows through the layers of small models and through their heads.</summary>
    static readonly (int Rows, int Inputs, int Outputs)[] Layers =
        [(2048, 256, 256), (2048, 256, 768), (2048, 256, 8192), (2048, 384, 384), (2048, 384, 1024), (2048, 1024, 384), (2048, 384, 8192), (2048, 1024, 1024), (2048, 1024, 8192)];

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var gang = context.Gang;
        var threads = $"{gang.Threads} threads";
        var peak = MachineProbe.PeakFlops(gang);
        yield return new("machine.peak", peak / 1e9, "GFLOP/s", $"multiply-adds on registers, {threads}");
        var blas = OpenBlas.Load(gang.Threads);
        if (blas is null) context.Note("OpenBLAS (libopenblas0) is not installed: products are held against the peak alone.");
        var shares = new List<double>();
        var ratios = new List<double>();
        foreach (var (rows, inputs, outputs) in Cubes.Concat(Layers))
            foreach (var product in rows == outputs ? [MatrixProduct.Forward] : Enum.GetValues<MatrixProduct>())
            {
                context.Stop.ThrowIfCancellationRequested();
                using var probe = new ProductProbe(gang, product, rows, inputs, outputs);
                var (own, other) = Turns(probe, blas, gang.Threads > 1);
                shares.Add(probe.Flops / own / peak);
                if (other is { } time) ratios.Add(time / own);
                var name = $"matmul.{(product switch { MatrixProduct.Forward => "forward", MatrixProduct.ToInputs => "to_inputs", _ => "to_weights" })}";
                yield return new(name, probe.Flops / own / 1e9, "GFLOP/s", $"{rows} rows, {inputs} to {outputs}, {threads}",
                    other is { } t ? t / own : probe.Flops / own / peak, other is { } o ? $"OpenBLAS ({probe.Flops / o / 1e9:F0})" : "the peak");
            }
        yield return new("matmul.share_of_peak", Figure.Median(shares), "share", $"median of {shares.Count} products, least {shares.Min():F2}, {threads}", Figure.Median(shares), "the peak", Goal: "at least 0.85");
        if (ratios.Count > 0)
            yield return new("matmul.share_of_openblas", Figure.Median(ratios), "share", $"median of {ratios.Count} products, least {ratios.Min():F2}, {threads}", Figure.Median(ratios), "OpenBLAS", Goal: "at least 0.85");
    }

    /// <summary>Median seconds of one run, of the house and of OpenBLAS, measured by turns.</summary>
    static (double Own, double? Other) Turns(ProductProbe probe, OpenBlas? blas, bool settle)
    {
        List<double> own = [], other = [];
        for (var i = 0; i < turns; i++)
        {
            own.Add(Turn(probe.Run));
            if (blas is not null) other.Add(Turn(() => blas.Run(probe)));
        }
        return (Figure.Median(own), blas is null ? null : Figure.Median(other));

        double Turn(Action run)
        {
            if (settle && blas is not null) Thread.Sleep(settleMs);
            // Threads that slept are woken on one core; it takes the system some milliseconds to spread them.
            for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < warmMs;) run();
            var start = Stopwatch.GetTimestamp();
            var runs = 0;
            while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < turnMs)
            {
                run();
                runs++;
            }
            return Stopwatch.GetElapsedTime(start).TotalSeconds / runs;
        }
    }
}
