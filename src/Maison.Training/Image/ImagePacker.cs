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
/// <param name="Share">Share of the rewarded flow's weights, the rest being of the distilled one; null for all.</param>
/// <param name="Guidance">On top of what a distilled flow has learned to give, where nobody says otherwise; null for none.</param>
public sealed record ImageOrder(string Autoencoder, string Flow, string? Distilled, string? Rewarded, string Data, string Folder, string? Machine, float? Share = null, float? Guidance = null);

/// <summary>What made a packed image model: the receipts of its stages.</summary>
/// <param name="Weights">SHA-256 of the flow that paints.</param>
/// <param name="ChecksPassed">Share of the checks of `maison eval image`; null where it was not scored.</param>
/// <param name="Earlier">The versions that stood in its place before, the first one first; null for none.</param>
/// <param name="Share">Share of the rewarded flow's weights, the rest being of the distilled one.</param>
/// <param name="ChecksMethod">Version of those checks; what others found is not compared.</param>
/// <param name="Guidance">On top of what a distilled flow has learned to give, where nobody says otherwise.</param>
public sealed record ImageModelReceipt(
    string Name, string Weights, ImageReceipt Autoencoder, ImageReceipt Flow, ImageReceipt? Distilled, double? ChecksPassed, DateTimeOffset Packed, IReadOnlyList<PackedVersion>? Earlier = null, ImageReceipt? Rewarded = null, float Share = 1, int? ChecksMethod = null, float Guidance = 1)
{
    /// <summary>What versions are compared by.</summary>
    internal static IReadOnlyDictionary<string, string> Measures(JsonElement receipt)
    {
        var measures = new Dictionary<string, string> { ["pictures that the flow saw"] = receipt.GetProperty("flow").GetProperty("picturesSeen").GetInt64().ToString("N0", CultureInfo.InvariantCulture) };
        // Before methods were kept there was the second.
        var method = receipt.TryGetProperty("checksMethod", out var told) && told.ValueKind == JsonValueKind.Number ? told.GetInt32() : 2;
        if (receipt.TryGetProperty("checksPassed", out var passed) && passed.ValueKind == JsonValueKind.Number) measures[$"checks passed, method {method}"] = string.Create(CultureInfo.InvariantCulture, $"{100 * passed.GetDouble():F1} %");
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

    /// <summary>Packs a model that a judge went on teaching after it was packed, replacing an earlier one of that name; gives the bytes of its files.</summary>
    /// <param name="from">The packed model that it began as; its folder may be the new one's.</param>
    /// <param name="taught">The run in which it was taught, done.</param>
    /// <param name="share">Share of the taught weights, the rest being of the model before; null for all.</param>
    /// <param name="guidance">On top of what it has learned to give, where nobody says otherwise; null for that of the model before.</param>
    /// <param name="onPicture">Hears of pictures painted for the card.</param>
    /// <exception cref="InvalidDataException">The folder holds no packed model, or the run is not done, or began as another.</exception>
    public static long Again(string from, string taught, float? share, float? guidance, string data, string folder, string? machine, Gang gang, Action<int, int>? onPicture = null, CancellationToken stop = default)
    {
        var (old, card) = (Receipt(from), File.ReadAllText(Path.Combine(from, CardWriter.FileName)));
        var pictures = new PreparedPictures(data);
        var run = ImageRun.Read(taught, RewardedStage.Name);
        run.CheckData(pictures, data);
        if (run.Receipt.Begun != CheckpointFiles.Digest(Path.Combine(from, SafetensorsFile.ModelName))) throw new InvalidDataException($"{taught} did not begin as {from}. Give the model that it began as.");
        var part = Checked(share);
        var guided = guidance ?? ImageCheckpoint.FlowConfigOf(from).FurtherGuidance;
        return Write(folder, temporary =>
        {
            // All of it but what is written anew.
            foreach (var file in new DirectoryInfo(from).EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.Extension != ".png"))
            {
                var to = Path.Combine(temporary, Path.GetRelativePath(from, file.FullName));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                file.CopyTo(to);
            }
            SaveGuided(temporary, FlowWeights.Mean(ImageCheckpoint.LoadFlow(from), ImageCheckpoint.LoadFlow(Done(taught)), part, gang), guided);
            var weights = CheckpointFiles.Digest(Path.Combine(temporary, SafetensorsFile.ModelName));
            var receipt = old with
            {
                Name = Path.GetFileName(folder.TrimEnd('/')),
                Weights = weights,
                Rewarded = Placeless(run.Receipt) with { Before = old.Rewarded },
                Share = part,
                Guidance = guided,
                ChecksPassed = null,
                ChecksMethod = null,
                Packed = DateTimeOffset.UtcNow,
                Earlier = PackedVersion.Before(weights, from, ImageModelReceipt.Measures),
            };
            WriteReceipt(temporary, receipt);
            IReadOnlyList<ImagePage> pages;
            using (var loaded = ImageModel.Load(temporary, null, null, gang)) pages = Paint(loaded, pictures, temporary, onPicture, stop);
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), ImageCard.Again(card, old.Weights, run, pages, machine, receipt));
        });
    }

    static void SaveGuided(string folder, FlowTransformer flow, float guidance)
        => ImageCheckpoint.Save(folder, FlowWeights.Twin(flow, flow.Config with { FurtherGuidance = guidance }), ElementType.BF16);

    /// <summary>The model that a run made.</summary>
    static string Done(string run)
    {
        var model = Path.Combine(run, ImageTrainer.ModelFolder);
        return ImageModel.IsIn(model) ? model : throw new InvalidDataException($"{run} is not done: there is no {model}. Let `maison train image --run {run}` finish.");
    }

    static float Checked(float? share) => share switch
    {
        null => 1,
        > 0 and <= 1 => share.Value,
        _ => throw new InvalidDataException($"--share ({share}) must be above 0 and at most 1."),
    };

    /// <summary>Fills a folder beside a model's, then puts it in its place; gives the bytes of its files.</summary>
    /// <exception cref="InvalidDataException">They are too many.</exception>
    static long Write(string folder, Action<string> fill)
    {
        var temporary = folder.TrimEnd('/') + ".tmp";
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            fill(temporary);
            var bytes = new DirectoryInfo(temporary).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
            if (bytes > MostBytes) throw new InvalidDataException($"{folder} would take {bytes / 1e6:F1} MB, but a shipped image model may take {MostBytes / 1e6:F0} MB. Train a smaller one.");
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.Move(temporary, folder);
            return bytes;
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <exception cref="InvalidDataException">The folder holds no packed model.</exception>
    static ImageModelReceipt Receipt(string folder)
    {
        var path = Path.Combine(folder, ReceiptName);
        if (!ImageModel.IsIn(folder) || !File.Exists(path)) throw new InvalidDataException($"{folder} is no packed image model. Pack one with `maison models pack-image`.");
        return JsonSerializer.Deserialize(File.ReadAllBytes(path), ImageJson.Default.ImageModelReceipt) ?? throw new InvalidDataException($"{path} is empty. Pack the model again.");
    }

    static void WriteReceipt(string folder, ImageModelReceipt receipt) => File.WriteAllBytes(Path.Combine(folder, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt, ImageJson.Default.ImageModelReceipt));

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
        var model = Done(last);
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
        if (order.Guidance is not null && distilled is null) throw new InvalidDataException("--guidance is on top of what a distilled flow has learned: give --distilled too.");
        if (order.Share is not null && rewarded is null) throw new InvalidDataException("--share is of the weights that a judge taught: give --rewarded too.");
        var share = Checked(order.Share);
        return Write(order.Folder, temporary =>
        {
            foreach (var file in new[] { "config.json", SafetensorsFile.ModelName, "tokenizer.json", $"{ImageCheckpoint.AutoencoderFolder}/config.json", $"{ImageCheckpoint.AutoencoderFolder}/{SafetensorsFile.ModelName}" })
            {
                var to = Path.Combine(temporary, file);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(Path.Combine(model, file), to);
            }
            if (share < 1 || order.Guidance is not null)
            {
                var done = ImageCheckpoint.LoadFlow(model);
                SaveGuided(temporary, share < 1 ? FlowWeights.Mean(ImageCheckpoint.LoadFlow(Path.Combine(order.Distilled!, ImageTrainer.ModelFolder)), done, share, gang) : done, order.Guidance ?? 1);
            }
            var weights = CheckpointFiles.Digest(Path.Combine(temporary, SafetensorsFile.ModelName));
            var name = Path.GetFileName(order.Folder.TrimEnd('/'));
            File.WriteAllLines(Path.Combine(temporary, ImageModel.WordsName), pictures.All.Where(p => !p.HeldOut).SelectMany(p => p.Wordings).SelectMany(ImageModel.Words).Distinct().Order(StringComparer.Ordinal));
            var receipt = new ImageModelReceipt(name, weights, coder.Receipt, Placeless(flow.Receipt), distilled is null ? null : Placeless(distilled.Receipt), null, DateTimeOffset.UtcNow,
                PackedVersion.Before(weights, order.Folder, ImageModelReceipt.Measures), rewarded is null ? null : Placeless(rewarded.Receipt), share, Guidance: order.Guidance ?? 1);
            WriteReceipt(temporary, receipt);
            IReadOnlyList<ImagePage> pages;
            using (var loaded = ImageModel.Load(temporary, null, null, gang)) pages = Paint(loaded, pictures, temporary, onPicture, stop);
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), ImageCard.Write(name, temporary, runs, pictures, pages, order.Machine, receipt));
        });
    }

    /// <summary>Writes what an evaluation of a packed model found into its card and receipt, in place of what stood there.</summary>
    /// <param name="evaluation">Folder in which `maison eval image` scored these weights.</param>
    /// <exception cref="InvalidDataException">It scored others, by another method, or prompts that it did not compare with what the model learned from; or the folder holds no packed model.</exception>
    public static void Score(string folder, string evaluation)
    {
        var scores = ImageScores.Read(evaluation);
        var receipt = Receipt(folder);
        if (scores.Weights != CheckpointFiles.Digest(Path.Combine(folder, SafetensorsFile.ModelName))) throw new InvalidDataException($"{evaluation} scored other weights than those in {folder}. Run `maison eval image --model {folder}`, and give its --out.");
        if (scores.Method != ImageScores.CurrentMethod) throw new InvalidDataException($"{evaluation} was scored by method {scores.Method}, and this is {ImageScores.CurrentMethod}. Run `maison eval image` again.");
        if (scores.Captions == 0) throw new InvalidDataException($"{evaluation} did not compare its prompts with captions that the model learned from. Run `maison eval image` again with --data.");
        foreach (var page in ImageScoreCard.Pages.Where(p => File.Exists(Path.Combine(evaluation, p)))) File.Copy(Path.Combine(evaluation, page), Path.Combine(folder, page), overwrite: true);
        var card = Path.Combine(folder, CardWriter.FileName);
        File.WriteAllText(card, ImageScoreCard.Into(File.ReadAllText(card), scores));
        WriteReceipt(folder, receipt with { ChecksPassed = scores.Overall.Value, ChecksMethod = scores.Method });
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
