// From the tools and the tool_choice of a request to what the decoder is told. Chat completions nest a function's fields, responses lay
// them out flat; everything else is the same.

using System.Text.Json;
using System.Text.RegularExpressions;
using Maison.Api.Errors;
using Maison.Api.Grammars;
using Maison.Wire;

namespace Maison.Api.Requests;

/// <summary>Checks tools.</summary>
static partial class ToolRules
{
    public const int MostTools = 128;

    /// <summary>The tools and their use; null when there are none.</summary>
    /// <param name="flat">Whether functions lie flat, as in responses.</param>
    /// <exception cref="ApiException">400 naming the field.</exception>
    public static ToolUse? Use(IReadOnlyList<RequestTool>? sent, JsonElement? choice, bool? parallel, bool flat)
    {
        if (sent is not { Count: > 0 })
        {
            if (choice is { ValueKind: JsonValueKind.String } word && word.GetString() is "none" or "auto" || choice is null or { ValueKind: JsonValueKind.Null }) return null;
            throw ApiException.Invalid("tool_choice", "'tool_choice' asks for a call, but there are no 'tools'.");
        }
        if (sent.Count > MostTools) throw ApiException.Invalid("tools", $"'tools' has {sent.Count} tools; at most {MostTools} are allowed.");
        var tools = sent.Select((tool, i) => Function(tool, $"tools[{i}]", flat)).ToList();
        Unique(tools);
        return Choose(tools, choice, parallel ?? true, flat);
    }

    /// <exception cref="ApiException">400: two tools share a name.</exception>
    public static void Unique(IReadOnlyList<FunctionTool> tools)
    {
        if (tools.GroupBy(t => t.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw ApiException.Invalid("tools", $"'tools' has two functions named '{twice.Key}'.");
    }

    static FunctionTool Function(RequestTool? tool, string at, bool flat)
    {
        if (tool?.Type is not { } type) throw ApiException.Invalid($"{at}.type", $"'{at}.type' is missing; send 'function'.", "missing_parameter");
        if (type != "function") throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{type}'; only functions can be called here. Describe the tool as a function.");
        RequestFields.RefuseUnknown(tool.Unknown, at + ".");
        if (flat)
        {
            if (tool.Function is not null) throw ApiException.Invalid($"{at}.function", $"'{at}.function' is how chat completions write it; here name and parameters stand beside 'type'.");
            return new(Name(tool.Name, at), tool.Description, Schema(tool.Parameters), tool.Strict ?? false, $"{at}.parameters");
        }
        if (tool.Name is not null || tool.Parameters is not null || tool.Description is not null || tool.Strict is not null)
            throw ApiException.Invalid($"{at}.function", $"'{at}' has fields of a function beside 'type'; here they stand inside '{at}.function'.");
        var function = tool.Function ?? throw ApiException.Invalid($"{at}.function", $"'{at}.function' is missing.", "missing_parameter");
        RequestFields.RefuseUnknown(function.Unknown, $"{at}.function.");
        return new(Name(function.Name, $"{at}.function"), function.Description, Schema(function.Parameters), function.Strict ?? false, $"{at}.function.parameters");
    }

    public static JsonElement? Schema(JsonElement? sent) => sent is { ValueKind: JsonValueKind.Null } ? null : sent;

    /// <summary>A function's name, checked.</summary>
    public static string Name(string? name, string at)
    {
        if (name is null) throw ApiException.Invalid($"{at}.name", $"'{at}.name' is missing.", "missing_parameter");
        return FunctionName().IsMatch(name) ? name : throw ApiException.Invalid($"{at}.name", $"'{at}.name' is '{name}', but must be 1 to 64 letters, digits, underscores and hyphens.");
    }

    static ToolUse Choose(IReadOnlyList<FunctionTool> tools, JsonElement? choice, bool parallel, bool flat)
    {
        const string shapes = "'tool_choice' must be 'none', 'auto', 'required', a function, or allowed_tools.";
        if (choice is not { } sent || sent.ValueKind == JsonValueKind.Null) return new(tools, tools, CallRule.MayCall, parallel);
        if (sent.ValueKind == JsonValueKind.String) return sent.GetString() switch
        {
            "none" => new(tools, tools, CallRule.Never, parallel),
            "auto" => new(tools, tools, CallRule.MayCall, parallel),
            "required" => new(tools, tools, CallRule.MustCall, parallel),
            var other => throw ApiException.Invalid("tool_choice", $"'tool_choice' is '{other}'. {shapes}"),
        };
        if (sent.ValueKind != JsonValueKind.Object) throw ApiException.Invalid("tool_choice", shapes, "invalid_type");
        switch (Text(sent, "type"))
        {
            case "function":
                // Exactly this function, exactly once.
                return new(tools, [Find(tools, sent, "tool_choice", flat)], CallRule.MustCall, false);
            case "allowed_tools":
                var (allowed, at) = flat ? (sent, "tool_choice") : (Inside(sent, "allowed_tools"), "tool_choice.allowed_tools");
                OnlyFields(sent, "tool_choice", flat ? ["type", "mode", "tools"] : ["type", "allowed_tools"]);
                if (!flat) OnlyFields(allowed, at, ["mode", "tools"]);
                var rule = Text(allowed, "mode") switch
                {
                    "auto" => CallRule.MayCall,
                    "required" => CallRule.MustCall,
                    _ => throw ApiException.Invalid($"{at}.mode", $"'{at}.mode' must be 'auto' or 'required'."),
                };
                if (!allowed.TryGetProperty("tools", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
                    throw ApiException.Invalid($"{at}.tools", $"'{at}.tools' must name at least one of the 'tools'.");
                return new(tools, [.. list.EnumerateArray().Select((tool, i) => Find(tools, tool, $"{at}.tools[{i}]", flat)).Distinct()], rule, parallel);
            case var type:
                throw ApiException.Invalid("tool_choice.type", $"'tool_choice.type' is '{type}'. {shapes}");
        }
    }

    static FunctionTool Find(IReadOnlyList<FunctionTool> tools, JsonElement named, string at, bool flat)
    {
        if (named.ValueKind != JsonValueKind.Object || Text(named, "type") != "function") throw ApiException.Invalid($"{at}.type", $"'{at}.type' must be 'function'.");
        OnlyFields(named, at, ["type", flat ? "name" : "function"]);
        var name = flat ? Text(named, "name") : Text(Inside(named, "function"), "name");
        if (!flat) OnlyFields(named.GetProperty("function"), $"{at}.function", ["name"]);
        return tools.FirstOrDefault(t => t.Name == name)
            ?? throw ApiException.Invalid(at, name is null ? $"'{at}' names no function." : $"'{at}' names '{name}', which is not among the 'tools': {string.Join(", ", tools.Select(t => t.Name))}.");
    }

    static void OnlyFields(JsonElement sent, string at, string[] known)
    {
        foreach (var property in sent.EnumerateObject())
            if (!known.Contains(property.Name)) throw ApiException.Unknown($"{at}.{property.Name}");
    }

    static JsonElement Inside(JsonElement sent, string name)
        => sent.TryGetProperty(name, out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : throw ApiException.Invalid($"tool_choice.{name}", $"'tool_choice.{name}' must be an object.");

    static string? Text(JsonElement sent, string name) => sent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}\\z")]
    private static partial Regex FunctionName();
}
