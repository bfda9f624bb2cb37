using Maison.Data.Speech;
using Maison.Data.Speech.Markup;

namespace Maison.Tests.Data.Speech;

public sealed class MarkupTests
{
    static readonly FrontEnd Reader = new(new Pronouncer());

    static string Spoken(string text) => string.Join(" | ", Reader.Read(text).Select(u => u.SpokenText));

    [Theory]
    [InlineData("# A title\nSome text.", "a title | some text")]
    [InlineData("**Bold** and *soft* and __strong__ and `code`.", "bold and soft and strong and code")]
    [InlineData("- one\n- two\n* three", "one | two | three")]
    [InlineData("1. First\n2. Second", "one first | two second")]
    [InlineData("See [the page](https://example.com/x) now.", "see the page now")]
    [InlineData("![a cat](cat.png) sat.", "a cat sat")]
    [InlineData("> quoted words", "quoted words")]
    [InlineData("Before.\n```\nint x;\n```\nAfter.", "before | after")]
    [InlineData("One.\n\n---\n\nTwo.", "one | two")]
    [InlineData("2 * 3 * 4", "two times three times four")]
    [InlineData("snake_case_name", "snake underscore case underscore name")]
    [InlineData(@"\*not bold\*", "asterisk not bold asterisk")]
    [InlineData("a ~~b~~ c", "a b c")]
    [InlineData("| a | b |\n|---|---|\n| c | d |", "a b | c d")]
    [InlineData("line<br>next", "line next")]
    [InlineData("[sic] and [1]", "sic and one")]
    [InlineData("- [x] done", "done")]
    public void MarkdownLosesItsSigns(string written, string spoken) => Assert.Equal(spoken, Spoken(written));

    [Fact]
    public void SpansPointIntoWhatWasGiven()
    {
        const string text = "See **the** [page](http://x.y) &amp; [go](/G OW1/) [rate:2]now[/rate].";
        var words = Reader.Read(text).Single().Words;
        Assert.Equal(["See", "the", "page", "&", "amp"], words.Take(5).Select(w => text.Substring(w.Source.Start, w.Source.Length)));
        var go = words.Single(w => w.Text == "go");
        Assert.Equal(("go", "G OW1", PhoneOrigin.Given), (text.Substring(go.Source.Start, go.Source.Length), Phone.Print(go.Phones), go.Origin));
        Assert.Equal(2, words.Single(w => w.Text == "now").Delivery.Rate);
    }

    [Fact]
    public void TagsNestAndEnd()
    {
        var words = Reader.Read("[voice:anna]one [style:cheerful]two [rate:1.5]three[/style] four[/voice] five").Single().Words;
        Assert.Equal([("anna", null, 1), ("anna", "cheerful", 1), ("anna", "cheerful", 1.5), ("anna", null, 1), (null, null, 1.0)],
            words.Select(w => (w.Delivery.Voice, w.Delivery.Style, w.Delivery.Rate)));
    }

    [Fact]
    public void PausesStandWhereTheyWereAsked()
    {
        var utterances = Reader.Read("One [pause:1s] two. [pause:250ms] Three [pause]").ToArray();
        Assert.Equal([(1, 1.0), (2, 0.25)], utterances[0].Marks.Where(m => m.Mark == Phone.ShortPause).Select(m => (m.AfterWord, m.Seconds!.Value)));
        Assert.Null(Assert.Single(utterances[1].Marks, m => m.Mark == Phone.ShortPause).Seconds);
        Assert.Equal("sil W AH1 N sp T UW1 period sp sil", Phone.Print(utterances[0].Tokens().Select(t => t.Phone)));
    }

    [Theory]
    [InlineData("say [rate:9]x", "Line 1, column 5", "0.25 to 4")]
    [InlineData("a\nb [speed:2]", "Line 2, column 3", "no tag that is known")]
    [InlineData("x[/rate]", "column 2", "ends nothing")]
    [InlineData("[pause:abc]", "column 1", "1s or 300ms")]
    [InlineData("[emphasis:big]", "column 1", "strong, moderate")]
    [InlineData("[word](/qqq7/)", "column 9", "no sound of English")]
    [InlineData("[word](/W ER D/)", "column 9", "ER0, ER1 or ER2")]
    public void WrongTagsAreRefused(string text, string place, string remedy)
    {
        var error = Assert.Throws<MarkupException>(() => Reader.Read(text).Count()).Message;
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("həˈloʊ", "HH AH0 L OW1")]
    [InlineData("ˈwɔːtɚ", "W AO1 T ER0")]
    [InlineData("tʃɜːtʃ", "CH ER1 CH")]
    [InlineData("ˌʌndɚˈstænd", "AH2 N D ER0 S T AE1 N D")]
    [InlineData("θɪŋ", "TH IH1 NG")]
    [InlineData("dʒɔɪ", "JH OY1")]
    public void IpaIsRead(string ipa, string phones) => Assert.Equal(phones, Phone.Print(Ipa.Parse(ipa)));

    [Fact]
    public void WhatMarkdownHidesIsReported()
    {
        var skipped = Reader.Read("See [it](http://x.y).\n```\ncode\n```\n<b>Bold</b>").SelectMany(u => u.Skipped).Select(s => s.Reason);
        Assert.Equal(["the target of a link", "a block of code", "an HTML tag", "an HTML tag"], skipped);
        Assert.Equal("a block of code", Reader.Read("```\ncode\n```").Single().Skipped.Single().Reason);
    }

    [Theory]
    [InlineData("<speak>Hello <break time='300ms'/> world.</speak>", "hello world")]
    [InlineData("<speak><p>One</p><p>Two</p></speak>", "one | two")]
    [InlineData("<speak><s>One</s><s>Two</s></speak>", "one | two")]
    [InlineData("<speak><sub alias='World Wide Web'>WWW</sub> is old</speak>", "world wide web is old")]
    [InlineData("<speak><say-as interpret-as='characters'>A1-b</say-as></speak>", "a one dash b")]
    [InlineData("<speak><say-as interpret-as='cardinal'>1905</say-as></speak>", "one thousand nine hundred five")]
    [InlineData("<speak><say-as interpret-as='ordinal'>21</say-as></speak>", "twenty first")]
    [InlineData("<speak><say-as interpret-as='digits'>1905</say-as></speak>", "one nine zero five")]
    [InlineData("<speak><say-as interpret-as='date' format='dmy'>3/5/2024</say-as></speak>", "may third twenty twenty four")]
    [InlineData("<speak><say-as interpret-as='date' format='mdy'>3/5/2024</say-as></speak>", "march fifth twenty twenty four")]
    [InlineData("<speak><say-as interpret-as='time'>2:30pm</say-as></speak>", "two thirty p m")]
    [InlineData("<speak><say-as interpret-as='telephone'>+1 555 1234</say-as></speak>", "plus one five five five one two three four")]
    [InlineData("<speak><say-as interpret-as='currency'>$5.20</say-as></speak>", "five dollars and twenty cents")]
    [InlineData("<speak>Tom &amp; Ann &#60; 5</speak>", "tom and ann less than five")]
    [InlineData("<?xml version='1.0'?><!-- x --><speak version='1.1' xml:lang='en-US'>Hi<![CDATA[ <you> ]]></speak>", "hi less than you greater than")]
    public void SsmlIsRead(string ssml, string spoken) => Assert.Equal(spoken, Spoken(ssml));

    [Fact]
    public void SsmlDeliveriesNestAndPhonesAreTaken()
    {
        const string ssml = """<speak><voice name="anna"><prosody rate="slow" pitch="+2st" volume="loud" range="150%">very <emphasis level="strong">big</emphasis></prosody> <phoneme alphabet="x-arpabet" ph="t ow1">tow</phoneme></voice> <prosody rate="+20%"><prosody rate="50%">x</prosody></prosody></speak>""";
        var words = Reader.Read(ssml).Single().Words;
        Assert.Equal(new Delivery("anna", null, 0.75, 2, 1.5, 6), words[0].Delivery);
        Assert.Equal(new Delivery("anna", null, 0.75, 2, 1.5, 6, 2), words[1].Delivery);
        Assert.Equal(("T OW1", new Delivery("anna")), (Phone.Print(words[2].Phones), words[2].Delivery));
        Assert.Equal(0.6, words[3].Delivery.Rate, 6);
        Assert.Equal("tow", ssml.Substring(words[2].Source.Start, words[2].Source.Length));
    }

    [Theory]
    [InlineData("<speak>Hello", "Line 1, column 1", "never closed")]
    [InlineData("<speak>\n <foo>x</foo></speak>", "Line 2, column 2", "There are: speak, p, s, break")]
    [InlineData("<speak><p>x</s></p></speak>", "column 12", "Close <p> first")]
    [InlineData("<speak><break time='99s'/></speak>", "column 15", "0 to 30 seconds")]
    [InlineData("<speak><break length='1s'/></speak>", "column 15", "time, strength")]
    [InlineData("<speak>a & b</speak>", "column 10", "&amp;")]
    [InlineData("<speak>a < b</speak>", "column 10", "&lt;")]
    [InlineData("<speak><prosody rate='quick'>x</prosody></speak>", "column 17", "x-slow, slow")]
    [InlineData("<speak><prosody pitch='200Hz'>x</prosody></speak>", "column 17", "semitones")]
    [InlineData("<speak><say-as interpret-as='poem'>x</say-as></speak>", "column 16", "there are cardinal, ordinal")]
    [InlineData("<speak><say-as interpret-as='cardinal'>ten</say-as></speak>", "column 8", "no whole number")]
    [InlineData("<speak><voice>x</voice></speak>", "column 8", "name=")]
    [InlineData("<speak><phoneme ph='7'>x</phoneme></speak>", "column 17", "no sound of English")]
    [InlineData("<speak rate=5>x</speak>", "column 13", "without quotes")]
    [InlineData("<speak>x</speak> y", "column 18", "after </speak>")]
    [InlineData("<speak><!DOCTYPE x>y</speak>", "column 8", "document type")]
    [InlineData("<speak><speak>x</speak></speak>", "column 8", "second <speak>")]
    [InlineData("<speak xml:lang='fr'>x</speak>", "column 8", "English")]
    public void MalformedSsmlIsRefused(string ssml, string place, string remedy)
    {
        var error = Assert.Throws<MarkupException>(() => Reader.Read(ssml).Count()).Message;
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyTextIsReadOrRefusedInWords()
    {
        var random = new Random(11);
        string[] parts = ["<speak>", "</speak>", "<p>", "</p>", "<break/>", "<say-as interpret-as='date'>", "</say-as>", "&amp;", "&", "[rate:2]", "[/rate]", "[a](/", "W ER1/)", "**", "`", "\n", "word ", "5", "$", "[", "](", "<", ">", "\u2029", "😀", "'"];
        for (var round = 0; round < 3000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => parts[random.Next(parts.Length)]));
            try
            {
                foreach (var utterance in Reader.Read(text))
                    Assert.All(utterance.Words, w => Assert.True(w.Source.Start >= 0 && w.Source.End <= text.Length && w.Phones.Count > 0, text));
            }
            catch (MarkupException e)
            {
                Assert.StartsWith("Line ", e.Message, StringComparison.Ordinal);
            }
        }
    }
}
