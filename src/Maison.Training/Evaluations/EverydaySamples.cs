// Twenty everyday prompts, always the same and always all of them shown: what a model says when nobody chooses the examples.

using System.Text;
using Maison.Inference;

namespace Maison.Training.Evaluations;

/// <summary>An answer to an everyday prompt.</summary>
/// <param name="Reasoning">The thoughts before it; empty when there were none.</param>
/// <param name="Ended">False when it was still going on at the limit of tokens.</param>
public sealed record EverydaySample(string Prompt, string Reasoning, string Answer, bool Ended);

/// <summary>Asks the everyday prompts.</summary>
public static class EverydaySamples
{
    /// <summary>Longest answer, in tokens, thoughts included.</summary>
    public const int MostTokens = 200;

    /// <summary>The prompts, in their order.</summary>
    public static IReadOnlyList<string> Prompts { get; } = ReadPrompts();

    /// <summary>Answers every prompt: as a chat, or, by a model that was not tuned for one, by going on with the text.</summary>
    /// <param name="sampling">How tokens are chosen; each prompt is asked with the same seed.</param>
    public static IReadOnlyList<EverydaySample> Ask(EvaluatedModel model, bool chat, SamplingOptions sampling, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        var done = 0;
        return Task.WhenAll(Prompts.Select(Answer)).GetAwaiter().GetResult();

        async Task<EverydaySample> Answer(string prompt)
        {
            var ids = chat ? model.EncodeMessage(prompt, think: null) : model.EncodeDocument(prompt);
            int[] ends = [.. model.Chat?.StopIds ?? [], .. model.Start is { } start ? [start] : Array.Empty<int>()];
            var room = Math.Min(MostTokens, model.Scheduler.ContextLength - ids.Length);
            if (room < 1) throw new ContextOverflowException(ids.Length, 1, model.Scheduler.ContextLength);
            var answer = await model.Scheduler.GenerateAll(new GenerationRequest(ids, sampling, room, ends), stop).ConfigureAwait(false);
            progress?.Report(new("everyday prompts", Interlocked.Increment(ref done), Prompts.Count));
            var ended = ends.Contains(answer[^1]);
            if (!chat) return new(prompt, "", model.Tokenizer.Decode(ended ? answer.AsSpan(..^1) : answer), ended);
            var spoken = TextEvaluation.Spoken(model.Chat!, answer, thinking: false);
            return new(prompt, spoken.Reasoning, spoken.Content, ended);
        }
    }

    static string[] ReadPrompts()
    {
        using var stream = typeof(EverydaySamples).Assembly.GetManifestResourceStream("everyday-prompts.txt")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
