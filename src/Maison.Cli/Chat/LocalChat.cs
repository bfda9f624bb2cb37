// Answers from a model in this process, without a server or a port.

using System.Runtime.CompilerServices;
using Maison.Cli.Serving;
using Maison.Data.Chat;
using Maison.Inference;
using Maison.Tensors;

namespace Maison.Cli.Chat;

/// <summary>One loaded model at a time.</summary>
/// <param name="shelf">The models to choose from.</param>
/// <param name="plan">How a model is to be loaded; refuses one that does not fit.</param>
sealed class LocalChat(IReadOnlyList<ShelvedModel> shelf, int threads, Func<ShelvedModel, ServingPlan> plan) : IChatSource
{
    readonly Gang gang = new(threads);
    LoadedModel? loaded;

    public string Model => loaded?.Served.Id ?? "";
    public IReadOnlyList<string> Models => [.. shelf.Select(m => m.Name)];

    public Task Switch(string model, CancellationToken stop)
    {
        var shelved = ModelShelf.Among(shelf, model);
        if (shelved.Problem is not null) throw new UserException($"{model} can not be loaded: {shelved.Problem}");
        loaded?.Dispose();
        loaded = null;
        var next = LoadedModel.Load(plan(shelved), gang);
        if (next.Served.ChatFormat is null)
        {
            next.Dispose();
            throw new UserException($"{model} only continues text: its tokenizer has no chat marks. Choose a model that was tuned for chat.");
        }
        loaded = next;
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<AnswerPart> Answer(IReadOnlyList<ChatMessage> conversation, ChatSampling sampling, [EnumeratorCancellation] CancellationToken stop)
    {
        var served = (loaded ?? throw new UserException("No model is loaded; choose one with /model.")).Served;
        int[] prompt = [.. served.DocumentStart is { } start ? [start] : Array.Empty<int>(), .. served.ChatFormat!.RenderPrompt(conversation, sampling.Think ? null : false)];
        if (prompt.Length + (sampling.MaxTokens ?? 1) > served.ContextLength)
            throw new UserException($"The conversation has {prompt.Length} tokens and the answer needs {sampling.MaxTokens ?? 1} more, but the context of {served.Id} holds {served.ContextLength}. /reset starts anew.");
        var options = served.Defaults with
        {
            Temperature = sampling.Temperature ?? served.Defaults.Temperature,
            TopP = sampling.TopP ?? served.Defaults.TopP,
            Seed = (ulong?)sampling.Seed,
        };
        var parser = new ReasoningParser(served.Tokenizer);
        var tokens = 0;
        await foreach (var token in served.Generate(new(prompt, options, sampling.MaxTokens, served.EndIds), stop))
        {
            tokens++;
            var delta = parser.Push(token.Id);
            yield return new(delta.Reasoning, delta.Content);
            if (token.Finish is not { } finish) continue;
            var rest = parser.Flush();
            yield return new(rest.Reasoning, rest.Content, tokens, finish == FinishReason.Length);
        }
    }

    public ValueTask DisposeAsync()
    {
        loaded?.Dispose();
        gang.Dispose();
        return ValueTask.CompletedTask;
    }
}
