using Maison.Inference.Speech;
using Maison.Tensors;

namespace Maison.Tests.Inference.Speech;

public sealed class EngineTests
{
    static readonly string[] Text = ["one two, three four five six.", "is seven eight?", "nine!"];

    static SpeechSentence[] Sentences => [.. Text.Select(t => SpokenSentences.Of(t))];

    static (float[] Samples, WordTime[] Words, SentenceDelivery[] Deliveries) Speak(SpeechOptions options, IEnumerable<SpeechSentence>? sentences = null, int threads = 1)
    {
        using var gang = new Gang(threads);
        var chunks = new SpeechEngine(SpokenSentences.Model(4), new LateVocoder(), gang).Speak(sentences ?? Sentences, options).ToArray();
        return ([.. chunks.SelectMany(c => c.Samples)], [.. chunks.SelectMany(c => c.Words)], [.. chunks.Where(c => c.Delivery is not null).Select(c => c.Delivery!)]);
    }

    [Fact]
    public void AStreamHasTheBitsOfTheWholeSentence()
    {
        using var gang = new Gang(1);
        var model = SpokenSentences.Model(4);
        // One long sentence is cut into pieces; its frames must be those of one pass over all of it.
        var sentence = SpokenSentences.Of(string.Join(' ', Enumerable.Repeat("word", 40)) + ".");
        var chunks = new SpeechEngine(model, new LateVocoder(), gang).Speak([sentence], new(SpeechVoices.Kathleen)).ToArray();
        Assert.True(chunks.Length > 3, "The sentence came in one piece.");
        var streamed = chunks.SelectMany(c => c.Samples).ToArray();
        var whole = new SpeechEngine(model, new LateVocoder(), gang) { PieceFrames = 100_000, FirstPieceFrames = 100_000 }.Speak([sentence], new(SpeechVoices.Kathleen)).SelectMany(c => c.Samples).ToArray();
        Assert.Equal(whole, streamed);
        Assert.Equal(streamed, Speak(new(SpeechVoices.Kathleen), [sentence], threads: 3).Samples);
    }

    [Fact]
    public void SentencesJoinWithTheSameBitsHoweverTheyAreCut()
    {
        using var gang = new Gang(1);
        SpeechChunk[] Cut(int first, int others) => [.. new SpeechEngine(SpokenSentences.Model(4), new LateVocoder(), gang) { FirstPieceFrames = first, PieceFrames = others }.Speak(Sentences, new(SpeechVoices.Kathleen))];
        var whole = Cut(100_000, 100_000);
        var pieces = Cut(3, 5);
        Assert.Equal(Text.Length + 1, whole.Length);
        Assert.True(pieces.Length > 3 * whole.Length, "The sentences came in too few pieces.");
        Assert.Equal(whole.SelectMany(c => c.Samples), pieces.SelectMany(c => c.Samples));
        // A piece says where its frames begin, and sentences begin at the same frames.
        Assert.Equal(whole[..^1].Select(c => c.StartFrame), pieces.Where(c => c.Delivery is not null).Select(c => c.StartFrame));
        Assert.Equal(pieces.Sum(c => c.Samples.Length), pieces[^1].StartFrame * VoiceTime.HopSamples);
    }

    [Fact]
    public void WordTimesCoverTheSoundInOrder()
    {
        var (samples, words, _) = Speak(new(SpeechVoices.Kathleen));
        Assert.Equal(["one", "two", "three", "four", "five", "six", "is", "seven", "eight", "nine"], words.Select(w => w.Text));
        for (var i = 0; i < words.Length; i++)
        {
            Assert.True(words[i].EndSeconds > words[i].StartSeconds);
            if (i > 0) Assert.True(words[i].StartSeconds >= words[i - 1].EndSeconds);
        }
        Assert.True(words[^1].EndSeconds * VoiceTime.SampleRateHz < samples.Length);
        Assert.Equal(0, samples.Length % VoiceTime.HopSamples);
        // Two words without a mark between them touch; a comma keeps them apart.
        Assert.Equal(words[2].EndSeconds, words[3].StartSeconds);
        Assert.Equal(0.21, words[2].StartSeconds - words[1].EndSeconds, 1e-9);
    }

    [Fact]
    public void TheFirstPieceComesBeforeTheSecondSentenceIsAskedFor()
    {
        using var gang = new Gang(1);
        var asked = 0;
        IEnumerable<SpeechSentence> Lazily()
        {
            foreach (var s in Enumerable.Repeat(Sentences[0], 1000))
            {
                asked++;
                yield return s;
            }
        }
        var first = new SpeechEngine(SpokenSentences.Model(4), new LateVocoder(), gang).Speak(Lazily(), new(SpeechVoices.Kathleen)).First();
        Assert.Equal(1, asked);
        Assert.NotEmpty(first.Samples);
        Assert.Equal(6, first.Words.Count);
    }

    [Fact]
    public void AFarStepOfPitchDoesNotChangeTheSpectrum()
    {
        // The model hears of three semitones, whatever was asked for; the sound gets all of them.
        float[] At(float semitones) => Speak(new(SpeechVoices.Kathleen, Controls: new() { PitchSemitones = semitones })).Samples;
        var (three, nine) = (At(-3), At(-9));
        for (var t = 10; t < 40; t++)
        {
            Assert.Equal(three[t * 240], nine[t * 240], 1e-4f);
            Assert.Equal(three[t * 240 + 1] * Math.Pow(2, -6 / 12.0), nine[t * 240 + 1], 0.05);
        }
        Assert.NotEqual(At(0)[2400], three[2400]);
    }

    [Fact]
    public void ControlsReachTheSound()
    {
        var plain = Speak(new(SpeechVoices.Kathleen));
        var fast = Speak(new(SpeechVoices.Kathleen, Controls: new() { Speed = 2 }));
        Assert.InRange(fast.Samples.Length / (double)plain.Samples.Length, 0.4, 0.65);
        var louder = Speak(new(SpeechVoices.Kathleen, Controls: new() { EnergyDb = 6 }));
        Assert.Equal(plain.Samples.Length, louder.Samples.Length);
        Assert.Equal(plain.Samples[2400] + 6 * 0.11512925, louder.Samples[2400], 1e-4);
        var whispered = Speak(new(SpeechVoices.Kathleen, Style: SpeechStyles.Named("whisper")));
        Assert.DoesNotContain(Enumerable.Range(0, whispered.Samples.Length / 240), t => whispered.Samples[t * 240 + 1] != 0);
        Assert.Throws<ArgumentException>(() => Speak(new(SpeechVoices.Kathleen, Controls: new() { Speed = 9 })));
        Assert.Throws<ArgumentException>(() => Speak(new(SpeechVoices.Kathleen, Strength: 2)));
    }

    [Fact]
    public void ModesChooseStylesAndVoicesPerSentence()
    {
        SpeechSentence[] story =
        [
            SpokenSentences.Of("the wolf came."), SpokenSentences.Of("wonderful lovely day.", role: "wolf"), SpokenSentences.Of("warning danger.", role: "pig"), SpokenSentences.Of("goodbye.", role: "wolf"),
        ];
        var scripted = Speak(new(SpeechVoices.Kathleen, Style: SpeechStyles.Named("news")), story).Deliveries;
        Assert.All(scripted, d => Assert.Equal(("kathleen", "news"), (d.Voice.Name, d.Style.Name)));
        var emotive = Speak(new(SpeechVoices.Kathleen, SpeechMode.Emotive, SpeechStyles.Named("story")), story).Deliveries;
        Assert.Equal(["story", "cheerful", "serious", "sad"], emotive.Select(d => d.Style.Name));
        Assert.All(emotive, d => Assert.Equal("kathleen", d.Voice.Name));
        var told = Speak(new(SpeechVoices.Kathleen, SpeechMode.Story), story).Deliveries;
        Assert.Equal("kathleen", told[0].Voice.Name);
        Assert.Equal(told[1].Voice, told[3].Voice);
        Assert.Equal(3, told.Select(d => d.Voice).Distinct().Count());
        var asked = Speak(new(SpeechVoices.Kathleen, SpeechMode.Story), [story[1] with { Voice = SpeechVoices.Named("ida"), Style = SpeechStyles.Named("calm") }]).Deliveries[0];
        Assert.Equal(("ida", "calm"), (asked.Voice.Name, asked.Style.Name));
    }

    [Fact]
    public void AVoiceWhoseSpeakerTheModelDoesNotKnowIsRefused()
        => Assert.Contains("'nobody', whom this model does not know", Assert.Throws<ArgumentException>(() => Speak(new(SpeechVoices.Kathleen with { Speaker = "nobody" }))).Message);
}
