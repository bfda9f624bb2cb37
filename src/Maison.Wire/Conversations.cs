// /v1/conversations: OpenAI's shapes. Its list of conversations is Maison's own, since a client that keeps nothing must find its chats again.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/conversations, and of POST /v1/conversations/{id}, which takes metadata alone.</summary>
public sealed record ConversationRequest
{
    public IReadOnlyList<InputItem>? Items { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A conversation without its items.</summary>
public sealed record ConversationBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "conversation";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>A page of conversations, the one that was added to last first.</summary>
public sealed record ConversationList(IReadOnlyList<ConversationBody> Data)
{
    public string Object { get; init; } = "list";
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public bool HasMore { get; init; }
}

/// <summary>A page of a conversation's items.</summary>
public sealed record ConversationItemList(IReadOnlyList<OutputItem> Data)
{
    public string Object { get; init; } = "list";
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public bool HasMore { get; init; }
}

/// <summary>The answer of DELETE /v1/conversations/{id}.</summary>
public sealed record DeletedConversation(string Id)
{
    public string Object { get; init; } = "conversation.deleted";
    public bool Deleted { get; init; } = true;
}
