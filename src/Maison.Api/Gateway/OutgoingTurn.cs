// A turn of a conversation in the words of a chat completion, for third parties: what responses and Anthropic's messages ask for, once checked.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Chat;
using Maison.Api.Grammars;
using Maison.Wire;

namespace Maison.Api.Gateway;

/// <summary>What is asked of a third party's model; what is not set is its provider's to choose.</summary>
sealed record OutgoingTurn
{
    public required SentConversation Conversation { get; init; }
    public ToolUse? Tools { get; init; }

    /// <summary>response_format.</summary>
    public JsonNode? Form { get; init; }
    public float? Temperature { get; init; }
    public float? TopP { get; init; }
    public int? TopK { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>Alternatives of each token; null for no log probabilities.</summary>
    public int? TopLogprobs { get; init; }
    public string? Effort { get; init; }
    public string? Verbosity { get; init; }

    /// <summary>Anthropic's thinking, for Anthropic's models.</summary>
    public JsonNode? Thinking { get; init; }
    public bool Stream { get; init; }

    /// <summary>A JSON schema as response_format has it.</summary>
    public static JsonObject Schema(string name, JsonNode? schema, bool? strict, string? description = null)
    {
        var inner = new JsonObject { ["name"] = name, ["schema"] = schema };
        if (strict is not null) inner["strict"] = strict;
        if (description is not null) inner["description"] = description;
        return new() { ["type"] = "json_schema", ["json_schema"] = inner };
    }

    /// <summary>The request.</summary>
    public JsonObject For(Target target)
    {
        var openai = target.Provider!.Kind == "openai";
        var messages = JsonSerializer.SerializeToNode(Conversation.Messages, WireJson.Default.IReadOnlyListRequestMessage)!.AsArray();
        // OpenAI's own models take no reasoning back; whoever shows it wants it back.
        if (openai)
            foreach (var message in messages) message!.AsObject().Remove("reasoning_content");
        var body = new JsonObject { ["model"] = target.Name, ["messages"] = messages };
        Put("temperature", Temperature);
        Put("top_p", TopP);
        Put("top_k", TopK);
        Put(openai ? "max_completion_tokens" : "max_tokens", (long?)MaxTokens);
        if (Stops.Count > 0) body["stop"] = new JsonArray([.. Stops.Select(s => (JsonNode)s)]);
        if (TopLogprobs is { } top) (body["logprobs"], body["top_logprobs"]) = (true, top);
        Put("reasoning_effort", Effort);
        Put("verbosity", Verbosity);
        if (Thinking is not null) body["thinking"] = Thinking.DeepClone();
        if (Form is not null) body["response_format"] = Form.DeepClone();
        if (Tools is { } use)
        {
            body["tools"] = new JsonArray([.. use.Described.Select(Tool)]);
            if (Choice(use) is { } choice) body["tool_choice"] = choice;
            if (!use.Parallel) body["parallel_tool_calls"] = false;
        }
        if (Stream) body["stream"] = true;
        return body;

        void Put(string name, JsonNode? value)
        {
            if (value is not null) body[name] = value;
        }
    }

    static JsonNode Tool(FunctionTool tool)
    {
        var function = new JsonObject { ["name"] = tool.Name };
        if (tool.Description is { } description) function["description"] = description;
        if (tool.Parameters is { } parameters) function["parameters"] = JsonNode.Parse(parameters.GetRawText());
        if (tool.Strict) function["strict"] = true;
        return new JsonObject { ["type"] = "function", ["function"] = function };
    }

    static JsonNode? Choice(ToolUse use)
    {
        static JsonObject Named(FunctionTool tool) => new() { ["type"] = "function", ["function"] = new JsonObject { ["name"] = tool.Name } };
        var all = use.Callable.Count == use.Described.Count;
        return use.Rule switch
        {
            CallRule.Never => "none",
            CallRule.MustCall when use is { Parallel: false, Callable: [var one] } => Named(one),
            _ when all => use.Rule == CallRule.MustCall ? "required" : null,
            _ => new JsonObject { ["type"] = "allowed_tools", ["allowed_tools"] = new JsonObject { ["mode"] = use.Rule == CallRule.MustCall ? "required" : "auto", ["tools"] = new JsonArray([.. use.Callable.Select(Named)]) } },
        };
    }
}
