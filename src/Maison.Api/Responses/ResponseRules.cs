// What a /v1/responses request asks for, checked field by field and brought into a turn of a conversation.

using System.Text.Json;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Responses;

/// <summary>A checked request.</summary>
/// <param name="Items">All that was said before the answer.</param>
/// <param name="Draft">The response as it begins: what was asked for, and no output.</param>
/// <param name="Answer">Not yet begun.</param>
sealed record ResponsePlan(ServedModel Model, IReadOnlyList<InputItem?> Items, ResponseObject Draft, Answer Answer, bool Stream, bool Logprobs);

/// <summary>From request to plan.</summary>
static class ResponseRules
{
    const string LogprobsIncluded = "message.output_text.logprobs";

    public static readonly RequestFields<ResponseRequest> Fields = new(
        Obeyed:
        [
            "model", "input", "instructions", "previous_response_id", "max_output_tokens", "temperature", "top_p", "top_logprobs", "text", "reasoning",
            "tools", "tool_choice", "parallel_tool_calls", "include", "store", "stream", "metadata",
        ],
        Accepted: ["user", "safety_identifier", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention"],
        Refused:
        [
            new("stream_options", r => r.StreamOptions, ["{}", "{\"include_obfuscation\":false}"], "Events are never padded here."),
            new("truncation", r => r.Truncation, ["\"disabled\""], "Nothing is ever cut: shorten the input, or begin a new conversation."),
            new("service_tier", r => r.ServiceTier, ["\"auto\"", "\"default\""], "There is one tier."),
            new("background", r => r.Background, ["false"], "Responses are answered while you wait."),
            new("max_tool_calls", r => r.MaxToolCalls, [], "It counts calls of other servers' tools: send it with a tool of the type mcp."),
            new("conversation", r => r.Conversation, [], "Send the items, or previous_response_id."),
            new("context_management", r => r.ContextManagement, ["[]"], "Nothing is ever cut or summed up here."),
            new("prompt", r => r.Prompt, [], "There are no stored prompts. Send instructions and input."),
            new("moderation", r => r.Moderation, [], "Ask POST /v1/moderations before or after."),
        ]);

    /// <param name="project">Whose responses can be continued.</param>
    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model or response.</exception>
    public static ResponsePlan Plan(ResponseRequest request, ModelRegistry models, ResponseStore store, string project)
    {
        Fields.Check(request, request.Unknown);
        var model = ChatTurn.ChatModel(request.Model, models);
        var (items, earlier) = Items(request, store, project);
        var conversation = ResponseItems.Messages(items, earlier, Reach.House).Read();
        var logprobs = Logprobs(request);
        var mayThink = MayThink(request.Reasoning);
        Verbosity(request.Text, ["medium"]);
        var form = TextFormat(request.Text);
        var sampling = SamplingRules.Options(new SamplingFields { Temperature = request.Temperature, TopP = request.TopP }, model, logprobs);
        var answer = new ChatTurn
        {
            Model = model,
            Messages = request.Instructions is { } instructions ? [new("system", instructions), .. conversation] : conversation,
            Sampling = sampling,
            Form = new(form, ToolRules.Use(request.Tools, request.ToolChoice, request.ParallelToolCalls, flat: true), mayThink),
            MaxTokens = SamplingRules.InRange("max_output_tokens", request.MaxOutputTokens, 1, int.MaxValue),
            MessagesParam = "input",
        }.Answers()[0];
        return new(model, items, Draft(request, model.Id, sampling.Temperature, sampling.TopP), answer, request.Stream ?? false, logprobs is not null);
    }

    /// <summary>What was said so far, and how many items of it before this request.</summary>
    public static (IReadOnlyList<InputItem?> Items, int Earlier) Items(ResponseRequest request, ResponseStore store, string project)
    {
        IReadOnlyList<InputItem?> earlier = request.PreviousResponseId is { } id ? store.Find(project, id, "previous_response_id").Items : [];
        return ([.. earlier, .. ResponseItems.Of(request.Input)], earlier.Count);
    }

    /// <summary>A response as it begins.</summary>
    public static ResponseObject Draft(ResponseRequest request, string model, float temperature, float topP) => new()
    {
        Id = "resp_" + Guid.NewGuid().ToString("N"),
        CreatedAt = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        Status = "in_progress",
        Instructions = request.Instructions,
        MaxOutputTokens = request.MaxOutputTokens,
        Model = model,
        Output = [],
        ParallelToolCalls = request.ParallelToolCalls ?? true,
        PreviousResponseId = request.PreviousResponseId,
        Reasoning = new() { Effort = request.Reasoning?.Effort },
        Store = request.Store ?? true,
        Temperature = temperature,
        Text = new(request.Text?.Format ?? new() { Type = "text" }),
        ToolChoice = request.ToolChoice ?? JsonSerializer.SerializeToElement("auto", WireJson.Default.String),
        Tools = request.Tools ?? [],
        TopLogprobs = request.TopLogprobs ?? 0,
        TopP = topP,
        User = request.User,
        Metadata = request.Metadata ?? new Dictionary<string, string>(),
    };

    internal static int? Logprobs(ResponseRequest request)
    {
        var top = SamplingRules.InRange("top_logprobs", request.TopLogprobs, 0, SamplingRules.MaxTopLogprobs);
        foreach (var name in request.Include ?? [])
            if (name is not (LogprobsIncluded or "reasoning.encrypted_content")) throw ApiException.Unsupported("include", $"'include' names '{name}', which is nothing that this server has. Known: {LogprobsIncluded}.");
            else if (name != LogprobsIncluded) throw ApiException.Unsupported("include", "'include' names 'reasoning.encrypted_content'. Reasoning is sent in the open here; send its items back as they are.");
        if (request.Include?.Contains(LogprobsIncluded) ?? false) return top ?? 0;
        return top is null or 0 ? null : throw ApiException.Invalid("top_logprobs", $"'top_logprobs' is only allowed together with 'include': [\"{LogprobsIncluded}\"].");
    }

    static bool MayThink(ReasoningOptions? reasoning)
    {
        if (reasoning is null) return true;
        RequestFields.RefuseUnknown(reasoning.Unknown, "reasoning.");
        if ((reasoning.Summary ?? reasoning.GenerateSummary) is not (null or "auto"))
            throw ApiException.Unsupported("reasoning.summary", "'reasoning.summary' is not supported: the reasoning itself is sent. Leave it out.");
        return reasoning.Effort switch
        {
            null => true,
            "none" => false,
            var other => throw ApiException.Unsupported("reasoning.effort", $"'reasoning.effort' is '{other}'. Leave it out and the model decides how much to think; \"none\" turns reasoning off."),
        };
    }

    /// <exception cref="ApiException">400: another value than these.</exception>
    internal static void Verbosity(TextOptions? text, string[] taken)
    {
        if (text?.Verbosity is { } verbosity && !taken.Contains(verbosity))
            throw ApiException.Unsupported("text.verbosity", $"'text.verbosity' is not supported with this value. Ask for the length in a message. Only {string.Join(", ", taken.Select(t => $"\"{t}\""))} is taken.");
    }

    internal static Grammars.ContentForm? TextFormat(TextOptions? text)
    {
        if (text is null) return null;
        RequestFields.RefuseUnknown(text.Unknown, "text.");
        return FormRules.Content(text.Format, "text.format", flat: true);
    }
}
