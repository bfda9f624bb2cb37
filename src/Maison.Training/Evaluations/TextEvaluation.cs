// The evaluations of a text model. Each asks in the way its field does, so that numbers can be held against others':
//   choice        the likeliest of the choices behind "QUERY\nAnswer:", as a sum and divided by the choice's bytes
//   continuation  whether greedy decoding says exactly what follows, and how likely that was
//   problem       a chat whose thoughts are opened; the final number of the answer behind them, greedily
//   held out      bits per byte of a shard; of a chat shard, of the assistant's words
// Items that do not fit the context are left out and counted, never cut.

using System.Diagnostics;
using System.Text;
using Maison.Data.Chat;
using Maison.Data.Shards;
using Maison.Inference;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Training.Evaluations;

/// <summary>How far an evaluation is.</summary>
public readonly record struct EvaluationProgress(string Name, int Done, int Total);

/// <summary>Runs evaluations on one model.</summary>
/// <param name="log">What it holds is not done again; what is done is added to it.</param>
public sealed class TextEvaluation(EvaluatedModel model, IProgress<EvaluationProgress>? progress = null, ScoreLog? log = null)
{
    /// <summary>Goes up whenever a question is put in another way.</summary>
    public const int Method = 1;

    /// <summary>Held-out text is scored in windows of so many tokens, each seeing nothing of the one before.</summary>
    public const int WindowTokens = 512;

    /// <summary>Longest chain of thought with its answer, in tokens; half the context where that is less.</summary>
    const int MostAnswerTokens = 400;

    const int ItemsAtOnce = 64, MicroTokens = 2048;

    /// <summary>Scores a file of questions.</summary>
    /// <param name="limit">Looks at the first rows only; null for all.</param>
    /// <exception cref="NotSupportedException">The file's rows have no known shape, or the model cannot chat and the file needs it.</exception>
    /// <exception cref="InvalidDataException">A row is damaged.</exception>
    public EvaluationScore Run(EvaluationFile file, int? limit = null, CancellationToken stop = default)
    {
        stop.ThrowIfCancellationRequested();
        var (start, digest) = (Stopwatch.GetTimestamp(), CheckpointFiles.Digest(file.Path));
        if (file.Kind is { } kind && log?.Find(model.Weights, digest, kind, limit) is { } known) return known;
        var (metrics, count, all, chance) = file.Kind switch
        {
            EvaluationKind.Choice => Choices(file.Name, file.Choices(limit), stop),
            EvaluationKind.Continuation => Continuations(file.Name, file.Continuations(limit), stop),
            EvaluationKind.Problem => Problems(file.Name, file.Problems(limit), stop),
            _ => throw new NotSupportedException($"{file.Path} cannot be scored: its rows have {string.Join(", ", file.Fields)}; known are query+choices+gold, context+continuation and question+answer."),
        };
        if (count == 0) throw new InvalidDataException($"{file.Path}: not one of {all} items fits the model's context of {model.Scheduler.ContextLength} tokens.");
        return Logged(new(file.Name, file.Kind.Value, count, metrics, chance, all - count, limit is { } most && most <= all ? most : null, null,
            digest, model.Weights, Method, Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    /// <summary>Bits per byte of a shard.</summary>
    /// <param name="chat">Whether it holds conversations.</param>
    /// <exception cref="InvalidDataException">The shard is damaged or was made with another tokenizer.</exception>
    public EvaluationScore HeldOut(string path, bool chat, CancellationToken stop = default)
    {
        stop.ThrowIfCancellationRequested();
        var (start, name, kind) = (Stopwatch.GetTimestamp(), Path.GetFileNameWithoutExtension(path), chat ? EvaluationKind.HeldOutChat : EvaluationKind.HeldOut);
        using var shard = new ShardReader(path, model.TokenizerDigest);
        if (log?.Find(model.Weights, shard.Hash, kind, null) is { } known) return known;
        progress?.Report(new(name, 0, shard.Documents.Length));
        using var arena = new Arena();
        var window = Math.Min(WindowTokens, model.Decoder.Config.Context);
        var bits = BitsPerByte.Measure(model.Decoder, arena, model.Gang, shard, window, MicroTokens / window * window, stop);
        progress?.Report(new(name, shard.Documents.Length, shard.Documents.Length));
        return Logged(new(name, kind, shard.Documents.Length, new Dictionary<string, Measured> { [MetricNames.BitsPerByte] = new(bits, null) }, null, 0, null, shard.TextBytes,
            shard.Hash, model.Weights, Method, Stopwatch.GetElapsedTime(start).TotalSeconds));
    }

    EvaluationScore Logged(EvaluationScore score)
    {
        log?.Add(score);
        return score;
    }

    (Dictionary<string, Measured>, int Count, int All, double? Chance) Choices(string name, IReadOnlyList<ChoiceItem> items, CancellationToken stop)
    {
        List<bool> likeliest = [], likeliestPerByte = [];
        List<double> chance = [];
        for (var done = 0; done < items.Count; done += ItemsAtOnce)
        {
            progress?.Report(new(name, done, items.Count));
            List<(ChoiceItem Item, int[] Prompt, int[][] Choices)> asked = [];
            foreach (var item in items.Skip(done).Take(ItemsAtOnce))
            {
                var prompt = model.EncodeDocument($"{item.Query.TrimEnd()}\nAnswer:");
                var choices = item.Choices.Select(c => model.Tokenizer.Encode(" " + c)).ToArray();
                if (model.Fits(prompt.Length + choices.Max(c => c.Length))) asked.Add((item, prompt, choices));
            }
            var scores = model.Scorer.Score(asked.SelectMany(a => a.Choices.Select(c => (a.Prompt, c))), stop).AsSpan();
            foreach (var (item, _, choices) in asked)
            {
                var sums = scores[..choices.Length].ToArray().Select(s => s.Logprob).ToArray();
                scores = scores[choices.Length..];
                likeliest.Add(Best(sums) == item.Gold);
                likeliestPerByte.Add(Best([.. sums.Zip(item.Choices, (s, c) => s / Encoding.UTF8.GetByteCount(c))]) == item.Gold);
                chance.Add(1.0 / choices.Length);
            }
        }
        progress?.Report(new(name, items.Count, items.Count));
        if (likeliest.Count == 0) return ([], 0, items.Count, null);
        return (new() { [MetricNames.Accuracy] = Measured.Share(likeliest), [MetricNames.AccuracyPerByte] = Measured.Share(likeliestPerByte) }, likeliest.Count, items.Count, chance.Average());

        static int Best(double[] sums) => Array.IndexOf(sums, sums.Max());
    }

    (Dictionary<string, Measured>, int Count, int All, double? Chance) Continuations(string name, IReadOnlyList<ContinuationItem> items, CancellationToken stop)
    {
        List<bool> said = [];
        List<double> nats = [];
        for (var done = 0; done < items.Count; done += ItemsAtOnce)
        {
            progress?.Report(new(name, done, items.Count));
            var asked = items.Skip(done).Take(ItemsAtOnce).Select(Pair).Where(p => model.Fits(p.Prompt.Length + p.Continuation.Length)).ToArray();
            foreach (var score in model.Scorer.Score(asked, stop))
            {
                said.Add(score.Greedy);
                nats.Add(-score.Logprob);
            }
        }
        progress?.Report(new(name, items.Count, items.Count));
        if (said.Count == 0) return ([], 0, items.Count, null);
        var mean = Measured.Mean(nats);
        var perplexity = Math.Exp(mean.Value);
        return (new() { [MetricNames.Accuracy] = Measured.Share(said), [MetricNames.Perplexity] = new(perplexity, perplexity * mean.Error) }, said.Count, items.Count, null);

        (int[] Prompt, int[] Continuation) Pair(ContinuationItem item)
        {
            var joined = char.IsWhiteSpace(item.Context[^1]) || char.IsWhiteSpace(item.Continuation[0]);
            return (model.EncodeDocument(item.Context), model.Tokenizer.Encode(joined ? item.Continuation : " " + item.Continuation));
        }
    }

    (Dictionary<string, Measured>, int Count, int All, double? Chance) Problems(string name, IReadOnlyList<ProblemItem> items, CancellationToken stop)
    {
        var chat = model.Chat ?? throw new NotSupportedException($"{name} needs a chat, and this model's tokenizer has no marks for one. Leave it out with --only.");
        var answerTokens = Math.Min(MostAnswerTokens, model.Scheduler.ContextLength / 2);
        var asked = items.Select(i => (i.Answer, Prompt: model.EncodeMessage(i.Question, think: true))).Where(a => model.Fits(a.Prompt.Length + answerTokens)).ToArray();
        var finished = items.Count - asked.Length;
        progress?.Report(new(name, finished, items.Count));
        var answers = Task.WhenAll(asked.Select(Answer)).GetAwaiter().GetResult();
        if (asked.Length == 0) return ([], 0, items.Count, null);
        return (new()
        {
            [MetricNames.Accuracy] = Measured.Share(asked.Zip(answers, (a, answer) => a.Answer == answer)),
            [MetricNames.Answered] = Measured.Share(answers.Select(a => a is not null)),
        }, asked.Length, items.Count, null);

        async Task<decimal?> Answer((decimal Answer, int[] Prompt) problem)
        {
            var ids = await model.Scheduler.GenerateAll(new GenerationRequest(problem.Prompt, new(Temperature: 0), answerTokens, [.. chat.StopIds]), stop).ConfigureAwait(false);
            progress?.Report(new(name, Interlocked.Increment(ref finished), items.Count));
            return FinalNumber.Of(Spoken(chat, ids, thinking: true).Content);
        }
    }

    /// <summary>Generated ids as thoughts and words.</summary>
    internal static ChatDelta Spoken(ChatFormat chat, IReadOnlyList<int> ids, bool thinking)
    {
        var parser = new ReasoningParser(chat.Tokenizer, thinking);
        var (reasoning, content) = (new StringBuilder(), new StringBuilder());
        foreach (var id in ids)
            if (!chat.StopIds.Contains(id)) Take(parser.Push(id));
        Take(parser.Flush());
        return new(reasoning.ToString().Trim(), content.ToString().Trim());

        void Take(ChatDelta delta)
        {
            reasoning.Append(delta.Reasoning);
            content.Append(delta.Content);
        }
    }
}
