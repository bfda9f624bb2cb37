// From response_format (in responses: text.format) to the form of the answer. Beside OpenAI's three types there are two of this server's
// own: {"type":"regex","regex":"…"}, which the whole answer has to match, and {"type":"grammar","grammar":"…"} in llama.cpp's GBNF.
// A schema is enforced whether `strict` is true or not: a weaker promise is not made.

using System.Text.Json;
using System.Text.RegularExpressions;
using Maison.Api.Errors;
using Maison.Api.Grammars;
using Maison.Wire;

namespace Maison.Api.Requests;

/// <summary>Checks the form of answers.</summary>
static partial class FormRules
{
    const string Types = "text, json_object, json_schema, regex or grammar";

    /// <summary>The form; null where any text will do.</summary>
    /// <param name="at">The field's name.</param>
    /// <param name="flat">Whether the schema's fields lie flat, as in responses.</param>
    /// <exception cref="ApiException">400 naming the field.</exception>
    public static ContentForm? Content(ResponseFormat? format, string at, bool flat)
    {
        if (format is null) return null;
        RequestFields.RefuseUnknown(format.Unknown, at + ".");
        var type = format.Type ?? throw ApiException.Invalid($"{at}.type", $"'{at}.type' is missing; send {Types}.", "missing_parameter");
        var schemaFields = flat ? type == "json_schema" : false;
        Foreign("json_schema", format.JsonSchema is not null, type == "json_schema" && !flat);
        Foreign("regex", format.Regex is not null, type == "regex");
        Foreign("grammar", format.Grammar is not null, type == "grammar");
        Foreign("name", format.Name is not null, schemaFields);
        Foreign("description", format.Description is not null, schemaFields);
        Foreign("schema", format.Schema is not null, schemaFields);
        Foreign("strict", format.Strict is not null, schemaFields);
        switch (type)
        {
            case "text": return null;
            case "json_object": return new(type, "", at);
            case "regex": return new(type, format.Regex ?? throw Missing($"{at}.regex"), $"{at}.regex");
            case "grammar": return new(type, format.Grammar ?? throw Missing($"{at}.grammar"), $"{at}.grammar");
            case "json_schema" when flat: return Schema(format.Name, format.Schema, at);
            case "json_schema":
                var schema = format.JsonSchema ?? throw Missing($"{at}.json_schema");
                RequestFields.RefuseUnknown(schema.Unknown, $"{at}.json_schema.");
                return Schema(schema.Name, schema.Schema, $"{at}.json_schema");
            default: throw ApiException.Invalid($"{at}.type", $"'{at}.type' is '{type}', but must be {Types}.");
        }

        void Foreign(string name, bool sent, bool belongs)
        {
            if (sent && !belongs) throw ApiException.Invalid($"{at}.{name}", $"'{at}.{name}' has no meaning with the type '{type}'. Remove it, or change the type.");
        }
    }

    static ContentForm Schema(string? name, JsonElement? schema, string at)
    {
        if (name is null) throw Missing($"{at}.name");
        if (!SchemaName().IsMatch(name)) throw ApiException.Invalid($"{at}.name", $"'{at}.name' is '{name}', but must be 1 to 64 letters, digits, underscores and hyphens.");
        if (schema is not { } given || given.ValueKind == JsonValueKind.Null) throw Missing($"{at}.schema");
        return new("json_schema", given.GetRawText(), $"{at}.schema");
    }

    static ApiException Missing(string at) => ApiException.Invalid(at, $"'{at}' is missing.", "missing_parameter");

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}\\z")]
    private static partial Regex SchemaName();
}
