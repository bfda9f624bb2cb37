// What any run folder tells while it grows: text, g2p, voice and image runs write plan.json and metrics.jsonl in like forms, and this reads what they
// share. Reading is bounded: of a long file its end is read whole and the rest in samples, since a curve can do without most of its points.

using System.Text;
using System.Text.Json;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Training;

/// <summary>Where a run stands.</summary>
/// <param name="Kind">text, g2p, voice or image; null where the plan can not be read.</param>
/// <param name="Stage">Which part of a voice or an image model.</param>
/// <param name="Steps">Steps of the whole; null where its length is told in minutes.</param>
/// <param name="Seconds">Time spent stepping.</param>
/// <param name="SecondsPerStep">Of the last steps; null before there are two.</param>
/// <param name="Rate">Units learnt from per second.</param>
/// <param name="Losses">Loss by step.</param>
/// <param name="HeldOut">Measures by step, oldest first.</param>
/// <param name="Updated">When it was last written, UTC.</param>
public sealed record RunReport(string? Kind, string? Stage, int Step, int? Steps, double? Minutes, double Seconds, double? SecondsPerStep, double? Rate, string? RateUnit,
    IReadOnlyList<CurvePoint> Losses, IReadOnlyList<(int Step, IReadOnlyDictionary<string, double> Measures)> HeldOut, DateTime Updated)
{
    /// <summary>The longest file that is read whole, the end that is read of a longer one, and how the rest of it is sampled.</summary>
    const int Whole = 2 << 20, End = 1 << 20, Samples = 128, SampleBytes = 4096;

    /// <summary>How many steps the pace is a mean of.</summary>
    const int PaceSteps = 100;

    /// <summary>Whether a folder holds a run.</summary>
    public static bool IsRun(string folder) => File.Exists(Path.Combine(folder, TextRunPlan.FileName));

    /// <summary>From 0 to 1.</summary>
    public double Progress => Steps is > 0 ? Math.Min(1, (double)Step / Steps.Value) : Minutes is > 0 ? Math.Min(1, Seconds / (60 * Minutes.Value)) : 0;

    /// <summary>Seconds to the end at the pace of the last steps; null where that is not known.</summary>
    public double? SecondsLeft => Steps is > 0 ? Math.Max(0, Steps.Value - Step) * SecondsPerStep : Minutes is > 0 && Step > 0 ? Math.Max(0, 60 * Minutes.Value - Seconds) : null;

    /// <summary>Reads a run folder; torn lines are passed over.</summary>
    /// <exception cref="IOException">A file can not be read.</exception>
    public static RunReport Read(string folder)
    {
        var (plan, metrics) = (Path.Combine(folder, TextRunPlan.FileName), Path.Combine(folder, MetricsLog.FileName));
        var (kind, stage, steps, minutes) = Planned(File.ReadAllBytes(plan));
        var updated = File.GetLastWriteTimeUtc(plan);
        var taken = new SortedDictionary<int, (double Loss, double Seconds)>();
        var held = new SortedDictionary<int, IReadOnlyDictionary<string, double>>();
        (double Value, string Unit)? rate = null;
        if (File.Exists(metrics))
        {
            updated = File.GetLastWriteTimeUtc(metrics);
            foreach (var line in Lines(metrics))
                try
                {
                    using var json = JsonDocument.Parse(line);
                    if (json.RootElement.ValueKind == JsonValueKind.Object) Take(json.RootElement);
                }
                catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException) { }   // torn by a kill, by a sample's edge, or being written
        }
        var last = taken.LastOrDefault();
        var before = taken.ElementAtOrDefault(Math.Max(0, taken.Count - PaceSteps));
        double? pace = last.Key > before.Key && last.Value.Seconds > before.Value.Seconds ? (last.Value.Seconds - before.Value.Seconds) / (last.Key - before.Key) : null;
        return new(kind, stage, last.Key, steps, minutes, last.Value.Seconds, pace, rate?.Value, rate?.Unit,
            [.. taken.Select(t => new CurvePoint(t.Key, t.Value.Loss))], [.. held.Select(h => (h.Key, h.Value))], updated);

        void Take(JsonElement line)
        {
            if (!line.TryGetProperty("step", out var at)) return;
            var step = at.GetInt32();
            if (line.TryGetProperty("heldOut", out var measures) || line.TryGetProperty("bitsPerByte", out measures)) held[step] = Numbers(measures);
            else if ((line.TryGetProperty("loss", out var loss) ? loss.GetDouble() : line.TryGetProperty("losses", out var losses) ? Main(Numbers(losses)) : null) is { } value)
            {
                taken[step] = (value, line.TryGetProperty("seconds", out var seconds) ? seconds.GetDouble() : 0);
                foreach (var (name, unit) in new[] { ("tokensPerSecond", "tokens"), ("picturesPerSecond", "pictures"), ("audioPerSecond", "seconds") })
                    if (line.TryGetProperty(name, out var number)) rate = (number.GetDouble(), unit);
            }
        }
    }

    static Dictionary<string, double> Numbers(JsonElement named) => named.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetDouble());

    /// <summary>The loss that is trained on, which stages write first where none has that name.</summary>
    static double? Main(Dictionary<string, double> losses) => losses.TryGetValue("loss", out var loss) ? loss : losses.Count > 0 ? losses.First().Value : null;

    static (string? Kind, string? Stage, int? Steps, double? Minutes) Planned(byte[] plan)
    {
        try
        {
            using var json = JsonDocument.Parse(plan);
            var root = json.RootElement;
            var stage = root.TryGetProperty("stage", out var named) ? named.GetString() : null;
            if (root.TryGetProperty("schedule", out var schedule))
                return (stage is not null ? "voice" : root.GetProperty("shards").EnumerateObject().All(s => Path.GetFileName(s.Name) == "dictionary.bin") ? "g2p" : "text", stage, schedule.GetProperty("steps").GetInt32(), null);
            var steps = root.GetProperty("steps").GetInt32();
            return ("image", stage, steps > 0 ? steps : null, steps > 0 ? null : root.GetProperty("minutes").GetDouble());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return default;
        }
    }

    static IEnumerable<string> Lines(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = file.Length;
        if (length <= Whole) return Piece(file, 0, (int)length);
        var lines = new List<string>();
        for (var i = 0; i < Samples; i++) lines.AddRange(Piece(file, (length - End) * i / Samples, SampleBytes));
        lines.AddRange(Piece(file, length - End, End));
        return lines;
    }

    static string[] Piece(FileStream file, long at, int count)
    {
        var bytes = new byte[count];
        file.Position = at;
        var read = file.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(bytes, 0, read).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
