// Reasoning that its writer signed: Anthropic's models want their thinking back, unchanged and with its signature, when a tool has answered. In
// a response it travels as encrypted_content, the field that OpenAI has for what a client carries and does not read.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Gateway;

namespace Maison.Api.Generation;

/// <summary>Blocks of thinking and redacted_thinking, as they came.</summary>
sealed record SignedThoughts(JsonArray Blocks)
{
    const string Mark = "maison-signed:";

    /// <summary>Packed for encrypted_content.</summary>
    public string Packed => Mark + Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(Blocks, GatewayJson.Default.JsonArray));

    /// <summary>Unpacks; null for what was not packed here.</summary>
    public static SignedThoughts? Unpack(string? packed)
    {
        if (packed is null || !packed.StartsWith(Mark, StringComparison.Ordinal)) return null;
        try
        {
            return JsonNode.Parse(Convert.FromBase64String(packed[Mark.Length..])) is JsonArray blocks ? new(blocks) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
