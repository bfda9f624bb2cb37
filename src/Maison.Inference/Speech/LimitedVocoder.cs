// A vocoder whose sounds stay below full scale, whatever voices, styles and controls ask for.

using Maison.Models.Voice;

namespace Maison.Inference.Speech;

/// <summary>Another vocoder's sounds through a <see cref="PeakLimiter"/>, as many samples and no later than that holds them back.</summary>
public sealed class LimitedVocoder(IVocoder inner) : IVocoder
{
    public IVocoderStream Begin(ulong seed) => new Limited(inner.Begin(seed));

    sealed class Limited(IVocoderStream sound) : IVocoderStream
    {
        readonly PeakLimiter limiter = new();

        public float[] Push(AcousticFrames frames, VoiceVector voice, bool last) => limiter.Push(sound.Push(frames, voice, last), last);

        public void Dispose() => sound.Dispose();
    }
}
