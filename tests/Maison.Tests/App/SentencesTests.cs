// Sentences of a growing answer: each once, in order, whole, however the pieces fall.

using Maison.App.Assistant;

namespace Maison.Tests.App;

public sealed class SentencesTests
{
    static List<string> Spoken(string markdown, int step)
    {
        var sentences = new Sentences();
        var spoken = new List<string>();
        for (var at = step; at < markdown.Length; at += step)
            if (sentences.Next(markdown[..at], whole: false) is { } next) spoken.Add(next);
        if (sentences.Next(markdown, whole: true) is { } last) spoken.Add(last);
        return spoken;
    }

    [Theory]
    [InlineData("Hello there. This is **bold. And** more! Is it?", "Hello there.|This is bold.|And more!|Is it?")]
    [InlineData("It costs 3.50 euros, e.g. for Dr. A. Smith. Yes.", "It costs 3.50 euros, e.g. for Dr.|A. Smith.|Yes.")]
    [InlineData("She said “Come in.” He did.", "She said “Come in.”.|He did.")]
    [InlineData("Two things:\n\n1. First one\n2. Second one.\n\nDone", "Two things:|First one.|Second one.|Done.")]
    [InlineData("Look:\n\n```csharp\nvar x = 1. ;\nvar y = 2;\n```\n\nThat was code.", "Look:|That was code.")]
    [InlineData("no end at all", "no end at all.")]
    [InlineData("Wait... what?! Yes.", "Wait...|what?!|Yes.")]
    public void EachIsSpokenAsSoonAsItIsWhole(string markdown, string expected) => Assert.Equal(expected.Split('|'), Spoken(markdown, 1).SelectMany(s => s.Split('\n')));

    [Theory]
    [InlineData("Hello *there*. She said “Come in.” He did.\n\n- one\n- two. And `code`!\n\n| a | b |\n|---|---|\n| 1. | 2 |\n\nThe end")]
    public void PiecesOfAnySizeSayTheSameWords(string markdown)
    {
        var whole = Words(Spoken(markdown, markdown.Length));
        for (var step = 1; step < 40; step++) Assert.Equal(whole, Words(Spoken(markdown, step)));

        static string[] Words(List<string> spoken) => string.Join(' ', spoken).Split([' ', '\n', '.', '”', '“', '!'], StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void WhatWasThereBeforeIsNotSpokenAgain()
    {
        var sentences = new Sentences("It began here. It went");
        Assert.Equal("on and on.", sentences.Next("It began here. It went on and on. Then", whole: false));
    }
}
