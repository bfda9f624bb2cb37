namespace Maison.Data.Chat;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">"system", "developer" (rendered as system), "user" or "assistant".</param>
/// <param name="Content">What is said.</param>
/// <param name="Reasoning">The assistant's thoughts before it; null for none at all, empty for an explicitly empty think block.</param>
public sealed record ChatMessage(string Role, string Content, string? Reasoning = null);

/// <summary>A rendered conversation.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Loss">Per id, whether a model is trained to predict it: the assistant's words and the mark that closes them.</param>
public sealed record ChatTokens(int[] Ids, bool[] Loss);
