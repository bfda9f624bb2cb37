// The live page of a training run: loss curve, speed, share of the machine, time left. Without a terminal it prints a line now and then.

using Maison.Training.Text;
using Spectre.Console;

namespace Maison.Cli.Terminal;

/// <summary>Shows a text run while it goes.</summary>
sealed class TrainingPage(TextTrainer trainer, TextWriter output, bool live)
{
    const int CurveWidth = 72, CurveHeight = 10, SampleWidth = 150;

    readonly List<double> losses = [];
    readonly DateTime started = DateTime.UtcNow;
    readonly int firstStep = trainer.Step;
    HeldOutMetrics? scores;
    SampleMetrics? samples;
    DateTime shown = DateTime.MinValue;
    double smoothed, speed, share;

    public void Step(StepMetrics m)
    {
        smoothed = losses.Count == 0 ? m.Loss : 0.95 * smoothed + 0.05 * m.Loss;
        speed = speed == 0 ? m.TokensPerSecond : 0.9 * speed + 0.1 * m.TokensPerSecond;
        share = share == 0 ? m.ShareOfMatMul : 0.9 * share + 0.1 * m.ShareOfMatMul;
        losses.Add(smoothed);
        var interval = TimeSpan.FromSeconds(live ? 0.5 : 20);
        if (DateTime.UtcNow - shown < interval) return;
        shown = DateTime.UtcNow;
        var steps = trainer.Plan.Schedule.Steps;
        var left = TimeSpan.FromSeconds((steps - m.Step) * (DateTime.UtcNow - started).TotalSeconds / Math.Max(1, m.Step - firstStep));
        var line = $"step {m.Step}/{steps} · loss {smoothed:F3} · lr ×{m.RateFactor:F2} · {speed:N0} tokens/s · {share:P0} of the matmul rate · {Duration.Show(left)} left";
        if (!live)
        {
            output.WriteLine(line);
            return;
        }
        AnsiConsole.Clear();
        AnsiConsole.MarkupLine($"[bold]Training {trainer.Plan.Model.Layers}×{trainer.Plan.Model.Hidden}[/]  {line.EscapeMarkup()}");
        foreach (var row in Curve.Draw(losses, CurveWidth, CurveHeight)) output.WriteLine(row);
        if (scores is not null) output.WriteLine(Describe(scores));
        if (samples is not null) output.WriteLine(Describe(samples));
        AnsiConsole.MarkupLine("[dim]Ctrl+C stops after this step and keeps everything; the same command goes on.[/]");
    }

    public void HeldOut(HeldOutMetrics metrics)
    {
        scores = metrics;
        if (!live) output.WriteLine(Describe(metrics));
    }

    static string Describe(HeldOutMetrics m) => $"held-out bits per byte at step {m.Step}: " + string.Join("  ", m.BitsPerByte.Select(p => $"{p.Key} {p.Value:F3}"));

    public void Samples(SampleMetrics metrics)
    {
        samples = metrics;
        if (!live) output.WriteLine(Describe(metrics));
    }

    /// <summary>One line per sample, so that a young model's line breaks and control characters leave the page whole.</summary>
    static string Describe(SampleMetrics m) => string.Join('\n', m.Samples.Select(s =>
    {
        var line = string.Concat($"{s.Prompt} → {s.Text}".Select(c => c == '\n' ? '⏎' : char.IsControl(c) ? '·' : c));
        return line.Length <= SampleWidth ? line : line[..SampleWidth] + "…";
    }));

    public void Finish(bool done)
        => output.WriteLine(done ? $"Done: {trainer.Checkpoints.Latest()}" : $"Stopped at step {trainer.Step}; the same command goes on from there.");

}

/// <summary>A curve in braille dots.</summary>
static class Curve
{
    static readonly int[,] Dots = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    public static IEnumerable<string> Draw(IReadOnlyList<double> values, int width, int height)
    {
        if (values.Count < 2) yield break;
        int columns = width * 2, rows = height * 4;
        double low = values.Min(), high = Math.Max(values.Max(), low + 1e-9);
        var cells = new int[height, width];
        for (var x = 0; x < columns; x++)
        {
            var value = values[(int)((long)x * (values.Count - 1) / (columns - 1))];
            var y = (int)Math.Round((high - value) / (high - low) * (rows - 1));
            cells[y / 4, x / 2] |= Dots[y % 4, x % 2];
        }
        for (var r = 0; r < height; r++)
        {
            var label = r == 0 ? $"{high,6:F2} " : r == height - 1 ? $"{low,6:F2} " : "       ";
            yield return label + string.Concat(Enumerable.Range(0, width).Select(c => (char)(0x2800 + cells[r, c])));
        }
    }
}
