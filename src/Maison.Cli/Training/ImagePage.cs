// What the page of an image run shows: pictures per second, the losses, held-out measures.

using Maison.Cli.Terminal;
using Maison.Tensors.Cuda;
using Maison.Training.Image;

namespace Maison.Cli.Training;

/// <summary>Shows an image run while it goes.</summary>
sealed class ImagePage(ImageRunPlan plan, ImageTrainer trainer, TextWriter output, bool live)
{
    readonly TrainingPage page = new($"the {plan.Stage} of an image model", plan.Steps > 0 ? plan.Steps : 100, plan.Steps > 0 ? trainer.Step : (int)(100 * trainer.Progress), output, live);
    double speed;

    public void Step(ImageStepMetrics m)
    {
        speed = speed == 0 ? m.PicturesPerSecond : 0.9 * speed + 0.1 * m.PicturesPerSecond;
        // A run told in minutes is shown in per cent.
        var at = plan.Steps > 0 ? m.Step : Math.Min(100, (int)(100 * trainer.Progress));
        page.Step(at, m.Losses["loss"], () => $"{(plan.Steps > 0 ? "" : $"optimiser step {m.Step} · ")}lr ×{m.RateFactor:F2} · {speed:N0} pictures/s{(Device.Current is { } device ? $" · {device.HostJobs} jobs on the processor" : "")} · {Figures(m.Losses.Where(l => l.Key != "loss"))}");
    }

    public void HeldOut(ImageHeldOutMetrics m) => page.Note("held-out", $"held-out at step {m.Step}: {Figures(m.HeldOut)}");

    public void Finish(bool done) => page.Finish(done ? trainer.Latest : null, trainer.Step);

    static string Figures(IEnumerable<KeyValuePair<string, double>> values) => string.Join("  ", values.Select(v => $"{v.Key} {v.Value:G3}"));
}
