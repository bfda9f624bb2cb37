using System.Text;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;

namespace Maison.Tests.Data.Speech;

public sealed class ReadingTests
{
    static readonly Normaliser Reader = new(Pronouncer.Common.Contains);

    static string Spoken(string text) => string.Join(' ', Reader.Read(text).Words.Select(w => w.Text));

    [Fact]
    public void TheTableIsReadAsItSays()
    {
        var wrong = new StringBuilder();
        var cases = 0;
        foreach (var (written, spoken) in SpeechCases.Pairs("readings.txt"))
        {
            cases++;
            if (Spoken(written) != spoken) wrong.AppendLine($"{written}\n  is read {Spoken(written)}\n  not     {spoken}");
        }
        Assert.True(cases >= 600, $"The table has {cases} cases.");
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    [Fact]
    public void EveryWordKeepsItsPlace()
    {
        const string text = "On Jan. 5, Dr. Lee’s dog (a well-known iPhone15 thief) ate $1.50 & ran.";
        var words = Reader.Read(text).Words;
        Assert.Equal(["On", "Jan. 5", "Jan. 5", "Dr.", "Lee’s", "dog", "a", "well", "known"], words.Take(9).Select(w => text.Substring(w.Source.Start, w.Source.Length)));
        Assert.Equal("$1.50", Part("dollar"));
        Assert.Equal("$1.50", Part("cents"));
        Assert.Equal("&", Part("and", last: true));
        Assert.Equal("ran", Part("ran"));
        for (var i = 1; i < words.Count; i++) Assert.True(words[i].Source.Start >= words[i - 1].Source.Start, "Words come in the order of the text.");

        string Part(string word, bool last = false)
        {
            var found = last ? words.Last(w => w.Text == word) : words.First(w => w.Text == word);
            return text.Substring(found.Source.Start, found.Source.Length);
        }
    }

    [Theory]
    [InlineData("Hello, world", "hello , world .")]
    [InlineData("Really?!", "really ?")]
    [InlineData("Wait... no!", "wait … no !")]
    [InlineData("One; two: three", "one : two : three .")]
    [InlineData("He (my friend) left.", "he - my friend - left .")]
    [InlineData("“Stop,” she said.", "stop , she said .")]
    [InlineData("Well …?", "well ?")]
    [InlineData("a—b", "a - b .")]
    [InlineData("(Yes.)", "yes .")]
    [InlineData("555-1234", "five five five , one two three four .")]
    public void PunctuationBecomesMarks(string written, string spoken)
    {
        var read = Reader.Read(written);
        var shown = new List<string>();
        for (var i = 0; i <= read.Words.Count; i++)
        {
            shown.AddRange(read.Marks.Where(m => m.AfterWord == i).Select(m => m.Mark.Symbol switch { "comma" => ",", "period" => ".", "question" => "?", "exclaim" => "!", "colon" => ":", "dash" => "-", "ellipsis" => "…", var s => s }));
            if (i < read.Words.Count) shown.Add(read.Words[i].Text);
        }
        Assert.Equal(spoken, string.Join(' ', shown));
    }

    [Theory]
    [InlineData("hi Привет", "Cyrillic letters", "Привет")]
    [InlineData("你好 world", "Chinese characters", "你好")]
    [InlineData("a\u0007b", "a control character", "\u0007")]
    [InlineData("I 😀 it", "an emoji", "😀")]
    [InlineData("https://x.org", "the scheme of a web address", "https://")]
    [InlineData("a\u200bb", "an invisible character", "\u200b")]
    public void WhatIsNotSpokenIsReported(string text, string reason, string part)
    {
        var skipped = Assert.Single(Reader.Read(text).Skipped);
        Assert.Equal((reason, part), (skipped.Reason, text.Substring(skipped.Source.Start, skipped.Source.Length)));
    }

    /// <summary>Not a case of the theory, whose values are stored as UTF-8.</summary>
    [Fact]
    public void HalfACharacterIsReported()
        => Assert.Equal(new SkippedText(new(2, 1), "half of a character"), Assert.Single(Reader.Read("a \ud83d b").Skipped));

    [Theory]
    [InlineData("I ❤️ it 👍🏽", "i red heart it thumbs up")]
    [InlineData("🇫🇷 :)", "flag smile")]
    [InlineData("👩‍🚀", "woman")]
    public void EmojiAreNamedWhenAskedFor(string text, string spoken)
        => Assert.Equal(spoken, string.Join(' ', new Normaliser(Pronouncer.Common.Contains, new(EmojiReading.Name)).Read(text).Words.Select(w => w.Text)));

    /// <summary>Every letter and digit of any text is spoken or reported: nothing falls through in silence.</summary>
    [Fact]
    public void NothingIsDroppedInSilence()
    {
        var random = new Random(7);
        const string signs = "abcXYZ 019.,:;-–—/%$€£°½'’\"“”()[]#@&*_+=<>|\\~^éßΩЖ你\u0001\u200b😀\t\n";
        for (var round = 0; round < 3000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 24)).Select(_ => signs[random.Next(signs.Length)])]);
            var read = Reader.Read(text);
            var covered = new bool[text.Length];
            foreach (var span in read.Words.Select(w => w.Source).Concat(read.Skipped.Select(s => s.Source)))
                for (var i = span.Start; i < span.End; i++) covered[i] = true;
            for (var i = 0; i < text.Length; i++)
                Assert.True(covered[i] || !char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('Ж' or '你' or '\u0001' or '\u200b' or '%' or '&' or '@' or '€'), $"'{text[i]}' at {i} of \"{text}\" is neither spoken nor reported.");
        }
    }

    [Fact]
    public void AMegabyteIsReadLazilyAndInLinearTime()
    {
        // Shapes that invite quadratic work: no blanks, no full stops, only digits, only openings.
        foreach (var shape in (string[])["word ", "a", "1", "1.", "1,", "(", "'", "a.", "A", "[", "-", "$1 ", "é", "😀", "http://a"])
        {
            var text = string.Concat(Enumerable.Repeat(shape, 1_000_000 / shape.Length));
            var sentences = 0;
            foreach (var sentence in Sentences.Split(text))
            {
                Assert.True(sentence.Span.Length <= Sentences.MostCharacters + 2);
                Reader.Read(text, sentence.Span);
                if (++sentences == 40) break;
            }
            Assert.Equal(40, sentences);
        }
    }
}

/// <summary>Tables of cases beside the tests.</summary>
static class SpeechCases
{
    public static string File(string name) => Path.Combine(Repository.Root, "tests", "Maison.Tests", "Data", "Speech", name);

    public static IEnumerable<(string Written, string Wanted)> Pairs(string name)
        => System.IO.File.ReadLines(File(name)).Where(l => l.Length > 0 && l[0] != ';').Select(l => l.Split(" => ")).Select(p => (p[0], p[1]));
}
