// Encodes FLAC (RFC 9639), 16 bits, one channel, in blocks of 4096: silence as a constant, the best of the five fixed predictors, a
// linear predictor of order 8 (autocorrelation under a Welch-like window, Levinson-Durbin, 14-bit weights) or the samples as they
// are, whichever is shortest; residuals in Rice codes with up to 64 partitions. A stream states no length and no MD5, which the
// format allows. The decoder in FlacFile.cs and `flac -d` give the integers back exactly.

using System.Buffers;
using System.Numerics;

namespace Maison.Data.Audio.Encoders;

sealed class FlacEncoder(int sampleRateHz) : SoundEncoder
{
    const int BlockSamples = 4096, Order = 8, Precision = 14, Depth = 16, MostPartitionBits = 6, MostRice = 14;

    readonly int[] _block = new int[BlockSamples];
    int _held;
    uint _frame;
    bool _begun;

    public override string MediaType => "audio/flac";

    public override void Write(ReadOnlySpan<float> samples, IBufferWriter<byte> to)
    {
        Begin(to);
        foreach (var sample in samples)
        {
            _block[_held++] = WaveFile.ToInt16(sample);
            if (_held < BlockSamples) continue;
            WriteFrame(_block, to);
            _held = 0;
        }
    }

    public override void Finish(IBufferWriter<byte> to)
    {
        Begin(to);
        if (_held > 0) WriteFrame(_block.AsSpan(0, _held), to);
        _held = 0;
    }

    void Begin(IBufferWriter<byte> to)
    {
        if (_begun) return;
        _begun = true;
        to.Write("fLaC"u8);
        var info = new FlacBitWriter();
        info.Put(0x80, 8); // the last block of metadata, STREAMINFO
        info.Put(34, 24);
        info.Put(BlockSamples, 16);
        info.Put(BlockSamples, 16);
        info.Put(0, 24); // sizes of frames, unknown
        info.Put(0, 24);
        info.Put((uint)sampleRateHz, 20);
        info.Put(0, 3); // one channel
        info.Put(Depth - 1, 5);
        info.Put(0, 4); // 36 bits of length and an MD5, all unknown
        for (var i = 0; i < 5; i++) info.Put(0, 32);
        to.Write(info.Bytes);
    }

    void WriteFrame(ReadOnlySpan<int> samples, IBufferWriter<byte> to)
    {
        var bits = new FlacBitWriter();
        bits.Put(0xFFF8, 16); // blocks of one size, but for the last
        bits.Put(samples.Length == BlockSamples ? 12u : 7u, 4);
        bits.Put(0, 4); // rate as in STREAMINFO
        bits.Put(0, 4); // one channel
        bits.Put(4, 3); // 16 bits
        bits.Put(0, 1);
        PutNumber(bits, _frame++);
        if (samples.Length != BlockSamples) bits.Put((uint)samples.Length - 1, 16);
        bits.Put(FlacChecksums.Crc8(bits.Bytes), 8);
        Subframe(bits, samples);
        bits.Align();
        bits.Put(FlacChecksums.Crc16(bits.Bytes), 16);
        to.Write(bits.Bytes);
    }

    // UTF-8 as first designed, up to 36 bits; 31 are enough for centuries of speech.
    static void PutNumber(FlacBitWriter bits, uint number)
    {
        if (number < 0x80)
        {
            bits.Put(number, 8);
            return;
        }
        var more = (BitOperations.Log2(number) - 1) / 5;
        bits.Put((0xFF80u >> more & 0xFF) | number >> (6 * more), 8);
        while (more-- > 0) bits.Put(0x80 | number >> (6 * more) & 0x3F, 8);
    }

    static void Subframe(FlacBitWriter bits, ReadOnlySpan<int> samples)
    {
        if (!samples.ContainsAnyExcept(samples[0]))
        {
            bits.Put(0, 8);
            bits.PutSigned(samples[0], Depth);
            return;
        }
        var best = Residual.Verbatim(samples.Length);
        for (var order = 0; order <= Math.Min(4, samples.Length - 1); order++)
            best = Residual.Shorter(best, Residual.Of(samples, FlacPredictor.Fixed[order], 0, 0));
        if (samples.Length > 2 * Order && Linear(samples) is { } linear)
            best = Residual.Shorter(best, Residual.Of(samples, linear.Weights, linear.Shift, 4 + 5 + Precision * Order));

        bits.Put(best.Weights is null ? 1u << 1 : best.HeaderBits > 0 ? 32u + Order - 1 << 1 : 8u + (uint)best.Weights.Length << 1, 8);
        if (best.Weights is null)
        {
            foreach (var sample in samples) bits.PutSigned(sample, Depth);
            return;
        }
        foreach (var sample in samples[..best.Weights.Length]) bits.PutSigned(sample, Depth);
        if (best.HeaderBits > 0)
        {
            bits.Put(Precision - 1, 4);
            bits.Put((uint)best.Shift, 5);
            foreach (var weight in best.Weights) bits.PutSigned(weight, Precision);
        }
        best.Put(bits);
    }

    static (int[] Weights, int Shift)? Linear(ReadOnlySpan<int> samples)
    {
        var windowed = new double[samples.Length];
        for (var n = 0; n < windowed.Length; n++)
        {
            var x = 2.0 * (n + 0.5) / windowed.Length - 1;
            windowed[n] = samples[n] * (1 - x * x);
        }
        var correlation = new double[Order + 1];
        for (var lag = 0; lag <= Order; lag++)
            for (var n = lag; n < windowed.Length; n++) correlation[lag] += windowed[n] * windowed[n - lag];
        if (correlation[0] <= 0) return null;
        var (weights, error) = (new double[Order], correlation[0] * (1 + 1e-9));
        for (var i = 0; i < Order; i++)
        {
            var reflection = correlation[i + 1];
            for (var j = 0; j < i; j++) reflection -= weights[j] * correlation[i - j];
            reflection /= error;
            var before = weights[..i];
            weights[i] = reflection;
            for (var j = 0; j < i; j++) weights[j] = before[j] - reflection * before[i - 1 - j];
            error *= 1 - reflection * reflection;
            if (error <= 0) return null;
        }
        var largest = weights.Max(Math.Abs);
        var shift = Math.Min(Precision - 2 - (int)Math.Floor(Math.Log2(largest)), 15);
        if (shift < 0 || !double.IsFinite(largest)) return null;
        var limit = (1 << (Precision - 1)) - 1;
        return ([.. weights.Select(w => (int)Math.Clamp(Math.Round(w * (1 << shift)), -limit, limit))], shift);
    }

    /// <summary>What a predictor leaves of a block, and how many bits that takes.</summary>
    sealed record Residual(int[]? Weights, int Shift, int HeaderBits, int[] Folded, int PartitionBits, int[] Rice, long Bits)
    {
        public static Residual Verbatim(int samples) => new(null, 0, 0, [], 0, [], (long)samples * Depth);

        public static Residual Shorter(Residual a, Residual? b) => b is not null && b.Bits < a.Bits ? b : a;

        public static Residual? Of(ReadOnlySpan<int> samples, int[] weights, int shift, int headerBits)
        {
            var folded = new int[samples.Length - weights.Length];
            for (var n = weights.Length; n < samples.Length; n++)
            {
                long sum = 0;
                for (var i = 0; i < weights.Length; i++) sum += (long)weights[i] * samples[n - 1 - i];
                var left = samples[n] - (sum >> shift);
                if (left is > 1 << 28 or < -(1 << 28)) return null;
                folded[n - weights.Length] = (int)(left << 1 ^ left >> 63);
            }
            Residual? best = null;
            for (var bits = 0; bits <= MostPartitionBits; bits++)
            {
                var each = samples.Length >> bits;
                if (each << bits != samples.Length || each <= weights.Length) break;
                var rice = new int[1 << bits];
                long total = headerBits + (long)weights.Length * Depth + 6;
                for (int p = 0, at = 0; p < rice.Length; p++)
                {
                    var part = folded.AsSpan(at, each - (p == 0 ? weights.Length : 0));
                    at += part.Length;
                    (rice[p], var length) = Parameter(part);
                    total += 4 + length;
                }
                if (best is null || total < best.Bits) best = new(weights, shift, headerBits, folded, bits, rice, total);
            }
            return best;
        }

        // The length is nearly convex in the parameter, and its minimum is near the logarithm of the mean.
        static (int, long) Parameter(ReadOnlySpan<int> part)
        {
            long sum = 0;
            foreach (var value in part) sum += value;
            var guess = part.Length == 0 ? 0 : BitOperations.Log2((uint)(sum / part.Length) + 1);
            var (best, least) = (0, long.MaxValue);
            for (var k = Math.Max(0, guess - 1); k <= Math.Min(MostRice, guess + 1); k++)
            {
                long length = (long)part.Length * (k + 1);
                foreach (var value in part) length += value >> k;
                if (length < least) (best, least) = (k, length);
            }
            return least == long.MaxValue ? (MostRice, part.Length * 40L) : (best, least);
        }

        public void Put(FlacBitWriter bits)
        {
            bits.Put(0, 2); // parameters of 4 bits
            bits.Put((uint)PartitionBits, 4);
            var each = (Folded.Length + Weights!.Length) >> PartitionBits;
            for (int p = 0, at = 0; p < Rice.Length; p++)
            {
                bits.Put((uint)Rice[p], 4);
                for (var end = (p + 1) * each - Weights.Length; at < end; at++)
                {
                    for (var zeros = Folded[at] >> Rice[p]; zeros > 0; zeros -= 31) bits.Put(0, Math.Min(31, zeros));
                    bits.Put(1, 1);
                    bits.Put((uint)Folded[at] & (1u << Rice[p]) - 1, Rice[p]);
                }
            }
        }
    }
}

/// <summary>Collects bits, the highest first.</summary>
sealed class FlacBitWriter
{
    readonly List<byte> _bytes = [];
    ulong _pending;
    int _count;

    /// <summary>Everything put so far; the last byte must be full.</summary>
    public byte[] Bytes => _count == 0 ? [.. _bytes] : throw new InvalidOperationException("The last byte is not full.");

    public void Put(uint value, int bits)
    {
        _pending = _pending << bits | value & (bits == 32 ? uint.MaxValue : (1u << bits) - 1);
        _count += bits;
        for (; _count >= 8; _count -= 8) _bytes.Add((byte)(_pending >> (_count - 8)));
    }

    public void PutSigned(int value, int bits) => Put((uint)value, bits);

    public void Align()
    {
        if (_count > 0) Put(0, 8 - _count);
    }
}
