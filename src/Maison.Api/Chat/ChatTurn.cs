// A turn of a conversation as a model sees it, whichever route it came by: chat completions, responses and messages each check their own
// fields and end here. Makes the prompt and the n answers, not yet begun; knows nothing about JSON fields but the names to put into refusals.

using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Grammars;
using Maison.Api.Models;
using Maison.Data.Chat;
using Maison.Inference;

namespace Maison.Api.Chat;

/// <summary>What is asked of a model.</summary>
sealed record ChatTurn
{
    public required ServedModel Model { get; init; }

    /// <summary>Ends with what is to be answered, or with an assistant's message that is to be continued.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Form and tools of the answer, and whether thoughts may come before them.</summary>
    public required AnswerForm Form { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<string> Stops { get; init; } = [];
    public int N { get; init; } = 1;

    /// <summary>The field that the conversation came in.</summary>
    public string MessagesParam { get; init; } = "messages";

    /// <summary>The field that the form or the tools came in.</summary>
    public string FormParam => Form.Content?.Param.Split('.')[0] ?? "tools";

    /// <summary>The model of a request that can chat.</summary>
    /// <exception cref="ApiException">404 for an unknown model, 400 for one that only continues text.</exception>
    public static ServedModel ChatModel(string? id, ModelRegistry models)
    {
        var model = models.Find(id);
        return model.ChatFormat is not null ? model
            : throw ApiException.Unsupported("model", $"{model.Id} only continues text and can not chat. Use POST {Routes.Completions}, or another model.");
    }

    /// <summary>The prompt's ids, and how many of its last ones the answer goes on from.</summary>
    /// <exception cref="ApiException">400: the tools are more than this model can read.</exception>
    public (int[] Ids, int Begun) Prompt()
    {
        var format = Model.ChatFormat!;
        var tools = Form.Tools?.Described.Select(ToolText.Line).ToList() ?? [];
        var (ids, begun) = (Array.Empty<int>(), 0);
        if (Messages[^1].Role == "assistant" && Messages[^1].Calls is not { Count: > 0 })
        {
            (ids, var begin) = format.RenderOpen(Messages, tools);
            begun = ids.Length - begin;
        }
        else
        {
            ids = format.RenderPrompt(Messages, think: Form.MayThink ? null : false, tools);
        }
        return (Model.DocumentStart is { } start ? [start, .. ids] : ids, begun);
    }

    /// <summary>The answers, not yet begun.</summary>
    /// <exception cref="ApiException">400: the conversation does not fit, or the form can not be enforced.</exception>
    public IReadOnlyList<Answer> Answers()
    {
        if (Form.Tools is not null && !ToolText.Knows(Model.Tokenizer))
            throw ApiException.Unsupported("tools", $"{Model.Id} has no marks for calls of tools. Use another model, or ask for the call as content with 'response_format'.");
        var grammar = Form.IsFree ? null : Model.Grammars.For(Form, Model.EndIds, FormParam);
        var (prompt, begun) = Prompt();
        TextGenerator.CheckFits(Model, prompt.Length, MaxTokens, MessagesParam);
        if (grammar is not null && !grammar.Allows(prompt.AsSpan()[^begun..]))
            throw ApiException.Invalid(MessagesParam, $"The assistant's message at the end of '{MessagesParam}' does not begin as '{FormParam}' asks. Leave it out, or change its beginning.");
        return [.. Enumerable.Range(0, N).Select(i => new Answer(
            i, new(prompt, TextGenerator.ForAnswer(Sampling, i), MaxTokens, Model.EndIds, grammar, begun), Model.Tokenizer, Stops,
            new AnswerParser(Model.Tokenizer, Form.Tools is not null)))];
    }
}
