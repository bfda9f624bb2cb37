// The house's own form of a conversation: messages as chat completions write them. Responses and Anthropic's messages are brought into it, whoever
// answers then: a model of the house reads text alone, third parties also pictures, and Anthropic's what only it understands.

using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Chat;

/// <summary>Messages, and where in its own request each of them stood.</summary>
sealed record SentConversation(IReadOnlyList<RequestMessage> Messages, IReadOnlyList<string> At)
{
    /// <summary>As a model of the house reads them. What belongs to what was checked by whoever made the messages.</summary>
    /// <exception cref="Errors.ApiException">400 naming the field.</exception>
    public IReadOnlyList<ChatMessage> Read() => [.. Messages.Select((message, i) => Conversation.Message(message, At[i]))];
}

/// <summary>What whoever answers can be sent beside text.</summary>
/// <param name="Media">Pictures, sound, files.</param>
/// <param name="Signed">Signed thoughts, marks of what is to be cached, and whether a tool failed: Anthropic's own.</param>
readonly record struct Reach(bool Media, bool Signed)
{
    public static readonly Reach House = new(false, false), OpenAI = new(true, false), Anthropic = new(true, true);
}
