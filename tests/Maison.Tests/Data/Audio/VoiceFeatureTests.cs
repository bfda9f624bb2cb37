using Maison.Data.Audio;
using Maison.Data.Audio.Analysis;

namespace Maison.Tests.Data.Audio;

public sealed class VoiceFeatureTests
{
    static double Cents(double a, double b) => 1200 * Math.Log2(a / b);
    static double Middle(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
    static readonly VoiceAnalyser Analyser = new(PitchRange.Anyone);

    [Theory]
    [InlineData(80)]
    [InlineData(123.4)]
    [InlineData(220)]
    [InlineData(391)]
    public void ASteadyPitchIsFoundToTheCent(double hz)
    {
        var (features, track) = Analyse(Synthetic.Harmonic(12_000, _ => hz));
        var inner = features.Hz[5..^5];
        Assert.All(inner, f => Assert.InRange(Cents(f, hz), -3, 3));
        Assert.Equal(track.Agreement().Voiced, track.Agreement().Agreeing);
    }

    [Theory]
    [InlineData(100, 2)]
    [InlineData(350, -1.5)]
    public void AGlideIsFollowedInTime(double startHz, double octavesPerSecond)
    {
        double At(double seconds) => startHz * Math.Pow(2, octavesPerSecond * seconds);
        var (features, _) = Analyse(Synthetic.Harmonic(14_400, At));
        for (var t = 6; t < features.Frames - 6; t++)
            Assert.InRange(Cents(features.Hz[t], At((t + 0.5) * 240 / 24_000)), -12, 12);
    }

    [Fact]
    public void NoiseAndSilenceHaveNoPitch()
    {
        Assert.True(Analyse(Synthetic.Noise(24_000)).Features.Hz.Count(f => f > 0) <= 3);
        var (silence, _) = Analyse(new float[4_800]);
        Assert.All(silence.Hz, f => Assert.Equal(0, f));
        Assert.All(silence.Energy, e => Assert.Equal(MathF.Log(1e-5f), e));
        Assert.All(silence.LogMel, m => Assert.Equal(MathF.Log(1e-5f), m));
    }

    [Fact]
    public void VoicingBeginsAndEndsWithTheVoice()
    {
        // 0.2 s of soft noise, 0.3 s of voice, 0.2 s of noise
        var sound = Synthetic.Noise(16_800, level: 0.003);
        Synthetic.Harmonic(7_200, _ => 180).CopyTo(sound, 4_800);
        var voiced = Analyse(sound).Features.Hz.Select(f => f > 0).ToArray();
        Assert.All(voiced[23..47], Assert.True);
        Assert.All(voiced[..17], Assert.False);
        Assert.All(voiced[53..], Assert.False);
    }

    [Fact]
    public void PeriodicityTellsHarmonicFromNoisyBands()
    {
        // Harmonics to 11 kHz, the same with strong noise, and a glide: an aligned comparison sees through it.
        var clean = Bands(Synthetic.Harmonic(24_000, _ => 150));
        Assert.All(clean[..14], p => Assert.InRange(p, 0.97, 1));
        var glide = Bands(Synthetic.Harmonic(24_000, s => 150 * Math.Pow(2, s / 2)));
        Assert.All(glide[..14], p => Assert.InRange(p, 0.9, 1));
        var noisy = Bands(Synthetic.Sum(Synthetic.Harmonic(24_000, _ => 150), Synthetic.Noise(24_000, level: 0.02)));
        Assert.InRange(noisy[0], 0.97, 1);
        Assert.InRange(noisy[12], 0, 0.75);
        var bare = new BandPeriodicity().Of(Synthetic.Noise(48_000), Enumerable.Repeat(150f, 200).ToArray());
        Assert.InRange(bare.Average(), 0, 0.16);
        // Half the power in each of a band's parts: the share is a half.
        var half = new BandPeriodicity().Of(Synthetic.Sum(Pulses(48_000, 160), Synthetic.Noise(48_000, level: 0.1)), Enumerable.Repeat(150f, 200).ToArray());
        Assert.InRange(half.Average(), 0.4, 0.6);

        static double[] Bands(float[] sound)
        {
            var features = Analyse(sound).Features;
            return [.. Enumerable.Range(0, 16).Select(b => Middle(Enumerable.Range(8, features.Frames - 16).Select(t => (double)features.Periodicity[t * 16 + b])))];
        }

        // A pulse each 160 samples with the power of unit noise of level 0.1.
        static float[] Pulses(int samples, int period) => [.. Enumerable.Range(0, samples).Select(n => n % period == 0 ? 0.1f * MathF.Sqrt(period) : 0)];
    }

    [Fact]
    public void EnergyIsTheLevelAndGainsAdd()
    {
        var sound = Synthetic.Harmonic(12_000, _ => 200);
        var loud = Analyse(sound).Features;
        var soft = Analyse([.. sound.Select(x => x * 0.25f)]).Features;
        for (var t = 4; t < loud.Frames - 4; t++)
        {
            Assert.Equal(loud.Energy[t] - Math.Log(4), soft.Energy[t], 1e-4);
            Assert.Equal(loud.LogMel[t * 80 + 20] - Math.Log(4), soft.LogMel[t * 80 + 20], 1e-3);
            Assert.Equal(loud.Hz[t], soft.Hz[t], 0.01);
        }
        var rms = Math.Sqrt(sound.Average(x => (double)x * x));
        Assert.InRange(loud.Energy[25] - Math.Log(rms), -0.15, 0.15);
    }

    [Fact]
    public void TheGridCoversEverySample()
    {
        foreach (var (samples, frames) in new[] { (0, 0), (1, 1), (240, 1), (241, 2), (4_800, 20) })
        {
            var (features, _) = Analyse(new float[samples]);
            Assert.Equal(frames, features.Frames);
            Assert.Equal(frames * 80, features.LogMel.Length);
            Assert.Equal(frames * 16, features.Periodicity.Length);
            Assert.Equal(frames, features.Hz.Length);
        }
    }

    [Fact]
    public void ASpeakersRangeComesFromTheQuartiles()
    {
        var range = PitchRange.Of(Enumerable.Range(0, 401).Select(i => 160f + i * 0.2f).Append(0));
        Assert.Equal(0.75 * 180, range.LowHz, 0.5);
        Assert.Equal(1.5 * 220 + 60, range.HighHz, 0.5);
        Assert.Equal(PitchRange.Anyone, PitchRange.Of([200]));
        Assert.Contains("30 Hz", Assert.Throws<ArgumentException>(() => new PitchTracker(new(5, 100))).Message);
    }

    static (VoiceFeatures Features, PitchTrack Track) Analyse(float[] samples)
    {
        lock (Analyser) return Analyser.Analyse(samples);
    }
}
