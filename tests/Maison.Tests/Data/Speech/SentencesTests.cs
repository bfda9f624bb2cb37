using Maison.Data.Speech.Reading;

namespace Maison.Tests.Data.Speech;

public sealed class SentencesTests
{
    [Theory]
    [InlineData("One. Two! Three? Four…", "One.|Two!|Three?|Four…")]
    [InlineData("Dr. Smith met Mr. Jones. They spoke.", "Dr. Smith met Mr. Jones.|They spoke.")]
    [InlineData("It costs 3.14 dollars. Cheap.", "It costs 3.14 dollars.|Cheap.")]
    [InlineData("“Stop!” he said. “Why?” she asked.", "“Stop!” he said.|“Why?” she asked.")]
    [InlineData("He said, “I am here.” Then he left.", "He said, “I am here.”|Then he left.")]
    [InlineData("We met at 5 p.m. It was late.", "We met at 5 p.m.|It was late.")]
    [InlineData("Pens, paper, etc. are here. The end.", "Pens, paper, etc. are here.|The end.")]
    [InlineData("He lives in the U.S. The house is big.", "He lives in the U.S.|The house is big.")]
    [InlineData("The U.S. Army came.", "The U.S. Army came.")]
    [InlineData("J. R. R. Tolkien wrote it. Good.", "J. R. R. Tolkien wrote it.|Good.")]
    [InlineData("Wait... what? No.", "Wait... what?|No.")]
    [InlineData("So... He left.", "So...|He left.")]
    [InlineData("See Fig. 3 and No. 5. Then stop.", "See Fig. 3 and No. 5.|Then stop.")]
    [InlineData("No. I won't.", "No.|I won't.")]
    [InlineData("A line\nthat goes on. Next.", "A line\nthat goes on.|Next.")]
    [InlineData("A title\n\nText here.", "A title|Text here.")]
    [InlineData("(He left.) She stayed.", "(He left.)|She stayed.")]
    [InlineData("1. First item.", "1. First item.")]
    [InlineData("He is 6 ft. tall. Really.", "He is 6 ft. tall.|Really.")]
    [InlineData("Visit example.com. Thanks.", "Visit example.com.|Thanks.")]
    [InlineData("What?! No way.", "What?!|No way.")]
    [InlineData("e.g. this. Yes.", "e.g. this.|Yes.")]
    [InlineData("  Blanks.   Around.  ", "Blanks.|Around.")]
    [InlineData("你好。世界。", "你好。|世界。")]
    [InlineData("She saw St. Paul's. It was big.", "She saw St. Paul's.|It was big.")]
    [InlineData("Was it Jan. 5? Yes.", "Was it Jan. 5?|Yes.")]
    [InlineData("I think so. i do.", "I think so. i do.")]
    [InlineData("", "")]
    [InlineData(" \n ", "")]
    public void SentencesEndWhereTheyShould(string text, string wanted)
        => Assert.Equal(wanted, string.Join('|', Sentences.Split(text).Select(s => text.Substring(s.Span.Start, s.Span.Length))));

    [Fact]
    public void ParagraphsAreTold()
        => Assert.Equal([false, true, true], Sentences.Split("One. Two.\n\nThree.").Select(s => s.EndsParagraph));

    [Fact]
    public void LongSentencesAreCutAtCommas()
    {
        var text = string.Concat(Enumerable.Repeat("some words that go on, ", 100));
        var sentences = Sentences.Split(text).ToArray();
        Assert.All(sentences, s => Assert.True(s.Span.Length <= Sentences.MostCharacters));
        Assert.All(sentences, s => Assert.Equal(',', text[s.Span.End - 1]));
    }

    [Fact]
    public void ATextIsReadOnlyAsFarAsSomebodyListens()
    {
        var text = "First. " + new string('X', 50_000_000);
        Assert.Equal(6, Sentences.Split(text).First().Span.Length);
    }
}
