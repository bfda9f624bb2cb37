// Short-time spectra: which samples a frame sees, and the numbers its transform needs. Frame t of a segment is centred at hop·(t + ½);
// its periodic Hann window may be shorter than the transform and begins at the transform's first sample; beyond the ends is silence.

using System.Numerics;

namespace Maison.Tensors;

/// <summary>Length of a transform, its window and hop in samples; holds the tables.</summary>
public sealed unsafe class FrameTransform
{
    readonly float* memory;

    /// <param name="length">Length of the transform, a power of two from 16.</param>
    /// <param name="window">Samples under the window, 4 to length.</param>
    /// <param name="hop">Samples from frame to frame, at most half a window, so that windows cover every sample.</param>
    /// <param name="unit">Scale the window to an energy of 1, so that spectra of windows of all lengths compare.</param>
    public FrameTransform(int length, int window, int hop, bool unit = false)
    {
        if (length < 16 || !BitOperations.IsPow2(length)) throw new ArgumentException($"length is {length}: give a power of two from 16.", nameof(length));
        if (window < 4 || window > length) throw new ArgumentException($"window is {window}: give 4 to {length}.", nameof(window));
        if (hop < 1 || 2 * hop > window) throw new ArgumentException($"hop is {hop}: give 1 to {window / 2}.", nameof(hop));
        (Length, Samples, Hop) = (length, window, hop);
        memory = (float*)NativeFloats.Take(4 * length * sizeof(float), 64);
        for (var k = 0; k < length; k++)
        {
            Turns[2 * k] = (float)Math.Cos(2 * Math.PI * k / length);
            Turns[2 * k + 1] = (float)Math.Sin(2 * Math.PI * k / length);
        }
        var energy = 0.0;
        for (var n = 0; n < window; n++) energy += Math.Pow(0.5 - 0.5 * Math.Cos(2 * Math.PI * n / window), 2);
        var scale = unit ? 1 / Math.Sqrt(energy) : 1;
        for (var n = 0; n < 2 * length; n++) Window[n] = n < window ? (float)(scale * (0.5 - 0.5 * Math.Cos(2 * Math.PI * n / window))) : 0f;
    }

    public int Length { get; }

    /// <summary>Samples under the window.</summary>
    public int Samples { get; }

    public int Hop { get; }

    /// <summary>Frequencies of a spectrum, 0 and half the sampling rate included.</summary>
    public int Bins => Length / 2 + 1;

    /// <summary>Frames of so many samples.</summary>
    public int Frames(int samples) => (samples + Hop - 1) / Hop;

    /// <summary>First sample of a frame; negative before the sound begins.</summary>
    internal int Start(int frame) => frame * Hop + Hop / 2 - Samples / 2;

    /// <summary>cos, sin of 2πk / length.</summary>
    internal float* Turns => memory;

    /// <summary>Window, zero behind its samples, twice the length long.</summary>
    internal float* Window => memory + 2 * Length;

    ~FrameTransform() => NativeFloats.Free(memory);
}
