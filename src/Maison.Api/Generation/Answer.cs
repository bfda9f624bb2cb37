// One answer while it grows: ids become text, reasoning and calls are told from content, a stop string ends it, and a token's log
// probabilities travel with the first characters that it helped to write. Knows nothing about HTTP, nor in which shape its pieces are written.

using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Inference;

namespace Maison.Api.Generation;

/// <summary>What one token let out of an answer; all of it may be empty while characters wait.</summary>
/// <param name="Answer">The answer that grew.</param>
/// <param name="Reasoning">More of the reasoning.</param>
/// <param name="Content">More of the content.</param>
/// <param name="Calls">More of the calls of tools.</param>
/// <param name="Tokens">The content's tokens whose characters are out now; only when log probabilities are wanted.</param>
/// <param name="Finish">Set on the last piece.</param>
readonly record struct Piece(Answer Answer, string Reasoning, string Content, IReadOnlyList<CallDelta> Calls, IReadOnlyList<ScoredToken> Tokens, FinishReason? Finish);

/// <summary>A token of the content and where its text starts in it, in UTF-16 units.</summary>
readonly record struct ScoredToken(GeneratedToken Token, int Start);

/// <summary>The text of one generation.</summary>
/// <param name="index">Its place among the answers of the request.</param>
/// <param name="request">What is asked of the scheduler.</param>
/// <param name="tokenizer">Whose ids come.</param>
/// <param name="stops">End the content; reasoning is not searched, so that they can not cut it.</param>
/// <param name="parser">Tells reasoning and calls from content; null where all is content.</param>
sealed class Answer(int index, GenerationRequest request, BpeTokenizer tokenizer, IReadOnlyList<string> stops, AnswerParser? parser = null)
{
    readonly StreamingDecoder decoder = new(tokenizer);
    readonly StopMatcher stop = new(stops);
    readonly Queue<ScoredToken> waiting = new();
    int taken, shown;

    public int Index { get; } = index;
    public GenerationRequest Request { get; } = request;

    /// <summary>Tokens generated so far, an end mark included.</summary>
    public int Tokens { get; private set; }

    /// <summary>Those of them between the think marks, marks included.</summary>
    public int ReasoningTokens { get; private set; }
    public int CachedPromptTokens { get; private set; }

    /// <summary>Calls of tools so far.</summary>
    public int Calls => parser?.Calls ?? 0;

    /// <summary>The stop string that ended it, if one did.</summary>
    public string? StoppedBy => stop.StoppedBy;

    /// <summary>Takes the next token and returns what it lets out; the piece with a finish is the last.</summary>
    public Piece Push(GeneratedToken token)
    {
        Tokens++;
        CachedPromptTokens = token.CachedPromptTokens;
        var ends = token.Finish is not null && Request.StopIds.Contains(token.Id);
        var (wasReasoning, wasCall) = (parser?.InReasoning ?? false, parser?.InCall ?? false);
        var delta = ends ? new("", "", []) : Decode(token.Id);
        var isReasoning = wasReasoning || (parser?.InReasoning ?? false);
        var isCall = wasCall || (parser?.InCall ?? false);
        if (isReasoning && !ends) ReasoningTokens++;
        if (token.Finish is not null) delta = Join(delta, parser?.Flush() ?? new("", decoder.Flush(), []));

        if (!ends && !isReasoning && !isCall && Request.Sampling.TopLogprobs is not null && !IsFormat(token.Id, delta.Content))
            waiting.Enqueue(new(token, taken));
        taken += delta.Content.Length;
        var content = stop.Push(delta.Content);
        var finish = stop.Stopped ? FinishReason.Stop : token.Finish;
        if (finish is not null && !stop.Stopped) content += stop.Flush();
        shown += content.Length;
        return new(this, delta.Reasoning, content, stop.Stopped ? [] : delta.Calls, Shown(all: finish is not null && !stop.Stopped), finish);
    }

    /// <summary>Ends the answer where it is, as a limit of tokens would.</summary>
    public Piece Cut()
    {
        var delta = parser?.Flush() ?? new("", decoder.Flush(), []);
        taken += delta.Content.Length;
        var content = stop.Push(delta.Content);
        if (!stop.Stopped) content += stop.Flush();
        shown += content.Length;
        return new(this, delta.Reasoning, content, stop.Stopped ? [] : delta.Calls, Shown(all: !stop.Stopped), stop.Stopped ? FinishReason.Stop : FinishReason.Length);
    }

    AnswerDelta Decode(int id)
    {
        if (id >= tokenizer.VocabSize) return new("", "", []);
        if (parser is not null) return parser.Push(id);
        var hidden = tokenizer.IsSpecial(id) && tokenizer.AddedTokens.Any(t => t.Id == id && t.Special);
        return new("", hidden ? decoder.Flush() : decoder.Push(id), []);
    }

    static AnswerDelta Join(AnswerDelta first, AnswerDelta second)
        => new(first.Reasoning + second.Reasoning, first.Content + second.Content, [.. first.Calls, .. second.Calls]);

    /// <summary>The line breaks between the closing think mark and the content are the format's, not the content's.</summary>
    bool IsFormat(int id, string added) => taken == 0 && added.Length == 0 && Probability.Text(tokenizer, id).IndexOfAnyExcept((byte)'\n') < 0;

    /// <summary>The waiting tokens that started before what is shown; the rest may still fall to a stop string.</summary>
    IReadOnlyList<ScoredToken> Shown(bool all)
    {
        if (waiting.Count == 0) return [];
        var tokens = new List<ScoredToken>();
        while (waiting.TryPeek(out var next) && (all || next.Start < shown)) tokens.Add(waiting.Dequeue());
        return tokens;
    }
}
