// Opus (RFC 6716) by libopus in our own Ogg (RFC 3533, RFC 7845): packets of 20 ms, pages of a fifth of a second at most, the header's
// pre-skip covers the encoder's delay, and the last page's granule position cuts the padding, so that players give exactly as
// many samples as went in.

using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Maison.Data.Audio.Encoders;

sealed unsafe class OpusEncoder : SoundEncoder
{
    const int Application = 2049, SetBitRate = 4002, SetSignal = 4024, GetLookahead = 4027, Voice = 3001, BitsPerSecond = 64_000;
    const int GranulesPerSecond = 48_000, PacketsPerSecond = 50, PacketsPerPage = 10, LargestPacket = 1500;
    static readonly int[] Rates = [8_000, 12_000, 16_000, 24_000, 48_000];

    readonly delegate* unmanaged<nint, float*, int, byte*, int, int> _encode;
    readonly int _scale, _preSkip, _rate;
    readonly float[] _packet;
    readonly OggPages _pages = new(RandomNumberGenerator.GetInt32(int.MaxValue));
    nint _opus;
    int _held, _waiting;
    long _samples, _granule;
    bool _begun;

    public OpusEncoder(int sampleRateHz)
    {
        if (!Rates.Contains(sampleRateHz)) throw new NotSupportedException($"Opus takes {string.Join(", ", Rates)} Hz, not {sampleRateHz}. Ask for wav or flac.");
        var codec = NativeCodec.Opus;
        _encode = (delegate* unmanaged<nint, float*, int, byte*, int, int>)codec.Function("opus_encode_float");
        int error;
        _opus = ((delegate* unmanaged<int, int, int, int*, nint>)codec.Function("opus_encoder_create"))(sampleRateHz, 1, Application, &error);
        if (_opus == 0 || error != 0) throw new NotSupportedException($"libopus cannot begin ({error}). Ask for wav or flac.");
        (_rate, _scale) = (sampleRateHz, GranulesPerSecond / sampleRateHz);
        var lookahead = sampleRateHz / 400 + sampleRateHz / 250; // 6.5 ms, what libopus takes for this application
        // The call is variadic in C. Where such arguments travel as declared ones do, it can be made; elsewhere the defaults serve.
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64 || !OperatingSystem.IsMacOS())
        {
            var control = (delegate* unmanaged<nint, int, nint, int>)codec.Function("opus_encoder_ctl");
            control(_opus, SetBitRate, BitsPerSecond);
            control(_opus, SetSignal, Voice);
            int stated = 0;
            if (control(_opus, GetLookahead, (nint)(&stated)) == 0 && stated > 0) lookahead = stated;
        }
        _preSkip = lookahead * _scale;
        _packet = new float[sampleRateHz / PacketsPerSecond];
    }

    public override string MediaType => "audio/ogg";

    public override void Write(ReadOnlySpan<float> samples, IBufferWriter<byte> to)
    {
        Begin(to);
        foreach (var sample in samples)
        {
            _packet[_held++] = Math.Clamp(sample, -1, 1);
            _samples++;
            if (_held == _packet.Length) Encode(to);
        }
    }

    public override void Finish(IBufferWriter<byte> to)
    {
        Begin(to);
        // The delay is pushed out by silence; the last granule position tells where the sound ends.
        var end = _preSkip + _samples * _scale;
        do
        {
            _packet.AsSpan(_held).Clear();
            _held = _packet.Length;
            Encode(to, end);
        }
        while (_granule < end);
    }

    void Encode(IBufferWriter<byte> to, long end = long.MaxValue)
    {
        Span<byte> coded = stackalloc byte[LargestPacket];
        int length;
        fixed (float* samples = _packet)
        fixed (byte* at = coded)
            length = _encode(_opus, samples, _packet.Length, at, coded.Length);
        if (length < 0) throw new InvalidOperationException($"libopus failed ({length}).");
        _held = 0;
        _granule += _packet.Length * _scale;
        _pages.Add(coded[..length]);
        var last = _granule >= end;
        if (++_waiting < PacketsPerPage && !last) return;
        _waiting = 0;
        _pages.Flush(to, Math.Min(_granule, end), last);
    }

    void Begin(IBufferWriter<byte> to)
    {
        if (_begun) return;
        _begun = true;
        Span<byte> head = stackalloc byte[19];
        "OpusHead"u8.CopyTo(head);
        head[8] = 1;
        head[9] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(head[10..], (ushort)_preSkip);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], _rate);
        _pages.Add(head);
        _pages.Flush(to, 0, last: false);
        byte[] vendor = [.. "maison"u8];
        var tags = new byte[8 + 4 + vendor.Length + 4];
        Encoding.ASCII.GetBytes("OpusTags", tags);
        BinaryPrimitives.WriteInt32LittleEndian(tags.AsSpan(8), vendor.Length);
        vendor.CopyTo(tags, 12);
        _pages.Add(tags);
        _pages.Flush(to, 0, last: false);
    }

    public override void Dispose()
    {
        if (_opus != 0) ((delegate* unmanaged<nint, void>)NativeCodec.Opus.Function("opus_encoder_destroy"))(_opus);
        _opus = 0;
        base.Dispose();
    }
}
