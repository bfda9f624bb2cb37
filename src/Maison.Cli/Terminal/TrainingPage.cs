// The live page of a training run: loss curve, a line of figures, time left, and whatever was noted last under each name. Without a terminal
// it prints a line now and then. What the figures are is the run's affair: TextPage and VoicePage.

using Spectre.Console;

namespace Maison.Cli.Terminal;

/// <summary>Shows a run while it goes.</summary>
/// <param name="title">What is trained.</param>
/// <param name="steps">Steps of the whole run.</param>
/// <param name="firstStep">Steps done before.</param>
sealed class TrainingPage(string title, int steps, int firstStep, TextWriter output, bool live)
{
    const int CurveWidth = 72, CurveHeight = 10;

    readonly List<double> losses = [];
    readonly SortedDictionary<string, string> notes = new(StringComparer.Ordinal);
    readonly DateTime started = DateTime.UtcNow;
    DateTime shown = DateTime.MinValue;
    double smoothed;

    /// <summary>Tells of a step.</summary>
    /// <param name="figures">What to say beside step, loss and time left.</param>
    public void Step(int step, double loss, Func<string> figures)
    {
        smoothed = losses.Count == 0 ? loss : 0.95 * smoothed + 0.05 * loss;
        losses.Add(smoothed);
        var interval = TimeSpan.FromSeconds(live ? 0.5 : 20);
        if (DateTime.UtcNow - shown < interval) return;
        shown = DateTime.UtcNow;
        var left = TimeSpan.FromSeconds((steps - step) * (DateTime.UtcNow - started).TotalSeconds / Math.Max(1, step - firstStep));
        var line = $"step {step}/{steps} · loss {smoothed:F3} · {figures()} · {Duration.Show(left)} left";
        if (!live)
        {
            output.WriteLine(line);
            return;
        }
        AnsiConsole.Clear();
        AnsiConsole.MarkupLine($"[bold]Training {title.EscapeMarkup()}[/]  {line.EscapeMarkup()}");
        foreach (var row in Curve.Draw(losses, CurveWidth, CurveHeight)) output.WriteLine(row);
        foreach (var note in notes.Values) output.WriteLine(note);
        AnsiConsole.MarkupLine("[dim]Ctrl+C stops after this step and keeps everything; the same command goes on.[/]");
    }

    /// <summary>Keeps some lines on the page until newer ones of the same name come.</summary>
    public void Note(string name, string text)
    {
        notes[name] = text;
        if (!live) output.WriteLine(text);
    }

    /// <summary>The last line.</summary>
    /// <param name="checkpoint">The last checkpoint of a run that is done; null for one that was stopped.</param>
    public void Finish(string? checkpoint, int step)
        => output.WriteLine(checkpoint is not null ? $"Done: {checkpoint}" : $"Stopped at step {step}; the same command goes on from there.");
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
