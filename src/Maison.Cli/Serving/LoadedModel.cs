// A model folder brought to life: decoder, tokenizer and scheduler. The folder's standard files say the rest: generation_config.json how
// its authors sample, tokenizer_config.json whether texts begin with a mark, card.md the licence.

using Maison.Api.Models;
using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Cli.Serving;

/// <summary>A model that generates, until it is disposed.</summary>
sealed class LoadedModel : IDisposable
{
    readonly Decoder decoder;

    LoadedModel(Decoder decoder, Scheduler scheduler, ServedModel served) => (this.decoder, Scheduler, Served) = (decoder, scheduler, served);

    public Scheduler Scheduler { get; }

    /// <summary>The model as the API serves it.</summary>
    public ServedModel Served { get; }

    /// <summary>Loads as planned. The gang stays the caller's.</summary>
    /// <exception cref="CheckpointFormatException">A file of the folder is damaged; names file, field and remedy.</exception>
    /// <exception cref="InvalidDataException">The tokenizer is damaged or has no end mark.</exception>
    public static LoadedModel Load(ServingPlan plan, Gang gang)
    {
        var folder = plan.Model.Folder;
        var reading = Task.Run(() => BpeTokenizer.Load(plan.Model.Tokenizer));
        var decoder = DecoderCheckpoint.Load(folder, plan.Context);
        var tokenizer = reading.GetAwaiter().GetResult();
        if (tokenizer.VocabSize > decoder.Config.Vocab)
            throw new InvalidDataException($"{plan.Model.Tokenizer} has {tokenizer.VocabSize} ids, but the model knows {decoder.Config.Vocab}: they belong to different models. Restore the files.");
        int[] ends = [.. new[] { MarkNames.MessageEnd, MarkNames.EndOfText }.Where(tokenizer.SpecialTokens.ContainsKey).Select(mark => tokenizer.SpecialTokens[mark])];
        if (ends.Length == 0) throw new InvalidDataException($"{plan.Model.Tokenizer} has neither {MarkNames.MessageEnd} nor {MarkNames.EndOfText}: no answer would ever end. Use the model's own tokenizer.");

        var scheduler = new Scheduler(decoder, gang, new() { ContextLength = plan.Context, MaxRunning = ServingPlan.MostRunning, CachePages = plan.CachePages, MaxBatchTokens = ServingPlan.BatchTokens });
        return new(decoder, scheduler, new ServedModel
        {
            Id = plan.Model.Name,
            Created = File.GetLastWriteTimeUtc(Path.Combine(folder, SafetensorsFile.ModelName)),
            Tokenizer = tokenizer,
            ChatFormat = tokenizer.SpecialTokens.ContainsKey(MarkNames.MessageStart) ? new ChatFormat(tokenizer) : null,
            EndIds = ends,
            DocumentStart = TokenizerSettings.Read(folder, tokenizer.SpecialTokens).StartId,
            Generate = scheduler.Generate,
            Embed = (ids, cancellation) => scheduler.Embed(ids, cancellation),
            EmbeddingSize = decoder.Config.Hidden,
            Stats = () => scheduler.Stats,
            ContextLength = scheduler.ContextLength,
            Defaults = Defaults(folder),
            ParameterCount = plan.Model.Parameters,
            WeightFormat = DecoderCheckpoint.MatrixType(folder).ToString(),
            License = CardFile.Licence(folder),
            CardText = CardFile.Text(folder),
        });
    }

    /// <summary>What the folder advises for requests that do not say how to sample.</summary>
    static SamplingOptions Defaults(string folder)
    {
        var plain = new SamplingOptions();
        if (GenerationSettings.Read(folder) is not { } advice) return plain;
        return new(
            Temperature: advice.Sample ? advice.Temperature ?? plain.Temperature : 0,
            TopK: advice.TopK ?? plain.TopK,
            TopP: advice.TopP ?? plain.TopP,
            MinP: advice.MinP ?? plain.MinP,
            RepetitionPenalty: advice.RepetitionPenalty ?? plain.RepetitionPenalty);
    }

    public void Dispose()
    {
        Scheduler.Dispose();
        foreach (var slot in ModelWeights.Slots(decoder)) (slot.Weight as IDisposable)?.Dispose();
    }
}
