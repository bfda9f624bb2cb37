using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maison.Data.Audio.Analysis;

namespace Maison.Tests.Data.Audio;

public sealed class FourierTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(1024)]
    public void EveryLaneIsTheDefinition(int length)
    {
        var fft = new RealFft(length);
        var signal = new Vector512<float>[length];
        var lanes = MemoryMarshal.Cast<Vector512<float>, float>(signal.AsSpan());
        for (var i = 0; i < lanes.Length; i++) lanes[i] = (float)Math.Sin(i * i % 977 * 0.37) + i % 16 * 0.1f;
        var (re, im) = (new Vector512<float>[fft.Bins], new Vector512<float>[fft.Bins]);
        fft.Forward(signal, re, im);
        foreach (var lane in new[] { 0, 7, 15 })
            for (var k = 0; k < fft.Bins; k += Math.Max(1, length / 64))
            {
                var exact = Complex.Zero;
                for (var n = 0; n < length; n++) exact += lanes[n * 16 + lane] * Complex.FromPolarCoordinates(1, -2 * Math.PI * k * n / length);
                // Rounding grows with the logarithm of the length, relative to the root of the sum of squares.
                var close = 1e-6 * length;
                Assert.InRange(re[k][lane] - exact.Real, -close, close);
                Assert.InRange(im[k][lane] - exact.Imaginary, -close, close);
            }

        var back = new Vector512<float>[length];
        fft.Inverse(re, im, back);
        for (var i = 0; i < length; i++)
            for (var lane = 0; lane < 16; lane++) Assert.Equal(signal[i][lane], back[i][lane], 5e-6f);
    }

    [Theory]
    [InlineData(1024, 960, 240, 24_000)]
    [InlineData(1024, 960, 240, 12_345)]
    [InlineData(512, 512, 128, 4_001)]
    public void SpectraGiveTheSoundBack(int fft, int window, int hop, int samples)
    {
        var sound = Synthetic.Noise(samples, level: 0.3);
        var transform = new ShortTimeFourier(fft, window, hop);
        var (re, im) = transform.Transform(sound);
        Assert.Equal(transform.Frames(samples) * transform.Bins, re.Length);
        var back = transform.Inverse(re, im, samples);
        Assert.All(Enumerable.Range(0, samples), n => Assert.InRange(back[n] - sound[n], -1e-5f, 1e-5f));
    }

    [Fact]
    public void ASineStandsInItsBinWithItsAmplitude()
    {
        var sound = Enumerable.Range(0, 24_000).Select(n => (float)(0.5 * Math.Sin(2 * Math.PI * 3000 * n / 24_000))).ToArray();
        var magnitudes = new ShortTimeFourier(1024, 1024, 240).Magnitudes(sound);
        var middle = magnitudes.AsSpan(50 * 513, 513);
        Assert.Equal(128, middle.IndexOf(middle.ToArray().Max()));
        Assert.Equal(0.5f * 1024 / 4, middle[128], 0.01f);
    }

    [Fact]
    public void MelBandsHaveEqualAreaAndOneNeighbourEach()
    {
        Assert.Equal(1000, MelScale.ToHz(MelScale.ToMel(1000)), 6);
        Assert.Equal(7000, MelScale.ToHz(MelScale.ToMel(7000)), 6);
        Assert.Equal(15, MelScale.ToMel(1000), 9);
        // A flat spectrum of height h gives h / bin width in every band that has many bins.
        var mel = new MelScale(80, 513, 24_000);
        var bands = new float[80];
        mel.Log(Enumerable.Repeat(1f, 513).ToArray(), bands);
        Assert.All(bands[40..], b => Assert.Equal(Math.Log(512 / 12_000.0), b, 0.02));
        mel.Log(new float[513], bands);
        Assert.All(bands, b => Assert.Equal(MathF.Log(1e-5f), b));
        Assert.Throws<ArgumentException>(() => new MelScale(80, 65, 24_000));
    }
}
