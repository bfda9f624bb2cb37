// What was said so far, and how it is kept in a file: a readable page, or one JSON line in the form that `maison data prepare` reads.

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Maison.Data.Chat;

namespace Maison.Cli.Chat;

/// <summary>A conversation that grows.</summary>
sealed class Conversation
{
    static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly List<ChatMessage> said = [];

    /// <summary>The instruction that stands before everything; null for none.</summary>
    public string? System { get; set; }

    public IReadOnlyList<ChatMessage> Messages => System is null ? said : [new("system", System), .. said];

    public void Ask(string text) => said.Add(new("user", text));

    public void Reply(string content, string reasoning) => said.Add(new("assistant", content, reasoning.Length > 0 ? reasoning : null));

    /// <summary>Takes back the question that got no answer.</summary>
    public void TakeBack() => said.RemoveAt(said.Count - 1);

    public void Reset() => said.Clear();

    /// <summary>Adds the conversation to a .jsonl file, or writes it as Markdown to any other.</summary>
    public void Save(string path)
    {
        if (path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)) File.AppendAllText(path, JsonLine() + "\n");
        else File.WriteAllText(path, string.Join("\n\n", Messages.Select(m => $"**{m.Role}**\n\n{(m.Reasoning is null ? "" : $"> {m.Reasoning.ReplaceLineEndings("\n> ")}\n\n")}{m.Content}")) + "\n");
    }

    string JsonLine()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteStartArray("messages");
            foreach (var message in Messages)
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                if (message.Reasoning is not null) json.WriteString("reasoning", message.Reasoning);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
