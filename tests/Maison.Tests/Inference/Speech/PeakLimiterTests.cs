using Maison.Inference.Speech;
using Maison.Models.Voice;

namespace Maison.Tests.Inference.Speech;

public sealed class PeakLimiterTests
{
    /// <summary>A quiet second, a quarter of a second far above full scale, two more quiet ones.</summary>
    static float[] Loud()
    {
        var samples = new float[78_000];
        for (var n = 0; n < samples.Length; n++) samples[n] = (n is >= 24_000 and < 30_000 ? 2.5f : 0.5f) * MathF.Sin(n * 0.05f);
        samples[60_000] = -1.01f;
        return samples;
    }

    [Fact]
    public void NothingIsLouderThanTheCeilingAndWhatIsQuietKeepsItsBits()
    {
        var samples = Loud();
        var limited = new PeakLimiter().Push(samples, last: true);
        Assert.Equal(samples.Length, limited.Length);
        Assert.All(limited, y => Assert.InRange(y, -PeakLimiter.Ceiling, PeakLimiter.Ceiling));
        Assert.Equal(samples[..23_900], limited[..23_900]);
        Assert.Equal(samples[58_000..59_900], limited[58_000..59_900]);
        // A single loud sample is met at the ceiling, and its neighbours come down with it.
        Assert.Equal(-PeakLimiter.Ceiling, limited[60_000], 1e-3f);
        // Only gain changed: never a sign, never more than before, and never by a step that would click.
        var before = 1.0;
        for (var n = 0; n < samples.Length; n++)
        {
            if (Math.Abs(samples[n]) < 0.05f) continue;
            var gain = limited[n] / (double)samples[n];
            Assert.InRange(gain, 0.3, 1);
            Assert.InRange(gain - before, -0.1, 0.02);
            before = gain;
        }
    }

    [Theory, InlineData(1), InlineData(7), InlineData(60), InlineData(61), InlineData(2400)]
    public void PiecesHaveTheBitsOfTheWhole(int size)
    {
        var samples = Loud();
        var limiter = new PeakLimiter();
        var pieces = samples.Chunk(size).SelectMany(piece => limiter.Push(piece, last: false)).ToList();
        Assert.Equal(samples.Length - PeakLimiter.LookAheadSamples, pieces.Count);
        pieces.AddRange(limiter.Push([], last: true));
        Assert.Equal(new PeakLimiter().Push(samples, last: true), pieces);
    }

    [Fact]
    public void ASoundShorterThanTheLookAheadComesOutWhole()
    {
        Assert.Equal([0.5f, -0.25f], new PeakLimiter().Push([0.5f, -0.25f], last: true));
        Assert.Empty(new PeakLimiter().Push([], last: true));
    }

    [Fact]
    public void AVocoderIsLimitedAcrossItsPieces()
    {
        var limited = new LimitedVocoder(new Shouts());
        using var whole = limited.Begin(1);
        using var cut = limited.Begin(1);
        float[] hz = [.. Enumerable.Range(0, 20).Select(t => t == 9 ? 3f : 0.3f)];
        var expected = whole.Push(new([], [], hz), default, last: true);
        var got = hz.SelectMany(f => cut.Push(new([], [], [f]), default, last: false)).ToList();
        got.AddRange(cut.Push(new([], [], []), default, last: true));
        Assert.Equal(expected, got);
        Assert.Equal(hz.Length * VoiceTime.HopSamples, expected.Length);
        Assert.Equal(PeakLimiter.Ceiling, expected.Max(), 1e-3f);
    }

    /// <summary>A vocoder that says its frames' pitch as levels.</summary>
    sealed class Shouts : IVocoder, IVocoderStream
    {
        public IVocoderStream Begin(ulong seed) => new Shouts();
        public float[] Push(AcousticFrames frames, VoiceVector voice, bool last) => [.. frames.Hz.SelectMany(f => Enumerable.Repeat(f, VoiceTime.HopSamples))];
        public void Dispose() { }
    }
}
