// /v1/conversations: OpenAI's shapes. The list of conversations, folders, branches and the search are Maison's own, since a client that keeps
// nothing must find its chats again. `pinned`, `archived` (both "true"), `folder` and `tags` (with commas) of the metadata sort and filter the list.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The body of POST /v1/conversations, of POST /v1/conversations/{id}, which takes metadata and head, and of …/items, which takes items and after.</summary>
public sealed record ConversationRequest
{
    public IReadOnlyList<InputItem>? Items { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The item that the new ones follow, or "start": beside what followed it before, a branch. Absent: the end of the conversation.</summary>
    public string? After { get; init; }

    /// <summary>An item of the branch that the conversation goes on with; its newest end is taken.</summary>
    public string? Head { get; init; }

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

    /// <summary>Unix seconds of the last item.</summary>
    public required long UpdatedAt { get; init; }

    /// <summary>The item that it goes on from; absent where there is none.</summary>
    public string? Head { get; init; }

    /// <summary>In the answer to a search: where the words stand.</summary>
    public ConversationMatch? Match { get; init; }
}

/// <summary>A place where a search found its words.</summary>
/// <param name="ItemId">The item; null for the title.</param>
/// <param name="Text">The words with what stands around them.</param>
public sealed record ConversationMatch(string? ItemId, string Text);

/// <summary>The body that makes or changes a folder; what is absent stays.</summary>
public sealed record FolderRequest
{
    public string? Name { get; init; }
    public string? Instructions { get; init; }
    public string? Model { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A folder of conversations: what models are told in it, and which of them answers. The one named <see cref="Everywhere"/> is for every conversation.</summary>
public sealed record FolderBody(string Id, string Name, string Instructions, string Model)
{
    public const string Everywhere = "everywhere";

    public string Object { get; init; } = "conversation.folder";
}

/// <summary>All folders; the one for every conversation first.</summary>
public sealed record FolderList(IReadOnlyList<FolderBody> Data)
{
    public string Object { get; init; } = "list";
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
