// The shape of a vocoder, and the grid on which it hears and speaks.

namespace Maison.Models.Voice;

/// <summary>Sizes of a vocoder.</summary>
public sealed record VocoderConfig
{
    /// <summary>Samples per second.</summary>
    public int SampleRateHz { get; init; } = 24_000;

    /// <summary>Samples per frame.</summary>
    public int Hop { get; init; } = 240;

    /// <summary>Samples under the window of its filters.</summary>
    public int Window { get; init; } = 960;

    /// <summary>Length of the transform of its filters, a power of two.</summary>
    public int Transform { get; init; } = 1024;

    /// <summary>Log-mel bands of a frame.</summary>
    public int Mels { get; init; } = 80;

    /// <summary>Bands of periodicity.</summary>
    public int Bands { get; init; } = 16;

    /// <summary>Features of the residual stream.</summary>
    public int Hidden { get; init; } = 256;
    public int Blocks { get; init; } = 6;
    public int Kernel { get; init; } = 7;
    public int Inner { get; init; } = 768;

    /// <summary>What it hears of a frame: mel, periodicity, pitch, voicing, the formant axis.</summary>
    public int Features => Mels + Bands + 3;

    /// <summary>Frequencies of a filter.</summary>
    public int Bins => Transform / 2 + 1;

    /// <summary>Frames on either side that the samples of a frame depend on: the blocks, and the windows that overlap twice.</summary>
    public int FrameReach => (Blocks + 1) * (Kernel / 2) + 2 * ((Window / 2 + Hop - 1) / Hop);

    /// <summary>Multiply-adds ×2 of a frame, transforms left out.</summary>
    public double FlopsPerFrame => 2.0 * (Kernel * Features * Hidden + Blocks * (2.0 * Hidden * Inner + Kernel * Hidden) + 3.0 * Bins * (Hidden + Features));

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public VocoderConfig Validated()
    {
        foreach (var (value, name) in new[] { (SampleRateHz, "sampleRateHz"), (Hop, "hop"), (Mels, "mels"), (Bands, "bands"), (Hidden, "hidden"), (Inner, "inner") })
            if (value < 1) throw new ArgumentException($"{name} must be positive, not {value}.");
        if (Blocks < 0) throw new ArgumentException($"blocks must be 0 or more, not {Blocks}.");
        if (Kernel < 1 || Kernel % 2 == 0) throw new ArgumentException($"kernel must be odd and positive, not {Kernel}.");
        if (Window < 2 * Hop || Window > Transform) throw new ArgumentException($"window ({Window}) must be at least two hops ({2 * Hop}) and at most the transform ({Transform}).");
        if (!System.Numerics.BitOperations.IsPow2(Transform)) throw new ArgumentException($"transform must be a power of two, not {Transform}.");
        return this;
    }
}
