// From a run to a model that ships: weights rounded to bf16, or to Q8_0 where that would be too large, tokenizer, receipt, curve and card in one folder. What is scored and sampled is
// what ships, the rounded weights. The folder is filled beside its place and takes it only when whole; scores are kept with the run, so that
// packing can be stopped and taken up again.

using Maison.Data.Chat;
using Maison.Data.Preparation;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Text;

namespace Maison.Training.Packing;

/// <summary>What is packed and how.</summary>
/// <param name="Source">A run or checkpoint folder.</param>
/// <param name="Target">The model's folder; its last part is the model's name.</param>
/// <param name="Data">The folder of prepared data that trained it; null for where the run's plan says that it lies.</param>
/// <param name="Eval">A folder of questions; null asks none.</param>
/// <param name="Limit">Rows of each file of questions; null for all.</param>
/// <param name="Sampling">How the samples are drawn, and how the model is served unless a request says otherwise.</param>
/// <param name="Force">Replaces a model of that name even when it is better or cannot be compared.</param>
public sealed record PackOrder(
    string Source, string Target, string? Data, string? Eval, int? Limit, SamplingOptions Sampling, string Licence, IReadOnlyList<string> Notes, bool Force)
{
    /// <summary>The most that the folder may take: it lies in the repository.</summary>
    public long MostBytes { get; init; } = 60_000_000;
}

/// <summary>Packs models.</summary>
public static class ModelPacker
{
    const string ScoresName = "scores.jsonl";

    /// <summary>Packs a model and returns its receipt.</summary>
    /// <exception cref="InvalidDataException">The model is too large, its data cannot be told, or a model of that name is better; the message names the remedy.</exception>
    public static ModelReceipt Run(PackOrder order, Gang gang, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(order.Target));
        var files = CheckpointFiles.Find(order.Source);
        var phases = TrainingPhase.Of(files);
        var data = order.Data ?? phases[^1].DataFolder;
        var corpora = CorpusUse.Of(phases, DataLedger.Read(data), data);
        var questions = order.Eval is null ? null : EvaluationTasks.Find(order.Eval, null, []);
        var temporary = target + ".tmp";
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        try
        {
            var chat = phases.Any(p => p.Chat);
            Copy(files, temporary, chat, order);
            CheckSize(temporary, order);
            using var model = EvaluatedModel.Load(temporary, gang);
            var evaluation = new TextEvaluation(model, progress, new ScoreLog(Path.Combine(files.Run!, ScoresName)));
            // Held-out text decides whether it may take the place, so the long evaluations wait for that.
            var scores = EvaluationTasks.Find(null, data, []).Run(evaluation, null, stop).ToArray();
            var parameters = Maison.Models.ModelWeights.Slots(model.Decoder).Sum(s => s.Weight.Count);
            var receipt = new ModelReceipt(Path.GetFileName(target), model.Weights, CheckpointFiles.Digest(files.Tokenizer), parameters, model.Decoder.Config, [.. phases.Select(ModelReceipt.Of)],
                [.. corpora.Select(c => new CorpusReceipt(c.Licence.Name, c.Licence.Licence, c.Licence.Source, c.InputSha256, c.Overlap))], scores, DateTimeOffset.UtcNow, PackedVersion.Before(model.Weights, target, ModelReceipt.Measures));
            if (!order.Force) CheckBetter(target, receipt);
            if (questions is not null) receipt = receipt with { Scores = [.. scores, .. questions.Run(evaluation, order.Limit, stop)] };
            var samples = EverydaySamples.Ask(model, chat, order.Sampling, progress, stop);

            receipt.Save(temporary);
            File.WriteAllText(Path.Combine(temporary, CardWriter.CurveName), LossCurve.Svg($"{receipt.Name}: training loss", [.. phases.Select(p => (p.Run, p.Steps))]));
            File.WriteAllText(Path.Combine(temporary, CardWriter.FileName),
                CardWriter.Write(new(receipt, phases, corpora, samples, order.Sampling, order.Licence, DecoderCheckpoint.MatrixType(temporary), new FileInfo(Path.Combine(temporary, SafetensorsFile.ModelName)).Length, order.Notes)));
            CheckSize(temporary, order);
            stop.ThrowIfCancellationRequested();
            TakePlace(temporary, target);
            return receipt;
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    static void Copy(CheckpointFiles files, string folder, bool chat, PackOrder order)
    {
        var decoder = DecoderCheckpoint.LoadTrainable(files.Folder);
        var fits = Maison.Models.ModelWeights.Slots(decoder).Sum(s => s.Weight.Count) * ElementType.BF16.UnitBytes() < order.MostBytes;
        DecoderCheckpoint.Save(folder, decoder, fits ? ElementType.BF16 : ElementType.Q8_0);
        foreach (var slot in Maison.Models.ModelWeights.Slots(decoder)) (slot.Weight as IDisposable)?.Dispose();
        File.Copy(files.Tokenizer, Path.Combine(folder, "tokenizer.json"));
        ChatTemplate.SaveConfig(BpeTokenizer.Load(files.Tokenizer), folder, decoder.Config.Context, chat);
        new GenerationSettings(order.Sampling.Temperature > 0, order.Sampling.Temperature, null, order.Sampling.TopP, null, order.Sampling.RepetitionPenalty).Save(folder);
    }

    static void CheckSize(string folder, PackOrder order)
    {
        var bytes = new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length);
        if (bytes > order.MostBytes)
            throw new InvalidDataException($"{order.Source} would take {bytes / 1e6:F1} MB, but a shipped model may take {order.MostBytes / 1e6:0.#} MB. Train a smaller one, or add this one to your own models: maison models add {order.Source}.");
    }

    static void CheckBetter(string target, ModelReceipt made)
    {
        if (!Directory.Exists(target)) return;
        const string remedy = "Choose another --name, or give --force to replace it.";
        if (ModelReceipt.Read(target)?.YardstickBits is not { } old)
            throw new InvalidDataException($"{target} exists and has no receipt with a score on held-out {ModelReceipt.Yardstick}, so the two cannot be compared. {remedy}");
        if (made.YardstickBits is not { } now)
            throw new InvalidDataException($"{target} exists with {old:F4} bits per byte on held-out {ModelReceipt.Yardstick}, which --data does not hold, so the two cannot be compared. {remedy}");
        if (now > old)
            throw new InvalidDataException($"{target} is better: {old:F4} bits per byte on held-out {ModelReceipt.Yardstick} against {now:F4}. {remedy}");
    }

    static void TakePlace(string temporary, string target)
    {
        var old = target + ".old.tmp";
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        if (Directory.Exists(target)) Directory.Move(target, old);
        try
        {
            Directory.Move(temporary, target);
        }
        catch when (Directory.Exists(old) && !Directory.Exists(target))
        {
            Directory.Move(old, target);
            throw;
        }
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
    }
}
