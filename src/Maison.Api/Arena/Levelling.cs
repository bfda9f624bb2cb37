// Brings two outputs to one form, so that nothing but their content tells them apart: sounds to one rate, loudness and length, pictures to
// one size, both to files of the same number of bytes that carry no notes. What was different before is measured first; style control reads it.

using System.IO.Compression;
using Maison.Data.Audio;
using Maison.Data.Pictures;

namespace Maison.Api.Arena;

/// <summary>Two outputs in one form.</summary>
/// <param name="StyleA">Measures of the first, in the order of style control.</param>
/// <param name="Seconds">How long both sounds are; 0 for pictures.</param>
sealed record Levelled(byte[] A, byte[] B, IReadOnlyList<double> StyleA, IReadOnlyList<double> StyleB, double Seconds = 0);

/// <summary>Levels pairs.</summary>
static class Levelling
{
    const int SampleRateHz = VoiceFrames.SampleRateHz, SmallestSide = 64, LargestSide = 1024;
    const double WantedLufs = -20, MostPeakDb = -1, SilenceDb = -45, QuietSeconds = 0.1;

    /// <summary>Two sounds as WAV files of one rate, loudness and length.</summary>
    /// <exception cref="InvalidDataException">One of them is silent.</exception>
    public static Levelled Sounds(Sound first, Sound second)
    {
        var (a, b) = (Spoken(first), Spoken(second));
        double loudA = Loud(a), loudB = Loud(b);
        // The same level for both, as loud as both can be without being cut off.
        var level = Math.Min(WantedLufs, Math.Min(loudA - Loudness.TruePeakDb(a), loudB - Loudness.TruePeakDb(b)) + MostPeakDb);
        var length = Math.Max(a.Length, b.Length);
        return new(File(a, level - loudA, length), File(b, level - loudB, length), [(double)a.Length / SampleRateHz, loudA], [(double)b.Length / SampleRateHz, loudB], (double)length / SampleRateHz);
    }

    /// <summary>At the common rate, from shortly before the first to shortly after the last sound.</summary>
    static float[] Spoken(Sound sound)
    {
        var samples = sound.SampleRateHz == SampleRateHz ? sound.Samples : Resampler.Rates(sound.SampleRateHz, SampleRateHz).Run(sound.Samples);
        var threshold = samples.Select(Math.Abs).DefaultIfEmpty().Max() * (float)Math.Pow(10, SilenceDb / 20);
        var first = Array.FindIndex(samples, s => Math.Abs(s) > threshold);
        if (first < 0) throw new InvalidDataException("A sound is silent.");
        var last = Array.FindLastIndex(samples, s => Math.Abs(s) > threshold);
        var quiet = (int)(QuietSeconds * SampleRateHz);
        var spoken = new float[last - first + 1 + 2 * quiet];
        var from = Math.Max(0, first - quiet);
        var to = Math.Min(samples.Length, last + 1 + quiet);
        samples.AsSpan(from, to - from).CopyTo(spoken.AsSpan(quiet - (first - from)));
        return spoken;
    }

    /// <summary>In LUFS; of what is too short for a block of that measure, the level of its power.</summary>
    static double Loud(float[] samples)
    {
        var lufs = Loudness.IntegratedLufs(samples, SampleRateHz);
        return double.IsFinite(lufs) ? lufs : 10 * Math.Log10(samples.Sum(s => (double)s * s) / samples.Length);
    }

    static byte[] File(float[] samples, double gainDb, int length)
    {
        var gain = (float)Math.Pow(10, gainDb / 20);
        var padded = new float[length];
        for (var i = 0; i < samples.Length; i++) padded[i] = samples[i] * gain;
        using var file = new MemoryStream();
        WaveFile.Write(file, new Sound(padded, SampleRateHz));
        return file.ToArray();
    }

    /// <summary>Two pictures of three channels as PNG files of one size in pixels and bytes.</summary>
    public static Levelled Pictures(Picture first, Picture second)
    {
        var side = Math.Clamp(Math.Max(Math.Min(first.Width, first.Height), Math.Min(second.Width, second.Height)), SmallestSide, LargestSide);
        return new(File(first, side), File(second, side), Style(first), Style(second));
    }

    static byte[] File(Picture picture, int side)
    {
        using var file = new MemoryStream();
        PngFile.Write(file, picture.Width == side && picture.Height == side ? picture : PictureFile.Square(picture, side, nearest: false), null, CompressionLevel.NoCompression);
        return file.ToArray();
    }

    /// <summary>Mean and scatter of the brightness, and how colourful (Hasler and Süsstrunk 2003), for values of 0 to 1.</summary>
    static IReadOnlyList<double> Style(Picture picture)
    {
        var count = picture.Width * picture.Height;
        double[] sums = new double[3], squares = new double[3];
        for (var i = 0; i < picture.Pixels.Length; i += 3)
        {
            double red = picture.Pixels[i] / 255.0, green = picture.Pixels[i + 1] / 255.0, blue = picture.Pixels[i + 2] / 255.0;
            ReadOnlySpan<double> axes = [0.2126 * red + 0.7152 * green + 0.0722 * blue, red - green, (red + green) / 2 - blue];
            for (var k = 0; k < 3; k++)
            {
                sums[k] += axes[k];
                squares[k] += axes[k] * axes[k];
            }
        }
        double Mean(int k) => sums[k] / count;
        double Variance(int k) => Math.Max(0, squares[k] / count - Mean(k) * Mean(k));
        return [Mean(0), Math.Sqrt(Variance(0)), Math.Sqrt(Variance(1) + Variance(2)) + 0.3 * Math.Sqrt(Mean(1) * Mean(1) + Mean(2) * Mean(2))];
    }
}
