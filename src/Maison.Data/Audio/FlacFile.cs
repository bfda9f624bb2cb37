// Reads FLAC (RFC 9639) wholly: all subframe kinds, all channel layouts, 4 to 32 bits; every checksum is verified. Several channels
// become their mean. It is also the judge of our own encoder.

using System.Buffers.Binary;

namespace Maison.Data.Audio;

/// <summary>Reads FLAC files.</summary>
public static class FlacFile
{
    /// <summary>Reads a file as one channel.</summary>
    /// <exception cref="InvalidDataException">No FLAC, damaged, or cut short; the message names the file and the remedy.</exception>
    public static Sound Read(string path)
    {
        try
        {
            var (channels, bits, rate) = Decode(File.ReadAllBytes(path));
            var scale = 1 / Math.ScaleB(1, bits - 1) / channels.Length;
            var samples = new float[channels[0].Length];
            for (var n = 0; n < samples.Length; n++)
            {
                long sum = 0;
                foreach (var channel in channels) sum += channel[n];
                samples[n] = (float)(sum * scale);
            }
            return new(samples, rate);
        }
        catch (InvalidDataException e) { throw new InvalidDataException($"{path}: {e.Message}"); }
    }

    /// <summary>The integers of each channel. The stated MD5 is the caller's to check.</summary>
    /// <exception cref="InvalidDataException">No FLAC, damaged, or cut short.</exception>
    public static (int[][] Channels, int Bits, int SampleRateHz) Decode(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith("fLaC"u8)) throw new InvalidDataException("not a FLAC file. Convert it to FLAC or WAV first.");
        var at = 4;
        int rate = 0, channels = 0, bits = 0;
        long stated = 0;
        for (var last = false; !last;)
        {
            if (at + 4 > file.Length) throw Short();
            last = (file[at] & 0x80) != 0;
            var (kind, length) = (file[at] & 0x7F, file[at + 1] << 16 | file[at + 2] << 8 | file[at + 3]);
            at += 4;
            if (at + length > file.Length) throw Short();
            if (kind == 0 && length >= 34)
            {
                var packed = BinaryPrimitives.ReadUInt64BigEndian(file[(at + 10)..]);
                rate = (int)(packed >> 44);
                channels = (int)(packed >> 41 & 7) + 1;
                bits = (int)(packed >> 36 & 31) + 1;
                stated = (long)(packed & 0xF_FFFF_FFFF);
            }
            at += length;
        }
        if (rate == 0) throw new InvalidDataException("it states no sample rate. Export the file again.");
        var sounds = Enumerable.Range(0, channels).Select(_ => new List<int>()).ToArray();
        while (at < file.Length)
        {
            if (stated > 0 && sounds[0].Count >= stated) break; // tags that some programs append
            at += Frame(file[at..], sounds, bits);
        }
        if (stated > 0 && sounds[0].Count != stated) throw Short();
        return ([.. sounds.Select(s => s.ToArray())], bits, rate);
    }

    static int Frame(ReadOnlySpan<byte> data, List<int>[] sounds, int streamBits)
    {
        var bits = new FlacBits(data);
        if (bits.Read(15) != 0x7FFC) throw Damaged();
        _ = bits.Read(1);
        var (sizeCode, rateCode, layout, depthCode) = ((int)bits.Read(4), (int)bits.Read(4), (int)bits.Read(4), (int)bits.Read(3));
        _ = bits.Read(1);
        for (var lead = bits.Read(8); (lead & 0xC0) == 0xC0; lead <<= 1) _ = bits.Read(8); // frame or sample number, as UTF-8
        var size = sizeCode switch { 1 => 192, >= 2 and <= 5 => 144 << sizeCode, 6 => (int)bits.Read(8) + 1, 7 => (int)bits.Read(16) + 1, >= 8 => 1 << sizeCode, _ => throw Damaged() };
        if (rateCode is 12) _ = bits.Read(8);
        if (rateCode is 13 or 14) _ = bits.Read(16);
        var depth = depthCode switch { 0 => streamBits, 1 => 8, 2 => 12, 4 => 16, 5 => 20, 6 => 24, 7 => 32, _ => throw Damaged() };
        var header = bits.Bytes;
        if (bits.Read(8) != FlacChecksums.Crc8(data[..header])) throw Damaged();
        var count = layout < 8 ? layout + 1 : 2;
        if (count != sounds.Length || layout > 10) throw Damaged();

        var parts = new long[count][];
        for (var c = 0; c < count; c++) parts[c] = Subframe(ref bits, size, depth + ((layout == 8 || layout == 10) && c == 1 || layout == 9 && c == 0 ? 1 : 0));
        bits.Align();
        var end = bits.Bytes;
        if (bits.Read(16) != FlacChecksums.Crc16(data[..end])) throw Damaged();
        for (var n = 0; n < size; n++)
        {
            var (a, b) = (parts[0][n], count > 1 ? parts[1][n] : 0);
            (a, b) = layout switch { 8 => (a, a - b), 9 => (a + b, b), 10 => (((a << 1 | b & 1) + b) >> 1, ((a << 1 | b & 1) - b) >> 1), _ => (a, b) };
            sounds[0].Add((int)a);
            if (count > 1) sounds[1].Add((int)b);
            for (var c = 2; c < count; c++) sounds[c].Add((int)parts[c][n]);
        }
        return bits.Bytes;
    }

    static long[] Subframe(ref FlacBits bits, int size, int depth)
    {
        if (bits.Read(1) != 0) throw Damaged();
        var kind = (int)bits.Read(6);
        var wasted = bits.Read(1) == 1 ? bits.Unary() + 1 : 0;
        depth -= wasted;
        var samples = new long[size];
        if (kind == 0) Array.Fill(samples, bits.Signed(depth));
        else if (kind == 1) foreach (ref var sample in samples.AsSpan()) sample = bits.Signed(depth);
        else if (kind is >= 8 and <= 12) Predicted(ref bits, samples, depth, kind - 8, FlacPredictor.Fixed[kind - 8], 0);
        else if (kind >= 32)
        {
            var order = kind - 31;
            for (var n = 0; n < order; n++) samples[n] = bits.Signed(depth);
            var precision = (int)bits.Read(4) + 1;
            var shift = (int)bits.Signed(5);
            if (precision == 16 || shift < 0) throw Damaged();
            var weights = new int[order];
            for (var i = 0; i < order; i++) weights[i] = (int)bits.Signed(precision);
            Residual(ref bits, samples, order);
            Restore(samples, weights, shift);
        }
        else throw Damaged();
        if (wasted > 0) foreach (ref var sample in samples.AsSpan()) sample <<= wasted;
        return samples;
    }

    static void Predicted(ref FlacBits bits, long[] samples, int depth, int order, int[] weights, int shift)
    {
        for (var n = 0; n < order; n++) samples[n] = bits.Signed(depth);
        Residual(ref bits, samples, order);
        Restore(samples, weights, shift);
    }

    static void Restore(long[] samples, int[] weights, int shift)
    {
        for (var n = weights.Length; n < samples.Length; n++)
        {
            long sum = 0;
            for (var i = 0; i < weights.Length; i++) sum += weights[i] * samples[n - 1 - i];
            samples[n] += sum >> shift;
        }
    }

    static void Residual(ref FlacBits bits, long[] samples, int order)
    {
        var wide = bits.Read(2) switch { 0 => 4, 1 => 5, _ => throw Damaged() };
        var partitions = 1 << (int)bits.Read(4);
        var each = samples.Length / partitions;
        if (each * partitions != samples.Length || each < order) throw Damaged();
        for (int p = 0, n = order; p < partitions; p++)
        {
            var parameter = (int)bits.Read(wide);
            var raw = parameter == (1 << wide) - 1 ? (int)bits.Read(5) : -1;
            for (var end = (p + 1) * each; n < end; n++)
            {
                if (raw >= 0) samples[n] = raw == 0 ? 0 : bits.Signed(raw);
                else
                {
                    var folded = (long)bits.Unary() << parameter | (long)bits.Read(parameter);
                    samples[n] = folded >> 1 ^ -(folded & 1);
                }
            }
        }
    }

    internal static InvalidDataException Short() => new("it was cut short. Copy or encode it again.");
    static InvalidDataException Damaged() => new("a frame is damaged. Copy or encode it again.");
}

/// <summary>Bits of a FLAC stream, the highest first.</summary>
ref struct FlacBits(ReadOnlySpan<byte> data)
{
    readonly ReadOnlySpan<byte> _data = data;
    long _at;

    public readonly int Bytes => (int)((_at + 7) >> 3);
    public void Align() => _at = (_at + 7) & ~7L;

    public ulong Read(int count)
    {
        if (_at + count > (long)_data.Length * 8) throw FlacFile.Short();
        ulong value = 0;
        while (count > 0)
        {
            var free = 8 - (int)(_at & 7);
            var take = Math.Min(free, count);
            value = value << take | (uint)(_data[(int)(_at >> 3)] >> (free - take) & (1 << take) - 1);
            _at += take;
            count -= take;
        }
        return value;
    }

    public long Signed(int count) => (long)(Read(count) << (64 - count)) >> (64 - count);

    public int Unary()
    {
        var zeros = 0;
        while (Read(1) == 0) zeros++;
        return zeros;
    }
}

static class FlacPredictor
{
    /// <summary>Weights of the fixed predictors of order 0 to 4, the newest sample first.</summary>
    public static readonly int[][] Fixed = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];
}

static class FlacChecksums
{
    static readonly byte[] Table8 = [.. Enumerable.Range(0, 256).Select(i => (byte)Shift(i, 8, 0x07))];
    static readonly ushort[] Table16 = [.. Enumerable.Range(0, 256).Select(i => (ushort)Shift(i << 8, 16, 0x8005))];

    static int Shift(int value, int width, int polynomial)
    {
        for (var i = 0; i < 8; i++) value = (value << 1 ^ ((value >> (width - 1) & 1) != 0 ? polynomial : 0)) & (1 << width) - 1;
        return value;
    }

    public static byte Crc8(ReadOnlySpan<byte> data)
    {
        byte crc = 0;
        foreach (var b in data) crc = Table8[crc ^ b];
        return crc;
    }

    public static ushort Crc16(ReadOnlySpan<byte> data)
    {
        ushort crc = 0;
        foreach (var b in data) crc = (ushort)(crc << 8 ^ Table16[crc >> 8 ^ b]);
        return crc;
    }
}
