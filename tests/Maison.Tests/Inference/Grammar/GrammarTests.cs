// The engine against its definition: the texts of a grammar, written out. A token may follow exactly when some text goes on with it, the
// distance to an end is that of the shortest such text, and a scheduler under pressure chooses what one sequence alone would choose.

using Maison.Inference;
using Maison.Inference.Grammar;

namespace Maison.Tests.Inference.Grammar;

public sealed class GrammarTests
{
    const int Longest = 9;

    /// <summary>All texts up to a length, by the meaning of each construct; a mark is a character above the bytes.</summary>
    static HashSet<string> Texts(GrammarRules rules)
    {
        var known = rules.Rules.Keys.ToDictionary(name => name, _ => new HashSet<string>());
        for (var before = -1; before != known.Values.Sum(s => s.Count);)
        {
            before = known.Values.Sum(s => s.Count);
            foreach (var (name, body) in rules.Rules) known[name].UnionWith(Of(body));
        }
        return known[rules.Root];

        IEnumerable<string> Of(Syntax syntax) => syntax switch
        {
            OneByte b => Enumerable.Range(0, 256).Where(v => b.Set.Contains((byte)v)).Select(v => $"{(char)v}"),
            OneMark m => [$"{(char)(256 + m.Id)}"],
            OneOf o => o.Options.SelectMany(Of).ToHashSet(),
            InOrder i => i.Parts.Aggregate(new HashSet<string> { "" }, (left, part) => Joined(left, Of(part).ToHashSet())),
            Repeated r => Times(Of(r.Part).ToHashSet(), r.Min, r.Max ?? Longest),
            Call c => known[c.Rule].ToList(),
            _ => throw new NotSupportedException(),
        };

        static HashSet<string> Joined(HashSet<string> left, HashSet<string> right)
            => [.. left.SelectMany(l => right.Where(r => l.Length + r.Length <= Longest).Select(r => l + r))];

        static HashSet<string> Times(HashSet<string> part, int min, int max)
        {
            var (all, some) = (new HashSet<string>(), new HashSet<string> { "" });
            for (var n = 0; n <= max; n++)
            {
                if (n >= min) all.UnionWith(some);
                some = Joined(some, part);
            }
            return all;
        }
    }

    static GrammarRules Draw(Random random)
    {
        string[] names = ["r0", "r1", "r2"];
        return new("r0", names.ToDictionary(name => name, _ => Body(2)));

        Syntax Body(int depth) => random.Next(depth == 0 ? 3 : 8) switch
        {
            0 => new OneByte(ByteSet.Range((byte)'a', (byte)random.Next('a', 'd'))),
            1 => Syntax.Text(random.GetItems(["b", "ca", ""], 1)[0]),
            2 => random.Next(3) == 0 ? new OneMark(260) : Syntax.Text("c"),
            3 or 4 => Syntax.All(Body(depth - 1), Body(depth - 1)),
            5 => Syntax.Any(Body(depth - 1), Body(depth - 1)),
            6 => new Repeated(Body(depth - 1), random.Next(2), random.Next(3) == 0 ? null : random.Next(1, 3)),
            _ => Syntax.All(Syntax.Text("a"), new Call(random.GetItems(names, 1)[0]), random.Next(2) == 0 ? Syntax.Empty : Body(0)),
        };
    }

    /// <summary>Bytes, some longer tokens, a token twice, two marks, and the end.</summary>
    static readonly byte[]?[] Vocabulary =
        [.. Enumerable.Range(0, 256).Select(b => (byte[]?)[(byte)b]), "ab"u8.ToArray(), "abc"u8.ToArray(), "ca"u8.ToArray(), "ca"u8.ToArray(), null, null, null];

    const int End = 262;

    static string Text(int id) => Vocabulary[id] is { } bytes ? string.Concat(bytes.Select(b => (char)b)) : $"{(char)(256 + id)}";

    [Fact]
    public void AMaskHoldsExactlyTheTokensThatSomeTextGoesOnWith()
    {
        var random = new Random(11);
        var trie = new TokenTrie(Vocabulary, [End]);
        var compared = 0;
        for (var round = 0; round < 300; round++)
        {
            var rules = Draw(random);
            var texts = Texts(rules);
            TokenGrammar grammar;
            try
            {
                grammar = new(rules, trie);
            }
            catch (GrammarException e)
            {
                Assert.True(texts.Count == 0 || e.Message.Contains("left-recursive"), e.Message);
                continue;
            }
            var (at, written) = (grammar.Start, "");
            for (var step = 0; step < 4; step++)
            {
                var on = texts.Where(t => t.StartsWith(written, StringComparison.Ordinal)).ToList();
                if (on.Count == 0 || on.Min(t => t.Length) > Longest - 4) break;
                Assert.Equal(on.Min(t => t.Length) - written.Length, at.Distance);
                var mask = grammar.Mask(at);
                var nearly = grammar.MaskWithin(at, 1);
                for (var id = 0; id < Vocabulary.Length; id++)
                {
                    var next = written + Text(id);
                    var expected = id == End ? texts.Contains(written) : texts.Where(t => t.StartsWith(next, StringComparison.Ordinal)).ToList() is { Count: > 0 };
                    // A longer text than were written out may go on with it.
                    if (!expected && next.Length > Longest - 4) continue;
                    Assert.True(expected == Has(mask, id), $"round {round}: '{written}' and token {id}");
                    if (id != End && Has(mask, id)) Assert.Equal(grammar.After(at, id).Distance <= 1, Has(nearly, id));
                    compared++;
                }
                var possible = Enumerable.Range(0, End).Where(id => Has(mask, id)).ToList();
                if (possible.Count == 0) break;
                var chosen = possible[random.Next(possible.Count)];
                (at, written) = (grammar.After(at, chosen), written + Text(chosen));
            }
        }
        Assert.True(compared > 50_000, $"{compared}");
    }

    static bool Has(ulong[] mask, int id) => (mask[id >> 6] >> id & 1) != 0;

    static GrammarRules Lists()
    {
        var item = Syntax.Any(new Repeated(new OneByte(ByteSet.Range((byte)'0', (byte)'9')), 1, 3), new Call("list"));
        return new("list", new Dictionary<string, Syntax> { ["list"] = Syntax.All(Syntax.Text("["), Syntax.Optional(Syntax.All(item, Syntax.Star(Syntax.All(Syntax.Text(","), item)))), Syntax.Text("]")) });
    }

    [Fact]
    public async Task UnderPressureEverySequenceIsAsAloneAndWholeWhereItsLimitAllows()
    {
        using var model = new TinyModel(21, vocab: Vocabulary.Length + 3, context: 256);
        // Pressure must not hang on how fast the requests arrive: nothing is computed before all are there.
        using var everyone = new ManualResetEventSlim();
        model.Hook(_ => everyone.Wait());
        var grammar = new TokenGrammar(Lists(), new(Vocabulary, [End]));
        var requests = Enumerable.Range(0, 24).Select(i => new GenerationRequest([.. Enumerable.Repeat(i, 60), '[', '['], new(Temperature: i % 2, Seed: (ulong)i, LogitBias: new Dictionary<int, float> { [']'] = -9 }), 6 + i * 4, [End], grammar, Begun: 2)).ToList();
        using var scheduler = new Scheduler(model.Decoder, model.Gang, new() { MaxRunning = 8, CachePages = 5 });
        var asked = scheduler.GenerateAll(requests);
        everyone.Set();
        var answers = await asked;
        Assert.True(scheduler.Preemptions > 0);
        for (var i = 0; i < requests.Count; i++)
        {
            var (request, answer) = (requests[i], answers[i]);
            var cursor = new GrammarCursor(grammar, request.Prompt.AsSpan(60));
            var (sampler, plan) = (new Sampler(model.Decoder.Config.Vocab), new SamplingPlan(request.Sampling, model.Decoder.Config.Vocab));
            var ids = request.Prompt.ToList();
            foreach (var id in answer)
            {
                Assert.Equal(cursor.Choose(model.Logits([.. ids])[^1], sampler, plan, [.. ids], request.Prompt.Length, request.Prompt.Length + request.MaxTokens!.Value - ids.Count - 1), id);
                ids.Add(id);
            }
            Assert.True(grammar.Matches([.. ids[60..]]), string.Concat(ids[60..].Select(Text)));
        }
    }

    [Fact]
    public async Task TheLimitIsToldWhereItClosedTheText()
    {
        using var model = new TinyModel(22, vocab: Vocabulary.Length, context: 256);
        using var scheduler = new Scheduler(model.Decoder, model.Gang);
        var any = new TokenGrammar(new(Syntax.All(Syntax.Text("a"), Syntax.Star(Syntax.Text("b")), Syntax.Text("c"))), new(Vocabulary, [End]));
        var only = new TokenGrammar(new(Syntax.Text("abc")), new(Vocabulary, [End]));
        var never = new Dictionary<int, float> { ['c'] = -20, [256] = -100, [257] = -100 };
        Assert.Equal(("abbbbc", FinishReason.Length), await Finish(any, 6, never));
        Assert.Equal(("abc", FinishReason.Stop), await Finish(only, 6, never));
        Assert.Equal(("a", FinishReason.Length), await Finish(any, 1, never));
        Assert.Equal((3, 0, 1), (only.CountNext([]), only.CountNext(['a', 'x']), only.CountNext([257])));
        var failure = await Assert.ThrowsAsync<GenerationFailedException>(() => Finish(only, 6, new() { ['a'] = -100, [256] = -100, [257] = -100 }));
        Assert.IsType<GrammarConflictException>(failure.InnerException);

        async Task<(string, FinishReason?)> Finish(TokenGrammar grammar, int limit, Dictionary<int, float> bias)
        {
            var (text, finish) = ("", (FinishReason?)null);
            await foreach (var token in scheduler.Generate(new([1], new(Temperature: 0, LogitBias: bias), limit, [End], grammar)))
                (text, finish) = (text + (token.Id == End ? "" : Text(token.Id)), token.Finish);
            return (text, finish);
        }
    }

    [Fact]
    public void WrongUseIsNamed()
    {
        var trie = new TokenTrie(Vocabulary, [End]);
        Assert.Contains("no rule 'x'", Assert.Throws<GrammarException>(() => new TokenGrammar(new("x", new Dictionary<string, Syntax>()), trie)).Message);
        Assert.Contains("0x07", Assert.Throws<ArgumentException>(() => new TokenTrie([.. Vocabulary.Where((_, id) => id != 7)], [])).Message);
        Assert.Contains("too large", Assert.Throws<GrammarException>(() => new TokenGrammar(new(new Repeated(new Repeated(Syntax.Text("ab"), 900, 900), 300_000, null)), trie)).Message);
        var indirect = new Dictionary<string, Syntax> { ["a"] = Syntax.All(Syntax.Optional(Syntax.Text("x")), new Call("b")), ["b"] = Syntax.Any(new Call("a"), Syntax.Text("y")) };
        Assert.Contains("left-recursive", Assert.Throws<GrammarException>(() => new TokenGrammar(new("a", indirect), trie)).Message);
    }

    [Fact]
    public void TablesThatGrowTooLargeAreBuiltAnewUnderTheWalk()
    {
        var wide = new TokenTrie([.. Vocabulary, .. Enumerable.Repeat<byte[]?>(null, 4_000_000)], [End]);
        var grammar = new TokenGrammar(Lists(), wide);
        var (at, depth) = (grammar.Start, 0);
        for (var step = 0; step < 400; step++)
        {
            Assert.True(Has(grammar.Mask(at), '[') && Has(grammar.Mask(at), ']') == depth > 0);
            at = grammar.After(at, '[');
            depth++;
        }
        for (; depth > 1; depth--) at = grammar.After(at, ']');
        Assert.False(at.Accepting);
        Assert.True(grammar.After(at, ']').Done);
    }
}
