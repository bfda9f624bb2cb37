// What enforcing a form costs: compiling it, the set of allowed tokens of a place that nobody has been to, the same again, and decoding
// with and without. The form is JSON, which has the most places; the vocabulary has the size of Qwen3's.

using System.Diagnostics;
using System.Text;
using Maison.Inference;
using Maison.Inference.Grammar;
using Maison.Tensors;
using Maison.Models;
using Maison.Models.Text;

namespace Maison.Cli.Bench;

/// <summary>Times per token of constrained decoding.</summary>
static class GrammarFigures
{
    const int generated = 192, repeats = 5;

    const string document = """{"name": "Ada", "tags": ["mathematics", "engines", null], "born": {"year": 1815, "place": "London"}, "notes": 1.5e3, "alive": false}""";

    public static IEnumerable<Figure> Measure(BenchContext context)
    {
        var vocab = RandomModel.Qwen.Vocab;
        var trie = Vocabulary(vocab);
        var first = new List<double>();
        var again = new List<double>();
        int[] ids = [.. Encoding.ASCII.GetBytes(document).Select(b => (int)b)];
        for (var i = 0; i < repeats; i++)
        {
            var grammar = new TokenGrammar(Json(), trie);
            first.Add(Walk(grammar));
            again.Add(Walk(grammar));
        }
        yield return new("grammar.first", Figure.Median(first), "µs/token", $"allowed set of a new place, JSON, {vocab} ids, mean over {ids.Length} places of a document");
        yield return new("grammar.again", Figure.Median(again), "µs/token", "the same document once more, counting its sets included");

        var house = RandomModel.House;
        var model = RandomModel.Stored(house, WeightFormat.Q8, seed: 1);
        var small = new TokenGrammar(Json(), Vocabulary(house.Vocab));
        using (var scheduler = new Scheduler(model, context.Gang, new() { CachePages = 64 }))
        {
            Decode(scheduler, small);
            // Taken in turns, so that the neighbours' load falls on both.
            var pairs = Enumerable.Range(0, repeats).Select(_ => (Free: Decode(scheduler, null), Bound: Decode(scheduler, small))).ToList();
            var (free, bound) = (Figure.Median(pairs.Select(p => p.Free)), Figure.Median(pairs.Select(p => p.Bound)));
            yield return new("grammar.decode", bound, "tokens/s", $"JSON enforced, {house.Vocab} ids, random Q8_0 of the house's shape, {context.Gang.Threads} threads", bound / free, "decoding without a form", Goal: "at least 0.95 of it");
        }
        foreach (var slot in ModelWeights.Slots(model)) (slot.Weight as IDisposable)?.Dispose();

        double Walk(TokenGrammar grammar)
        {
            // The walk to each place is in it too, at some nanoseconds a byte.
            var start = Stopwatch.GetTimestamp();
            for (var length = 0; length < ids.Length; length++) grammar.CountNext(ids.AsSpan(0, length));
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / ids.Length;
        }

        double Decode(Scheduler scheduler, TokenGrammar? grammar)
        {
            long begun = 0, ended = 0;
            Run().GetAwaiter().GetResult();
            return (generated - 1) / Stopwatch.GetElapsedTime(begun, ended).TotalSeconds;

            async Task Run()
            {
                var count = 0;
                // An answer that ends early is begun anew: only whole lengths are compared.
                while (count < generated)
                {
                    await foreach (var _ in scheduler.Generate(new([1, 2, 3], new(Temperature: 1, Seed: (ulong)count), generated - count, [], grammar), context.Stop))
                    {
                        ended = Stopwatch.GetTimestamp();
                        if (count++ == 0) begun = ended;
                    }
                }
            }
        }
    }

    /// <summary>All bytes, and made-up words of two to twelve letters with and without a space before them.</summary>
    static TokenTrie Vocabulary(int size)
    {
        var random = new Random(1);
        var words = new HashSet<string>();
        while (words.Count < size - 256)
            words.Add((random.Next(2) == 0 ? " " : "") + new string(random.GetItems("etaoinshrdlucmfwypvbgk\",:{}[]0123456789".AsSpan(), random.Next(2, 13))));
        return new([.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b }), .. words.Select(w => Encoding.ASCII.GetBytes(w))], []);
    }

    static GrammarRules Json()
    {
        var digits = new Repeated(Set("0123456789"), 1, 16);
        var space = Syntax.Optional(Syntax.Text(" "));
        var plain = new OneByte(ByteSet.Range(0x20, 0x21) | ByteSet.Range(0x23, 0x5B) | ByteSet.Range(0x5D, 0x7E));
        Syntax List(string open, Syntax item, string close)
            => Syntax.All(Syntax.Text(open), space, Syntax.Optional(Syntax.All(item, Syntax.Star(Syntax.All(Syntax.Text(","), space, item)))), space, Syntax.Text(close));
        return new("value", new Dictionary<string, Syntax>
        {
            ["string"] = Syntax.All(Syntax.Text("\""), Syntax.Star(Syntax.Any(plain, Syntax.All(Syntax.Text("\\"), Set("\"\\nrt")))), Syntax.Text("\"")),
            ["number"] = Syntax.All(Syntax.Optional(Syntax.Text("-")), digits, Syntax.Optional(Syntax.All(Syntax.Text("."), digits)), Syntax.Optional(Syntax.All(Syntax.Text("e"), digits))),
            ["member"] = Syntax.All(new Call("string"), Syntax.Text(":"), space, new Call("value")),
            ["value"] = Syntax.Any(new Call("string"), new Call("number"), Syntax.Text("true"), Syntax.Text("false"), Syntax.Text("null"), List("{", new Call("member"), "}"), List("[", new Call("value"), "]")),
        });
    }

    static OneByte Set(string members) => new(members.Aggregate(default(ByteSet), (set, c) => set | ByteSet.Range((byte)c, (byte)c)));
}
