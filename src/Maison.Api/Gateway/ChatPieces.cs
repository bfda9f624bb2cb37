// A third party's chat answer, whole or in chunks, as the pieces that the shapes of answers are written from.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Generation;
using Maison.Wire;

namespace Maison.Api.Gateway;

/// <summary>Reads one answer; remembers which call is being written and how it ended.</summary>
sealed class ChatPieces
{
    long calls = -1;

    /// <summary>OpenAI's word for the end; stop until another was told.</summary>
    public string Reason { get; private set; } = "stop";

    /// <summary>The stop string that ended it, where that was told.</summary>
    public string? Stop { get; private set; }

    /// <summary>What a choice says, be it of a whole answer or of a chunk.</summary>
    /// <exception cref="UpstreamException">It is no answer.</exception>
    public TurnPiece Read(JsonObject choice)
    {
        var said = choice["message"] ?? choice["delta"];
        if (choice["finish_reason"].Text() is { } reason) Reason = reason;
        Stop = choice["stop_reason"].Text() ?? Stop;
        return new(said.Part("reasoning").Text() ?? said.Part("reasoning_content").Text() ?? "", (said.Part("content").Text() ?? "") + said.Part("refusal").Text(), [.. Calls(said.Part("tool_calls") as JsonArray ?? [])], Logprobs(choice["logprobs"]))
        {
            Signed = said.Part("reasoning_details") is JsonArray { Count: > 0 } details && details.All(d => d.Part("type").Text() is "thinking" or "redacted_thinking") ? new(details) : null,
        };
    }

    IEnumerable<CallPiece> Calls(JsonArray made)
    {
        foreach (var (call, i) in made.Select((c, i) => (c, i)))
        {
            var (index, function) = (call.Part("index").Whole() ?? i, call.Part("function"));
            var arguments = function.Part("arguments").Text() ?? "";
            if (index < calls) throw new UpstreamException(UpstreamFault.Unavailable, "the stream goes back to a call that another one has followed");
            if (index == calls) yield return new(null, null, arguments);
            else
            {
                calls = index;
                yield return new(call.Part("id").Text(), function.Part("name").Text() ?? throw new UpstreamException(UpstreamFault.Unavailable, "a call has no name"), arguments);
            }
        }
    }

    static IReadOnlyList<TokenProbability>? Logprobs(JsonNode? logprobs)
    {
        try
        {
            return logprobs is JsonObject ? logprobs.Deserialize(WireJson.Default.ChatLogprobs)?.Content : null;
        }
        catch (JsonException e)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the log probabilities can not be read: {e.Message}", inner: e);
        }
    }

    /// <summary>The end, with what it took.</summary>
    /// <param name="usage">With the receipt in it.</param>
    public TurnEnd End(JsonObject usage)
    {
        int Count(JsonNode? node) => (int)Math.Clamp(node.Whole() ?? 0, 0, int.MaxValue);
        var (prompt, output) = (Count(usage["prompt_tokens"]), Count(usage["completion_tokens"]));
        return new(Reason, new()
        {
            PromptTokens = prompt,
            CompletionTokens = output,
            TotalTokens = prompt + output,
            PromptTokensDetails = new(Count(usage["prompt_tokens_details"].Part("cached_tokens") ?? usage["prompt_cache_hit_tokens"])),
            CompletionTokensDetails = new(Count(usage["completion_tokens_details"].Part("reasoning_tokens"))),
        }, Stop, usage["maison"] is { } receipt ? JsonSerializer.SerializeToElement(receipt, GatewayJson.Default.JsonNode) : null);
    }
}
