// What `maison bench` measured on this machine, line by line in the data folder, so that a server can tell it. Lines are only ever added.

using System.Text.Encodings.Web;
using System.Text.Json;
using Maison.Wire;

namespace Maison.Cli.Bench;

/// <summary>The kept figures.</summary>
static class FigureBook
{
    const string FileName = "bench.jsonl";

    static readonly System.Text.Json.Serialization.Metadata.JsonTypeInfo<BenchmarkBody> Readable =
        new WireJson(new(WireJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = false }).BenchmarkBody;

    /// <summary>A figure on one line.</summary>
    public static string Line(BenchmarkBody figure) => JsonSerializer.Serialize(figure, Readable);

    public static void Add(string home, string line) => File.AppendAllText(Path.Combine(home, FileName), line + "\n");

    /// <summary>The latest measurement of each figure; lines that can not be read are passed over.</summary>
    public static IReadOnlyList<BenchmarkBody> Read(string home)
    {
        var path = Path.Combine(home, FileName);
        if (!File.Exists(path)) return [];
        var latest = new Dictionary<(string, string), BenchmarkBody>();
        foreach (var line in File.ReadLines(path))
            try
            {
                if (JsonSerializer.Deserialize(line, Readable) is { } figure) latest[(figure.Name, figure.Setting)] = figure;
            }
            catch (JsonException)
            {
                // A line that was cut off while it was written.
            }
        return [.. latest.Values];
    }
}
