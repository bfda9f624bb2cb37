// A run of the judge becomes a model folder: weights, receipt, a card that says how right it is. One that scores keeps what its scores stand beside: how right
// its checks are, and the features of real held-out pictures. One that names colours and numbers chooses between seeds and keeps nothing to score by.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Pictures.Preparation;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Image.Evaluations;
using Maison.Training.Packing;

namespace Maison.Training.Image;

/// <summary>Packs judges of pictures.</summary>
public static class JudgePacker
{
    const string ReceiptName = "receipt.json";

    /// <summary>Packs a run, replacing an earlier judge or chooser of that name; gives the bytes of its files.</summary>
    /// <param name="run">Run of the judge, done.</param>
    /// <param name="data">The prepared pictures that it learned from.</param>
    /// <param name="folder">The judge's folder; its name is the judge's.</param>
    /// <param name="machine">What it was trained on, in words.</param>
    /// <param name="scenes">Prompts of solids that are rendered at most, to measure checks.</param>
    /// <exception cref="InvalidDataException">The run is of another stage or not done, or learned from other pictures.</exception>
    public static long Run(string run, string data, string folder, string? machine, Gang gang, IProgress<EvaluationProgress>? progress = null, int scenes = int.MaxValue, CancellationToken stop = default)
    {
        var pictures = new PreparedPictures(data);
        var made = ImageRun.Read(run, JudgeStage.Name);
        var model = Path.Combine(made.Folder, ImageTrainer.ModelFolder);
        if (!File.Exists(Path.Combine(model, SafetensorsFile.ModelName))) throw new InvalidDataException($"{run} is not done: there is no {model}. Let `maison train image --run {run}` finish.");
        made.CheckData(pictures, data);
        var chooses = made.Plan.Judge is { Colours: true };
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var temporary = folder + ".tmp";
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            Directory.CreateDirectory(temporary);
            foreach (var file in (string[])["config.json", SafetensorsFile.ModelName]) File.Copy(Path.Combine(model, file), Path.Combine(temporary, file));
            File.WriteAllBytes(Path.Combine(temporary, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(made.Receipt, ImageJson.Default.ImageReceipt));
            JudgeMeasures measures;
            IReadOnlyList<ReferencePicture> references;
            using (var judge = ImageJudge.Load(temporary, gang)) (measures, references) = new JudgeMeasuring(judge, pictures, progress, scenes).Run(distances: !chooses, stop);
            if (!chooses)
            {
                File.WriteAllLines(Path.Combine(temporary, ImageJudge.ReferencesName), references.Select(r => JsonSerializer.Serialize(r, JudgeLinesJson.Default.ReferencePicture)));
                File.WriteAllBytes(Path.Combine(temporary, ImageJudge.MeasuresName), JsonSerializer.SerializeToUtf8Bytes(measures, JudgeJson.Default.JudgeMeasures));
            }
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), Card(Path.GetFileName(folder), temporary, made, measures, references.Count, pictures, machine));
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.Move(temporary, folder);
            return new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    static string Card(string name, string folder, ImageRun run, JudgeMeasures measures, int references, PreparedPictures pictures, string? machine)
    {
        var weights = Path.Combine(folder, SafetensorsFile.ModelName);
        var config = ImageCheckpoint.JudgeConfigOf(folder);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            license: other
            language: en
            pipeline_tag: image-classification
            ---
            # {name}

            {(config.Colours ? $"Tells which of a few pictures shows best what a prompt asks for: where nobody tells a seed, a painter begins a few and goes on with that one. It never scores: {ImageJudge.Shipped} does, and shares nothing with it but the kind of pictures."
                : "Tells what a picture shows and in which style, for `maison eval image`.")} Trained by Maison's own code on drawings, photographs and renderings, none of them painted by a model; it shares no weight with anything that paints.

            {ModelWeights.Slots(new PictureJudge(config)).Sum(s => s.Weight.Count):N0} parameters ({config.Side} × {config.Side} pixels, {config.Blocks} residual block{(config.Blocks == 1 ? "" : "s")} at each of three resolutions, {config.Features} features; {config.Styles.Count} styles, {config.Names.Count:N0} names of things and materials{(config.Colours ? ", colours and numbers" : "")}), {new FileInfo(weights).Length:N0} bytes, SHA-256 `{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weights)))}`.

            ## How it was trained

            ```
            maison data prepare-image --data CORPORA --out DATA
            {run.Command}
            maison models pack-judge {JudgeStage.Name} --data DATA --name {name}
            ```

            Views of pictures that are never twice the same: moved, turned, scaled, mirrored, recoloured, with noise; the things of a scene each alone as well. {(config.Colours ? "" : "Colours are no part of its names. ")}One drawing in twelve was kept from it in all its
            finishes, and every concept that is held out from painters. {run.Receipt.Steps:N0} steps of {run.Plan.Batch}, {run.Receipt.Seconds / 60:F1} minutes{(machine is null ? "" : $" on {machine}")}; build {run.Receipt.Code}.{Earlier(run.Receipt.Before)}

            ## How right it is

            On pictures that it never saw. Thing: the right one of all {config.Names.Count:N0} names comes first, or among five; of pictures whose thing it could learn.

            | style | pictures | style right | with a known thing | thing right | among five |
            |---|---|---|---|---|---|

            """);
        foreach (var s in measures.Styles) text.Append(CultureInfo.InvariantCulture, $"| {s.Name} | {s.Pictures:N0} | {Percent(s.Style)} | {s.Named:N0} | {(s.Named == 0 ? "" : Percent(s.Thing))} | {(s.Named == 0 ? "" : Percent(s.AmongFive))} |\n");
        text.Append("""

            The checks of `maison eval image`, its own and those of pixels, on pictures of which it is known what they show. Passed: asked for what they show. Wrong: asked for something else.

            | prompts/check | pictures | passed | wrong | on |
            |---|---|---|---|---|

            """);
        foreach (var (check, a) in measures.Checks) text.Append(CultureInfo.InvariantCulture, $"| {check} | {a.Pictures:N0} | {Percent(a.Accepted)} | {(a.Wrong is { } w ? Percent(w) : "")} | {a.On} |\n");
        if (!config.Colours) text.Append(CultureInfo.InvariantCulture, $"\n{references:N0} real pictures of held-out concepts stay here as features, for distances; between two halves of them: Fréchet {measures.Frechet:F1}, kernel {measures.Kernel:F3}.\n");
        text.Append("""

            ## Limits

            - It knows the collection below and nothing else. A painted picture is not from it: what is passed is "looks more like this than like the others".
            - Finishes of one set of drawings are told apart by little; where its own accuracy in a style is low, so is the weight of a score there.

            ## Data

            | corpus | licence | from | pictures | SHA-256 |
            |---|---|---|---|---|

            """);
        foreach (var e in pictures.Ledger) text.Append(CultureInfo.InvariantCulture, $"| {e.Corpus} | {e.Licence.Licence} | {e.Licence.Source} | {e.Train:N0} | `{e.Sha256}` |\n");
        foreach (var e in pictures.Ledger.Where(e => e.Licence.Attribution.Length > 0)) text.Append(CultureInfo.InvariantCulture, $"\n### {e.Corpus}\n\n```\n{e.Licence.Attribution.ReplaceLineEndings("\n").Trim()}\n```\n");
        return text.ToString();
    }

    /// <summary>What made the judges that it went on from.</summary>
    static string Earlier(ImageReceipt? before) => before is null ? "" : string.Create(CultureInfo.InvariantCulture, $" It went on from a judge of {before.Steps:N0} steps more ({before.PicturesSeen:N0} views, {before.Seconds / 60:F1} minutes; build {before.Code}).") + Earlier(before.Before);

    static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");
}
