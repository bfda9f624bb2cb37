// What the page of a voice run shows: seconds of sound per second, the losses, held-out measures.

using Maison.Cli.Terminal;
using Maison.Training.Voice;

namespace Maison.Cli.Training;

/// <summary>Shows a voice run while it goes.</summary>
sealed class VoicePage(VoiceRunPlan plan, VoiceTrainer trainer, TextWriter output, bool live)
{
    readonly TrainingPage page = new($"the {plan.Stage} of a voice", plan.Schedule.Steps, trainer.Step, output, live);
    double speed;

    public void Step(VoiceStepMetrics m)
    {
        speed = speed == 0 ? m.AudioPerSecond : 0.9 * speed + 0.1 * m.AudioPerSecond;
        page.Step(m.Step, m.Losses["loss"], () => $"lr ×{m.RateFactor:F2} · {speed:N0} s of sound/s · {Figures(m.Losses.Where(l => l.Key != "loss"))}");
    }

    public void HeldOut(VoiceHeldOutMetrics m) => page.Note("held-out", $"held-out at step {m.Step}: {Figures(m.HeldOut)}");

    public void Finish(bool done) => page.Finish(done ? trainer.Latest : null, trainer.Step);

    static string Figures(IEnumerable<KeyValuePair<string, double>> values) => string.Join("  ", values.Select(v => $"{v.Key} {v.Value:G3}"));
}
