// What a model in training says so far: a few fixed beginnings, continued through the same scheduler that serves it. The weights are the live
// ones, so a scheduler is made for each time: keys cached a hundred steps ago would be another model's.

using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Training.Evaluations;

namespace Maison.Training.Text;

/// <summary>A beginning and how the model went on.</summary>
public sealed record RunSample(string Prompt, string Text);

/// <summary>One line of metrics.jsonl: what the model says so far.</summary>
public sealed record SampleMetrics(int Step, IReadOnlyList<RunSample> Samples);

/// <summary>Takes samples of a model while it trains.</summary>
/// <param name="start">The id that begins a document; null for none.</param>
/// <param name="chat">Asks questions as a chat, instead of letting the model go on with a text.</param>
/// <param name="taken">Hears of the samples.</param>
public sealed class RunSampler(BpeTokenizer tokenizer, int? start, bool chat, Gang gang, Action<SampleMetrics>? taken = null)
{
    const int MostTokens = 48, Context = 128;

    static readonly string[] Beginnings = ["Once upon a time", "The capital of France is", "To make tea,"];
    static readonly string[] Questions = ["Hello, how are you?", "What is the capital of France?", "What is 7 plus 5?"];

    // Greedy decoding of a young model says one word for ever.
    static readonly SamplingOptions Sampling = new(Temperature: 0.7f, Seed: 1);

    /// <summary>The sampler of a run, with the tokenizer in its folder; null when there is none.</summary>
    public static RunSampler? Of(string run, TextRunPlan plan, Gang gang, Action<SampleMetrics>? taken = null)
    {
        var path = Path.Combine(run, "tokenizer.json");
        if (!File.Exists(path)) return null;
        var tokenizer = BpeTokenizer.Load(path);
        return new(tokenizer, tokenizer.SpecialTokens.TryGetValue(MarkNames.EndOfText, out var start) ? start : null, plan.Chat, gang, taken);
    }

    /// <summary>Samples the model as it is now. Beginnings that do not fit its context are left out.</summary>
    public SampleMetrics Take(Decoder model, int step)
    {
        var format = chat ? new ChatFormat(tokenizer) : null;
        int[] ends = [.. format?.StopIds ?? [], .. start is { } id ? [id] : Array.Empty<int>()];
        using var scheduler = new Scheduler(model, gang, new() { ContextLength = Math.Min(Context, model.Config.Context), MaxRunning = Beginnings.Length });
        var asked = (chat ? Questions : Beginnings).Select(text => (Text: text, Prompt: Encode(text, format))).Where(a => a.Prompt.Length < scheduler.ContextLength).ToArray();
        var answers = scheduler.GenerateAll(asked.Select(a => new GenerationRequest(a.Prompt, Sampling, Math.Min(MostTokens, scheduler.ContextLength - a.Prompt.Length), ends))).GetAwaiter().GetResult();
        var metrics = new SampleMetrics(step, [.. asked.Zip(answers, (a, ids) => new RunSample(a.Text, Text(ids, format, ends)))]);
        taken?.Invoke(metrics);
        return metrics;
    }

    int[] Encode(string text, ChatFormat? format)
    {
        var ids = format is null ? tokenizer.Encode(text) : format.RenderPrompt([new("user", text)]);
        return start is { } id ? [id, .. ids] : ids;
    }

    string Text(int[] ids, ChatFormat? format, int[] ends)
    {
        if (format is null) return tokenizer.Decode(ends.Contains(ids[^1]) ? ids.AsSpan(..^1) : ids);
        var (thoughts, words) = TextEvaluation.Spoken(format, ids, thinking: false);
        return thoughts.Length == 0 ? words : $"({thoughts}) {words}";
    }
}
