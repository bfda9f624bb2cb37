// A model folder brought to life: decoder, tokenizer and scheduler. The folder's standard files say the rest: generation_config.json how
// its authors sample, tokenizer_config.json whether texts begin with a mark, card.md the licence.

using System.Text.Json;
using System.Text.Json.Serialization;
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
    const string licenceField = "license:";

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
            OwnedBy = "maison",
            Tokenizer = tokenizer,
            ChatFormat = tokenizer.SpecialTokens.ContainsKey(MarkNames.MessageStart) ? new ChatFormat(tokenizer) : null,
            EndIds = ends,
            DocumentStart = DocumentStart(folder, tokenizer),
            Generate = scheduler.Generate,
            Embed = (ids, cancellation) => scheduler.Embed(ids, cancellation),
            EmbeddingSize = decoder.Config.Hidden,
            Stats = () => scheduler.Stats,
            ContextLength = scheduler.ContextLength,
            Defaults = Defaults(folder),
            ParameterCount = plan.Model.Parameters,
            WeightFormat = DecoderCheckpoint.MatrixType(folder).ToString(),
            License = Licence(folder),
        });
    }

    /// <summary>The mark before every text: as tokenizer_config.json says; without that file the model was trained here, where documents begin
    /// with one. Import and export read the folder by the same rule.</summary>
    static int? DocumentStart(string folder, BpeTokenizer tokenizer)
    {
        var config = Read(Path.Combine(folder, "tokenizer_config.json"), FolderJson.Default.TokenizerConfig);
        var mark = config is null ? MarkNames.EndOfText : config.AddBosToken == true ? config.BosToken : null;
        return mark is not null && tokenizer.SpecialTokens.TryGetValue(mark, out var id) ? id : null;
    }

    static SamplingOptions Defaults(string folder)
    {
        var plain = new SamplingOptions();
        if (Read(Path.Combine(folder, "generation_config.json"), FolderJson.Default.GenerationConfig) is not { } config) return plain;
        return new(
            Temperature: config.DoSample == false ? 0 : config.Temperature ?? plain.Temperature,
            TopK: config.TopK ?? plain.TopK,
            TopP: config.TopP ?? plain.TopP,
            MinP: config.MinP ?? plain.MinP,
            RepetitionPenalty: config.RepetitionPenalty ?? plain.RepetitionPenalty);
    }

    static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException(path, e.Path ?? "$", e.Message.TrimEnd('.'), "Restore the file, or take it away", e);
        }
    }

    /// <summary>The licence that the card names in its head, as model cards do.</summary>
    static string? Licence(string folder)
    {
        var card = Path.Combine(folder, ShelvedModel.CardName);
        return File.Exists(card)
            ? File.ReadLines(card).Take(40).FirstOrDefault(l => l.StartsWith(licenceField, StringComparison.OrdinalIgnoreCase))?[licenceField.Length..].Trim()
            : null;
    }

    public void Dispose()
    {
        Scheduler.Dispose();
        foreach (var slot in ModelWeights.Slots(decoder)) (slot.Weight as IDisposable)?.Dispose();
    }
}

/// <summary>Hugging Face's generation_config.json: how the authors advise to sample.</summary>
sealed record GenerationConfig(bool? DoSample, float? Temperature, int? TopK, float? TopP, float? MinP, float? RepetitionPenalty);

/// <summary>What is asked of Hugging Face's tokenizer_config.json.</summary>
sealed record TokenizerConfig(bool? AddBosToken, string? BosToken);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GenerationConfig))]
[JsonSerializable(typeof(TokenizerConfig))]
sealed partial class FolderJson : JsonSerializerContext;
