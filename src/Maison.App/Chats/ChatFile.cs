// Chats as files: JSON that holds every branch and can be imported again, or Markdown of the branch that is shown, for reading.

using System.Text;
using System.Text.Json.Serialization;
using Maison.App.Assistant;
using Maison.Wire;

namespace Maison.App.Chats;

/// <summary>Chats in a file.</summary>
sealed record ChatFile(IReadOnlyList<ChatFile.Chat> Chats)
{
    public const string Kind = "maison.chats/1";

    /// <summary>The file around its chats, for writing it piece by piece.</summary>
    public static readonly byte[] Head = Encoding.UTF8.GetBytes($$"""{"format":"{{Kind}}","chats":["""), Tail = "]}"u8.ToArray();

    [JsonPropertyOrder(-1)] public string Format { get; init; } = Kind;

    /// <summary>A chat with all its branches.</summary>
    /// <param name="Head">The item that it goes on from.</param>
    public sealed record Chat(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<Item> Items, string? Head)
    {
        public static Chat Of(ConversationBody conversation, IEnumerable<OutputItem> items) => new(conversation.Metadata,
            [.. items.Select(i => new Item(i.Id, i.After, i.Type, i.Role, string.Concat(i.Content?.Select(p => p.Text) ?? []), i.Status, i.Metadata))], conversation.Head);
    }

    /// <summary>One item, after the one that it follows.</summary>
    public sealed record Item(string Id, string? After, string Type, string? Role, string Text, string? Status, IReadOnlyDictionary<string, string>? Metadata);

    /// <summary>The branch that is shown.</summary>
    public static string Markdown(ConversationBody conversation, IReadOnlyList<OutputItem> items, Texts texts)
    {
        var byId = items.ToDictionary(i => i.Id);
        var branch = new List<OutputItem>();
        for (var at = conversation.Head; at is not null && byId.TryGetValue(at, out var item); at = item.After) branch.Add(item);
        branch.Reverse();
        var text = new StringBuilder($"# {conversation.TitleIn(texts)}\n");
        foreach (var turn in Turn.Of(branch))
        {
            text.Append($"\n## {(turn.FromUser ? texts.You : turn.Notes.Model ?? texts.Assistant)}\n\n");
            if (turn.Reasoning.Length > 0) text.Append($"<details><summary>{texts.Reasoning}</summary>\n\n{turn.Reasoning.Trim()}\n\n</details>\n\n");
            text.Append(turn.Text.Trim()).Append('\n');
        }
        return text.ToString();
    }
}

/// <summary>How the file is written and read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChatFile))]
sealed partial class ChatFileJson : JsonSerializerContext;
