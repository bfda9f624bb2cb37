// Anthropic's answers in OpenAI's shape, whole and event by event. Thinking becomes reasoning under both of its names, and is kept with its
// signature as reasoning_details, which a client sends back in a tool loop.

using System.Text;
using System.Text.Json.Nodes;

namespace Maison.Api.Gateway;

/// <summary>The translation of answers; one instance follows one stream.</summary>
sealed class AnthropicAnswer
{
    readonly Dictionary<int, int> callOf = [];
    readonly Dictionary<int, (StringBuilder Thinking, StringBuilder Signature)> thoughts = [];
    readonly JsonObject usage = [];
    string id = "", model = "";

    /// <summary>Whether the answer came to its end.</summary>
    public bool Ended { get; private set; }

    /// <summary>A whole message.</summary>
    /// <exception cref="UpstreamException">It is no message.</exception>
    public static JsonObject Whole(JsonObject message)
    {
        if (message["content"] is not JsonArray content) throw new UpstreamException(UpstreamFault.Unavailable, "the answer has no content");
        var (text, reasoning, calls, details) = (new StringBuilder(), new StringBuilder(), new JsonArray(), new JsonArray());
        foreach (var block in content.OfType<JsonObject>())
            switch (block["type"].Text())
            {
                case "text": text.Append(block["text"].Text()); break;
                case "thinking": reasoning.Append(block["thinking"].Text()); details.Add(block.DeepClone()); break;
                case "redacted_thinking": details.Add(block.DeepClone()); break;
                case "tool_use": calls.Add(Call(calls.Count, block, (block["input"] ?? new JsonObject()).ToJsonString(), withIndex: false)); break;
            }
        var said = new JsonObject { ["role"] = "assistant", ["content"] = text.Length > 0 || calls.Count == 0 ? text.ToString() : null, ["refusal"] = null };
        if (reasoning.Length > 0) (said["reasoning"], said["reasoning_content"]) = (reasoning.ToString(), reasoning.ToString());
        if (details.Count > 0) said["reasoning_details"] = details;
        if (calls.Count > 0) said["tool_calls"] = calls;
        return new()
        {
            ["id"] = message["id"]?.DeepClone(),
            ["object"] = "chat.completion",
            ["created"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["model"] = message["model"]?.DeepClone(),
            ["choices"] = new JsonArray(Stopped(new() { ["index"] = 0, ["message"] = said, ["logprobs"] = null, ["finish_reason"] = Finish(message["stop_reason"].Text()) }, message["stop_sequence"])),
            ["usage"] = Usage(message["usage"] as JsonObject ?? []),
        };
    }

    /// <summary>The chunks that one event makes.</summary>
    public IEnumerable<JsonObject> Chunks(JsonObject e)
    {
        var index = (int)(e["index"].Whole() ?? 0);
        switch (e["type"].Text())
        {
            case "message_start":
                (id, model) = (e["message"].Part("id").Text() ?? "", e["message"].Part("model").Text() ?? "");
                Take(e["message"].Part("usage"));
                yield return Chunk(new() { ["role"] = "assistant", ["content"] = "" });
                break;
            case "content_block_start" when BlockType(e) == "tool_use":
                callOf[index] = callOf.Count;
                yield return Chunk(new() { ["tool_calls"] = new JsonArray(Call(callOf[index], (JsonObject)e["content_block"]!, "", withIndex: true)) });
                break;
            case "content_block_start" when BlockType(e) == "redacted_thinking":
                yield return Chunk(new() { ["reasoning_details"] = new JsonArray(e["content_block"]!.DeepClone()) });
                break;
            case "content_block_start" when BlockType(e) == "thinking":
                thoughts[index] = (new(), new());
                break;
            case "content_block_delta":
                if (Delta(index, e["delta"] as JsonObject ?? []) is { } delta) yield return Chunk(delta);
                break;
            case "content_block_stop" when thoughts.Remove(index, out var thought) && thought.Signature.Length > 0:
                yield return Chunk(new()
                {
                    ["reasoning_details"] = new JsonArray(new JsonObject { ["type"] = "thinking", ["thinking"] = thought.Thinking.ToString(), ["signature"] = thought.Signature.ToString() }),
                });
                break;
            case "message_delta":
                Take(e["usage"]);
                if (e["delta"].Part("stop_reason").Text() is not { } reason) break;
                var end = Chunk([], Finish(reason));
                Stopped((JsonObject)end["choices"]![0]!, e["delta"].Part("stop_sequence"));
                yield return end;
                break;
            case "message_stop":
                Ended = true;
                var last = Chunk([]);
                last["choices"] = new JsonArray();
                last["usage"] = Usage(usage);
                yield return last;
                break;
        }
    }

    static string? BlockType(JsonObject e) => e["content_block"].Part("type").Text();

    JsonObject? Delta(int index, JsonObject delta)
    {
        switch (delta["type"].Text())
        {
            case "text_delta":
                return new() { ["content"] = delta["text"]?.DeepClone() };
            case "thinking_delta":
                var text = delta["thinking"].Text() ?? "";
                if (thoughts.TryGetValue(index, out var thought)) thought.Thinking.Append(text);
                return new() { ["reasoning"] = text, ["reasoning_content"] = text };
            case "signature_delta":
                if (thoughts.TryGetValue(index, out var signed)) signed.Signature.Append(delta["signature"].Text());
                return null;
            case "input_json_delta" when callOf.TryGetValue(index, out var call):
                return new() { ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = call, ["function"] = new JsonObject { ["arguments"] = delta["partial_json"]?.DeepClone() } }) };
            default:
                return null;
        }
    }

    JsonObject Chunk(JsonObject delta, string? finish = null) => new()
    {
        ["id"] = id,
        ["object"] = "chat.completion.chunk",
        ["created"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        ["model"] = model,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finish }),
    };

    static JsonObject Call(int index, JsonObject block, string arguments, bool withIndex)
    {
        var call = new JsonObject
        {
            ["id"] = block["id"]?.DeepClone(),
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = block["name"]?.DeepClone(), ["arguments"] = arguments },
        };
        if (withIndex) call["index"] = index;
        return call;
    }

    /// <summary>Later counts replace earlier ones: they are sums so far.</summary>
    void Take(JsonNode? counts)
    {
        foreach (var (name, value) in counts as JsonObject ?? [])
            if (value is not null) usage[name] = value.DeepClone();
    }

    /// <summary>The string that ended an answer, in the field that vLLM has for it.</summary>
    static JsonObject Stopped(JsonObject choice, JsonNode? by)
    {
        if (by is not null) choice["stop_reason"] = by.DeepClone();
        return choice;
    }

    static string Finish(string? reason) => reason switch { "max_tokens" or "model_context_window_exceeded" => "length", "tool_use" => "tool_calls", "refusal" => "content_filter", _ => "stop" };

    /// <summary>Input tokens there leave cached ones out; here they are all of the prompt.</summary>
    static JsonObject Usage(JsonObject counts)
    {
        long Count(string name) => counts[name].Whole() ?? 0;
        var (cached, written, output) = (Count("cache_read_input_tokens"), Count("cache_creation_input_tokens"), Count("output_tokens"));
        var input = Count("input_tokens") + cached + written;
        return new()
        {
            ["prompt_tokens"] = input,
            ["completion_tokens"] = output,
            ["total_tokens"] = input + output,
            ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = cached, ["cache_write_tokens"] = written },
            ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 },
        };
    }
}
