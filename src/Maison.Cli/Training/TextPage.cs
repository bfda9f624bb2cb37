// What the page of a text run shows: tokens per second, share of the machine, bits per byte, samples.

using Maison.Cli.Terminal;
using Maison.Training.Text;

namespace Maison.Cli.Training;

/// <summary>Shows a text run while it goes.</summary>
sealed class TextPage(TextTrainer trainer, TextWriter output, bool live)
{
    const int SampleWidth = 150;

    readonly TrainingPage page = new($"{trainer.Plan.Model.Layers}×{trainer.Plan.Model.Hidden}", trainer.Plan.Schedule.Steps, trainer.Step, output, live);
    double speed, share;

    public void Step(StepMetrics m)
    {
        speed = speed == 0 ? m.TokensPerSecond : 0.9 * speed + 0.1 * m.TokensPerSecond;
        share = share == 0 ? m.ShareOfMatMul : 0.9 * share + 0.1 * m.ShareOfMatMul;
        page.Step(m.Step, m.Loss, () => $"lr ×{m.RateFactor:F2} · {speed:N0} tokens/s · {share:P0} of the matmul rate");
    }

    public void HeldOut(HeldOutMetrics m)
        => page.Note("held-out", $"held-out bits per byte at step {m.Step}: " + string.Join("  ", m.BitsPerByte.Select(p => $"{p.Key} {p.Value:F3}")));

    /// <summary>One line per sample, so that a young model's line breaks and control characters leave the page whole.</summary>
    public void Samples(SampleMetrics m) => page.Note("samples", string.Join('\n', m.Samples.Select(s =>
    {
        var line = string.Concat($"{s.Prompt} → {s.Text}".Select(c => c == '\n' ? '⏎' : char.IsControl(c) ? '·' : c));
        return line.Length <= SampleWidth ? line : line[..SampleWidth] + "…";
    })));

    public void Finish(bool done) => page.Finish(done ? trainer.Checkpoints.Latest() : null, trainer.Step);
}
