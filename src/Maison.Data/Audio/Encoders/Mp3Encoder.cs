// MP3 by libmp3lame at a constant bit rate. The bit reservoir and the tag frame are off: a stream can be joined anywhere, and bytes need
// not be mended after the end.

using System.Buffers;

namespace Maison.Data.Audio.Encoders;

sealed unsafe class Mp3Encoder : SoundEncoder
{
    const int BitRate = 96, BlockSamples = 4096, Mono = 3, Quality = 3;

    readonly delegate* unmanaged<nint, float*, float*, int, byte*, int, int> _encode;
    nint _lame;

    public Mp3Encoder(int sampleRateHz)
    {
        var codec = NativeCodec.Lame;
        _encode = (delegate* unmanaged<nint, float*, float*, int, byte*, int, int>)codec.Function("lame_encode_buffer_ieee_float");
        _lame = ((delegate* unmanaged<nint>)codec.Function("lame_init"))();
        if (_lame == 0) throw new NotSupportedException("libmp3lame cannot begin. Ask for wav, flac or opus.");
        Set("lame_set_in_samplerate", sampleRateHz);
        Set("lame_set_out_samplerate", sampleRateHz);
        Set("lame_set_num_channels", 1);
        Set("lame_set_mode", Mono);
        Set("lame_set_brate", BitRate);
        Set("lame_set_quality", Quality);
        Set("lame_set_bWriteVbrTag", 0);
        Set("lame_set_disable_reservoir", 1);
        if (((delegate* unmanaged<nint, int>)codec.Function("lame_init_params"))(_lame) < 0)
        {
            Dispose();
            throw new NotSupportedException($"libmp3lame does not encode {sampleRateHz} Hz. Ask for wav or flac.");
        }

        void Set(string name, int value) => ((delegate* unmanaged<nint, int, int>)codec.Function(name))(_lame, value);
    }

    public override string MediaType => "audio/mpeg";

    public override void Write(ReadOnlySpan<float> samples, IBufferWriter<byte> to)
    {
        Span<float> block = stackalloc float[BlockSamples];
        for (; samples.Length > 0;)
        {
            var piece = block[..Math.Min(samples.Length, BlockSamples)];
            for (var n = 0; n < piece.Length; n++) piece[n] = Math.Clamp(samples[n], -1, 1);
            samples = samples[piece.Length..];
            var bytes = to.GetSpan(BlockSamples * 5 / 4 + 7200);
            int written;
            fixed (float* left = piece)
            fixed (byte* at = bytes)
                written = _encode(_lame, left, left, piece.Length, at, bytes.Length);
            Advance(to, written);
        }
    }

    public override void Finish(IBufferWriter<byte> to)
    {
        var bytes = to.GetSpan(7200);
        fixed (byte* at = bytes)
            Advance(to, ((delegate* unmanaged<nint, byte*, int, int>)NativeCodec.Lame.Function("lame_encode_flush"))(_lame, at, bytes.Length));
    }

    static void Advance(IBufferWriter<byte> to, int written)
    {
        if (written < 0) throw new InvalidOperationException($"libmp3lame failed ({written}).");
        to.Advance(written);
    }

    public override void Dispose()
    {
        if (_lame != 0) _ = ((delegate* unmanaged<nint, int>)NativeCodec.Lame.Function("lame_close"))(_lame);
        _lame = 0;
        base.Dispose();
    }
}
