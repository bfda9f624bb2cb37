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

    /// <summary>The items that a model reads in place of this one.</summary>
    /// <exception cref="ApiException">400 naming the field.</exception>
    public static IEnumerable<InputItem?> Plain(InputItem? item, string at)
    {
        if (item?.Type is List or Request or Response) return [];
        if (item?.Type != Call) return [item];
        if (item.Id is null) throw ApiException.Invalid($"{at}.id", $"'{at}.id' is missing.", "missing_parameter");
        if (Text(item, "server_label") is not { } label) throw ApiException.Invalid($"{at}.server_label", $"'{at}.server_label' is missing.", "missing_parameter");
        var problem = item.Unknown!.TryGetValue("error", out var error) && error.ValueKind is not JsonValueKind.Null ? error.ValueKind == JsonValueKind.String ? error.GetString() : error.GetRawText() : null;
        return
        [
            new() { Type = "function_call", CallId = item.Id, Name = FunctionName(label, item.Name ?? ""), Arguments = item.Arguments is { Length: > 0 } given ? given : "{}" },
            new() { Type = "function_call_output", CallId = item.Id, Output = item.Output ?? $"Error: {problem ?? "the tool gave no result."}" },
        ];
    }

    /// <summary>A field of an item that is text; null for none.</summary>
    public static string? Text(InputItem item, string name)
        => item.Unknown is { } fields && fields.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
