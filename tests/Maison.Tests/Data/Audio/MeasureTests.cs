using Maison.Data.Audio;
using Maison.Data.Audio.Analysis;
using Maison.Data.Audio.Measures;

namespace Maison.Tests.Data.Audio;

public sealed class MeasureTests
{
    static readonly Lazy<(float[] Samples, VoiceFeatures Voice)> Natural = new(() => Analyse(Utterance(1, s => 180 + 40 * Math.Sin(6 * s))));

    static (float[], VoiceFeatures) Analyse(float[] samples) => (samples, new VoiceAnalyser(PitchRange.Anyone).Analyse(samples).Features);

    // 0.3 s of faint noise, a vowel whose spectrum moves, 0.4 s of a hiss, 0.3 s of faint noise
    static float[] Utterance(int seed, Func<double, double> hz, double speed = 1)
    {
        var vowel = Synthetic.Harmonic((int)(14_400 / speed), s => hz(s * speed), 0.1);
        for (var n = 2; n < vowel.Length; n++)
        {
            var moving = 0.9 * Math.Sin(3.0 * speed * n / Synthetic.Rate);
            vowel[n] = (float)(vowel[n] + moving * vowel[n - 1] * 0.9);
        }
        float[] sound = [.. new float[7_200], .. vowel, .. Synthetic.Noise(9_600, seed, 0.02), .. new float[7_200]];
        return Synthetic.Sum(sound, Synthetic.Noise(sound.Length, seed + 50, 0.0003));
    }

    static VoiceComparison Compare(VoiceFeatures other, bool warp)
    {
        var comparison = new VoiceComparison();
        comparison.Add(Natural.Value.Voice, other, warp);
        return comparison;
    }

    [Fact]
    public void AnUtteranceIsNotFarFromItself()
    {
        foreach (var warp in new[] { false, true })
        {
            var same = Compare(Natural.Value.Voice, warp);
            Assert.Equal(0, same.DistortionDb, 1e-9);
            Assert.Equal(0, same.PitchErrorHz, 1e-9);
            Assert.Equal(0, same.PitchErrorSemitones, 1e-3);
            Assert.Equal(1, same.PitchCorrelation, 1e-6);
            Assert.Equal((0.0, 0.0), (same.VoicingError, same.PeriodicityError));
            Assert.Equal(1, same.VarianceRatio, 1e-6);
        }
    }

    [Fact]
    public void ADifferentTempoIsWarpedAwayAndAHigherPitchIsCounted()
    {
        var (_, slower) = Analyse(Utterance(7, s => 1.0595 * (180 + 40 * Math.Sin(6 * s)), 0.8));
        var warped = Compare(slower, warp: true);
        Assert.InRange(warped.DistortionDb, 0.1, 4);
        Assert.True(Compare(slower, warp: false).DistortionDb > 1.3 * warped.DistortionDb);
        Assert.InRange(warped.PitchErrorSemitones, 0.8, 1.6);
        Assert.InRange(warped.PitchCorrelation, 0.85, 1);
        Assert.InRange(warped.VoicingError, 0, 0.06);
    }

    [Fact]
    public void DistortionIsTheDistanceOfSmoothSpectra()
    {
        // One cosine of amplitude g nepers over the bands: its root mean square is g / √2.
        var (flat, wavy) = (new float[80], new float[80]);
        for (var b = 0; b < 80; b++) wavy[b] = (float)(0.5 * Math.Cos(Math.PI * 3 * (b + 0.5) / 80));
        var distance = MelCepstrum.DistortionDb(MelCepstrum.Of(flat), MelCepstrum.Of(wavy));
        Assert.Equal(0.5 / Math.Sqrt(2) * 20 / Math.Log(10), distance, 1e-3);
        // The level does not count.
        Assert.Equal(0, MelCepstrum.DistortionDb(MelCepstrum.Of(flat), MelCepstrum.Of([.. flat.Select(_ => 3f)])), 1e-4);
    }

    [Fact]
    public void SmoothedSpectraHaveLessVariance()
    {
        var voice = Natural.Value.Voice;
        var smooth = (float[])voice.LogMel.Clone();
        for (var t = 0; t < voice.Frames; t++)
            for (var b = 0; b < 80; b++)
            {
                var around = Enumerable.Range(t - 6, 13).Where(i => i >= 0 && i < voice.Frames);
                smooth[t * 80 + b] = around.Average(i => voice.LogMel[i * 80 + b]);
            }
        Assert.InRange(Compare(voice with { LogMel = smooth }, warp: false).VarianceRatio, 0.2, 0.85);
    }

    [Fact]
    public void BuzzLinesAndFrozenNoiseAreSeen()
    {
        var (samples, voice) = Natural.Value;
        // A vowel with breath above 4 kHz, against one without any
        var breathy = Analyse(Synthetic.Sum(samples, Synthetic.Noise(samples.Length, 11, 0.01))).Item2;
        Assert.True(Artefacts.HarmonicDb([voice]) > Artefacts.HarmonicDb([breathy]) + 3);

        Assert.InRange(Artefacts.LineDb([(samples, voice)]), 0, 5);
        var comb = new float[samples.Length];
        for (var n = 0; n < comb.Length; n += 240) comb[n] = 0.01f;
        var ringing = Analyse(Synthetic.Sum(samples, comb));
        Assert.True(Artefacts.LineDb([ringing]) > 10);
        Assert.True(double.IsNaN(Artefacts.LineDb([Analyse(samples[..4_000])])));

        Assert.InRange(Artefacts.FrozenNoise([(samples, voice)]), -0.1, 0.15);
        var frozen = (float[])samples.Clone();
        for (var n = 21_600 + 4_800; n < 31_200; n++) frozen[n] = frozen[n - 4_800];
        Assert.True(Artefacts.FrozenNoise([(frozen, voice)]) > 0.6);
    }

    [Fact]
    public void AClickAtAJoinIsSeenThereAlone()
    {
        long[] joins = [0, 9_000, 24_000, 40_000, 47_999];
        var samples = Synthetic.Noise(48_000, 11, 0.01);
        var clean = Artefacts.Joins(samples, joins);
        Assert.Equal(3, clean.Count);
        Assert.True(clean.LargestDb <= clean.OtherDb && clean.OrdinaryDb <= clean.OtherDb);
        samples[24_000] += 0.3f;
        var clicked = Artefacts.Joins(samples, joins);
        Assert.True(clicked.LargestDb > clicked.OtherDb + 5, $"{clicked}");
        // The same click anywhere else is no join's.
        var elsewhere = Artefacts.Joins(samples, [9_000, 40_000]);
        Assert.Equal(2, elsewhere.Count);
        Assert.True(elsewhere.LargestDb < elsewhere.OtherDb - 5, $"{elsewhere}");
        Assert.True(double.IsNaN(Artefacts.Joins(samples, []).LargestDb));
        Assert.Equal(0, Artefacts.Joins(samples.AsSpan(0, 100), [50]).Count);
    }

    [Fact]
    public void SpectralDistanceGrowsWithTheFault()
    {
        var samples = Natural.Value.Samples;
        Assert.Equal(0, SpectralDistance.Between(samples, samples));
        var little = SpectralDistance.Between(samples, Synthetic.Sum(samples, Synthetic.Noise(samples.Length, 1, 0.0005)));
        var much = SpectralDistance.Between(samples, Synthetic.Sum(samples, Synthetic.Noise(samples.Length, 1, 0.02)));
        Assert.InRange(little, 0.01, 1);
        Assert.True(much > 2 * little);
        Assert.Throws<ArgumentException>(() => SpectralDistance.Between(samples, new float[3]));
    }

    [Theory]
    [InlineData("The man's well-known HAT.", "the man's well known hat", 0, 0, 0, 5)]
    [InlineData("a b c d", "a x c d", 1, 0, 0, 4)]
    [InlineData("a b c d", "a b d", 0, 0, 1, 4)]
    [InlineData("a b", "a b c", 0, 1, 0, 2)]
    [InlineData("", "anything", 0, 1, 0, 0)]
    [InlineData("one two", "", 0, 0, 2, 2)]
    [InlineData("It’s fine", "it's fine", 0, 0, 0, 2)]
    public void WordErrorsAreTheFewest(string said, string heard, int substitutions, int insertions, int deletions, int words)
    {
        var errors = WordErrors.Of(said, heard);
        Assert.Equal((substitutions, insertions, deletions, words), (errors.Substitutions, errors.Insertions, errors.Deletions, errors.Words));
        Assert.Equal(string.Join(' ', WordErrors.WordsOf(said)), string.Join(' ', errors.Pairs.Where(p => p.Said is not null).Select(p => p.Said)));
        Assert.Equal(string.Join(' ', WordErrors.WordsOf(heard)), string.Join(' ', errors.Pairs.Where(p => p.Heard is not null).Select(p => p.Heard)));
    }

    [Fact]
    public void TheLongestRunOfErrorsIsFound()
    {
        Assert.Equal(3, WordErrors.Of("a b c d e f", "a x y z e f").LongestRun);
        Assert.Equal(0, WordErrors.Of("a b", "a b").LongestRun);
        Assert.Equal(20, HarvardSentences.Twenty.Distinct().Count());
    }

    [Fact]
    public void MissingProgramsNameTheirPackage()
    {
        var absent = new ClassicVoice("none", "no-such-package", "no-such-program-at-all", []);
        Assert.Contains("no-such-package", Assert.Throws<NotSupportedException>(() => absent.Speak("Hello.", "x.wav")).Message);
    }
}
