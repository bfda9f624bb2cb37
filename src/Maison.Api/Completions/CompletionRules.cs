// What a /v1/completions request asks for, checked field by field: the table of fields, and the plan that the endpoint carries out.

using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Inference;
using Maison.Wire;

namespace Maison.Api.Completions;

/// <summary>A checked request: its answers not yet begun, and how to write them.</summary>
sealed record CompletionPlan(ServedModel Model, IReadOnlyList<Answer> Answers, IReadOnlyList<string> Echo, bool Stream, bool IncludeUsage)
{
    public bool Logprobs => Answers[0].Request.Sampling.TopLogprobs is not null;
}

/// <summary>From request to plan.</summary>
static class CompletionRules
{
    const int DefaultMaxTokens = 16;

    public static readonly RequestFields<CompletionRequest> Fields = new(
        Obeyed:
        [
            "model", "prompt", "max_tokens", "temperature", "top_p", "top_k", "min_p", "frequency_penalty", "presence_penalty",
            "repetition_penalty", "logit_bias", "seed", "n", "stop", "logprobs", "echo", "stream", "stream_options",
        ],
        Accepted: ["user"],
        Refused:
        [
            new("best_of", r => r.BestOf, ["1"], "Ask for 'n' answers with 'logprobs' and choose among them."),
            new("suffix", r => r.Suffix, ["\"\""], "The models here continue a text and can not fill a gap in it."),
        ]);

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static CompletionPlan Plan(CompletionRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        var model = models.Find(request.Model);
        var prompts = request.Prompt?.Items ?? throw ApiException.Invalid("prompt", "'prompt' is missing.", "missing_parameter");
        if (prompts.Count == 0) throw ApiException.Invalid("prompt", "'prompt' is an empty list; send at least one prompt.");
        var maxTokens = SamplingRules.InRange("max_tokens", request.MaxTokens, 1, int.MaxValue) ?? DefaultMaxTokens;
        var logprobs = SamplingRules.InRange("logprobs", request.Logprobs, 0, SamplingRules.MaxTopLogprobs);
        var options = SamplingRules.Options(request, model, logprobs);
        var n = SamplingRules.Answers(request);
        if (prompts.Count * n > SamplingRules.MaxAnswers)
            throw ApiException.Invalid("n", $"{prompts.Count} prompts with n = {n} make {prompts.Count * n} answers; at most {SamplingRules.MaxAnswers} go into one request.");
        var stops = SamplingRules.Stops(request);
        var (stream, includeUsage) = SamplingRules.Streaming(request);
        var echo = request.Echo ?? false;
        if (echo && logprobs is not null)
            throw ApiException.Unsupported("echo", "'echo' together with 'logprobs' asks for the prompt's log probabilities, which are not computed. Leave one of them out.");

        var answers = new List<Answer>();
        foreach (var prompt in prompts)
        {
            var ids = Ids(prompt, model);
            TextGenerator.CheckFits(model, ids.Length, maxTokens, "prompt");
            for (var i = 0; i < n; i++)
                answers.Add(new(answers.Count, new(ids, TextGenerator.ForAnswer(options, i), maxTokens, model.EndIds), model.Tokenizer, stops));
        }
        return new(model, answers, echo ? [.. prompts.SelectMany(p => Enumerable.Repeat(Text(p, model), n))] : [], stream, includeUsage);
    }

    /// <summary>Marks written out in the text become their tokens here: raw text is what this route is for.</summary>
    static int[] Ids(Prompt prompt, ServedModel model)
    {
        if (prompt.Text is { } text)
        {
            var ids = model.Tokenizer.Encode(text, allowSpecial: true);
            return model.DocumentStart is { } start ? [start, .. ids] : ids;
        }
        foreach (var id in prompt.Ids!)
            if (id < 0 || id >= model.Tokenizer.VocabSize)
                throw ApiException.Invalid("prompt", $"'prompt' has the token id {id}; ids of {model.Id} lie between 0 and {model.Tokenizer.VocabSize - 1}.");
        return prompt.Ids;
    }

    static string Text(Prompt prompt, ServedModel model) => prompt.Text ?? model.Tokenizer.Decode(prompt.Ids);
}
