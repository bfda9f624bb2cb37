// Sentences of a story, each with its role, and every sentence as it is written.

using Maison.Data.Speech;

namespace Maison.Tests.Data.Speech;

public sealed class StoryTests
{
    static Utterance[] Read(string text, bool story = true) => [.. new FrontEnd(new Pronouncer()).Read(FrontEnd.Parse(text), story)];

    static string Written(Utterance utterance) => string.Join('|', utterance.Words.Select(w => w.Written).Where(w => w.Length > 0));

    [Fact]
    public void WhatIsSaidIsTheirs()
    {
        var read = Read("“Where are you going?” asked the old man. “Home. Now.”\n\n“Wait!” Anna cried.\n\nIt rained.");
        Assert.Equal(
            [("the old man", "where are you going"), (null, "asked the old man"), ("the old man", "home"), ("the old man", "now"), ("Anna", "wait"), (null, "anna cried"), (null, "it rained")],
            read.Select(u => (u.Role?.Name, u.SpokenText)));
        Assert.Equal([false, false, false, true, false, true, true], read.Select(u => u.EndsParagraph));
        Assert.Equal((Gender.He, Gender.She), (read[0].Role!.Gender, read[4].Role!.Gender));
        Assert.Equal(3, Read("“Where are you going?” asked the old man. “Home. Now.”", story: false).Length);
        Assert.All(Read("“No.” said Anna.", story: false), u => Assert.Null(u.Role));
    }

    [Theory]
    [InlineData("It costs $1,204.50, sadly.", "It|costs|$1,204.50,|sadly.")]
    [InlineData("He said: “Hello (you) — there!” Fine.", "He|said:|“Hello|(you) —|there!”")]
    [InlineData("a [rate:2]well-known[/rate] *fact*", "a|well-known|fact")]
    [InlineData("<speak>one <sub alias=\"two three\">x</sub> &amp; four</speak>", "one|x|&|four")]
    [InlineData("Meet at 10:15 a.m. tomorrow", "Meet|at|10:15 a.m.|tomorrow")]
    public void EveryWordKnowsHowItIsWritten(string text, string written) => Assert.Equal(written, Written(Read(text, story: false)[0]));

    [Fact]
    public void InAStoryTheQuotationMarksAreWrittenToo()
    {
        var read = Read("“Good morning,” said Anna. “Hi.”");
        Assert.Equal(["“Good|morning,”", "said|Anna.", "“Hi.”"], read.Select(Written));
    }
}
