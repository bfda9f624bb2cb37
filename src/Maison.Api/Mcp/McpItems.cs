// The items that tools of other servers leave in a response, and what a model is shown of them: a call and its result, as of any function. What was
// listed or asked for is between the client and the house.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Wire;

namespace Maison.Api.Mcp;

/// <summary>Reads mcp_list_tools, mcp_call, mcp_approval_request and mcp_approval_response.</summary>
static class McpItems
{
    public const string List = "mcp_list_tools", Call = "mcp_call", Request = "mcp_approval_request", Response = "mcp_approval_response";

    const int LongestName = 64;

    /// <summary>The name under which a model calls a tool: the server's label is part of it, so that two servers may have tools of one name.</summary>
    public static string FunctionName(string label, string tool)
    {
        var name = string.Concat($"{label}__{tool}".Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
        return name.Length <= LongestName ? name : name[..LongestName];
    }

    /// <summary>What a model reads in place of items: calls that follow each other are one turn, their results come behind it.</summary>
    /// <param name="at">Where an item stood.</param>
    /// <exception cref="ApiException">400 naming the field.</exception>
    public static IEnumerable<(InputItem? Item, string At)> Plain(IReadOnlyList<InputItem?> items, Func<int, string> at)
    {
        var results = new List<(InputItem?, string)>();
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            if (item?.Type is List or Request or Response) continue;
            if (item?.Type == Call)
            {
                var (call, result) = Made(item, at(i));
                yield return (call, at(i));
                results.Add((result, at(i)));
                continue;
            }
            foreach (var result in results) yield return result;
            results.Clear();
            yield return (item, at(i));
        }
        foreach (var result in results) yield return result;
    }

    static (InputItem Call, InputItem Result) Made(InputItem item, string at)
    {
        if (item.Id is null) throw ApiException.Invalid($"{at}.id", $"'{at}.id' is missing.", "missing_parameter");
        if (Text(item, "server_label") is not { } label) throw ApiException.Invalid($"{at}.server_label", $"'{at}.server_label' is missing.", "missing_parameter");
        if (item.Name is not { Length: > 0 } name) throw ApiException.Invalid($"{at}.name", $"'{at}.name' is missing.", "missing_parameter");
        return (new() { Type = "function_call", CallId = item.Id, Name = FunctionName(label, name), Arguments = item.Arguments is { Length: > 0 } given ? given : "{}" },
            new() { Type = "function_call_output", CallId = item.Id, Output = item.Output ?? $"Error: {Text(item, "error") ?? "the tool gave no result."}" });
    }

    /// <summary>A field of an item that is text; null for none.</summary>
    public static string? Text(InputItem item, string name)
        => item.Unknown is { } fields && fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
