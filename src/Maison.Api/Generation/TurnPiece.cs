// What an answer grows by, whoever writes it: a model of the house, whose tokens become pieces, or a third party, whose chunks do. The shapes of
// answers are written from these alone, so that each shape exists once.

using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Generation;

/// <summary>One step of an answer; all of it may be empty.</summary>
/// <param name="Logprobs">Of the content's tokens that came with it.</param>
sealed record TurnPiece(string Reasoning = "", string Content = "", IReadOnlyList<CallPiece>? Calls = null, IReadOnlyList<TokenProbability>? Logprobs = null)
{
    /// <summary>Thoughts with their writer's signature, which go back to it unchanged in a loop of tools; null for none.</summary>
    public SignedThoughts? Signed { get; init; }

    /// <summary>A piece of the house's.</summary>
    /// <param name="logprobs">Whether they were asked for.</param>
    public static TurnPiece Of(Piece piece, Models.ServedModel model, bool logprobs) => new(piece.Reasoning, piece.Content, [.. piece.Calls.Select(CallPiece.Of)],
        logprobs ? [.. piece.Tokens.Select(t => Probability.Written(model.Tokenizer, t.Token))] : null);
}

/// <summary>More of a call; the name comes with its beginning alone.</summary>
/// <param name="Id">As its writer calls it; null for one that has no name for it.</param>
readonly record struct CallPiece(string? Id, string? Name, string Arguments)
{
    public static CallPiece Of(CallDelta delta) => new(null, delta.Name, delta.Arguments);
}

/// <summary>How an answer ended.</summary>
/// <param name="Reason">OpenAI's word: stop, length, tool_calls, content_filter.</param>
/// <param name="Stop">The stop string that ended it, where that is known.</param>
/// <param name="Receipt">What a third party's answer cost and what of it left the house; null for one of the house.</param>
sealed record TurnEnd(string Reason, Usage Usage, string? Stop = null, System.Text.Json.JsonElement? Receipt = null)
{
    /// <summary>The end of an answer of the house.</summary>
    public static TurnEnd Of(Answer answer, Inference.FinishReason finish) => new(TextGenerator.Name(finish, answer), TextGenerator.UsageOf([answer]), answer.StoppedBy);
}
