// What the speech engine needs of a vocoder: frames in, samples out, piece by piece, with the same samples however the frames are cut.

using Maison.Models.Voice;

namespace Maison.Inference.Speech;

/// <summary>Makes sound of frames.</summary>
public interface IVocoder
{
    /// <summary>Begins a sound.</summary>
    /// <param name="seed">Fixes its noise.</param>
    IVocoderStream Begin(ulong seed);
}

/// <summary>A sound that is being made; belongs to one thread.</summary>
public interface IVocoderStream : IDisposable
{
    /// <summary>Takes the next frames and gives the samples that no later frame can change.</summary>
    /// <param name="frames">Any number of frames, also none.</param>
    /// <param name="voice">Who speaks in them.</param>
    /// <param name="last">Nothing follows: all samples that are left are given.</param>
    float[] Push(AcousticFrames frames, VoiceVector voice, bool last);
}
