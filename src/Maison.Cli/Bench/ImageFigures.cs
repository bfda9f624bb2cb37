// How fast an image model paints, and how soon something is seen. Everything is warm, as in a server that has answered before.

using System.Diagnostics;
using Maison.Cli.Imagine;
using Maison.Inference.Pictures;
using Maison.Tensors;
using Maison.Training.Image;

namespace Maison.Cli.Bench;

/// <summary>One picture, four, and the first look.</summary>
static class ImageFigures
{
    const int turns = 7;
    static readonly string[] prompts = ["red apple, 3D emoji", "blue car, flat emoji", "a wooden house, isometric low-poly 3D render", "cat face, outlined emoji"];

    /// <param name="folder">The image model.</param>
    /// <param name="upscaler">What enlarges its pictures, if anything does.</param>
    /// <param name="chooser">What chooses between seeds, if anything does.</param>
    public static IEnumerable<Figure> Measure(string folder, string? upscaler, string? chooser, Gang gang, CancellationToken stop)
    {
        using var painter = LoadedPainter.Load(folder, upscaler, chooser, gang);
        var options = painter.Model.Usual;
        foreach (var side in painter.Model.Sides)
        {
            Seconds(painter.Model, prompts.Length, side, options, stop);
            var seeds = painter.Model.Candidates(1);
            var setting = $"{side} × {side}, {options.Steps} steps, {gang.Threads} threads{(seeds > 1 ? $", the best of {seeds} seeds" : "")}";
            var (one, cores) = Median(1);
            yield return new($"image.one.{side}", one, "s", $"a picture of {setting}", Goal: side >= 256 ? "at most 0.5" : null);
            yield return new($"image.one.{side}.core_seconds", cores, "core·s", $"processor time of a picture of {setting}");
            yield return new($"image.four.{side}", Median(4).Seconds, "s", $"four pictures side by side of {side} × {side}, {options.Steps} steps, {gang.Threads} threads", Goal: side >= 256 ? "at most 1.6" : null);
            var looks = Enumerable.Range(0, turns).Select(_ => Look(painter.Model, side, options, stop)).ToArray();
            yield return new($"image.first_look.{side}", 1000 * Figure.Median(looks), "ms", $"the first look at a picture of {setting}", Goal: "at most 150");

            (double Seconds, double Cores) Median(int count)
            {
                var measured = Enumerable.Range(0, turns).Select(_ => Seconds(painter.Model, count, side, options, stop)).ToArray();
                return (Figure.Median(measured.Select(m => m.Seconds)), Figure.Median(measured.Select(m => m.Cores)));
            }
        }
    }

    static (double Seconds, double Cores) Seconds(ImageModel model, int count, int side, PaintingOptions options, CancellationToken stop)
    {
        var (start, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        model.Paint([.. prompts.Take(count).Select((p, i) => Untold(model, p, i, count))], options, side, stop: stop);
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
    }

    /// <summary>As a request that tells no seed.</summary>
    static PaintOrder Untold(ImageModel model, string prompt, int number, int pictures) => new(prompt, [.. Enumerable.Range(0, model.Candidates(pictures)).Select(k => (ulong)(number + k * prompts.Length))]);

    /// <summary>Seconds to the first look; the rest is not painted.</summary>
    static double Look(ImageModel model, int side, PaintingOptions options, CancellationToken stop)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var start = Stopwatch.GetTimestamp();
        var seconds = 0.0;
        try
        {
            model.Paint([Untold(model, prompts[0], 0, 1)], options, side, null, (_, look) =>
            {
                look();
                seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                leaving.Cancel();
            }, leaving.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested) { }
        return seconds;
    }
}
