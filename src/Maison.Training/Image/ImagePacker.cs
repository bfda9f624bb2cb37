// Runs of an autoencoder and a flow become the folder of an image model: weights, tokenizer, receipts, the words of its captions, pages of what it paints
// and a card. Prompts of the pages are taken by index and written down beforehand, never chosen by eye, so that failures are shown as they come.

using System.Globalization;
using System.Text.Json;
using Maison.Data.Pictures;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Scenes;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Image.Evaluations;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Training.Image;

/// <summary>What is packed.</summary>
/// <param name="Autoencoder">Run of the autoencoder; only its plan, receipt and measures are read.</param>
/// <param name="Flow">Run of the flow over it, done.</param>
/// <param name="Distilled">Run that made it paint in few steps, done; null packs the flow as it is.</param>
/// <param name="Rewarded">Run in which a judge taught that flow, done; null packs it as it was distilled.</param>
/// <param name="Data">The prepared pictures that all learned from.</param>
/// <param name="Folder">The model's folder; its name is the model's.</param>
/// <param name="Machine">What they were trained on, in words.</param>
/// <param name="Evaluation">Folder in which `maison eval image` scored these weights, for the card; null before that.</param>
/// <param name="Share">Share of the rewarded flow's weights, the rest being of the distilled one; null for all.</param>
public sealed record ImageOrder(string Autoencoder, string Flow, string? Distilled, string? Rewarded, string Data, string Folder, string? Machine, string? Evaluation = null, float? Share = null);

/// <summary>What made a packed image model: the receipts of its stages.</summary>
/// <param name="Weights">SHA-256 of the flow that paints.</param>
/// <param name="ChecksPassed">Share of the checks of `maison eval image`; null where it was not scored.</param>
/// <param name="Earlier">The versions that stood in its place before, the first one first; null for none.</param>
/// <param name="Share">Share of the rewarded flow's weights, the rest being of the distilled one.</param>
public sealed record ImageModelReceipt(
    string Name, string Weights, ImageReceipt Autoencoder, ImageReceipt Flow, ImageReceipt? Distilled, double? ChecksPassed, DateTimeOffset Packed, IReadOnlyList<PackedVersion>? Earlier = null, ImageReceipt? Rewarded = null, float Share = 1)
{
    /// <summary>What versions are compared by.</summary>
    internal static IReadOnlyDictionary<string, string> Measures(JsonElement receipt)
    {
        var measures = new Dictionary<string, string> { ["pictures that the flow saw"] = receipt.GetProperty("flow").GetProperty("picturesSeen").GetInt64().ToString("N0", CultureInfo.InvariantCulture) };
        if (receipt.TryGetProperty("checksPassed", out var passed) && passed.ValueKind == JsonValueKind.Number) measures["checks passed"] = string.Create(CultureInfo.InvariantCulture, $"{100 * passed.GetDouble():F1} %");
        return measures;
    }
}

/// <summary>Packs image models.</summary>
public static class ImagePacker
{
    /// <summary>Bytes that a packed model may have.</summary>
    public const long MostBytes = 60_000_000;

    const string ReceiptName = "receipt.json";

    /// <summary>Pictures of a style on its page: half of captions that it learned from, half of held-out concepts.</summary>
    internal const int PerStyle = 6;

    internal static readonly string[] Things = ["red apple", "blue car", "cat face", "house", "tree", "yellow star", "sword", "smiling face"];
    internal static readonly string[] Styles = ["3D emoji", "flat emoji", "outlined emoji", "silhouette icon", "pixel art", "isometric low-poly 3D render"];

    /// <summary>A page for models that learned rendered scenes, six across.</summary>
    internal static readonly string[] Scenes =
    [
        "a red glass sphere on a wooden table by a window, evening light", "a blue metal cube on a stone floor, noon light", "a white stone vase on grass, overcast light", "a green glass bottle on a tablecloth, morning light", "a gold metal torus on a tiled floor, studio light", "a purple wooden cone on sand, evening light",
        "a red cube to the left of a blue cone on grass", "a yellow sphere to the right of a green cylinder on a wooden floor", "a white egg on a brown wooden cube", "a small black pyramid in front of a large orange cylinder", "a pink heart behind a grey stone bowl", "a blue mug on a red cube on a tablecloth",
        "two red spheres on grass", "three blue cubes on a stone floor", "four green cones on a tiled floor", "three orange vases on snow", "two metal bowls on a wooden table by a window", "four white eggs on a tablecloth",
        "a cow on grass, noon light", "a wooden chair on a tiled floor by a window", "a horse on sand, evening light", "a cactus on a wooden table, lamp light", "a black chess pawn on a checkered floor", "a silver metal star on a wooden floor at night",
    ];

    /// <summary>Packs, replacing an earlier model of that name; gives the bytes of its files.</summary>
    /// <param name="onPicture">Hears of pictures painted for the card.</param>
    /// <exception cref="InvalidDataException">A run is not done, learned from other pictures than those, or the result is too large.</exception>
    public static long Run(ImageOrder order, Gang gang, Action<int, int>? onPicture = null, CancellationToken stop = default)
    {
        var pictures = new PreparedPictures(order.Data);
        ImageRun coder = ImageRun.Read(order.Autoencoder, AutoencoderStage.Name), flow = ImageRun.Read(order.Flow, FlowStage.Name);
        var distilled = order.Distilled is null ? null : ImageRun.Read(order.Distilled, FlowStage.DistilName);
        if (order.Rewarded is not null && distilled is null) throw new InvalidDataException($"{order.Rewarded} was taught by a judge after it was distilled: give the run that distilled it too.");
        var rewarded = order.Rewarded is null ? null : ImageRun.Read(order.Rewarded, RewardedStage.Name);
        var last = order.Rewarded ?? order.Distilled ?? order.Flow;
        var model = Path.Combine(last, ImageTrainer.ModelFolder);
        if (!ImageModel.IsIn(model)) throw new InvalidDataException($"{last} is not done: there is no {model}. Let `maison train image --run {last}` finish.");
        ImageRun[] runs = [.. new[] { coder, flow, distilled, rewarded }.OfType<ImageRun>()];
        foreach (var run in runs) run.CheckData(pictures, order.Data);
        if (Path.GetFileName(flow.Receipt.Autoencoder) is { } used && used != Path.GetFileName(coder.Checkpoint))
            throw new InvalidDataException($"{order.Flow} was trained over the autoencoder's {used}, but {order.Autoencoder} ends with {Path.GetFileName(coder.Checkpoint)}. Give the autoencoder that it was trained over.");
        if (Path.GetFileName(distilled?.Plan.Teacher) is { } teacher && teacher != Path.GetFileName(flow.Checkpoint))
            throw new InvalidDataException($"{order.Distilled} was distilled from the flow's {teacher}, but {order.Flow} ends with {Path.GetFileName(flow.Checkpoint)}. Give the flow that it was distilled from.");
        // It may have begun as the last checkpoint or as what came of it, rounded.
        string[] ends = distilled is null ? [] : [.. new[] { distilled.Checkpoint, Path.Combine(distilled.Folder, ImageTrainer.ModelFolder) }.Select(f => Path.Combine(f, SafetensorsFile.ModelName)).Where(File.Exists)];
        if (rewarded?.Receipt.Begun is { } begun && !ends.Any(e => CheckpointFiles.Digest(e) == begun))
            throw new InvalidDataException($"{order.Rewarded} began as another flow than {order.Distilled} made. Give the run that it began as.");
        var share = order.Share ?? 1;
        if (order.Share is not null && rewarded is null) throw new InvalidDataException("--share is of the weights that a judge taught: give --rewarded too.");
        if (share is not (> 0 and <= 1)) throw new InvalidDataException($"--share ({share}) must be above 0 and at most 1.");

        var temporary = order.Folder.TrimEnd('/') + ".tmp";
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            foreach (var file in new[] { "config.json", SafetensorsFile.ModelName, "tokenizer.json", $"{ImageCheckpoint.AutoencoderFolder}/config.json", $"{ImageCheckpoint.AutoencoderFolder}/{SafetensorsFile.ModelName}" })
            {
                var to = Path.Combine(temporary, file);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(Path.Combine(model, file), to);
            }
            if (share < 1) ImageCheckpoint.Save(temporary, FlowWeights.Mean(ImageCheckpoint.LoadFlow(Path.Combine(order.Distilled!, ImageTrainer.ModelFolder)), ImageCheckpoint.LoadFlow(model), share, gang), ElementType.BF16);
            var weights = CheckpointFiles.Digest(Path.Combine(temporary, SafetensorsFile.ModelName));
            var scores = order.Evaluation is null ? null : Scored(order.Evaluation, weights, pictures);
            foreach (var page in ImageScoreCard.Pages.Where(p => scores is not null && File.Exists(Path.Combine(order.Evaluation!, p)))) File.Copy(Path.Combine(order.Evaluation!, page), Path.Combine(temporary, page));
            var name = Path.GetFileName(order.Folder.TrimEnd('/'));
            File.WriteAllLines(Path.Combine(temporary, ImageModel.WordsName), pictures.All.Where(p => !p.HeldOut).SelectMany(p => p.Wordings).SelectMany(ImageModel.Words).Distinct().Order(StringComparer.Ordinal));
            var receipt = new ImageModelReceipt(name, weights, coder.Receipt, Placeless(flow.Receipt), distilled is null ? null : Placeless(distilled.Receipt), scores?.Overall.Value, DateTimeOffset.UtcNow,
                PackedVersion.Before(weights, order.Folder, ImageModelReceipt.Measures), rewarded is null ? null : Placeless(rewarded.Receipt), share);
            File.WriteAllBytes(Path.Combine(temporary, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt, ImageJson.Default.ImageModelReceipt));
            IReadOnlyList<ImagePage> pages;
            using (var loaded = ImageModel.Load(temporary, null, null, gang)) pages = Paint(loaded, pictures, temporary, onPicture, stop);
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), ImageCard.Write(name, temporary, runs, pictures, pages, scores, order.Machine, receipt));
            var bytes = new DirectoryInfo(temporary).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
            if (bytes > MostBytes) throw new InvalidDataException($"{last} would take {bytes / 1e6:F1} MB, but a shipped image model may take {MostBytes / 1e6:F0} MB. Train a smaller one.");
            if (Directory.Exists(order.Folder)) Directory.Delete(order.Folder, recursive: true);
            Directory.Move(temporary, order.Folder);
            return bytes;
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>The scores of exactly these weights, on prompts that they were not taught.</summary>
    static ImageScores Scored(string evaluation, string weights, PreparedPictures pictures)
    {
        var scores = ImageScores.Read(evaluation);
        if (scores.Weights != weights) throw new InvalidDataException($"{evaluation} scored other weights than those that are packed. Pack without it, run `maison eval image --model` on what was packed, and give its --out.");
        if (scores.Method != ImageScores.CurrentMethod) throw new InvalidDataException($"{evaluation} was scored by method {scores.Method}, and this is {ImageScores.CurrentMethod}. Run `maison eval image` again.");
        return ImagePrompts.Taught(pictures) is { Count: > 0 } taught ? throw new InvalidDataException($"{taught.Count} prompts of {evaluation} are captions that the model learned from, such as \"{taught[0]}\": no score of them goes into a card.") : scores;
    }

    /// <summary>A receipt that names no place on anybody's disk.</summary>
    static ImageReceipt Placeless(ImageReceipt receipt) => receipt with { Autoencoder = Path.GetFileName(receipt.Autoencoder), Before = receipt.Before is { } before ? Placeless(before) : null };

    /// <summary>Pages: captions of every style, things in styles as people would ask for them, and scenes where some were learned. Seeds count from 1 along a page.</summary>
    static IReadOnlyList<ImagePage> Paint(ImageModel model, PreparedPictures pictures, string folder, Action<int, int>? onPicture, CancellationToken stop)
    {
        var styles = pictures.All.GroupBy(p => p.Style).OrderBy(g => g.Key, StringComparer.Ordinal).ToArray();
        ImagePage[] pages =
        [
            new("styles.png", PerStyle, [.. styles.SelectMany(s => Chosen([.. s.Where(p => !p.HeldOut)]).Concat(Chosen([.. s.Where(p => p.HeldOut)])))]),
            new("prompts.png", Things.Length, [.. Styles.SelectMany(style => Things.Select(thing => $"{thing}, {style}"))]),
            .. styles.Any(s => s.Key == SceneCaptions.Style) ? [new ImagePage("scenes.png", 6, Scenes)] : Array.Empty<ImagePage>(),
        ];
        var (done, of) = (0, pages.Sum(p => p.Prompts.Count));
        foreach (var page in pages)
        {
            var painted = new List<byte[]>();
            foreach (var row in page.Prompts.Select((prompt, i) => new PaintOrder(prompt, (ulong)(i + 1))).Chunk(ImageModel.MostTogether))
            {
                painted.AddRange(model.Paint(row, model.Usual, model.Sides[0], stop: stop).Select(p => p.Pixels));
                onPicture?.Invoke(done += row.Length, of);
            }
            PngFile.Write(Path.Combine(folder, page.File), ContactSheet.Of(painted, model.Sides[0], page.Across));
        }
        return pages;

        // A style with few held-out pictures repeats them, so that rows stay whole; where it has none, no prompt is given.
        IEnumerable<string> Chosen(PreparedPicture[] from) => from.Length == 0 ? Enumerable.Repeat("", PerStyle / 2)
            : Enumerable.Range(0, PerStyle / 2).Select(i => from[(int)((2L * i + 1) * from.Length / PerStyle) % from.Length].Captions[0]);
    }
}

/// <summary>A page of pictures.</summary>
/// <param name="Across">Pictures of a row.</param>
/// <param name="Prompts">Row by row.</param>
sealed record ImagePage(string File, int Across, IReadOnlyList<string> Prompts);
