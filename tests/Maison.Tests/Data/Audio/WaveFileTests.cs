using System.Buffers.Binary;
using Maison.Data.Audio;

namespace Maison.Tests.Data.Audio;

public sealed class WaveFileTests
{
    static byte[] Written(Sound sound, WaveFormat format)
    {
        using var stream = new MemoryStream();
        WaveFile.Write(stream, sound, format);
        return stream.ToArray();
    }

    [Fact]
    public void IntegersComeBackExactlyAndLoudOnesAreClipped()
    {
        float[] samples = [0, 1 / 32768f, -1, 32767 / 32768f, 0.5f, 2, -3];
        var file = Written(new(samples, 24_000), WaveFormat.Pcm16);
        Assert.Equal(44 + 14, file.Length);
        var back = WaveFile.Parse(file);
        Assert.Equal(24_000, back.SampleRateHz);
        Assert.Equal([0, 1 / 32768f, -1, 32767 / 32768f, 0.5f, 32767 / 32768f, -1], back.Samples);
        Assert.Equal(file, Written(back, WaveFormat.Pcm16));
    }

    [Fact]
    public void FloatsComeBackExactlyAlsoLoudOnes()
    {
        float[] samples = [0.1f, -7.5f, float.Epsilon];
        Assert.Equal(samples, WaveFile.Parse(Written(new(samples, 16_000), WaveFormat.Float32)).Samples);
    }

    [Fact]
    public void AHeaderWithoutLengthReadsToTheEnd()
    {
        byte[] file = [.. WaveFile.Header(24_000, WaveFormat.Pcm16, null), .. WaveFile.Pcm16([0.25f, -0.25f])];
        Assert.Equal([0.25f, -0.25f], WaveFile.Parse(file).Samples);
    }

    [Fact]
    public void ChannelsAreAveragedAndOtherChunksSkipped()
    {
        var plain = Written(new([0.5f, 0.25f, -0.5f, -0.25f], 8_000), WaveFormat.Pcm16);
        byte[] file = [.. plain.AsSpan(0, 36), .. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0, .. plain.AsSpan(36)];
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(22), 2);
        Assert.Equal([0.375f, -0.375f], WaveFile.Parse(file).Samples);
    }

    [Fact]
    public void DamageIsToldWithARemedy()
    {
        var whole = Written(new(new float[100], 24_000), WaveFormat.Pcm16);
        Refuse(whole[..^1], "cut short");
        Refuse(whole[..40], "no samples");
        Refuse("ID3 and then music"u8.ToArray(), "not a WAV file");
        var odd = (byte[])whole.Clone();
        odd[34] = 12;
        Refuse(odd, "12-bit");
        Refuse(Written(new([float.NaN], 24_000), WaveFormat.Float32), "no number");

        static void Refuse(byte[] file, string why) => Assert.Contains(why, Assert.Throws<InvalidDataException>(() => WaveFile.Parse(file)).Message);
    }
}
