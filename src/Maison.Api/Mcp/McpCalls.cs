// The calls of one response: made where the tool lives, with personal data masked in what leaves the house for keys that mask, and counted.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Gateway;
using Maison.Wire;

namespace Maison.Api.Mcp;

/// <summary>A tool that a model can call.</summary>
/// <param name="Asks">Whether a call has to be approved.</param>
sealed record McpFunction(string Name, McpConnection Connection, McpTool Tool, bool Asks);

/// <summary>Makes calls, and knows what left with them.</summary>
/// <param name="masks">Whether personal data is masked in what leaves.</param>
/// <param name="most">Calls that may be made.</param>
sealed class McpCalls(bool masks, int most)
{
    readonly Lock gate = new();
    readonly Dictionary<string, (int Calls, long Characters, Mask? Mask)> left = [];
    int made;

    /// <summary>Whether no more may be made.</summary>
    public bool Spent => made >= most;

    /// <summary>From now on none is made.</summary>
    public void End() => made = most;

    /// <summary>Makes a call that is open in the output, and returns it closed.</summary>
    public async Task<OutputItem> Make(McpFunction function, OutputItem open, CancellationToken stop)
    {
        if (Interlocked.Increment(ref made) > most) return open with { Status = "failed", Error = "No more calls are made for this response, so this one was not." };
        var arguments = Parsed(open.Arguments);
        if (arguments is null) return open with { Status = "failed", Error = "The arguments are no JSON object." };
        var mask = Note(function.Connection.Server, arguments);
        var (text, failed) = await function.Connection.Call(function.Tool.Name, arguments.ToDictionary(a => a.Key, a => JsonSerializer.SerializeToElement(a.Value, GatewayJson.Default.JsonNode!)), stop);
        if (mask is not null) text = mask.Show(text);
        return failed ? open with { Status = "failed", Error = text } : open with { Status = "completed", Output = text };
    }

    static JsonObject? Parsed(string? arguments)
    {
        try
        {
            return string.IsNullOrWhiteSpace(arguments) ? [] : JsonNode.Parse(arguments) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes what leaves, masked where it is to be.</summary>
    Mask? Note(McpServer server, JsonObject arguments)
    {
        if (!server.Config.Leaves) return null;
        lock (gate)
        {
            var (calls, characters, mask) = left.GetValueOrDefault(server.Label);
            if (masks) Masking.HideAll(arguments, mask ??= new Mask([]));
            left[server.Label] = (calls + 1, characters + arguments.ToJsonString().Length, mask);
            return mask;
        }
    }

    /// <summary>What left, for the receipt; null for nothing.</summary>
    public JsonArray? Left() => left.Count == 0 ? null : new([.. left.Select(l => (JsonNode)new JsonObject
    {
        ["server_label"] = l.Key,
        ["calls"] = l.Value.Calls,
        ["characters"] = l.Value.Characters,
        ["masked"] = l.Value.Mask is null ? null : new JsonObject(l.Value.Mask.Counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value))),
    })]);
}
