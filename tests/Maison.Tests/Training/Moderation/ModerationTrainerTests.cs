using Maison.Data.Moderation;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training.Moderation;

namespace Maison.Tests.Training.Moderation;

public sealed class ModerationTrainerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Texts()
    {
        var corpora = Path.Combine(folder, "texts");
        Directory.CreateDirectory(Path.Combine(corpora, "plain"));
        Directory.CreateDirectory(Path.Combine(corpora, ModerationTrainer.DictionaryName));
        File.WriteAllLines(Path.Combine(corpora, "plain", "a.jsonl"), Enumerable.Range(0, 200).Select(i => $$"""{"text":"The garden has {{i}} roses. We walked to the river and saw ducks on the water that day."}"""));
        File.WriteAllLines(Path.Combine(corpora, ModerationTrainer.DictionaryName, "a.jsonl"), new[] { "(ethnic slur) offensive term for a farmer", "a kind of bread" }
            .Select((d, i) => $$"""{"messages":[{"role":"user","content":"What does it mean?"},{"role":"assistant","content":"\"flurb{{i}}\" (noun): {{d}}"}]}"""));
        return corpora;
    }

    [Fact]
    public void ItLearnsFromTheGrammarAndTheDictionaryAndRepeats()
    {
        var order = new ModerationOrder(Texts(), Examples: 20_000, Buckets: 1 << 12);
        var receipt = ModerationModel.Make(order, Path.Combine(folder, "model"), null);
        Assert.True(receipt.Flagged <= 0.05);
        var sexual = receipt.Phrases.Single(s => s.Category == "sexual");
        Assert.InRange(sexual.RocArea, 0.8, 1);
        var moderator = new Moderator(TextClassifier.Load(Path.Combine(folder, "model")));
        var hate = Moderator.Categories.ToList().IndexOf("hate");
        Assert.True(moderator.Judge("All flurb0s are vermin").Scores[hate] > 0.5);
        Assert.True(moderator.Judge("The garden has 3 roses.").Scores[hate] < 0.1);
        Assert.Equal(receipt.Weights, ModerationModel.Make(order, Path.Combine(folder, "again"), null).Weights);
        Assert.Contains("Not measured", File.ReadAllText(Path.Combine(folder, "model", "card.md")));
    }

    [Fact]
    public void ScoresAreThoseOfTheDefinitions()
    {
        // One bucket per word is not certain, so the weights are set by what is read.
        var labels = ModerationPhrases.Load().Categories;
        var (weights, read) = (new float[(1 << 12) * labels.Count], new List<int>());
        TextClassifier.Read("blue", 1 << 12, read);
        foreach (var bucket in read) weights[bucket * labels.Count + labels.ToList().IndexOf("violence")] = 40;
        var moderator = new Moderator(new(new(labels, [.. labels.Select(_ => 0.5f)], 1 << 12), weights, [.. labels.Select(_ => -2f)]));
        File.WriteAllLines(Path.Combine(folder, "set.jsonl"), ["""{"prompt":"blue","V":1,"S":0}""", """{"prompt":"blue too","V":0}""", """{"prompt":"red","violence":1}""", """{"prompt":"green","V":0}""", ""]);
        var score = Assert.Single(ModerationEvaluation.Score(moderator, ModerationEvaluation.Read(Path.Combine(folder, "set.jsonl"))));
        // In order: blue (given), blue too (not), then red and green with one score, in the order of the file: red is given.
        Assert.Equal(("violence", 4, 2), (score.Category, score.Texts, score.Given));
        Assert.Equal((1.0 + 2.0 / 3) / 2, score.AveragePrecision, 12);
        Assert.Equal(0.75, score.RocArea, 12);
        Assert.Equal((0.5, 0.5), (score.Precision, score.Recall));
    }

    [Fact]
    public void ABrokenLineOrFolderIsNamed()
    {
        File.WriteAllLines(Path.Combine(folder, "set.jsonl"), ["""{"prompt":"a","V":1}""", """{"text":"a"}"""]);
        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => ModerationEvaluation.Read(Path.Combine(folder, "set.jsonl"))).Message);
        Assert.Throws<CheckpointFormatException>(() => TextClassifier.Load(folder));
    }

    [Fact]
    public void TheGrammarFillsItsTemplates()
    {
        var phrases = ModerationPhrases.Of(["# none", "= animal", "cat", "+ a, b", "A {animal} (runs|sits).", "A {slur}.", "-", "Nothing."]);
        var drawn = phrases.Draw(1, heldOut: false).Take(200).Distinct().ToList();
        Assert.Equal(["A cat runs.", "A cat sits.", "Nothing."], drawn.Select(d => d.Text).Distinct().Order());
        phrases.Fill("slur", ["x"]);
        Assert.Contains("A x.", phrases.Draw(1, heldOut: false).Take(200).Select(d => d.Text));
        Assert.Equal(["a", "b"], phrases.Categories);
        var shipped = ModerationPhrases.Load();
        Assert.Empty(Moderator.Categories.Where(c => c != "sexual/minors").Except(shipped.Categories));
        Assert.DoesNotContain(shipped.Draw(3, heldOut: false).Take(5000), d => d.Text.IndexOfAny(['{', '}', '|']) >= 0);
    }

    [Fact]
    public void PassagesAreSentencesOrPiecesOfThem()
    {
        const string Text = "One two. Three!\nFour";
        Assert.Equal(["One two.", "Three!", "Four"], Moderator.Passages(Text).Select(p => Text[p].Trim()));
        var words = string.Join(' ', Enumerable.Repeat("word", 100));
        Assert.Equal([40, 40, 20], Moderator.Passages(words).Select(p => words[p].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length));
    }
}
