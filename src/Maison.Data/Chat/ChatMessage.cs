namespace Maison.Data.Chat;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">"system", "developer" (rendered as system), "user", "assistant" or "tool".</param>
/// <param name="Content">What is said; of a tool, what it answered.</param>
/// <param name="Reasoning">The assistant's thoughts before it; null for none at all, empty for an explicitly empty think block.</param>
/// <param name="Calls">The tools that the assistant calls after it; null or empty for none.</param>
public sealed record ChatMessage(string Role, string Content, string? Reasoning = null, IReadOnlyList<ToolCall>? Calls = null);

/// <summary>A call of a tool.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">A JSON object, as written.</param>
public sealed record ToolCall(string Name, string Arguments);

/// <summary>A rendered conversation.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Loss">Per id, whether a model is trained to predict it: the assistant's words and the mark that closes them.</param>
public sealed record ChatTokens(int[] Ids, bool[] Loss);
