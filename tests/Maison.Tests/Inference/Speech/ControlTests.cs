using Maison.Inference.Speech;
using Maison.Models.Voice;

namespace Maison.Tests.Inference.Speech;

public sealed class ControlTests
{
    static readonly SpeechSentence Sentence = SpokenSentences.Of("one two, three.");
    static readonly Prosody Prosody = SpokenSentences.Even(Sentence);

    static Prosody With(VoiceControls controls) => ProsodyControls.Apply(Prosody, Sentence, controls);

    [Fact]
    public void NoChangeChangesNoBit()
    {
        var same = With(VoiceControls.None);
        Assert.Equal(Prosody.Frames, same.Frames);
        Assert.Equal(Prosody.LogHz, same.LogHz);
        Assert.Equal(Prosody.Energy, same.Energy);
        Assert.All(ProsodyControls.Gains(Sentence, VoiceControls.None), g => Assert.Equal(0, g));
        var frames = Frames();
        new FrameControls(80, 16).Apply(frames, VoiceControls.None);
        Assert.Equal(Frames().LogMel, frames.LogMel);
        Assert.Equal(Frames().Periodicity, frames.Periodicity);
    }

    [Theory]
    [InlineData(0.25f)]
    [InlineData(0.5f)]
    [InlineData(1.25f)]
    [InlineData(2f)]
    [InlineData(4f)]
    public void SpeedStretchesVowelsFullyStopsLittlePausesMost(float speed)
    {
        var fast = With(new() { Speed = speed });
        for (int i = 0, end = 0; i < Sentence.Tokens.Count; i++)
        {
            end += fast.Frames[i];
            var exact = Sentence.Tokens.Take(i + 1).Sum(t => 10 * Math.Pow(speed, t.Sound switch { SoundKind.Pause => -1.2, SoundKind.Stop => -0.4, _ => -1 }));
            // Ends are rounded, so no error adds up.
            Assert.InRange(end - exact, -0.51, 0.51);
        }
    }

    [Fact]
    public void PausesAreTurnedAloneAndAskedOnesStay()
    {
        var sentence = SpokenSentences.Of("one two.");
        sentence = sentence with { Tokens = [.. sentence.Tokens.Take(4), SpokenSentences.Pause(PauseKind.Short, seconds: 0.5), .. sentence.Tokens.Skip(4)] };
        var prosody = ProsodyRules.Apply(SpokenSentences.Even(sentence), sentence);
        Assert.Equal(50, prosody.Frames[4]);
        var none = ProsodyControls.Apply(prosody, sentence, new() { Pauses = 0, Speed = 2 });
        Assert.InRange(none.Frames[4], 49, 51);
        Assert.Equal(1, none.Frames[^1]);
        Assert.Equal(prosody.Frames[2] / 2, none.Frames[2]);
    }

    [Fact]
    public void PitchMovesByTwelfthsOfAnOctaveAndRangeAroundTheMean()
    {
        var up = With(new() { PitchSemitones = 12 });
        for (var k = 0; k < Prosody.LogHz.Length; k++) Assert.Equal(Prosody.LogHz[k] + Math.Log(2), up.LogHz[k], 1e-5);
        var mean = ProsodyRules.Mean(Prosody, Sentence.Tokens);
        var flat = With(new() { Range = 0 });
        Assert.All(flat.LogHz, v => Assert.Equal(mean, v, 1e-5));
        var wide = With(new() { Range = 2 });
        for (var k = 0; k < Prosody.LogHz.Length; k++) Assert.Equal(mean + 2 * (Prosody.LogHz[k] - mean), wide.LogHz[k], 1e-5);
        Assert.Equal(mean, ProsodyRules.Mean(wide, Sentence.Tokens), 1e-4);
    }

    [Fact]
    public void EnergyAddsDecibelsToEveryBand()
    {
        var gains = ProsodyControls.Gains(Sentence, new() { EnergyDb = 6 });
        Assert.All(gains, g => Assert.Equal(6 * Math.Log(10) / 20, g, 1e-6));
        var frames = Frames();
        new FrameControls(80, 16).Amplify(frames, [.. Enumerable.Repeat(gains[0], frames.Count)]);
        for (var i = 0; i < frames.LogMel.Length; i++) Assert.Equal(Frames().LogMel[i] + gains[0], frames.LogMel[i], 1e-6);
    }

    [Fact]
    public void OneWordMayHaveControlsOfItsOwn()
    {
        var sentence = SpokenSentences.Of("one two.", word: w => new(w, w == "two" ? new() { EnergyDb = 3, PitchSemitones = 1 } : null));
        var prosody = SpokenSentences.Even(sentence);
        var changed = ProsodyControls.Apply(prosody, sentence, VoiceControls.None);
        Assert.Equal(prosody.LogHz[..12], changed.LogHz[..12]);
        Assert.Equal(prosody.LogHz[12] + Math.Log(2) / 12, changed.LogHz[12], 1e-5);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 0, 0], ProsodyControls.Gains(sentence, VoiceControls.None).Select(g => g > 0 ? 1 : 0));
    }

    [Theory]
    [InlineData(0.82f)]
    [InlineData(0.9f)]
    [InlineData(1.22f)]
    public void FormantsMoveByTheirFactor(float a)
    {
        // A bump at 2 kHz must come out at a · 2 kHz; 0 and 12 kHz stay where they are.
        Assert.Equal(2000, FrameControls.Unwarped(2000 * a, a), 1e-2);
        Assert.Equal(12000, FrameControls.Unwarped(12000, a), 1e-1);
        Assert.Equal(0, FrameControls.Unwarped(0, a));
        for (var hz = 0f; hz < 12000; hz += 50) Assert.True(FrameControls.Unwarped(hz + 50, a) > FrameControls.Unwarped(hz, a), "The warp folds.");
        var controls = new FrameControls(80, 16);
        var mel = Enumerable.Range(0, 80).Select(b => -0.5f * MathF.Pow(MathF.Log(CentreHz(b) / 2000), 2) / 0.02f).ToArray();
        controls.Warp(mel, a);
        var peak = Array.IndexOf(mel, mel.Max());
        Assert.InRange(CentreHz(peak) / (2000 * a), 0.95, 1.05);
    }

    [Fact]
    public void WhatALongVocalTractWasNeverHeardWithGoesOnAsLevelAsBelow()
    {
        var controls = new FrameControls(80, 16);
        float[] Rising() => [.. Enumerable.Range(0, 80).Select(b => b < 74 ? -8f : -11f)];
        var frames = new AcousticFrames(Rising(), new float[16], [200]);
        controls.Complete(frames, 1);
        Assert.Equal(Rising(), frames.LogMel);
        controls.Complete(frames, 0.88f);
        Assert.All(frames.LogMel[..77], level => Assert.Equal(-8f, level, 1e-5f));
        // Near 12 kHz recordings hold nothing either.
        Assert.InRange(frames.LogMel[79], -11, -9);
    }

    [Fact]
    public void SharpeningDrawsPeaksAndValleysApartAndKeepsWhatIsFlat()
    {
        var controls = new FrameControls(80, 16);
        var frames = new AcousticFrames([.. Enumerable.Range(0, 80).Select(b => -5 + MathF.Cos(b * 0.6f)), .. Enumerable.Repeat(-6f, 80)], new float[32], [200, 0]);
        float[] before = [.. frames.LogMel];
        controls.Sharpen(frames, 1);
        Assert.Equal(before, frames.LogMel);
        controls.Sharpen(frames, 1.25f);
        static float Span(ReadOnlySpan<float> mel) => mel[10..70].ToArray().Max() - mel[10..70].ToArray().Min();
        Assert.InRange(Span(frames.LogMel) / Span(before), 1.15, 1.35);
        Assert.All(frames.LogMel[80..], level => Assert.Equal(-6f, level, 1e-5f));
    }

    [Fact]
    public void BreathTakesTheVoiceFromHighBandsAndAWhisperFromAll()
    {
        var controls = new FrameControls(80, 16);
        var breathy = Frames();
        controls.Apply(breathy, new() { Breathiness = 0.5f });
        Assert.Equal(0.8f, breathy.Periodicity[0]);
        Assert.Equal(0.8f, breathy.Periodicity[1]);
        Assert.Equal(0.4f, breathy.Periodicity[15], 1e-6f);
        Assert.Equal(Frames().Hz, breathy.Hz);

        var whispered = Frames();
        controls.Apply(whispered, new() { Whisper = 1 });
        Assert.All(whispered.Periodicity, p => Assert.Equal(0, p));
        Assert.All(whispered.Hz, hz => Assert.Equal(0, hz));
        // Former vowels are 10 dB softer at 1 kHz and tilted up by 4 dB per octave; frames without voice keep their level.
        var flat = new AcousticFrames([.. Enumerable.Repeat(-3f, 160)], new float[32], [200, 0]);
        controls.Apply(flat, new() { Whisper = 1, Formants = 1 });
        var (low, high) = (Array.FindIndex(flat.LogMel, 0, 80, _ => true), 79);
        Assert.True(flat.LogMel[high] > flat.LogMel[low]);
        Assert.Equal(-3f - 10 * 0.11512925f, flat.LogMel[Enumerable.Range(0, 80).MinBy(b => Math.Abs(CentreHz(b) - 1000))], 0.05f);
        Assert.All(flat.LogMel[80..], v => Assert.Equal(-3f, v));
    }

    [Fact]
    public void StrengthZeroIsNeutralAndOneIsAll()
    {
        Assert.Equal(9, SpeechStyles.All.Count);
        foreach (var style in SpeechStyles.All)
        {
            Assert.Equal(VoiceControls.None, style.Controls.At(0));
            Assert.Equal(style.Controls, style.Controls.At(1));
            Assert.Equal(style.Controls, style.Controls.Validated());
            var half = style.Controls.At(0.5f);
            Assert.Equal(Math.Sqrt(style.Controls.Speed), half.Speed, 1e-6);
            Assert.Equal(style.Controls.PitchSemitones / 2, half.PitchSemitones, 1e-6f);
        }
    }

    [Fact]
    public void VoicesAreDistinctAndTheDesignedOnesSaySo()
    {
        Assert.Equal("kathleen", SpeechVoices.All[0].Name);
        Assert.True(SpeechVoices.All.Count >= 5 && SpeechVoices.All.Count(v => v.Low && v.Controls.PitchSemitones < -7) >= 2);
        Assert.Equal(SpeechVoices.All.Count, SpeechVoices.All.Select(v => v.Controls).Distinct().Count());
        foreach (var voice in SpeechVoices.All.Skip(1)) Assert.Contains("belongs to no real person", voice.Description);
        Assert.All(SpeechVoices.All, v => v.Controls.Validated());
        Assert.Contains("kathleen, martin", Assert.Throws<ArgumentException>(() => SpeechVoices.Named("alloy")).Message);
        Assert.Contains("style is 'angry'", Assert.Throws<ArgumentException>(() => SpeechStyles.Named("angry")).Message);
    }

    [Theory]
    [InlineData("speed", 0.2f)]
    [InlineData("speed", 4.1f)]
    [InlineData("pitch", float.NaN)]
    [InlineData("whisper", 1.1f)]
    public void ValuesOutOfRangeAreRefusedByName(string name, float value)
    {
        var controls = name switch { "speed" => new VoiceControls { Speed = value }, "pitch" => new() { PitchSemitones = value }, _ => new() { Whisper = value } };
        Assert.StartsWith($"{name} is", Assert.Throws<ArgumentException>(() => controls.Validated()).Message);
    }

    static AcousticFrames Frames()
        => new([.. Enumerable.Range(0, 240).Select(i => -4 + MathF.Sin(i * 0.3f))], [.. Enumerable.Repeat(0.8f, 48)], [200, 210, 190]);

    static float CentreHz(int band)
    {
        // Slaney's scale, as the features define it.
        static double Mel(double hz) => hz < 1000 ? hz * 3 / 200 : 15 + Math.Log(hz / 1000) * 27 / Math.Log(6.4);
        var mel = Mel(12000) * (band + 1) / 81;
        return (float)(mel < 15 ? mel * 200 / 3 : 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27));
    }
}
