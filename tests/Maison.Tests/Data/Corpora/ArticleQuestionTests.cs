using Maison.Data.Corpora;

namespace Maison.Tests.Data.Corpora;

public sealed class ArticleQuestionTests
{
    [Fact]
    public void ACommonNounIsAskedInSmallLettersAndAnsweredByTheOpening()
    {
        const string Text = "Kettle\n\nA kettle is a pot for boiling water. It has a lid and a spout. Most kettles are made of steel. People have used a kettle for ages.\n\nMore.";
        var asked = Enumerable.Range(0, 40).Select(i => ArticleQuestion.From(Text, (ulong)i)!).ToArray();
        Assert.All(asked, turns => Assert.Contains("a kettle", turns[0].Content));
        Assert.Contains(asked, turns => turns[0].Content == "What is a kettle?" && turns[1].Content == "A kettle is a pot for boiling water. It has a lid and a spout.");
        Assert.Contains(asked, turns => turns[0].Content == "Tell me about a kettle." && turns[1].Content.EndsWith("for ages.", StringComparison.Ordinal));
    }

    [Fact]
    public void PersonsAreAskedWithWhoAndPlacesWithWhere()
    {
        const string Person = "Ada Moor\n\nAda Moor (3 May 1801 – 9 June 1866) was an English painter of ships. She lived near the sea.";
        const string Place = "Otterby\n\nOtterby is a town in the north of the island. About 900 people live there.";
        Assert.Contains("Who was Ada Moor?", Questions(Person));
        Assert.Contains("Where is Otterby?", Questions(Place));
        Assert.DoesNotContain("Where was Ada Moor?", Questions(Person));
        Assert.Equal(10, Enumerable.Range(0, 40).Count(i => ArticleQuestion.From(Place, (ulong)i) is not null));

        static string[] Questions(string text) => [.. Enumerable.Range(0, 200).Select(i => ArticleQuestion.From(text, (ulong)i)).OfType<IReadOnlyList<Maison.Data.Chat.ChatMessage>>().Select(t => t[0].Content).Distinct()];
    }

    [Theory]
    [InlineData("A plain story without a title. It goes on for a while and then it ends as stories do.")]
    [InlineData("List of hills\n\nList of hills is a list that names all of the hills which are known here.")]
    [InlineData("Kettle\n\nThe history of boiling water is long, and many pots were made for it in many lands.")]
    [InlineData("Kettle\n\nA kettle is a pot.")]
    [InlineData("")]
    public void WhatIsNoArticleIsNotAsked(string text)
        => Assert.All(Enumerable.Range(0, 16), i => Assert.Null(ArticleQuestion.From(text, (ulong)i)));

    [Fact]
    public void SumsAreRightAndTheSameForTheSameSeed()
    {
        using var folder = new TestFolder();
        SumProblems.Write(folder["a"], 300, seed: 5);
        SumProblems.Write(folder["b"], 300, seed: 5);
        var lines = File.ReadAllLines(Path.Combine(folder["a"], "sums.jsonl"));
        Assert.Equal(lines, File.ReadAllLines(Path.Combine(folder["b"], "sums.jsonl")));
        Assert.Equal(300, lines.Length);
        foreach (var document in CorpusReader.Read(CorpusReader.Find(folder["a"])[0], new CorpusReadCount()))
        {
            var turns = WorkedSteps.AsReasoning(document);
            Assert.Equal($"The answer is {document.Answer}.", turns[^1].Content);
            // Every line of the steps is a true equation.
            foreach (var line in turns[^1].Reasoning!.Split('\n'))
            {
                var equation = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(',')[0].Split('=');
                Assert.Equal(int.Parse(equation[1], null), Value(equation[0]));
            }
            Assert.EndsWith($"= {document.Answer}", turns[^1].Reasoning);
        }

        static int Value(string sum)
        {
            var words = sum.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var value = int.Parse(words[0], null);
            for (var i = 1; i < words.Length; i += 2)
                value = words[i] switch { "+" => value + int.Parse(words[i + 1], null), "-" => value - int.Parse(words[i + 1], null), _ => value * int.Parse(words[i + 1], null) };
            return value;
        }
    }
}
