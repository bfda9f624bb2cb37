// A chat request in OpenAI's shape as Anthropic's Messages want it: system turns apart, tool results as blocks of a user turn, pictures as
// sources, schemas of tools renamed. What has no counterpart there is refused by name, never dropped.

using System.Text.Json.Nodes;
using Maison.Api.Errors;

namespace Maison.Api.Gateway;

/// <summary>The translation of requests.</summary>
static class AnthropicRequest
{
    static readonly string[] Translated =
        ["model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "stop", "tools", "tool_choice", "parallel_tool_calls", "stream", "stream_options", "reasoning_effort", "response_format", "thinking"];

    /// <summary>Fields that change nothing in an answer.</summary>
    static readonly string[] Harmless = ["user", "safety_identifier", "metadata", "prompt_cache_key", "store", "service_tier"];

    /// <summary>Thinking tokens by reasoning_effort.</summary>
    static readonly Dictionary<string, int> Thinking = new() { ["minimal"] = 1024, ["low"] = 2048, ["medium"] = 8192, ["high"] = 16384, ["xhigh"] = 32768, ["max"] = 32768 };

    /// <exception cref="ApiException">400 naming the field that has no counterpart.</exception>
    public static JsonObject Of(JsonObject request, string model, int maxOutput)
    {
        foreach (var (name, value) in request)
            if (value is not null && !Translated.Contains(name) && !Harmless.Contains(name) && !IsNeutral(name, value))
                throw ApiException.Unsupported(name, $"'{name}' has no counterpart at the provider of this model. Leave it out.");
        var (system, messages) = (new JsonArray(), new JsonArray());
        if (request["messages"] is not JsonArray sent) throw ApiException.Invalid("messages", "'messages' must be an array.", "invalid_type");
        for (var i = 0; i < sent.Count; i++)
        {
            if (sent[i] is not JsonObject message) throw ApiException.Invalid($"messages[{i}]", $"'messages[{i}]' must be an object.", "invalid_type");
            Add(message, $"messages[{i}]", system, messages);
        }
        var most = request["max_completion_tokens"].Whole() ?? request["max_tokens"].Whole() ?? maxOutput;
        var body = new JsonObject { ["model"] = model, ["max_tokens"] = most, ["messages"] = messages };
        if (system.Count > 0) body["system"] = system;
        foreach (var name in (string[])["temperature", "top_p", "top_k"])
            if (request[name] is { } value) body[name] = value.DeepClone();
        if (request["stop"] is { } stop) body["stop_sequences"] = stop is JsonArray ? stop.DeepClone() : new JsonArray(stop.DeepClone());
        if (request["tools"] is JsonArray { Count: > 0 } tools) body["tools"] = new JsonArray([.. tools.Select(Tool)]);
        if (ToolChoice(request) is { } choice && body.ContainsKey("tools")) body["tool_choice"] = choice;
        if (request["thinking"] is JsonObject thinking)
        {
            body["thinking"] = thinking.DeepClone();
            // What may be thought is part of max_tokens and has to be below it, also where a budget of money lowered it.
            if (thinking["budget_tokens"].Whole() >= most) body["thinking"]!["budget_tokens"] = most - 1;
            if (request["reasoning_effort"].Text() is { } wanted) body["output_config"] = new JsonObject { ["effort"] = wanted };
        }
        else if (request["reasoning_effort"].Text() is { } effort && Thinking.TryGetValue(effort, out var budget))
        {
            // The budget is part of max_tokens there and has to be below it; thinking forbids a temperature.
            if (most > 1024) body["thinking"] = new JsonObject { ["type"] = "enabled", ["budget_tokens"] = Math.Min(budget, most - 1) };
            body.Remove("temperature");
            body.Remove("top_k");
        }
        if (request["response_format"] is JsonObject format && format["type"].Text() is not (null or "text"))
            (body["output_config"] ??= new JsonObject())["format"] = format["type"].Text() == "json_schema"
                ? new JsonObject { ["type"] = "json_schema", ["schema"] = format["json_schema"].Part("schema")?.DeepClone() }
                : throw ApiException.Unsupported("response_format", "'response_format' is only supported as json_schema by the provider of this model.");
        return body;
    }

    /// <summary>Values that ask for nothing.</summary>
    static bool IsNeutral(string name, JsonNode value) => name switch
    {
        "n" => value.ToJsonString() == "1",
        "frequency_penalty" or "presence_penalty" => value.ToJsonString() is "0" or "0.0",
        "logprobs" => value.ToJsonString() == "false",
        "modalities" => value.ToJsonString() == """["text"]""",
        "logit_bias" => value is JsonObject { Count: 0 },
        _ => false,
    };

    static void Add(JsonObject message, string at, JsonArray system, JsonArray messages)
    {
        switch (message["role"].Text())
        {
            case "system" or "developer":
                foreach (var block in Blocks(message["content"], at)) system.Add(block);
                return;
            case "tool":
                // Results of parallel calls come one message each and belong into one turn there.
                var result = new JsonObject
                {
                    ["type"] = "tool_result",
                    ["tool_use_id"] = message["tool_call_id"]?.DeepClone(),
                    ["content"] = new JsonArray([.. Blocks(message["content"], at)]),
                };
                foreach (var own in (string[])["is_error", "cache_control"])
                    if (message[own] is { } told) result[own] = told.DeepClone();
                Turn(messages, "user").Add(result);
                return;
            case "assistant":
                var turn = Turn(messages, "assistant");
                // Reasoning goes back only with the signature that came with it; unsigned it would be refused.
                if (message["reasoning_details"] is JsonArray details)
                    foreach (var detail in details.OfType<JsonObject>().Where(d => d["type"].Text() is "thinking" or "redacted_thinking")) turn.Add(detail.DeepClone());
                foreach (var block in Blocks(message["content"] ?? message["refusal"], at)) turn.Add(block);
                foreach (var call in message["tool_calls"] as JsonArray ?? [])
                    turn.Add(new JsonObject
                    {
                        ["type"] = "tool_use",
                        ["id"] = call.Part("id")?.DeepClone(),
                        ["name"] = call.Part("function").Part("name")?.DeepClone(),
                        ["input"] = Arguments(call, at),
                    });
                return;
            case "user":
                var user = Turn(messages, "user");
                foreach (var block in Blocks(message["content"], at)) user.Add(block);
                return;
            default:
                throw ApiException.Invalid($"{at}.role", $"'{at}.role' must be system, developer, user, assistant or tool.");
        }
    }

    static JsonNode Arguments(JsonNode? call, string at)
    {
        try
        {
            return JsonNode.Parse(call.Part("function").Part("arguments").Text() is { Length: > 0 } text ? text : "{}") ?? new JsonObject();
        }
        catch (System.Text.Json.JsonException)
        {
            throw ApiException.Invalid($"{at}.tool_calls", $"The arguments of a call in '{at}.tool_calls' are not JSON.");
        }
    }

    /// <summary>The content of the last turn if it is of this role, otherwise of a new one.</summary>
    static JsonArray Turn(JsonArray messages, string role)
    {
        if (messages.LastOrDefault() is JsonObject last && last["role"].Text() == role) return (JsonArray)last["content"]!;
        var content = new JsonArray();
        messages.Add(new JsonObject { ["role"] = role, ["content"] = content });
        return content;
    }

    static IEnumerable<JsonObject> Blocks(JsonNode? content, string at)
    {
        switch (content)
        {
            case null:
                break;
            case JsonValue value when value.Text() is { } text:
                if (text.Length > 0) yield return new() { ["type"] = "text", ["text"] = text };
                break;
            case JsonArray parts:
                foreach (var part in parts)
                {
                    JsonObject block = part.Part("type").Text() switch
                    {
                        "text" or "refusal" => new() { ["type"] = "text", ["text"] = part.Part("text").Text() ?? part.Part("refusal").Text() ?? "" },
                        "image_url" => new() { ["type"] = "image", ["source"] = Source(part.Part("image_url").Part("url").Text() ?? "", at) },
                        var other => throw ApiException.Unsupported($"{at}.content", $"'{at}.content' has a part of the type '{other}', which has no counterpart at the provider of this model."),
                    };
                    if (part.Part("cache_control") is { } cached) block["cache_control"] = cached.DeepClone();
                    yield return block;
                }
                break;
            default:
                throw ApiException.Invalid($"{at}.content", $"'{at}.content' must be a string or an array of parts.", "invalid_type");
        }
    }

    static JsonObject Source(string url, string at)
    {
        if (!url.StartsWith("data:", StringComparison.Ordinal)) return new() { ["type"] = "url", ["url"] = url };
        var comma = url.IndexOf(";base64,", StringComparison.Ordinal);
        return comma > 0 ? new() { ["type"] = "base64", ["media_type"] = url[5..comma], ["data"] = url[(comma + 8)..] }
            : throw ApiException.Invalid($"{at}.content", $"A picture in '{at}.content' must be an address or data:image/…;base64,….");
    }

    static JsonNode Tool(JsonNode? tool) => tool.Part("type").Text() == "function"
        ? new JsonObject
        {
            ["name"] = tool.Part("function").Part("name")?.DeepClone(),
            ["description"] = tool.Part("function").Part("description")?.DeepClone() ?? "",
            ["input_schema"] = tool.Part("function").Part("parameters")?.DeepClone() ?? new JsonObject { ["type"] = "object" },
        }
        : throw ApiException.Unsupported("tools", "Only tools of the type function have a counterpart at the provider of this model.");

    static JsonObject? ToolChoice(JsonObject request)
    {
        var choice = request["tool_choice"] switch
        {
            null => new JsonObject { ["type"] = "auto" },
            JsonValue word => word.Text() switch { "none" => new() { ["type"] = "none" }, "required" => new() { ["type"] = "any" }, _ => new() { ["type"] = "auto" } },
            { } named when named.Part("type").Text() == "allowed_tools" => throw ApiException.Unsupported("tool_choice", "'tool_choice' of the type allowed_tools has no counterpart at the provider of this model. Send the allowed tools alone as 'tools'."),
            { } named => new JsonObject { ["type"] = "tool", ["name"] = named.Part("function").Part("name")?.DeepClone() },
        };
        if (request["parallel_tool_calls"] is JsonValue parallel && parallel.ToJsonString() == "false" && choice["type"].Text() != "none") choice["disable_parallel_tool_use"] = true;
        return choice;
    }
}
