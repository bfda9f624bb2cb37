// What a /v1/chat/completions request asks for, checked field by field: the table of fields, and the plan that the endpoint carries out.

using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Data.Chat;
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
            "reasoning_effort",
        ],
        Accepted:
        [
            "user", "safety_identifier", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "metadata", "parallel_tool_calls",
        ],
        Refused:
        [
            new("store", r => r.Store, ["false"], "Nothing is kept here; keep the answer yourself."),
            new("service_tier", r => r.ServiceTier, ["\"auto\"", "\"default\""], "There is one tier."),
            new("verbosity", r => r.Verbosity, ["\"medium\""], "Ask for the length in a message."),
            new("response_format", r => r.ResponseFormat, ["{\"type\":\"text\"}"], "The form of an answer can not be enforced yet. Ask for it in a message and check the answer."),
            new("modalities", r => r.Modalities, ["[\"text\"]"], "The models here answer in text."),
            new("tools", r => r.Tools, ["[]"], "Tool calls can not be generated yet. Describe the wanted form in a message and read it from the content."),
            new("tool_choice", r => r.ToolChoice, ["\"none\"", "\"auto\""], "Tool calls can not be generated yet."),
            new("functions", r => r.Functions, ["[]"], "Function calls can not be generated yet."),
            new("function_call", r => r.FunctionCall, ["\"none\"", "\"auto\""], "Function calls can not be generated yet."),
            new("audio", r => r.Audio, [], "The models here answer in text."),
            new("prediction", r => r.Prediction, [], "Leave it out: the answer is the same, only not sped up."),
            new("web_search_options", r => r.WebSearchOptions, [], "This server does not search the web. Put what is to be known into a message."),
            new("moderation", r => r.Moderation, [], "Texts are not moderated here."),
        ]);

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static ChatPlan Plan(ChatRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        Effort.Check(request);
        var model = models.Find(request.Model);
        if (model.ChatFormat is not { } format)
            throw ApiException.Unsupported("model", $"{model.Id} only continues text and can not chat. Use POST {Routes.Completions}, or another model.");
        var conversation = Conversation.Of(request.Messages);
        var options = SamplingRules.Options(request, model, TopLogprobs(request));
        var maxTokens = MaxTokens(request);
        var stops = SamplingRules.Stops(request);
        var n = SamplingRules.Answers(request);
        var (stream, includeUsage) = SamplingRules.Streaming(request);

        var prompt = Prompt(format, conversation, reason: request.ReasoningEffort is null);
        if (model.DocumentStart is { } start) prompt = [start, .. prompt];
        TextGenerator.CheckFits(model, prompt.Length, maxTokens, "messages");
        var answers = Enumerable.Range(0, n).Select(i => new Answer(
            i, new(prompt, TextGenerator.ForAnswer(options, i), maxTokens, model.EndIds), model.Tokenizer, stops, new ReasoningParser(model.Tokenizer)));
        return new(model, [.. answers], stream, includeUsage);
    }

    /// <summary>The conversation with the assistant's turn open: a new one, or its last message to be continued.</summary>
    static int[] Prompt(ChatFormat format, IReadOnlyList<ChatMessage> conversation, bool reason)
    {
        if (conversation[^1].Role != "assistant") return format.RenderPrompt(conversation, think: reason ? null : false);
        var ids = format.Render(conversation).Ids;
        return ids[..Array.LastIndexOf(ids, format.StopIds[0])];
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
