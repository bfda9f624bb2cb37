using Maison.Wire;

namespace Maison.App.Chats;

/// <summary>What a chat's metadata says.</summary>
static class ChatFacts
{
    public static string TitleIn(this ConversationBody chat, Texts texts) => chat.Metadata.GetValueOrDefault("title") is { Length: > 0 } title ? title : texts.Untitled;

    public static bool IsPinned(this ConversationBody chat) => chat.Metadata.GetValueOrDefault("pinned") == "true";

    /// <summary>Servers whose tools the chat may use.</summary>
    public static IReadOnlyList<string> ToolServers(this ConversationBody chat)
        => chat.Metadata.GetValueOrDefault("tools", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static IEnumerable<string> Tags(this ConversationBody chat)
        => chat.Metadata.GetValueOrDefault("tags", "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
