// The units of the speech engine: the frame grid that acoustic model and vocoder share, and decibels as the natural logarithms of levels.

namespace Maison.Inference.Speech;

/// <summary>Units of time and level.</summary>
public static class VoiceTime
{
    /// <summary>Samples per second.</summary>
    public const int SampleRateHz = 24_000;

    /// <summary>Samples per frame.</summary>
    public const int HopSamples = 240;

    /// <summary>Frames per second.</summary>
    public const int FramesPerSecond = SampleRateHz / HopSamples;

    /// <summary>Natural logarithm of a level per decibel: ln 10 / 20.</summary>
    public const float NatsPerDb = 0.11512925f;
}
