// One model as the API serves it. What it takes to generate comes in as two functions of the scheduler, so that a test can script tokens
// and this room never learns how a model is loaded.

using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Embeddings;
using Maison.Api.Grammars;
using Maison.Api.Messages;
using Maison.Api.Requests;
using Maison.Api.Responses;
using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Models;

/// <summary>A loaded text model under the name that requests call it by.</summary>
public sealed record ServedModel : CatalogEntry
{
    public required BpeTokenizer Tokenizer
    {
        get;
        init
        {
            field = value;
            Grammars = new(value);
        }
    }

    /// <summary>The grammars that requests have asked for.</summary>
    internal GrammarShelf Grammars { get; private init; } = null!;

    /// <summary>How conversations are written for this model; null for one that only continues text.</summary>
    public ChatFormat? ChatFormat { get; init; }

    /// <summary>Ids that end any text of this model: its end-of-message and end-of-document marks.</summary>
    public required IReadOnlyCollection<int> EndIds { get; init; }

    /// <summary>The id that every prompt begins with, for a model that learned documents and conversations so; null for one that did not.</summary>
    public int? DocumentStart { get; init; }

    /// <summary><see cref="Scheduler.Generate"/>.</summary>
    public required Func<GenerationRequest, CancellationToken, IAsyncEnumerable<GeneratedToken>> Generate { get; init; }

    /// <summary><see cref="Scheduler.Embed"/>; null for a model that gives no vectors.</summary>
    public Func<int[], CancellationToken, Task<float[]>>? Embed { get; init; }

    /// <summary>Numbers in a vector of <see cref="Embed"/>.</summary>
    public int EmbeddingSize { get; init; }

    /// <summary><see cref="Scheduler.Stats"/>.</summary>
    public required Func<SchedulerStats> Stats { get; init; }

    /// <summary>Tokens that prompt and answer may have together.</summary>
    public required int ContextLength { get; init; }

    /// <summary>What stands for sampling fields that a request leaves out, as the model's authors advise.</summary>
    public SamplingOptions Defaults { get; init; } = new();

    public long? ParameterCount { get; init; }

    /// <summary>How the weights are stored, such as Q8_0.</summary>
    public string? WeightFormat { get; init; }

    internal override string Output => "text";

    internal override IReadOnlyDictionary<string, IRequestFields> Fields
    {
        get
        {
            var fields = new Dictionary<string, IRequestFields> { [Routes.Completions] = CompletionRules.Fields };
            if (ChatFormat is not null)
            {
                fields[Routes.ChatCompletions] = ChatRules.Fields;
                fields[Routes.Responses] = ResponseRules.Fields;
                fields[Routes.Messages] = MessageRules.Fields;
            }
            if (Embed is not null) fields[Routes.Embeddings] = EmbeddingEndpoint.Fields;
            return fields;
        }
    }

    internal override ModelCard Card => base.Card with
    {
        ContextWindow = ContextLength,
        ParameterCount = ParameterCount,
        WeightFormat = WeightFormat,
        Defaults = new(Defaults.Temperature, Defaults.TopP, Defaults.TopK, Defaults.MinP, Defaults.RepetitionPenalty),
    };
}
