// A tool as the line of JSON that Qwen3's template puts between <tools> and </tools>: Python's spacing, because that is what such models
// were trained on.

using System.Text;
using System.Text.Json;
using Maison.Api.Grammars;
using Maison.Data.Tokenizers;

namespace Maison.Api.Chat;

/// <summary>Tools as a model reads them.</summary>
static class ToolText
{
    /// <summary>Whether a vocabulary has the marks of calls.</summary>
    public static bool Knows(BpeTokenizer tokenizer) => tokenizer.SpecialTokens.ContainsKey(MarkNames.CallStart) && tokenizer.SpecialTokens.ContainsKey(MarkNames.CallEnd);

    public static string Line(FunctionTool tool)
    {
        var line = new StringBuilder($"{{\"type\": \"function\", \"function\": {{\"name\": {JsonSyntax.Quote(tool.Name)}");
        if (tool.Description is { } description) line.Append($", \"description\": {JsonSyntax.Quote(description)}");
        line.Append(", \"parameters\": ");
        if (tool.Parameters is { } parameters) Write(parameters, line);
        else line.Append("{}");
        return line.Append("}}").ToString();
    }

    static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                var first = true;
                foreach (var property in value.EnumerateObject())
                {
                    if (!first) text.Append(", ");
                    first = false;
                    text.Append(JsonSyntax.Quote(property.Name)).Append(": ");
                    Write(property.Value, text);
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                for (var i = 0; i < value.GetArrayLength(); i++)
                {
                    if (i > 0) text.Append(", ");
                    Write(value[i], text);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(JsonSyntax.Quote(value.GetString()!));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }
}
