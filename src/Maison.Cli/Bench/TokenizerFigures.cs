using System.Diagnostics;
using Maison.Data.Tokenizers;

namespace Maison.Cli.Bench;

/// <summary>How fast text becomes ids, and how fast a vocabulary is learned.</summary>
static class TokenizerFigures
{
    const int trainBytes = 100_000_000, encodeBytes = 20_000_000, vocab = 16_384 + 256, repeats = 5;

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var text = context.TextFile is { } file ? File.ReadAllBytes(file) : MadeUpText.Bytes(trainBytes, seed: 1);
        var what = context.TextFile is null ? "made-up words" : Path.GetFileName(context.TextFile);
        var start = Stopwatch.GetTimestamp();
        var tokenizer = BpeTrainer.Train(MadeUpText.Documents(text), vocab, MarkNames.All, threads: context.Gang.Threads, cancel: context.Stop);
        yield return new("tokenizer.train", Stopwatch.GetElapsedTime(start).TotalSeconds, "s", $"{text.Length / 1_000_000} MB of {what} to {tokenizer.VocabSize} ids", Goal: "at most 120");

        var piece = text.AsMemory(0, Math.Min(encodeBytes, text.Length));
        var ids = new List<int>(piece.Length / 2);
        var rates = new List<double>();
        for (var i = 0; i < repeats; i++)
        {
            ids.Clear();
            start = Stopwatch.GetTimestamp();
            tokenizer.Encode(piece.Span, allowSpecial: false, ids);
            rates.Add(piece.Length / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        yield return new("tokenizer.encode", Figure.Median(rates), "MB/s", $"one thread, {what}, {(double)piece.Length / ids.Count:F2} bytes per token", Goal: "at least 20");
    }
}
