using System.Xml.Linq;
using Maison.Data.Corpora;
using Maison.Data.Preparation;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training;
using Maison.Training.Evaluations;
using Maison.Training.Optimisers;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Tests.Training.Packing;

public sealed class CardWriterTests
{
    static readonly TextConfig Model = new() { Vocab = 300, Hidden = 128, Layers = 3, Heads = 2, KvHeads = 1, HeadDim = 64, Intermediate = 384, Context = 256 };

    [Fact]
    public void EveryCorpusStandsThereWithItsLicenceAndItsWholeAttribution()
    {
        var card = CardWriter.Write(Card());
        foreach (var corpus in Corpora())
        {
            Assert.Contains($"| {corpus.Licence.Name} | {corpus.Licence.Licence} |", card);
            Assert.Contains($"### {corpus.Licence.Name}\n", card);
            Assert.Contains($"Licence: {corpus.Licence.Licence}.", card);
        }
        Assert.Contains("> By \\*Wiki\\* contributors, https://example.org/a_b\\_  \n>\n> \\# Changes: markup removed \\<b>  \n", card);
        Assert.Contains("No attribution was found", card);
        Assert.StartsWith("---\nlicense: cc-by-sa-4.0\n", card);
    }

    [Fact]
    public void PassesAreTheTokensSeenOverTheTokensThereAre()
    {
        var card = CardWriter.Write(Card());
        // 3,000 tokens were seen of a mixture of 1,000 × 2 + 500 × 1; the chat run 1,200 of 300 + 500 × 0.2.
        Assert.Contains("| wiki | CC BY-SA 4.0 | 90 | 100 | 1,000 | 2.4 | – |", card);
        Assert.Contains("| talks | MIT | 9 | 10 | 500 | 1.2 | 3, 0.6 as text |", card);
    }

    [Fact]
    public void AllSamplesAreShownAsTextOnly()
    {
        var card = CardWriter.Write(Card());
        foreach (var prompt in EverydaySamples.Prompts) Assert.Contains($"**{prompt}**", card);
        Assert.Equal(20, EverydaySamples.Prompts.Count);
        Assert.Contains("> (thinks) 7 + 5  \n", card);
        Assert.Contains("> \\# No heading  \n> \\<script>", card);
        Assert.Contains("… (cut)", card);
        Assert.Contains("(nothing)", card);
        Assert.Contains("temperature 0.7, seed 3", card);
        Assert.Contains("greedily", CardWriter.Write(Card() with { Sampling = new(0) }));
    }

    [Fact]
    public void ScoresNameTheirNumberErrorAndChanceAndWhatOverlaps()
    {
        var card = CardWriter.Write(Card());
        Assert.Contains("| wiki | 4 | 2,000 | 1.250 |", card);
        Assert.Contains("| talks (conversations) | 4 | 2,000 | 1.500 |", card);
        Assert.Contains("| SVAMP, problems 701–1000 | 50 (the first) | accuracy 10.0 % ± 4.2 % | – | answered 90.0 %; 2 too long for the context, left out |", card);
        Assert.Contains("- SVAMP, problems 701–1000 and svamp_train: ", card);
        Assert.DoesNotContain("GSM8K", card);

        var bare = CardWriter.Write(Card() with { Receipt = Receipt() with { Scores = [] } });
        Assert.Contains("Held-out text was not scored.", bare);
        Assert.Contains("were not run", bare);
    }

    [Fact]
    public void TheCommandsMakeThePlansAgain()
    {
        var card = CardWriter.Write(Card());
        Assert.Contains("maison train text --run base --data DATA --layers 3 --hidden 128 --context 256 --steps 30 --row-tokens 64 --batch-tokens 128 --micro-tokens 64 --warmup 2 --decay 0.3 --final-rate 0.1 --lr-matrix 0.02 --seed 5\n", card);
        Assert.Contains("maison train text --run chat --data DATA --chat --replay 0.25 --start base --steps 30 ", card);
        Assert.Contains("| chat | conversations, loss on the assistant's words, and 25 % text |", card);
        Assert.DoesNotContain("/secret", card);
        Assert.Contains("not tuned for chat", CardWriter.Write(Card() with { Phases = [Phases()[0]] }));
    }

    [Fact]
    public void WhatWasLeftOutIsToldByName()
    {
        Assert.Contains("not compared with the questions", CardWriter.Write(Card()));
        var phases = Phases();
        phases = [phases[0] with { Plan = phases[0].Plan with { Without = ["unused", "old"] } }, phases[1]];
        var compared = Corpora().Select(c => c with { Overlap = new(new Dictionary<string, long> { ["gsm8k_test"] = c.Licence.Name == "talks" ? 1 : 0, ["svamp_test"] = c.Licence.Name == "svamp_train" ? 3 : 0 }, 7) });
        var card = CardWriter.Write(Card() with { Phases = phases, Corpora = [.. compared] });
        Assert.Contains("Left out of base on request: unused, old.", card);
        Assert.Contains("maison train text --run base --data DATA --without unused --without old --layers 3 ", card);
        Assert.Contains("Compared with gsm8k_test, svamp_test; 7 of their questions", card);
        Assert.Contains("- talks: 1 of 10 (1 by gsm8k_test)\n- svamp_train: 3 of 10 (3 by svamp_test)\n- none of wiki\n", card);
        Assert.Contains("(documents that hold questions were left out of training, see Data)", card);
    }

    [Fact]
    public void VersionsBeforeAreListedWithWhatWasMeasuredOfEach()
    {
        Assert.DoesNotContain("Versions before", CardWriter.Write(Card()));
        PackedVersion[] earlier = [new(DateTimeOffset.UnixEpoch, new string('a', 64), new Dictionary<string, string> { ["compute"] = "1 PFLOP" }), new(DateTimeOffset.UnixEpoch.AddDays(1), new string('b', 64), new Dictionary<string, string> { ["compute"] = "2 PFLOP", ["bits"] = "1.5" })];
        Assert.Contains("""

            ## Versions before

            | packed | compute | bits | weights |
            |---|---|---|---|
            | 1970-01-01 00:00 | 1 PFLOP | – | `aaaaaaaaaaaa` |
            | 1970-01-02 00:00 | 2 PFLOP | 1.5 | `bbbbbbbbbbbb` |

            ## Limits
            """, CardWriter.Write(Card() with { Receipt = Receipt() with { Earlier = earlier } }));
    }

    [Fact]
    public void ACorpusThatTheLedgerDoesNotKnowIsRefused()
    {
        var phases = Phases();
        Assert.Equal(["wiki", "talks", "svamp_train"], CorpusUse.Of(phases, Ledger(), "DATA").Select(c => c.Licence.Name));
        Assert.Contains("talks.bin", Assert.Throws<InvalidDataException>(() => CorpusUse.Of(phases, [.. Ledger().Where(e => e.Corpus != "talks")], "DATA")).Message);
        var mixed = phases[0] with { Receipt = phases[0].Receipt with { Shards = new Dictionary<string, string> { ["other.bin"] = "11" } } };
        Assert.Contains("wiki.bin", Assert.Throws<InvalidDataException>(() => CorpusUse.Of([mixed], Ledger(), "DATA")).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3000)]
    public void TheCurveIsAPictureOfAnyLength(int steps)
    {
        var svg = XDocument.Parse(LossCurve.Svg("a <b> & c", [("base", Steps(steps)), ("chat", Steps(steps / 2))]));
        var lines = svg.Descendants().Where(e => e.Name.LocalName == "polyline").Select(e => e.Attribute("points")!.Value.Split(' ')).ToArray();
        Assert.Equal(steps switch { 0 => 0, 1 => 2, _ => 4 }, lines.Length);
        foreach (var point in lines.SelectMany(l => l).Select(p => p.Split(',').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray()))
            Assert.True(point[0] is >= 56 and <= 744 && point[1] is >= 33 and <= 297, $"{point[0]}, {point[1]} lies outside.");
        Assert.All(lines, l => Assert.True(l.Length <= 1002));

        var (line, rows) = LossCurve.Sketch(Steps(steps));
        Assert.Equal(Math.Min(60, steps), line.Length);
        Assert.Equal(Math.Min(8, steps), rows.Count);
        if (steps > 2) Assert.True(line[0] == '█' && line[^1] == '▁' && rows[^1].Step == steps && rows[0].Loss > rows[^1].Loss);
    }

    [Fact]
    public void MetricsOfARunThatWasKilledAreReadAsTheyWereLast()
    {
        var folder = Directory.CreateTempSubdirectory("maison-metrics-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "metrics.jsonl"), """
                {"step":1,"tokens":10,"loss":3,"rateFactor":1,"gradientNorm":1,"tokensPerSecond":1,"shareOfMatMul":1,"seconds":1}
                {"step":2,"tokens":20,"loss":2,"rateFactor":1,"gradientNorm":1,"tokensPerSecond":1,"shareOfMatMul":1,"seconds":1}
                {"step":2,"tokens":20,"bitsPerByte":{"wiki":1.5}}
                {"step":3,"tok
                {"step":2,"tokens":20,"loss":1.5,"rateFactor":1,"gradientNorm":1,"tokensPerSecond":1,"shareOfMatMul":1,"seconds":1}
                """);
            Assert.Equal([3, 1.5], RunMetrics.Read(folder.FullName).Select(s => s.Loss));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static CardContent Card() => new(Receipt(), Phases(), Corpora(),
        [.. EverydaySamples.Prompts.Select((p, i) => i switch
        {
            0 => new EverydaySample(p, "7 + 5", "12", true),
            1 => new EverydaySample(p, "", "# No heading\n<script>", false),
            2 => new EverydaySample(p, "", "", true),
            _ => new EverydaySample(p, "", "Well.", true),
        })],
        new(0.7f, Seed: 3), "cc-by-sa-4.0", ElementType.BF16, 1_500_000, ["No text was written by another model on purpose."]);

    static ModelReceipt Receipt() => new("tiny", "ab", "cd", 123_456, Model, [], [],
    [
        Score("wiki", EvaluationKind.HeldOut, 4, new() { [MetricNames.BitsPerByte] = new(1.25, null) }),
        Score("talks", EvaluationKind.HeldOutChat, 4, new() { [MetricNames.BitsPerByte] = new(1.5, null) }),
        Score("svamp_test", EvaluationKind.Problem, 50, new() { [MetricNames.Accuracy] = new(0.1, 0.042), [MetricNames.Answered] = new(0.9, null) }) with { TooLong = 2, Limit = 52 },
    ], DateTimeOffset.UnixEpoch);

    static EvaluationScore Score(string name, EvaluationKind kind, int count, Dictionary<string, Measured> metrics) => new(name, kind, count, metrics, null, 0, null, 2000, "data", "ab", 1, 1);

    static IReadOnlyList<TrainingPhase> Phases() =>
    [
        Phase("base", new() { ["/secret/data/train/wiki.bin"] = 2, ["/secret/data/train/talks.bin"] = 1 }, new() { ["wiki.bin"] = Hash(1), ["talks.bin"] = Hash(2) }, 3000, null),
        Phase("chat", new() { ["/secret/data/chat/train/talks.bin"] = 1, ["/secret/data/chat/train/svamp_train.bin"] = 1e-9, ["/secret/data/train/talks.bin"] = 0.2 },
            new() { ["chat/train/talks.bin"] = Hash(3), ["chat/train/svamp_train.bin"] = Hash(4), ["train/talks.bin"] = Hash(2) }, 1200, "/secret/base/checkpoints/step-0000030"),
    ];

    static TrainingPhase Phase(string run, Dictionary<string, double> shards, Dictionary<string, string> hashes, long tokens, string? start) => new(run,
        new TextRunPlan(Model, shards, [], 64, 128, 64, new Schedule(30, 2, 9, 0.1), new OptimiserOptions(Matrix: 0.02), 5, start),
        new Receipt(hashes, "0.1 build", 5, 30, tokens, 1e12, 60, start, new Dictionary<string, double>(), DateTimeOffset.UnixEpoch), Steps(30));

    static string Hash(int n) => new($"{n}"[0], 64);

    static IReadOnlyList<StepMetrics> Steps(int count) => [.. Enumerable.Range(1, count).Select(i => new StepMetrics(i, 100 * i, 2 + 3.0 / i + 0.01 * (i % 3), 1, 1, 1, 1, i))];

    static IReadOnlyList<CorpusUse> Corpora() => CorpusUse.Of(Phases(), Ledger(), "DATA");

    static LedgerEntry[] Ledger() =>
    [
        Entry("wiki", "CC BY-SA 4.0", "By *Wiki* contributors, https://example.org/a_b_\n\n# Changes: markup removed <b>", 100, 90, ("train/wiki.bin", 1000, Hash(1))),
        Entry("unused", "MIT", "", 10, 9, ("train/unused.bin", 500, Hash(9))),
        Entry("talks", "MIT", "", 10, 9, ("train/talks.bin", 500, Hash(2)), ("chat/train/talks.bin", 300, Hash(3))),
        Entry("svamp_train", "MIT", "Arkil Patel", 10, 9, ("chat/train/svamp_train.bin", 1, Hash(4))),
    ];

    static LedgerEntry Entry(string name, string licence, string attribution, int read, int kept, params (string File, long Tokens, string Hash)[] shards) => new(name,
        new CleanManifest("key", new CorpusLicence(name, licence, "somewhere", attribution, "", 0), "input", read, 0, [], new Dictionary<string, long>(), 0, 0, 0, kept, 1, 0, [], 0, 0),
        new(1, 1), [.. shards.Select(s => new ShardEntry(s.File, 1, s.Tokens, 1, s.Hash))]);
}
