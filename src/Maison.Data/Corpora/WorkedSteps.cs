// Word problems come as "steps … The answer is 72." with the answer named apart. In a conversation the steps belong between
// think marks and the answer stands alone; as plain text the row stays as it is. It knows nothing about which marks those are.

using Maison.Data.Chat;

namespace Maison.Data.Corpora;

static class WorkedSteps
{
    const string Closing = "The answer is";

    /// <summary>The turns with the last answer's steps as <see cref="ChatMessage.Reasoning"/>, or unchanged when the row names no
    /// answer or does not close with it.</summary>
    public static IReadOnlyList<ChatMessage> AsReasoning(CorpusDocument document)
    {
        var turns = document.Messages!;
        if (document.Answer is not { } answer || turns[^1] is not { Role: "assistant", Reasoning: null } last) return turns;
        var at = last.Content.LastIndexOf(Closing, StringComparison.Ordinal);
        if (at <= 0 || !last.Content.AsSpan(at).Contains(answer, StringComparison.Ordinal)) return turns;
        var steps = last.Content[..at].Trim();
        return steps.Length == 0 ? turns : [.. turns.SkipLast(1), last with { Content = last.Content[at..], Reasoning = steps }];
    }
}
