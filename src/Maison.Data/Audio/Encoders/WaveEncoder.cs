using System.Buffers;

namespace Maison.Data.Audio.Encoders;

/// <summary>WAV or bare samples of 16 bits: nothing is ever held back, but a sound without samples still gets its header.</summary>
sealed class WaveEncoder(int sampleRateHz, bool header) : SoundEncoder
{
    bool _begun = !header;

    public override string MediaType => header ? "audio/wav" : "audio/pcm";

    public override void Write(ReadOnlySpan<float> samples, IBufferWriter<byte> to)
    {
        Begin(to);
        to.Write(WaveFile.Pcm16(samples));
    }

    public override void Finish(IBufferWriter<byte> to) => Begin(to);

    void Begin(IBufferWriter<byte> to)
    {
        if (!_begun) to.Write(WaveFile.Header(sampleRateHz, WaveFormat.Pcm16, null));
        _begun = true;
    }
}
