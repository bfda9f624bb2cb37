using Maison.Inference.Speech;
using Maison.Models.Voice;

namespace Maison.Tests.Inference.Speech;

public sealed class RuleTests
{
    [Fact]
    public void PunctuationSetsPauses()
    {
        var sentence = SpokenSentences.Of("one, two three.");
        var prosody = ProsodyRules.Apply(SpokenSentences.Even(sentence), sentence);
        Assert.Equal([5, 10, 10, 10, 21, 10, 10, 10, 10, 10, 10, 47, 5], prosody.Frames);
        var paragraph = sentence with { EndsParagraph = true };
        Assert.Equal(85, ProsodyRules.Apply(SpokenSentences.Even(paragraph), paragraph).Frames[^2]);
    }

    [Fact]
    public void PitchIsWidenedAroundItsMean()
    {
        var sentence = SpokenSentences.Of("one two.");
        var even = SpokenSentences.Even(sentence);
        var moving = even with { LogHz = [.. even.LogHz.Select((f, i) => f + 0.01f * i)] };
        var mean = ProsodyRules.Mean(moving, sentence.Tokens);
        var wide = ProsodyRules.Widened(moving, sentence, 1.5f);
        Assert.Equal(mean, ProsodyRules.Mean(wide, sentence.Tokens), 1e-4);
        Assert.Equal(1.5f * (moving.LogHz[7] - mean), wide.LogHz[7] - mean, 1e-4);
        Assert.Same(moving, ProsodyRules.Widened(moving, sentence, 1));
    }

    [Fact]
    public void OfSeveralMarksTheLongestIsThePause()
    {
        var sentence = SpokenSentences.Of("one?!,");
        Assert.Equal([47, 1, 1, 5], ProsodyRules.Apply(SpokenSentences.Even(sentence), sentence).Frames[^4..]);
    }

    [Theory]
    [InlineData("is two three?", 5)]
    [InlineData("what two three?", 0)]
    [InlineData("one two three.", 0)]
    [InlineData("one two three,", 1.5)]
    public void YesNoQuestionsRiseAndOthersDoNot(string text, double semitones)
    {
        var sentence = SpokenSentences.Of(text);
        var even = SpokenSentences.Even(sentence);
        var ruled = ProsodyRules.Apply(even, sentence);
        // The last sound before the mark carries nearly the whole rise, the first word none of it.
        var last = (sentence.Tokens.Count - 3) * Prosody.Points + 2;
        Assert.Equal(even.LogHz[last] + semitones * Math.Log(2) / 12, ruled.LogHz[last], 1e-4);
        Assert.Equal(even.LogHz[..9], ruled.LogHz[..9]);
    }

    [Fact]
    public void AnExclamationWidensThePitchOfItsPhrase()
    {
        var sentence = SpokenSentences.Of("one two!");
        var even = SpokenSentences.Even(sentence);
        var ruled = ProsodyRules.Apply(even, sentence);
        var mean = ProsodyRules.Mean(even, sentence.Tokens);
        Assert.Equal(mean + 1.3 * (even.LogHz[3] - mean), ruled.LogHz[3], 1e-4);
    }

    [Fact]
    public void AnEmphasisedWordIsHigherLongerAndLouder()
    {
        var sentence = SpokenSentences.Of("one two three.", word: w => new(w, Emphasis: w == "two" ? 1 : 0));
        var even = SpokenSentences.Even(sentence);
        var ruled = ProsodyRules.Apply(even, sentence);
        Assert.Equal(12, ruled.Frames[5]);
        Assert.Equal(even.LogHz[15] + 2.5 * Math.Log(2) / 12, ruled.LogHz[15], 1e-4);
        Assert.Equal(-3 + 3 * 0.11512925, ruled.Energy[5], 1e-4);
        Assert.Equal(even.LogHz[..12], ruled.LogHz[..12]);
    }

    [Theory]
    [InlineData("We won! This is amazing!", "excited")]
    [InlineData("I am so sorry that he died alone.", "sad")]
    [InlineData("Warning: this is important.", "serious")]
    [InlineData("What a lovely birthday, thank you.", "cheerful")]
    [InlineData("The train leaves at nine.", "neutral")]
    [InlineData("Come here!", "excited")]
    public void ASentencesOwnWordsChooseItsDelivery(string text, string style)
    {
        var chosen = DeliveryRules.For(text);
        Assert.Equal(style, chosen.Style.Name);
        Assert.InRange(chosen.Strength, 0.3f, 1f);
        Assert.NotEmpty(chosen.Reason);
    }

    [Fact]
    public void InstructionsAreUnderstoodByKeywordsAndTheRestIsNamed()
    {
        var read = SpeechInstructions.Understand("Speak slowly, in a slightly sad and very deep voice, like a pirate. Not too loud.");
        Assert.Equal("sad", read.Style!.Name);
        Assert.Equal(0.4f, read.Strength, 1e-6f);
        Assert.Equal(0.8f, read.Controls.Speed, 1e-6f);
        Assert.Equal(-4.5f, read.Controls.PitchSemitones, 1e-5f);
        Assert.Equal(["pirate", "not loud"], read.NotUnderstood);
        Assert.Contains("slowly: speed 0.8", read.Understood);
        Assert.Contains("slightly sad: style sad 0.4", read.Understood);
        Assert.Equal(0, read.Controls.EnergyDb);
    }

    [Fact]
    public void AnEmptyInstructionAsksForNothing()
    {
        var read = SpeechInstructions.Understand("Please read this text in your voice.");
        Assert.Null(read.Style);
        Assert.Equal(VoiceControls.None, read.Controls);
        Assert.Empty(read.Understood);
        Assert.Empty(read.NotUnderstood);
    }

    [Fact]
    public void EveryRoleKeepsAVoiceOfItsOwn()
    {
        var cast = new StoryCast(SpeechVoices.Kathleen, new Dictionary<string, SpeechVoice> { ["Wolf"] = SpeechVoices.Named("george") });
        Assert.Equal("kathleen", cast.For(null).Name);
        Assert.Equal("george", cast.For("wolf").Name);
        var others = Enumerable.Range(0, SpeechVoices.All.Count - 2).Select(i => cast.For($"role {i}")).ToArray();
        Assert.Equal(others.Length, others.Distinct().Count());
        Assert.DoesNotContain(SpeechVoices.Kathleen, others);
        Assert.Equal(others[0], cast.For("ROLE 0"));
        Assert.NotNull(cast.For("one too many"));
    }

    [Fact]
    public void ARoleIsGivenAVoiceThatSuitsIt()
    {
        var cast = new StoryCast(SpeechVoices.Kathleen);
        var men = Enumerable.Range(0, 5).Select(i => cast.For($"man {i}", wanted: true)).ToArray();
        var women = Enumerable.Range(0, 3).Select(i => cast.For($"woman {i}", wanted: false)).ToArray();
        Assert.All(men, v => Assert.True(v.Low));
        Assert.All(women, v => Assert.False(v.Low));
        Assert.Equal(3, men.Take(3).Distinct().Count());
        Assert.Equal(3, women.Distinct().Count());
        // The first word about a role stays.
        Assert.Equal(men[0], cast.For("man 0", wanted: false));
    }
}
