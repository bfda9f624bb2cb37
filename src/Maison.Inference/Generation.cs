// What a caller asks of the scheduler and what it gets back: token ids in, token ids out.
// Text, stop strings and chat templates are the caller's; files and wires are unknown here.

using Maison.Inference.Grammar;

namespace Maison.Inference;

/// <summary>How the next token is chosen from the logits; the defaults sample the model's own distribution.</summary>
/// <param name="Temperature">0 is greedy; otherwise logits are divided by it. Range [0, 2].</param>
/// <param name="TopK">Keep the k most likely tokens; 0 keeps all.</param>
/// <param name="TopP">Nucleus sampling, arXiv 1904.09751: keep the smallest set whose probability reaches p. Range (0, 1].</param>
/// <param name="MinP">Drop tokens less likely than MinP times the most likely one, arXiv 2407.01082. Range [0, 1].</param>
/// <param name="FrequencyPenalty">Subtracted from a logit once per earlier occurrence in the generated text. Range [-2, 2].</param>
/// <param name="PresencePenalty">Subtracted once from the logit of each token that already occurred in the generated text. Range [-2, 2].</param>
/// <param name="RepetitionPenalty">Divides positive and multiplies negative logits of tokens seen in prompt or answer, arXiv 1909.05858; 1 is off.</param>
/// <param name="LogitBias">Added to the logits of the given ids, range [-100, 100]; -100 forbids, 100 forces.</param>
/// <param name="Seed">Same seed, prompt and options give the same tokens; null draws one.</param>
/// <param name="TopLogprobs">How many alternatives to report per token (0 to 20); null reports no log probabilities at all.</param>
public sealed record SamplingOptions(
    float Temperature = 1f,
    int TopK = 0,
    float TopP = 1f,
    float MinP = 0f,
    float FrequencyPenalty = 0f,
    float PresencePenalty = 0f,
    float RepetitionPenalty = 1f,
    IReadOnlyDictionary<int, float>? LogitBias = null,
    ulong? Seed = null,
    int? TopLogprobs = null);

/// <summary>One generation: prompt ids, at most <paramref name="MaxTokens"/> new ids, ending at any of <paramref name="StopIds"/>.</summary>
/// <param name="Prompt">At least one id; together with MaxTokens it must fit the context, or the request is refused.</param>
/// <param name="Sampling">How each next id is chosen.</param>
/// <param name="MaxTokens">Upper bound of generated ids, at least 1; null means whatever the context leaves.</param>
/// <param name="StopIds">Ids that end the answer; the stop id itself is reported, with <see cref="FinishReason.Stop"/>.</param>
/// <param name="Grammar">What the answer has to match; null lets it be any text. An answer that can be whole within MaxTokens is.</param>
/// <param name="Begun">How many of the prompt's last ids are already the beginning of what has to match.</param>
public sealed record GenerationRequest(
    int[] Prompt,
    SamplingOptions Sampling,
    int? MaxTokens,
    IReadOnlyCollection<int> StopIds,
    TokenGrammar? Grammar = null,
    int Begun = 0);

/// <summary>Why a generation ended: by itself, or by its limit. Where the limit made a grammar close its text early, that is the limit too.</summary>
public enum FinishReason { Stop, Length }

/// <summary>One alternative: its id and natural-log probability under the unmodified model (before temperature and penalties).</summary>
public readonly record struct TokenLogprob(int Id, float Logprob);

/// <summary>One generated id.</summary>
/// <param name="Id">The id.</param>
/// <param name="Logprob">Its natural-log probability; 0 when none were asked for.</param>
/// <param name="Top">The likeliest alternatives, best first; null when none were asked for.</param>
/// <param name="Finish">Set on the last id of a request.</param>
/// <param name="CachedPromptTokens">How many ids of the prompt came from shared pages instead of being computed; the same on each id of a request.</param>
public readonly record struct GeneratedToken(int Id, float Logprob, TokenLogprob[]? Top, FinishReason? Finish, int CachedPromptTokens = 0);

/// <summary>The prompt and the asked-for answer do not fit the context; nothing was generated and nothing was cut.</summary>
public sealed class ContextOverflowException(int promptTokens, int maxTokens, int contextLength)
    : Exception($"The prompt has {promptTokens} tokens and {maxTokens} more were asked for, but the context holds {contextLength}. Shorten the messages or lower max_tokens.")
{
    public int PromptTokens { get; } = promptTokens;
    public int MaxTokens { get; } = maxTokens;
    public int ContextLength { get; } = contextLength;
}

/// <summary>The model threw or gave no usable logits while it computed this request; the scheduler goes on with the others.</summary>
public sealed class GenerationFailedException(Exception cause) : Exception($"The model failed on this request: {cause.Message}", cause);

/// <summary>Counters and gauges of a running scheduler, all since its start.</summary>
public readonly record struct SchedulerStats(
    int Running, int Queued, int PagesUsed, int PagesTotal,
    long PromptTokens, long CachedPromptTokens, long GeneratedTokens,
    long Requests, double BusySeconds);
