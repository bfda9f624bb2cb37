using Maison.Data.Chat;
using Maison.Data.Corpora;

namespace Maison.Tests.Data.Corpora;

public sealed class CleaningTests
{
    [Theory]
    [InlineData("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne")]
    [InlineData("\n\n a \t b  \n\n\n\n  c\n", "a b\n\n  c")]
    [InlineData("x\u00A0y\u2003z\u3000.", "x y z .")]
    [InlineData("so\u00ADft\u200B \uFEFFhy\u0007phen\u0000", "soft hyphen")]
    [InlineData("cafe\u0301 A\u030A", "café Å")]
    [InlineData("if x:\n\treturn\n    pass", "if x:\n\treturn\n    pass")]
    [InlineData("a\tb", "a\tb")]
    [InlineData("👩\u200D🔬 ok", "👩\u200D🔬 ok")]
    [InlineData("â€™ stays", "â€™ stays")]
    [InlineData(" \n\t ", "")]
    [InlineData("one\fpage", "one\npage")]
    public void TextIsNormalised(string raw, string clean)
    {
        Assert.Equal(clean, TextNormaliser.Normalise(raw));
        Assert.Equal(clean, TextNormaliser.Normalise(clean));
    }

    [Fact]
    public void LoneSurrogatesBecomeReplacementCharacters()
    {
        Assert.Equal("a\uFFFDb\uFFFD", TextNormaliser.Normalise("a\uD83Db\uDE00"));
        Assert.Equal("😀", TextNormaliser.Normalise("\uD83D\uDE00"));
    }

    public static TheoryData<string, string?> Texts => new()
    {
        { "Aesop told of a fox, some grapes and a reason to go home.", null },
        { "Too short.", "too short" },
        { new string('-', 60), "no words" },
        { string.Concat(Enumerable.Range(0, 60).Select(i => $"w{i} <<>>{{}}|^ ")), "symbols" },
        { string.Concat(Enumerable.Repeat("x y z ", 60)), "word length" },
        { string.Concat(Enumerable.Repeat("incomprehensibilities ", 60)), "word length" },
        { string.Concat(Enumerable.Repeat("This line stands here again and again.\n", 20)), "repeated lines" },
        { string.Concat(Enumerable.Range(1, 20).Select(i => $"The fox jumped {i} times and then went home to sleep.\n")), null },
        { string.Concat(Enumerable.Repeat("Привет, мир и все его большие города. ", 20)), null },
    };

    [Theory, MemberData(nameof(Texts))]
    public void PoorTextIsRejectedWithItsReason(string text, string? reason) =>
        Assert.Equal(reason, QualityFilter.Reject(new(text, null, null, "f", 1), new()));

    [Fact]
    public void ConversationsNeedAnAnswer()
    {
        static string? Judge(params ChatMessage[] turns) => QualityFilter.Reject(new(null, turns, null, "f", 1), new());
        Assert.Null(Judge(new("user", "2+2?"), new("assistant", "4")));
        Assert.Equal("no assistant turn", Judge(new ChatMessage("user", "2+2?")));
        Assert.Equal("empty turn", Judge(new("user", "2+2?"), new("assistant", "")));
    }

    static string Words(int seed, int count)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => "w" + random.Next(5000)));
    }

    static ushort[] Sign(string text, string? answers = null)
    {
        var signature = new ushort[MinHash.Length];
        MinHash.Sign(text, answers, signature);
        return signature;
    }

    // Replaces every n-th word: of 5-grams a share (n-5)/n stays, J = s / (2 - s).
    static string Edit(string text, int every) => string.Join(' ', text.Split(' ').Select((w, i) => i % every == every - 1 ? w + "x" : w));

    [Fact]
    public void SimilarityEstimatesTheJaccardIndex()
    {
        foreach (var every in (int[])[10, 20, 50, 200])
        {
            double stays = (every - 5) / (double)every, expected = stays / (2 - stays), sum = 0;
            for (var seed = 0; seed < 20; seed++) sum += MinHash.Similarity(Sign(Words(seed, 600)), Sign(Edit(Words(seed, 600), every)));
            Assert.InRange(sum / 20, expected - 0.03, expected + 0.03);
        }
        Assert.InRange(MinHash.Similarity(Sign(Words(1, 600)), Sign(Words(2, 600))), 0, 0.03);
        Assert.Equal(1, MinHash.Similarity(Sign("It’s one of THE best, they said."), Sign("it s one\nof the   best they said")));
        Assert.Equal(0, MinHash.Similarity(Sign("too few words"), Sign("few words too")));
        Assert.NotEqual(1, MinHash.Similarity(Sign("!!!"), Sign("???")));
    }

    [Fact]
    public void PlantedNearDuplicatesAreFoundAndDistinctOnesKept()
    {
        var index = new NearDuplicates();
        for (var seed = 0; seed < 400; seed++) index.Add(Sign(Words(seed, 300)));
        for (var seed = 0; seed < 400; seed++)
        {
            Assert.Equal(seed, index.Find(Sign(Edit(Words(seed, 300), 100)), 0.8));
            Assert.Equal(-1, index.Find(Sign(Edit(Words(seed, 300), 8)), 0.8));
            Assert.Equal(-1, index.Find(Sign(Words(seed + 1000, 300)), 0.8));
        }
    }

    [Fact]
    public void OnePassageWithTwoQuestionsIsNoDuplicate()
    {
        var index = new NearDuplicates();
        var passage = Words(1, 300);
        index.Add(Sign(passage));
        Assert.Equal(-1, index.Find(Sign($"Sum this up. {passage} A dog.", "A dog."), 0.8));
        index.Add(Sign($"Who barks? {passage} It is the dog.", "It is the dog."));
        Assert.Equal(-1, index.Find(Sign($"Who mews? {passage} It is the cat.", "It is the cat."), 0.8));
        Assert.Equal(1, index.Find(Sign($"Who barked? {passage} It is the dog.", "It is the dog."), 0.8));
        Assert.Equal([0, 1], index.Family(0, 0.6, 6));
        Assert.Null(index.Family(0, 0.6, 1));
    }

    [Fact]
    public void WorkedStepsBecomeReasoning()
    {
        static IReadOnlyList<ChatMessage> Split(string said, string? answer) =>
            WorkedSteps.AsReasoning(new(null, [new("user", "How many?"), new("assistant", said)], answer, "f", 1));
        Assert.Equal(new ChatMessage("assistant", "The answer is 72.", "48/2 = 24\n48+24 = 72"), Split("48/2 = 24\n48+24 = 72\n\nThe answer is 72.", "72")[1]);
        Assert.Null(Split("It is 72.", "72")[1].Reasoning);
        Assert.Null(Split("The answer is 72.", "72")[1].Reasoning);
        Assert.Null(Split("Steps. The answer is 71.", "72")[1].Reasoning);
        Assert.Null(Split("Steps. The answer is 72.", null)[1].Reasoning);
    }
}
