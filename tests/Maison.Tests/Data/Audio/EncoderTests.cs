using System.Buffers;
using System.Buffers.Binary;
using Maison.Data.Audio;
using Maison.Data.Audio.Encoders;

namespace Maison.Tests.Data.Audio;

public sealed class EncoderTests
{
    static readonly float[] Speechlike = Make();

    // Voice, noise, silence, clipping, a bare constant: everything a block can be.
    static float[] Make()
    {
        var voice = Synthetic.Sum(Synthetic.Harmonic(20_000, s => 120 + 60 * s), Synthetic.Noise(20_000, 3, 0.003));
        return [.. voice, .. new float[9_000], .. Synthetic.Noise(7_000, 4, 0.2), .. Synthetic.Noise(5_000, 5, 2), .. Enumerable.Repeat(0.25f, 5_000), .. voice.AsSpan(0, 1_237)];
    }

    /// <summary>Encodes in pieces of the given sizes, which must not matter.</summary>
    static byte[] Encode(SoundFormat format, ReadOnlySpan<float> samples, params int[] pieces)
    {
        using var encoder = SoundEncoder.For(format, 24_000);
        var bytes = new ArrayBufferWriter<byte>();
        for (var i = 0; samples.Length > 0; i++)
        {
            var piece = pieces.Length == 0 ? samples : samples[..Math.Min(samples.Length, pieces[i % pieces.Length])];
            encoder.Write(piece, bytes);
            samples = samples[piece.Length..];
        }
        encoder.Finish(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    static int[] Integers(ReadOnlySpan<float> samples)
    {
        var integers = new int[samples.Length];
        for (var n = 0; n < integers.Length; n++) integers[n] = WaveFile.ToInt16(samples[n]);
        return integers;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(4_095)]
    [InlineData(4_096)]
    [InlineData(4_097)]
    [InlineData(47_237)]
    public void FlacGivesEveryIntegerBack(int length)
    {
        var samples = Speechlike.AsSpan(0, length);
        var whole = Encode(SoundFormat.Flac, samples);
        Assert.Equal(whole, Encode(SoundFormat.Flac, samples, 1, 700, 5_000));
        var (channels, bits, rate) = FlacFile.Decode(whole);
        Assert.Equal((1, 16, 24_000), (channels.Length, bits, rate));
        Assert.Equal(Integers(samples), channels[0]);
    }

    [Fact]
    public void FlacIsWhatTheReferenceDecoderReadsAndSmall()
    {
        using var folder = new TestFolder();
        var file = folder["speech.flac"];
        // Frame numbers beyond 127 take two bytes.
        float[] lengthy = [.. Enumerable.Range(0, 14).SelectMany(_ => Speechlike)];
        File.WriteAllBytes(file, Encode(SoundFormat.Flac, lengthy));
        Assert.Equal(Integers(lengthy), FlacFile.Decode(File.ReadAllBytes(file)).Channels[0]);
        var voice = Encode(SoundFormat.Flac, Speechlike.AsSpan(0, 20_000));
        Assert.InRange(voice.Length, 1, 20_000 * 2 * 0.66);
        WaveFile.Write(folder["voice.wav"], new(Speechlike[..20_000], 24_000));
        if (SoundTests.Output("flac", "-5", "-c", "-s", folder["voice.wav"]) is { } reference) Assert.InRange(voice.Length, 1, reference.Length * 1.03);
        if (SoundTests.Output("flac", "-d", "-c", "-s", "--force-raw-format", "--endian=little", "--sign=signed", file) is not { } raw) return;
        Assert.Equal(WaveFile.Pcm16(lengthy), raw);
    }

    [Fact]
    public void DamagedFlacIsRefused()
    {
        var whole = Encode(SoundFormat.Flac, Speechlike);
        Assert.Throws<InvalidDataException>(() => FlacFile.Decode(whole[..^7]));
        for (var at = 44; at < whole.Length; at += 997)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x10;
            Assert.Throws<InvalidDataException>(() => FlacFile.Decode(damaged));
        }
        Assert.Contains("not a FLAC", Assert.Throws<InvalidDataException>(() => FlacFile.Decode("RIFF"u8)).Message);
    }

    [Fact]
    public void FilesOfTheReferenceEncoderAreRead()
    {
        using var folder = new TestFolder();
        WaveFile.Write(folder["a.wav"], new(Speechlike, 24_000));
        foreach (var level in new[] { "-0", "-5", "-8" })
        {
            if (SoundTests.Output("flac", level, "-s", "-f", "-o", folder["a.flac"], folder["a.wav"]) is null) return;
            Assert.Equal(WaveFile.Read(folder["a.wav"]).Samples, FlacFile.Read(folder["a.flac"]).Samples);
        }
    }

    [Fact]
    public void WavAndPcmHoldNothingBack()
    {
        byte[] pcm = WaveFile.Pcm16(Speechlike);
        Assert.Equal(pcm, Encode(SoundFormat.Pcm, Speechlike, 77, 1_000));
        Assert.Equal([.. WaveFile.Header(24_000, WaveFormat.Pcm16, null), .. pcm], Encode(SoundFormat.Wav, Speechlike, 77, 1_000));
        Assert.Equal(44, Encode(SoundFormat.Wav, []).Length);
        Assert.Empty(Encode(SoundFormat.Pcm, []));
    }

    [Fact]
    public void OpusIsACleanOggStreamOfExactLength()
    {
        if (!NativeCodec.Opus.Present)
        {
            Assert.Contains("libopus0", Assert.Throws<NotSupportedException>(() => SoundEncoder.For(SoundFormat.Opus, 24_000)).Message);
            return;
        }
        using var folder = new TestFolder();
        foreach (var length in new[] { 0, 1, 479, 480, 24_000, 24_001 })
        {
            var sound = Synthetic.Harmonic(length, s => 150 + 20 * s);
            var file = Encode(SoundFormat.Opus, sound, 333);
            var pages = Pages(file);
            Assert.Equal(2, pages[0].Kind);
            Assert.Equal(4, pages[^1].Kind);
            Assert.All(pages[1..^1], p => Assert.Equal(0, p.Kind));
            Assert.Equal(Enumerable.Range(0, pages.Count), pages.Select(p => p.Number));
            Assert.Equal(pages.Select(p => p.Granule).Order(), pages.Select(p => p.Granule));
            var preSkip = BinaryPrimitives.ReadUInt16LittleEndian(pages[0].Body.AsSpan(10));
            Assert.InRange(preSkip, 100, 1_000);
            Assert.Equal(preSkip + length * 2L, pages[^1].Granule);

            File.WriteAllBytes(folder["a.opus"], file);
            if (SoundTests.Output("opusdec", "--version") is null) return;
            var back = SoundFile.Read(folder["a.opus"]);
            Assert.Equal(length, back.Samples.Length);
            // The waveform comes back in time: no delay is left, and the tail is there.
            if (length >= 24_000)
                foreach (var from in new[] { 2_000, 22_000 })
                    Assert.True(Correlation(sound.AsSpan(from, 1_900), back.Samples.AsSpan(from, 1_900)) > 0.97);
        }
        Assert.Contains("24000", Assert.Throws<NotSupportedException>(() => SoundEncoder.For(SoundFormat.Opus, 22_050)).Message);
    }

    [Fact]
    public void Mp3IsAChainOfFramesThatHoldsEverySample()
    {
        if (!NativeCodec.Lame.Present)
        {
            Assert.Contains("libmp3lame0", Assert.Throws<NotSupportedException>(() => SoundEncoder.For(SoundFormat.Mp3, 24_000)).Message);
            return;
        }
        foreach (var length in new[] { 1, 575, 24_000, 31_111 })
        {
            var file = Encode(SoundFormat.Mp3, Synthetic.Harmonic(length, _ => 150), 1, 10_000);
            var frames = 0;
            for (var at = 0; at < file.Length; frames++)
            {
                // MPEG-2 layer III, no checksum; bit rates in kbit/s and 24 kHz
                Assert.Equal([0xFF, 0xF3], file.AsSpan(at, 2).ToArray());
                var rate = new[] { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 }[file[at + 2] >> 4];
                Assert.Equal(96, rate);
                Assert.Equal(1, file[at + 2] >> 2 & 3);
                at += 72 * rate * 1000 / 24_000 + (file[at + 2] >> 1 & 1);
                Assert.True(at <= file.Length);
            }
            Assert.InRange(frames * 576, length + 529, length + 529 + 3 * 576);
        }
    }

    static double Correlation(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double ab = 0, aa = 0, bb = 0;
        for (var n = 0; n < a.Length; n++) (ab, aa, bb) = (ab + a[n] * b[n], aa + a[n] * a[n], bb + b[n] * b[n]);
        return ab / Math.Sqrt(aa * bb);
    }

    static List<(int Kind, long Granule, int Number, byte[] Body)> Pages(byte[] file)
    {
        List<(int, long, int, byte[])> pages = [];
        for (var at = 0; at < file.Length;)
        {
            Assert.Equal("OggS"u8.ToArray(), file.AsSpan(at, 4).ToArray());
            int segments = file[at + 26], header = 27 + segments, body = file.AsSpan(at + 27, segments).ToArray().Sum(b => b);
            var page = file.AsSpan(at, header + body).ToArray();
            var stated = BinaryPrimitives.ReadUInt32LittleEndian(page.AsSpan(22));
            page.AsSpan(22, 4).Clear();
            var crc = 0u;
            foreach (var b in page)
            {
                crc ^= (uint)b << 24;
                for (var i = 0; i < 8; i++) crc = (crc & 0x80000000) != 0 ? crc << 1 ^ 0x04C11DB7 : crc << 1;
            }
            Assert.Equal(crc, stated);
            pages.Add((page[5], BinaryPrimitives.ReadInt64LittleEndian(page.AsSpan(6)), BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(18)), page[header..]));
            at += page.Length;
        }
        return pages;
    }
}
