// A run of the upscaler becomes a model folder: weights, receipt, a page that compares, a card. It stands alone: whatever image model is used
// paints, and this enlarges.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Pictures.Preparation;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Training.Packing;

namespace Maison.Training.Image;

/// <summary>Packs upscalers.</summary>
public static class UpscalerPacker
{
    const string ReceiptName = "receipt.json";

    /// <summary>Packs a run, replacing an earlier model of that name; gives the bytes of its files.</summary>
    /// <param name="run">Run of the upscaler, done.</param>
    /// <param name="data">The prepared pictures that it learned from.</param>
    /// <param name="folder">The model's folder; its name is the model's.</param>
    /// <param name="machine">What it was trained on, in words.</param>
    /// <exception cref="InvalidDataException">The run is of another stage or not done, or learned from other pictures.</exception>
    public static long Run(string run, string data, string folder, string? machine)
    {
        var pictures = new PreparedPictures(data);
        var made = ImageRun.Read(run, UpscalerStage.Name);
        var model = Path.Combine(made.Folder, ImageTrainer.ModelFolder);
        if (!File.Exists(Path.Combine(model, SafetensorsFile.ModelName))) throw new InvalidDataException($"{run} is not done: there is no {model}. Let `maison train image --run {run}` finish.");
        made.CheckData(pictures, data);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var temporary = folder + ".tmp";
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            Directory.CreateDirectory(temporary);
            foreach (var file in (string[])["config.json", SafetensorsFile.ModelName, UpscalerStage.ExampleName]) File.Copy(Path.Combine(model, file), Path.Combine(temporary, file));
            File.WriteAllBytes(Path.Combine(temporary, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(made.Receipt, ImageJson.Default.ImageReceipt));
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), Card(Path.GetFileName(folder), temporary, made, pictures, machine));
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.Move(temporary, folder);
            return new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    static string Card(string name, string folder, ImageRun run, PreparedPictures pictures, string? machine)
    {
        var weights = Path.Combine(folder, SafetensorsFile.ModelName);
        var config = ImageCheckpoint.UpscalerConfigOf(folder);
        var scores = run.Receipt.HeldOut;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            license: other
            language: en
            pipeline_tag: image-to-image
            ---
            # {name}

            Doubles the sides of pictures, sharper than blending neighbours does. Trained from random weights by Maison's own code; nothing was taken
            from another model. `maison imagine` and the API use it where it lies beside the image model.

            {ModelWeights.Slots(new Upscaler(config)).Sum(s => s.Weight.Count):N0} parameters ({config.Blocks} residual blocks of {config.Channels} channels), {new FileInfo(weights).Length:N0} bytes, SHA-256 `{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weights)))}`.

            ## How it was trained

            ```
            maison data prepare-image --data CORPORA --out DATA
            {run.Command}
            maison models pack-upscaler {UpscalerStage.Name} --data DATA --name {name}
            ```

            Crops of {run.Plan.Side} × {run.Plan.Side} pixels of {pictures.Ledger.Sum(e => e.Train):N0} pictures, given at half that size; L1 of pixels and half of their slopes. {run.Receipt.Steps:N0} steps of {run.Plan.Batch},
            {run.Receipt.Seconds / 60:F0} minutes{(machine is null ? "" : $" on {machine}")}; build {run.Receipt.Code}.

            ## Scores

            Held-out concepts of all corpora, peak signal-to-noise ratio of the error over all pictures in dB: {scores["decibels"]:F2}; the same pictures enlarged by blending neighbours: {scores["blended"]:F2}.

            Left to right, twice a row: blended, this model, the picture as it came.

            ![Held-out pictures]({UpscalerStage.ExampleName})

            ## Limits

            - It sharpens edges; it invents no detail. What the small picture does not show stays unseen.
            - It learned from clean pictures: the faults of a painted one are enlarged with it, and round outlines can come out with small steps.

            ## Data

            | corpus | licence | from | pictures | SHA-256 |
            |---|---|---|---|---|

            """);
        foreach (var e in pictures.Ledger) text.Append(CultureInfo.InvariantCulture, $"| {e.Corpus} | {e.Licence.Licence} | {e.Licence.Source} | {e.Train:N0} | `{e.Sha256}` |\n");
        foreach (var e in pictures.Ledger.Where(e => e.Licence.Attribution.Length > 0)) text.Append(CultureInfo.InvariantCulture, $"\n### {e.Corpus}\n\n```\n{e.Licence.Attribution.ReplaceLineEndings("\n").Trim()}\n```\n");
        return text.ToString();
    }
}
