// One document of a corpus as it was read: plain text or a conversation, with the place it came from.
// It knows nothing about cleaning, tokens or chat templates.

using Maison.Data.Chat;

namespace Maison.Data.Corpora;

/// <summary>A document: either <see cref="Text"/> or <see cref="Messages"/> is set, never both.</summary>
/// <param name="Text">Plain text, or null for a conversation.</param>
/// <param name="Messages">The turns, or null for plain text.</param>
/// <param name="Answer">The final answer that a checker can compare, where the row names one.</param>
/// <param name="File">The file it was read from.</param>
/// <param name="Line">Its line there, from 1.</param>
public sealed record CorpusDocument(string? Text, IReadOnlyList<ChatMessage>? Messages, string? Answer, string File, long Line)
{
    /// <summary>The words alone: the text, or the turns with a blank line between them.</summary>
    public string PlainText => Text ?? string.Join("\n\n", Messages!.Select(m => m.Reasoning is null ? m.Content : $"{m.Reasoning}\n\n{m.Content}"));
}
