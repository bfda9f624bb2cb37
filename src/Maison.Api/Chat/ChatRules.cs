// What a /v1/chat/completions request asks for, checked field by field: the table of fields, and the plan that the endpoint carries out.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Wire;

namespace Maison.Api.Chat;

/// <summary>A checked request: its answers not yet begun, and how to write them.</summary>
sealed record ChatPlan(ServedModel Model, IReadOnlyList<Answer> Answers, bool Stream, bool IncludeUsage)
{
    public bool Logprobs => Answers[0].Request.Sampling.TopLogprobs is not null;
}

/// <summary>From request to plan.</summary>
static class ChatRules
{
    static readonly RefusedField<ChatRequest> Effort = new(
        "reasoning_effort", r => r.ReasoningEffort, ["\"none\""], "Leave it out and the model decides how much to think; \"none\" turns reasoning off.");

    public static readonly RequestFields<ChatRequest> Fields = new(
        Obeyed:
        [
            "model", "messages", "max_completion_tokens", "max_tokens", "temperature", "top_p", "top_k", "min_p", "frequency_penalty",
            "presence_penalty", "repetition_penalty", "logit_bias", "seed", "n", "stop", "logprobs", "top_logprobs", "stream", "stream_options",
            "reasoning_effort", "response_format", "tools", "tool_choice", "parallel_tool_calls",
        ],
        Accepted:
        [
            "user", "safety_identifier", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "metadata",
        ],
        Refused:
        [
            new("store", r => r.Store, ["false"], "Nothing is kept here; keep the answer yourself."),
            new("service_tier", r => r.ServiceTier, ["\"auto\"", "\"default\""], "There is one tier."),
            new("verbosity", r => r.Verbosity, ["\"medium\""], "Ask for the length in a message."),
            new("modalities", r => r.Modalities, ["[\"text\"]"], "The models here answer in text."),
            new("functions", r => r.Functions, ["[]"], "It is the older name: send 'tools' and 'tool_choice'."),
            new("function_call", r => r.FunctionCall, ["\"none\"", "\"auto\""], "It is the older name: send 'tools' and 'tool_choice'."),
            new("audio", r => r.Audio, [], "The models here answer in text."),
            new("prediction", r => r.Prediction, [], "Leave it out: the answer is the same, only not sped up."),
            new("web_search_options", r => r.WebSearchOptions, [], "This server does not search the web. Put what is to be known into a message."),
            new("moderation", r => r.Moderation, [], "Ask POST /v1/moderations before or after."),
        ]);

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static ChatPlan Plan(ChatRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        Effort.Check(request);
        var model = ChatTurn.ChatModel(request.Model, models);
        var (stream, includeUsage) = SamplingRules.Streaming(request);
        var turn = new ChatTurn
        {
            Model = model,
            Messages = Conversation.Of(request.Messages),
            Sampling = SamplingRules.Options(request, model, TopLogprobs(request)),
            Form = new(
                FormRules.Content(request.ResponseFormat, "response_format", flat: false),
                ToolRules.Use(request.Tools, request.ToolChoice, request.ParallelToolCalls, flat: false),
                MayThink: request.ReasoningEffort is null or { ValueKind: JsonValueKind.Null }),
            MaxTokens = MaxTokens(request),
            Stops = SamplingRules.Stops(request),
            N = SamplingRules.Answers(request),
        };
        return new(model, turn.Answers(), stream, includeUsage);
    }

    static int? TopLogprobs(ChatRequest request)
    {
        var top = SamplingRules.InRange("top_logprobs", request.TopLogprobs, 0, SamplingRules.MaxTopLogprobs);
        if (request.Logprobs ?? false) return top ?? 0;
        return top is null ? null : throw ApiException.Invalid("top_logprobs", "'top_logprobs' is only allowed together with 'logprobs': true.");
    }

    static int? MaxTokens(ChatRequest request)
    {
        var max = SamplingRules.InRange("max_completion_tokens", request.MaxCompletionTokens, 1, int.MaxValue);
        var old = SamplingRules.InRange("max_tokens", request.MaxTokens, 1, int.MaxValue);
        if (max is not null && old is not null && max != old)
            throw ApiException.Invalid("max_tokens", $"'max_tokens' is {old} and 'max_completion_tokens' is {max}. They are two names of one limit: send one of them.");
        return max ?? old;
    }
}
