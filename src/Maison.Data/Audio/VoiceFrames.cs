// The one time grid and the feature shapes of the voice: preparation, training, synthesis and evaluation all use these numbers.
// Frame t stands for the samples [240 t, 240 t + 240) and is centred between them, at 240 t + 120; so T frames are 240 T samples.

namespace Maison.Data.Audio;

/// <summary>Time grid and widths of voice features.</summary>
public static class VoiceFrames
{
    /// <summary>Samples per second of every voice in the house.</summary>
    public const int SampleRateHz = 24_000;
    /// <summary>Samples per frame.</summary>
    public const int HopSamples = 240;
    /// <summary>Frames per second.</summary>
    public const int PerSecond = SampleRateHz / HopSamples;
    /// <summary>Samples under the periodic Hann window, centred on the frame.</summary>
    public const int WindowSamples = 960;
    /// <summary>Length of the transform behind the log-mel spectrum.</summary>
    public const int FftSamples = 1024;
    /// <summary>Bands of the log-mel spectrum, 0 to 12 kHz.</summary>
    public const int MelBands = 80;
    /// <summary>Bands of periodicity, each 750 Hz wide, from 0 to 12 kHz.</summary>
    public const int PeriodicityBands = 16;
    /// <summary>Least magnitude before the logarithm, of mel bands and of energy.</summary>
    public const float Floor = 1e-5f;

    /// <summary>Frames of a sound of so many samples; a last frame that is not full counts.</summary>
    public static int Count(int samples) => (samples + HopSamples - 1) / HopSamples;
}
