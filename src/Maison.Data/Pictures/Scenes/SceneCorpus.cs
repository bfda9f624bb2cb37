// Writes rendered scenes as a picture corpus: WebP files (PNG where libwebp is missing) in folders of a thousand, captions.jsonl, LICENCE.txt, and a ledger that says which
// version and seed made which scenes. It may be stopped at any moment and goes on where it was: a line of captions is written only
// when its picture is, and scenes come in order, so their count says where to go on.

using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Maison.Data.Corpora;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Rendering;
using Maison.Data.Preparation;

namespace Maison.Data.Pictures.Scenes;

/// <summary>What is to be rendered.</summary>
/// <param name="Folder">The corpus.</param>
/// <param name="Count">Scenes it shall hold.</param>
public sealed record ScenePlan(string Folder, int Count)
{
    /// <summary>Fixes every scene.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Pixels of a side.</summary>
    public int Side { get; init; } = 128;

    /// <summary>Light paths per pixel.</summary>
    public int Paths { get; init; } = 16;

    /// <summary>Files the scenes use.</summary>
    public SceneAssets Assets { get; init; } = SceneAssets.None;

    /// <summary>Scenes that are made at once.</summary>
    public int Threads { get; init; } = 1;
}

/// <summary>A line of a corpus's ledger: from which scene on which settings held.</summary>
/// <param name="From">First scene.</param>
/// <param name="Version">Of the scenes: the same version and seed give the same picture.</param>
public sealed record SceneRange(long From, int Version, int Seed, int Side, int Paths, string Assets);

/// <summary>One thing of a scene as captions.jsonl tells it.</summary>
public sealed record ToldThing(string Thing, string Colour, string Material, Size Size, ScreenBox Box);

/// <summary>A scene as captions.jsonl tells it.</summary>
public sealed record ToldScene(int Seed, long Number, IReadOnlyList<ToldThing> Things, Relation Relation, Place Place, Daylight Daylight, View View, string Backdrop, string Sky);

/// <summary>A line of captions.jsonl.</summary>
public sealed record SceneLine(string File, string Caption, string Style, string Name, IReadOnlyList<string> Tags, IReadOnlyList<string> Captions, ToldScene Scene);

/// <summary>Renders corpora of scenes.</summary>
public static class SceneCorpus
{
    /// <summary>Grows whenever a seed gives another picture than before.</summary>
    public const int Version = 3;

    /// <summary>The ledger's name.</summary>
    public const string LedgerName = "scenes.jsonl";
    const int PerFolder = 1000, Quality = 90;

    static readonly JsonSerializerOptions json = new(WholeFile.JsonLine) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Renders what a folder still lacks; returns how many scenes were made now.</summary>
    /// <exception cref="InvalidDataException">The folder holds other scenes; the message says which and the remedy.</exception>
    public static int Run(ScenePlan plan, IProgress<DataProgress>? progress = null, CancellationToken stop = default)
    {
        Directory.CreateDirectory(plan.Folder);
        var captions = Path.Combine(plan.Folder, PictureCorpus.CaptionsName);
        var done = Complete(captions);
        Enter(plan, done);
        WholeFile.WriteText(Path.Combine(plan.Folder, "LICENCE.txt"), Licence(plan));
        var meter = new ProgressMeter(progress, "render", plan.Count);
        var made = 0;
        using var lines = new FileStream(captions, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
        var batch = 8 * plan.Threads;
        for (var from = done; from < plan.Count && !stop.IsCancellationRequested; from += batch)
        {
            var texts = new string[Math.Min(batch, plan.Count - from)];
            var (first, finished) = (from, from);
            Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = plan.Threads }, i =>
            {
                texts[i] = Make(plan, first + i);
                meter.Report(Interlocked.Increment(ref finished));
            });
            // The lines of a batch go into the file at once, whole.
            lines.Write(Encoding.UTF8.GetBytes(string.Concat(texts)));
            lines.Flush(flushToDisk: true);
            made += texts.Length;
        }
        return made;
    }

    /// <summary>One scene as a picture, with its line.</summary>
    public static (Rendered Rendered, SceneLine Line) Scene(SceneAssets assets, int seed, long number, int side, int paths)
    {
        // Words that no arrangement can show are drawn again, under seeds that no caller can name.
        BuiltScene? built = null;
        for (ulong draw = 0; built is null; draw++) built = SceneSet.Build(assets, SceneChoice.Of(assets, (ulong)seed + (draw << 32), number), (ulong)seed, number);
        var contents = built.Contents;
        var rendered = Exposure.Take(built.World, built.Camera, side, paths, (uint)(number * 7919 + seed), built.Mood);
        var captions = SceneCaptions.Of(assets, contents, (ulong)seed, number);
        var boxes = Boxes(rendered, side, contents.Things);
        var things = Enumerable.Range(0, contents.Things).Select(i => (Item: contents.Item(i), Box: boxes[i])).Select(t => new ToldThing(t.Item.Thing, t.Item.Colour, t.Item.Material, t.Item.Size, t.Box));
        var told = new ToldScene(seed, number, [.. things], contents.Relation, contents.Place, contents.Daylight, contents.View, contents.Backdrop, contents.Sky);
        var file = $"{number / PerFolder:D3}/{number:D6}{(WebpFile.Present ? ".webp" : ".png")}";
        return (rendered, new(file, captions[0], SceneCaptions.Style, SceneCaptions.Name(assets, contents), SceneCaptions.Tags(contents), captions, told));
    }

    /// <summary>A scene of any contents, also of those that training never shows.</summary>
    /// <exception cref="InvalidOperationException">No arrangement shows what the words say.</exception>
    public static Picture Of(SceneContents contents, int seed, long number, int side, int paths)
    {
        var built = SceneSet.Build(SceneAssets.None, contents, (ulong)seed, number) ?? throw new InvalidOperationException($"Scene {number} of seed {seed} has no arrangement that shows what it says.");
        return Exposure.Take(built.World, built.Camera, side, paths, (uint)(number * 7919 + seed), built.Mood).Picture;
    }

    static string Make(ScenePlan plan, long number)
    {
        var (rendered, line) = Scene(plan.Assets, plan.Seed, number, plan.Side, plan.Paths);
        var path = Path.Combine(plan.Folder, line.File);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        WholeFile.Write(path, file =>
        {
            if (WebpFile.Present) file.Write(WebpFile.Write(rendered.Picture, Quality));
            else PngFile.Write(file, rendered.Picture);
        });
        return JsonSerializer.Serialize(line, json) + "\n";
    }

    static ScreenBox[] Boxes(Rendered rendered, int side, int things)
    {
        var boxes = new ScreenBox[things];
        Array.Fill(boxes, new(side, side, 0, 0));
        for (var i = 0; i < rendered.Things.Length; i++)
            if (rendered.Things[i] is >= 0 and var t && t < things)
                boxes[t] = new(Math.Min(boxes[t].Left, i % side), Math.Min(boxes[t].Top, i / side), Math.Max(boxes[t].Right, i % side + 1), Math.Max(boxes[t].Bottom, i / side + 1));
        return boxes;
    }

    /// <summary>Counts whole lines; what a killed run left of another is cut off.</summary>
    static int Complete(string captions)
    {
        if (!File.Exists(captions)) return 0;
        var bytes = File.ReadAllBytes(captions);
        var end = Array.LastIndexOf(bytes, (byte)'\n') + 1;
        if (end < bytes.Length)
            using (var file = new FileStream(captions, FileMode.Open, FileAccess.Write)) file.SetLength(end);
        return bytes.AsSpan(0, end).Count((byte)'\n');
    }

    /// <summary>Writes into the ledger what holds from here on, where that is new.</summary>
    static void Enter(ScenePlan plan, int done)
    {
        var path = Path.Combine(plan.Folder, LedgerName);
        var ranges = File.Exists(path) ? File.ReadAllLines(path).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<SceneRange>(l, json)!).ToList() : [];
        if (ranges.Count == 0 && done > 0) throw new InvalidDataException($"{plan.Folder} holds {done} captions but no {LedgerName}: it is a corpus of something else. Give another folder.");
        if (ranges.Count > 0 && (ranges[^1].Seed, ranges[^1].Side) != (plan.Seed, plan.Side))
            throw new InvalidDataException($"{plan.Folder} holds scenes of seed {ranges[^1].Seed} with a side of {ranges[^1].Side}. Give the same, or another folder.");
        var now = new SceneRange(done, Version, plan.Seed, plan.Side, plan.Paths, plan.Assets.Used);
        if (ranges.Count > 0 && ranges[^1] with { From = done } == now) return;
        ranges.RemoveAll(r => r.From >= done);
        ranges.Add(now);
        WholeFile.WriteText(path, string.Concat(ranges.Select(r => JsonSerializer.Serialize(r, json) + "\n")));
    }

    static string Licence(ScenePlan plan) => $"CC0 1.0 Universal. Scenes rendered by `maison data render --seed {plan.Seed}`: shapes, materials and captions are made by rule{(plan.Assets.Used.Length > 0 ? ", with " + plan.Assets.Used : "")}. No attribution is required.\n";
}
