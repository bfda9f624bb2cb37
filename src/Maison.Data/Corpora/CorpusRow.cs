// Turns one JSON line into a document. It knows the two row shapes ({"text"} and {"messages":[{"role","content"}]}) and
// nothing else; further keys of a row are metadata and are passed over, except "answer". A line that is not JSON is the
// reader's to count; a line that is JSON of another shape is refused here, because guessing its field would train on the wrong words.

using System.Text;
using System.Text.Json;
using Maison.Data.Chat;

namespace Maison.Data.Corpora;

static class CorpusRow
{
    static readonly string[] Roles = ["system", "developer", "user", "assistant"];

    /// <summary>Parses one line.</summary>
    /// <exception cref="JsonException">The line is not JSON.</exception>
    /// <exception cref="InvalidDataException">The line is JSON of an unknown shape; the message names file, line and remedy.</exception>
    public static CorpusDocument Parse(ReadOnlySpan<byte> line, string file, long number)
    {
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Unknown(file, number, "it is no object");
        string? text = null, answer = null;
        List<ChatMessage>? messages = null;
        List<string>? others = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("text"u8)) text = Word(ref reader, "text", file, number);
            else if (reader.ValueTextEquals("messages"u8)) messages = Turns(ref reader, file, number);
            else if (reader.ValueTextEquals("answer"u8)) answer = Scalar(ref reader);
            else
            {
                (others ??= []).Add(reader.GetString()!);
                reader.Read();
                reader.Skip();
            }
        }
        if (reader.Read()) throw new JsonException("more than one value on the line");
        if (text is not null && messages is not null) throw Unknown(file, number, "it has both \"text\" and \"messages\"");
        if (text is null && messages is null)
            throw Unknown(file, number, others is null ? "it has neither \"text\" nor \"messages\"" : $"it has only {string.Join(", ", others.Select(o => $"\"{o}\""))}");
        return new(text, messages, answer, file, number);
    }

    static string Word(ref Utf8JsonReader reader, string field, string file, long number)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String) throw Unknown(file, number, $"its \"{field}\" is no string");
        return Unescape(ref reader);
    }

    // Half of a surrogate pair cannot be written as UTF-8: GetString throws InvalidOperationException, a malformed line to us.
    static string Unescape(ref Utf8JsonReader reader)
    {
        try { return reader.GetString()!; }
        catch (InvalidOperationException e) { throw new JsonException(e.Message, e); }
    }

    static string? Scalar(ref Utf8JsonReader reader)
    {
        reader.Read();
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return Unescape(ref reader);
            case JsonTokenType.Number: return Encoding.UTF8.GetString(reader.ValueSpan);
            default: reader.Skip(); return null;
        }
    }

    static List<ChatMessage> Turns(ref Utf8JsonReader reader, string file, long number)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Unknown(file, number, "its \"messages\" is no array");
        List<ChatMessage> turns = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw Unknown(file, number, $"messages[{turns.Count}] is no object");
            string? role = null, content = null, reasoning = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("role"u8)) role = Word(ref reader, $"messages[{turns.Count}].role", file, number);
                else if (reader.ValueTextEquals("content"u8)) content = Word(ref reader, $"messages[{turns.Count}].content", file, number);
                else if (reader.ValueTextEquals("reasoning"u8)) reasoning = Scalar(ref reader);
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
            if (role is null || content is null) throw Unknown(file, number, $"messages[{turns.Count}] lacks \"{(role is null ? "role" : "content")}\"");
            if (!Roles.Contains(role)) throw Unknown(file, number, $"messages[{turns.Count}].role is \"{role}\", not one of {string.Join(", ", Roles)}");
            turns.Add(new(role, content, reasoning));
        }
        if (turns.Count == 0) throw Unknown(file, number, "its \"messages\" is empty");
        return turns;
    }

    static InvalidDataException Unknown(string file, long number, string why) =>
        new($"{file}:{number}: unknown row shape: {why}. Rows must be {{\"text\": \"…\"}} or {{\"messages\": [{{\"role\": \"user\", \"content\": \"…\"}}, …]}}: rename the fields or leave the file out.");
}
