// From files to chats: our own JSON, or the conversations.json of a ChatGPT export, whose messages form a tree as ours do. What is no text
// (pictures, tool traffic, hidden system messages) is left out and counted; branches are kept.

using System.Text.Json;
using Maison.Wire;

namespace Maison.App.Chats;

/// <summary>Reads files of chats and keeps what they hold.</summary>
static class ChatImport
{
    const int MostAtOnce = 20, LongestTitle = 200;

    /// <summary>The chats of a file, and how many messages of it could not be taken.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidDataException">It is JSON of another kind.</exception>
    public static async Task<(List<ChatFile.Chat> Chats, int Skipped)> Read(Stream file, CancellationToken stop)
    {
        using var json = await JsonDocument.ParseAsync(file, default, stop);
        var root = json.RootElement;
        if (root.ValueKind == JsonValueKind.Object && Text(root, "format") == ChatFile.Kind)
        {
            var own = root.Deserialize(ChatFileJson.Default.ChatFile)!;
            return ([.. own.Chats], 0);
        }
        if (root.ValueKind != JsonValueKind.Array || root.EnumerateArray().Any(c => c.ValueKind != JsonValueKind.Object || !c.TryGetProperty("mapping", out _)))
            throw new InvalidDataException("It is neither an export of this app nor the conversations.json of a ChatGPT export.");
        var (chats, skipped) = (new List<ChatFile.Chat>(), 0);
        foreach (var conversation in root.EnumerateArray())
        {
            var chat = FromChatGpt(conversation, ref skipped);
            if (chat.Items.Count > 0) chats.Add(chat);
        }
        // Theirs come newest first; ours are listed by when they were added to.
        chats.Reverse();
        return (chats, skipped);
    }

    /// <summary>Keeps a chat with its branches, and goes on from where it was left.</summary>
    public static async Task Keep(ApiClient api, ChatFile.Chat chat, CancellationToken stop)
    {
        var kept = await api.NewConversation(chat.Metadata.Where(m => m.Key != "folder").ToDictionary(), stop);
        var known = new Dictionary<string, string>();
        for (var i = 0; i < chat.Items.Count;)
        {
            // As many at once as follow each other.
            var batch = new List<ChatFile.Item> { chat.Items[i] };
            while (batch.Count < MostAtOnce && i + batch.Count < chat.Items.Count && chat.Items[i + batch.Count].After == batch[^1].Id) batch.Add(chat.Items[i + batch.Count]);
            var after = batch[0].After is { } before ? known.GetValueOrDefault(before, "start") : "start";
            var added = await api.Add(kept.Id, [.. batch.Select(b => new InputItem { Type = b.Type, Role = b.Role, Status = b.Status, Content = Content(b), Metadata = b.Metadata })], stop, after);
            foreach (var (item, made) in batch.Zip(added.Data)) known[item.Id] = made.Id;
            i += batch.Count;
        }
        if (chat.Head is { } head && known.TryGetValue(head, out var last) && last != known[chat.Items[^1].Id]) await api.TurnTo(kept.Id, last, stop);
    }

    static MessageContent Content(ChatFile.Item item) => item.Type == "reasoning" ? new MessageContent(null, [new() { Type = "reasoning_text", Text = item.Text }]) : item.Text;

    static ChatFile.Chat FromChatGpt(JsonElement conversation, ref int skipped)
    {
        var nodes = conversation.GetProperty("mapping").EnumerateObject().ToDictionary(n => n.Name, n => n.Value);
        var items = new List<ChatFile.Item>();
        // What a node stands for once nodes without text are skipped.
        var standsFor = new Dictionary<string, string?>();
        var waiting = new Stack<(string Id, string? After)>(nodes.Where(n => Text(n.Value, "parent") is not { } parent || !nodes.ContainsKey(parent)).Select(n => (n.Key, (string?)null)));
        while (waiting.TryPop(out var at))
        {
            if (standsFor.ContainsKey(at.Id)) continue;
            var node = nodes[at.Id];
            var message = node.TryGetProperty("message", out var m) && m.ValueKind == JsonValueKind.Object ? m : default;
            var here = at.After;
            if (message.ValueKind == JsonValueKind.Object && Role(message) is { } role)
            {
                var text = Said(message);
                if (text.Length == 0 || role is not ("user" or "assistant")) skipped += role is "user" or "assistant" ? 1 : 0;
                else
                {
                    items.Add(new(at.Id, at.After, "message", role, text, "completed", Model(message)));
                    here = at.Id;
                }
            }
            standsFor[at.Id] = here;
            if (node.TryGetProperty("children", out var children))
                foreach (var child in children.EnumerateArray().Reverse())
                    if (child.GetString() is { } name && nodes.ContainsKey(name)) waiting.Push((name, here));
        }
        var title = Text(conversation, "title") ?? "";
        var current = Text(conversation, "current_node");
        return new(new Dictionary<string, string> { ["title"] = title.Length <= LongestTitle ? title : title[..LongestTitle] }, items, current is null ? null : standsFor.GetValueOrDefault(current));
    }

    static string? Role(JsonElement message)
    {
        if (message.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("is_visually_hidden_from_conversation", out var hidden) && hidden.ValueKind == JsonValueKind.True) return null;
        return message.TryGetProperty("author", out var author) ? Text(author, "role") : null;
    }

    static string Said(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Object) return "";
        if (content.TryGetProperty("parts", out var parts) && parts.ValueKind == JsonValueKind.Array)
            return string.Join('\n', parts.EnumerateArray().Where(p => p.ValueKind == JsonValueKind.String).Select(p => p.GetString())).Trim();
        return (Text(content, "text") ?? "").Trim();
    }

    static Dictionary<string, string>? Model(JsonElement message)
        => message.TryGetProperty("metadata", out var metadata) && Text(metadata, "model_slug") is { Length: > 0 } model ? new() { ["model"] = model } : null;

    static string? Text(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
