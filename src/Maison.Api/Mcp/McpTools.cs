// The tools of the type mcp in a request: which servers it means, which of their tools, and which calls it wants to be asked about.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Wire;

namespace Maison.Api.Mcp;

/// <summary>A server that a request names.</summary>
/// <param name="At">The field, for messages.</param>
/// <param name="Allowed">The tools that the request allows; null is all.</param>
/// <param name="Asks">Whether a call has to be approved.</param>
sealed record McpWanted(McpServer Server, string At, IReadOnlyList<string>? Allowed, Func<string, bool> Asks)
{
    public const string Type = "mcp";

    static readonly string[] known = ["server_label", "server_url", "server_description", "allowed_tools", "require_approval", "headers", "authorization", "connector_id"];

    /// <summary>Reads a tool.</summary>
    /// <param name="config">The servers that are configured.</param>
    /// <exception cref="ApiException">400 naming the field, 403 for a server that is not the project's.</exception>
    public static McpWanted Of(RequestTool tool, string at, IReadOnlyList<McpServerConfig> config, Func<McpServerConfig, string?> secret, ApiKey key)
    {
        var fields = tool.Unknown ?? new Dictionary<string, JsonElement>();
        if (tool.Name is not null || tool.Function is not null || tool.Parameters is not null) throw ApiException.Invalid(at, $"'{at}' is a server of tools; it has no fields of a function.");
        if (fields.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown) throw ApiException.Unknown($"{at}.{unknown}");
        if (Text("connector_id") is not null) throw ApiException.Unsupported($"{at}.connector_id", $"'{at}.connector_id' is a service of another vendor. Send 'server_url', or the label of a configured server.");
        if (Text("server_label") is not { Length: > 0 and <= 32 } label || !label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw ApiException.Invalid($"{at}.server_label", $"'{at}.server_label' must be 1 to 32 letters, digits, '-' or '_'.");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var server = Text("server_url") is { } url ? Given(url) : Configured();
        return new(server, at, Names("allowed_tools"), Approval(server.Config.RequireApproval));

        McpServer Given(string url)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0)
                throw ApiException.Invalid($"{at}.server_url", $"'{at}.server_url' must be an address such as https://host/mcp.");
            if (fields.TryGetValue("headers", out var sent) && sent.ValueKind != JsonValueKind.Null)
            {
                if (sent.ValueKind != JsonValueKind.Object) throw ApiException.Invalid($"{at}.headers", $"'{at}.headers' must be an object of texts.", "invalid_type");
                foreach (var header in sent.EnumerateObject())
                    headers[header.Name] = header.Value.ValueKind == JsonValueKind.String && IsHeader(header.Name, header.Value.GetString()!) ? header.Value.GetString()!
                        : throw ApiException.Invalid($"{at}.headers", $"'{at}.headers' has '{header.Name}', which is no header that can be sent.");
            }
            if (Text("authorization") is { } token) headers["Authorization"] = IsHeader("Authorization", token) ? $"Bearer {token}" : throw ApiException.Invalid($"{at}.authorization", $"'{at}.authorization' must be one word of printable ASCII characters.");
            return new(label, new() { Name = label, Url = url }, headers, Given: true);
        }

        McpServer Configured()
        {
            foreach (var field in (string[])["headers", "authorization"])
                if (fields.TryGetValue(field, out var sent) && sent.ValueKind != JsonValueKind.Null) throw ApiException.Invalid($"{at}.{field}", $"'{at}.{field}' belongs to a 'server_url'; the server '{label}' is configured with its own.");
            var open = config.Where(c => c.Projects?.Contains(key.ProjectId) ?? true).ToList();
            if (open.FirstOrDefault(c => c.Name == label) is not { } found)
                throw config.Any(c => c.Name == label) ? ApiException.Forbidden($"The server of tools '{label}' is not open to the project of this key.", $"{at}.server_label")
                    : ApiException.Invalid($"{at}.server_label", $"No server of tools is configured as '{label}'.{(open.Count > 0 ? $" There are: {string.Join(", ", open.Select(c => c.Name))}." : "")} Send its 'server_url', or have it configured.");
            if (found.Url is not null && secret(found) is { } value) headers["Authorization"] = $"Bearer {value}";
            return new(label, found, headers, Given: false);
        }

        Func<string, bool> Approval(string? house)
        {
            if (house == "always") return _ => true;
            if (!fields.TryGetValue("require_approval", out var sent) || sent.ValueKind == JsonValueKind.Null) return _ => house != "never";
            if (sent.ValueKind == JsonValueKind.String && sent.GetString() is "always" or "never") return _ => sent.GetString() == "always";
            if (sent.ValueKind != JsonValueKind.Object || sent.EnumerateObject().Any(p => p.Name is not ("always" or "never"))) throw ApiException.Invalid($"{at}.require_approval", $"'{at}.require_approval' must be always, never, or an object of the two with 'tool_names'.");
            var (always, never) = (Inside("always"), Inside("never"));
            return tool => always?.Contains(tool) ?? !(never?.Contains(tool) ?? false);

            IReadOnlyList<string>? Inside(string name) => sent.TryGetProperty(name, out var filter) && filter.ValueKind != JsonValueKind.Null ? Filter(filter, $"{at}.require_approval.{name}") : null;
        }

        IReadOnlyList<string>? Names(string field) => !fields.TryGetValue(field, out var sent) || sent.ValueKind == JsonValueKind.Null ? null
            : sent.ValueKind == JsonValueKind.Array ? List(sent, $"{at}.{field}") : Filter(sent, $"{at}.{field}");

        string? Text(string field) => !fields.TryGetValue(field, out var sent) || sent.ValueKind == JsonValueKind.Null ? null
            : sent.ValueKind == JsonValueKind.String ? sent.GetString() : throw ApiException.Invalid($"{at}.{field}", $"'{at}.{field}' must be a string.", "invalid_type");
    }

    static IReadOnlyList<string> Filter(JsonElement filter, string at)
        => filter.ValueKind == JsonValueKind.Object && filter.EnumerateObject().All(p => p.Name == "tool_names") && filter.TryGetProperty("tool_names", out var names) ? List(names, $"{at}.tool_names")
            : throw ApiException.Invalid(at, $"'{at}' must name tools: {{\"tool_names\":[…]}}.");

    static IReadOnlyList<string> List(JsonElement names, string at)
        => names.ValueKind == JsonValueKind.Array && names.EnumerateArray().All(n => n.ValueKind == JsonValueKind.String) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : throw ApiException.Invalid(at, $"'{at}' must be an array of names.", "invalid_type");

    static bool IsHeader(string name, string value) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && value.All(c => c is >= ' ' and <= '~')
        && name.ToLowerInvariant() is not ("host" or "content-length" or "transfer-encoding" or "connection");

    /// <summary>The tool as a response shows it: without what opens doors.</summary>
    public static RequestTool Shown(RequestTool tool)
        => tool with { Unknown = tool.Unknown?.Where(f => f.Key is not ("headers" or "authorization")).ToDictionary(f => f.Key, f => f.Value) };
}
