// What a /v1/messages request asks for, checked field by field and brought into a turn of a conversation. Without `thinking` the model does
// not think, as Anthropic's clients expect.

using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Grammars;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Wire;

namespace Maison.Api.Messages;

/// <summary>From request to turn.</summary>
static class MessageRules
{
    public static readonly RequestFields<MessageRequest> Fields = new(
        Obeyed: ["model", "max_tokens", "messages", "system", "stop_sequences", "stream", "temperature", "top_p", "top_k", "tools", "tool_choice", "thinking"],
        Accepted: ["metadata", "cache_control"],
        Refused:
        [
            new("service_tier", r => r.ServiceTier, ["\"auto\"", "\"standard_only\""], "There is one tier."),
            new("output_config", r => r.OutputConfig, ["{}"], "Forms of answers are enforced by POST /v1/chat/completions."),
            new("container", r => r.Container, [], "This server runs no code."),
            new("context_management", r => r.ContextManagement, [], "Nothing is ever cut or summed up here."),
            new("mcp_servers", r => r.McpServers, ["[]"], "Tools of other servers are used by POST /v1/responses, as a tool of the type mcp."),
        ]);

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static ChatTurn Turn(MessageRequest request, ModelRegistry models, bool generates)
    {
        Fields.Check(request, request.Unknown);
        var model = ChatTurn.ChatModel(request.Model, models);
        if (generates && request.MaxTokens is null) throw ApiException.Invalid("max_tokens", "'max_tokens' is missing.", "missing_parameter");
        return new()
        {
            Model = model,
            Messages = MessageBlocks.Messages(request.System, request.Messages, Reach.House).Read(),
            Sampling = SamplingRules.Options(new SamplingFields { Temperature = request.Temperature, TopP = request.TopP, TopK = request.TopK }, model, null),
            Form = new(null, Tools(request), MayThink(request.Thinking)),
            MaxTokens = SamplingRules.InRange("max_tokens", request.MaxTokens, 1, int.MaxValue),
            Stops = Stops(request.StopSequences ?? []),
        };
    }

    internal static IReadOnlyList<string> Stops(IReadOnlyList<string> stops)
        => stops.Any(string.IsNullOrEmpty) ? throw ApiException.Invalid("stop_sequences", "'stop_sequences' has an empty string, which would end every answer at once. Remove it.") : stops;

    static bool MayThink(ThinkingOptions? thinking)
    {
        if (thinking is null) return false;
        RequestFields.RefuseUnknown(thinking.Unknown, "thinking.");
        // Models here decide by themselves how long they think; a budget is a limit that max_tokens holds anyway.
        if (thinking.BudgetTokens is not null) throw ApiException.Unsupported("thinking.budget_tokens", "'thinking.budget_tokens' is not supported: thoughts are not counted apart. Send {\"type\":\"adaptive\"}, and limit all with max_tokens.");
        if (thinking.Display is not (null or "summarized")) throw ApiException.Unsupported("thinking.display", "'thinking.display' is not supported: thoughts are shown as they are.");
        return thinking.Type switch
        {
            "adaptive" or "enabled" => true,
            "disabled" => false,
            var other => throw ApiException.Invalid("thinking.type", $"'thinking.type' is '{other}', but must be adaptive, enabled or disabled."),
        };
    }

    internal static ToolUse? Tools(MessageRequest request)
    {
        var choice = request.ToolChoice;
        if (request.Tools is not { Count: > 0 } sent)
        {
            if (choice?.Type is null or "none" or "auto") return null;
            throw ApiException.Invalid("tool_choice", "'tool_choice' asks for a call, but there are no 'tools'.");
        }
        if (sent.Count > ToolRules.MostTools) throw ApiException.Invalid("tools", $"'tools' has {sent.Count} tools; at most {ToolRules.MostTools} are allowed.");
        var tools = sent.Select((tool, i) => Tool(tool, $"tools[{i}]")).ToList();
        ToolRules.Unique(tools);
        if (choice is null) return new(tools, tools, CallRule.MayCall, true);
        RequestFields.RefuseUnknown(choice.Unknown, "tool_choice.");
        if (choice.Name is not null && choice.Type != "tool") throw ApiException.Invalid("tool_choice.name", "'tool_choice.name' only has a meaning with the type tool.");
        var parallel = !(choice.DisableParallelToolUse ?? false);
        return choice.Type switch
        {
            "auto" => new(tools, tools, CallRule.MayCall, parallel),
            "any" => new(tools, tools, CallRule.MustCall, parallel),
            "none" => new(tools, tools, CallRule.Never, parallel),
            "tool" => new(tools, [tools.FirstOrDefault(t => t.Name == choice.Name) ?? throw ApiException.Invalid("tool_choice.name", $"'tool_choice.name' is '{choice.Name}', which is not among the 'tools'.")], CallRule.MustCall, false),
            var other => throw ApiException.Invalid("tool_choice.type", $"'tool_choice.type' is '{other}', but must be auto, any, tool or none."),
        };
    }

    static FunctionTool Tool(MessageTool? tool, string at)
    {
        if (tool is null) throw ApiException.Invalid(at, $"'{at}' is null; send an object.");
        if (tool.Type is not (null or "custom")) throw ApiException.Unsupported($"{at}.type", $"'{at}.type' is '{tool.Type}'; this server runs no tools of its own. Describe the tool with name and input_schema.");
        RequestFields.RefuseUnknown(tool.Unknown, at + ".");
        return new(ToolRules.Name(tool.Name, at), tool.Description, ToolRules.Schema(tool.InputSchema) ?? throw ApiException.Invalid($"{at}.input_schema", $"'{at}.input_schema' is missing.", "missing_parameter"), tool.Strict ?? false, $"{at}.input_schema");
    }
}
