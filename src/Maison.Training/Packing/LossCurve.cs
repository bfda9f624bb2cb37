// The loss of a whole training as a picture: SVG text, no library. Phases follow each other along the tokens seen, each a line of its own;
// noise from step to step is drawn pale, its running mean dark. Grey and blue read on white and on black.

using System.Globalization;
using System.Text;
using Maison.Training.Text;

namespace Maison.Training.Packing;

/// <summary>A loss, and where on the axis: tokens seen, or steps.</summary>
public readonly record struct CurvePoint(double At, double Loss);

/// <summary>Draws losses.</summary>
public static class LossCurve
{
    const int Width = 760, Height = 340, Left = 56, Right = 16, Top = 34, Bottom = 44, MostPoints = 500;
    const string Grey = "#8a8a8a";

    static readonly string[] Blues = ["#2f81f7", "#d97706", "#16a34a", "#c026d3"];
    static readonly string[] Blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

    /// <summary>The curve of some phases as an SVG document.</summary>
    public static string Svg(string title, IReadOnlyList<(string Name, IReadOnlyList<StepMetrics> Steps)> phases)
        => Svg(title, [.. phases.Select(p => (p.Name, (IReadOnlyList<CurvePoint>)[.. p.Steps.Select(s => new CurvePoint(s.Tokens, s.Loss))]))], "million tokens seen; nats per token, mean of the last steps", 1e6);

    /// <summary>The same of any losses.</summary>
    /// <param name="axis">Says what the axes are.</param>
    /// <param name="unit">What the ticks along the axis count.</param>
    public static string Svg(string title, IReadOnlyList<(string Name, IReadOnlyList<CurvePoint> Points)> phases, string axis, double unit)
    {
        var drawn = phases.Where(p => p.Points.Count > 0).ToArray();
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12" fill="{Grey}">""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left}" y="18" font-size="14">{Escape(title)}</text>""").Append('\n');
        if (drawn.Length > 0) Plot(svg, drawn, axis, unit);
        return svg.Append("</svg>\n").ToString();
    }

    static void Plot(StringBuilder svg, (string Name, IReadOnlyList<CurvePoint> Points)[] phases, string axis, double unit)
    {
        var whole = phases.Sum(p => p.Points[^1].At);
        var means = phases.Select(p => Smooth([.. p.Points.Select(n => n.Loss)])).ToArray();
        // The first steps fall so far that nothing else would be seen: what lies above the mean after a fiftieth of the run is drawn at the top.
        double low = means.Min(m => m.Min()), high = Math.Max(means.Max(m => m.Skip(m.Length / 50).Max()), low + 1e-3);
        double X(double t) => Left + t / whole * (Width - Left - Right);
        double Y(double loss) => Top + (high - Math.Clamp(loss, low, high)) / (high - low) * (Height - Top - Bottom);

        foreach (var tick in Ticks(low, high))
            svg.Append(CultureInfo.InvariantCulture, $"""<path d="M{Left} {Y(tick):F1}H{Width - Right}" stroke="{Grey}" stroke-opacity="0.3"/><text x="{Left - 6}" y="{Y(tick) + 4:F1}" text-anchor="end">{tick:0.###}</text>""").Append('\n');
        foreach (var tick in Ticks(0, whole))
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{X(tick):F1}" y="{Height - Bottom + 18}" text-anchor="middle">{tick / unit:0.###}</text>""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left}" y="{Height - 8}">{Escape(axis)}</text>""").Append('\n');

        var before = 0.0;
        for (var i = 0; i < phases.Length; i++)
        {
            var (name, points) = phases[i];
            var (mean, colour) = (means[i], Blues[i % Blues.Length]);
            Line(points.Select(p => p.Loss).ToArray(), 0.25, 1);
            Line(mean, 1, 2);
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Width - Right}" y="{Top + 14 + 16 * i}" text-anchor="end" fill="{colour}">{Escape(name)}: {mean[^1]:F3}</text>""").Append('\n');
            before += points[^1].At;

            void Line(double[] losses, double opacity, double stroke)
            {
                var apart = Math.Max(1, losses.Length / MostPoints);
                var drawn = Enumerable.Range(0, losses.Length).Where(n => n % apart == 0 || n == losses.Length - 1)
                    .Select(n => string.Create(CultureInfo.InvariantCulture, $"{X(before + points[n].At):F1},{Y(losses[n]):F1}"));
                svg.Append(CultureInfo.InvariantCulture, $"""<polyline points="{string.Join(' ', drawn)}" fill="none" stroke="{colour}" stroke-opacity="{opacity}" stroke-width="{stroke}"/>""").Append('\n');
            }
        }
    }

    /// <summary>The loss over a training in one line of block characters, and as (tokens, loss) rows.</summary>
    public static (string Line, IReadOnlyList<(int Step, long Tokens, double Loss)> Rows) Sketch(IReadOnlyList<StepMetrics> steps, int width = 60, int rows = 8)
    {
        if (steps.Count == 0) return ("", []);
        var mean = Smooth([.. steps.Select(s => s.Loss)]);
        double low = mean.Min(), high = Math.Max(mean.Max(), low + 1e-9);
        var line = string.Concat(At(Math.Min(width, steps.Count)).Select(n => Blocks[(int)((mean[n] - low) / (high - low) * (Blocks.Length - 1))]));
        return (line, [.. At(Math.Min(rows, steps.Count)).Select(n => (steps[n].Step, steps[n].Tokens, mean[n]))]);

        IEnumerable<int> At(int count) => Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)((long)i * (steps.Count - 1) / (count - 1)));
    }

    /// <summary>The mean over the steps before, as far back as a fiftieth of the run.</summary>
    static double[] Smooth(double[] losses)
    {
        var window = Math.Max(1, losses.Length / 50);
        var mean = new double[losses.Length];
        var sum = 0.0;
        for (var i = 0; i < mean.Length; i++)
        {
            sum += losses[i] - (i >= window ? losses[i - window] : 0);
            mean[i] = sum / Math.Min(i + 1, window);
        }
        return mean;
    }

    /// <summary>About five round values in a range.</summary>
    static IEnumerable<double> Ticks(double low, double high)
    {
        var raw = (high - low) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power * (raw / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
        for (var i = Math.Ceiling(low / step); i * step <= high * (1 + 1e-9); i++) yield return i * step;
    }

    static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
