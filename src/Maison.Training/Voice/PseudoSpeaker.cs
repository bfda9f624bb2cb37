// A recording played faster or slower is a natural voice of somebody who does not exist: resonances, pitch and tempo move together. So the
// acoustic model meets vocal tracts and pitches between and beyond those of its speakers, and designed voices have something to stand on.

using Maison.Data.Audio;
using Maison.Data.Audio.Analysis;

namespace Maison.Training.Voice;

/// <summary>Makes unreal speakers of real ones.</summary>
public sealed class PseudoSpeaker
{
    /// <summary>Factors of resonances, pitch and tempo.</summary>
    public static IReadOnlyList<float> Factors { get; } = [0.88f, 0.94f, 1.06f, 1.14f];

    /// <summary>Share of examples that stay as they are.</summary>
    const double Unchanged = 0.4;

    readonly Dictionary<float, Resampler> resamplers = Factors.ToDictionary(a => a, a => Resampler.Speed(a));

    // Only its spectra are used, for which the range of the pitch does not matter.
    readonly VoiceAnalyser analyser = new(PitchRange.Anyone);

    /// <summary>The factor of an example in a step: the same for the same numbers.</summary>
    public static float FactorOf(int seed, int step, int place)
    {
        var random = new Random(unchecked((seed * 31 + step) * 1_000_003 + place));
        return random.NextDouble() < Unchanged ? 1f : Factors[random.Next(Factors.Count)];
    }

    /// <summary>The example by another speaker: its spectra from the sound, its pitch and periodicity moved along, its lengths scaled.</summary>
    public AlignedExample Of(AlignedExample aligned, float factor)
    {
        if (factor == 1 || aligned.Example.Samples is not { } samples) return aligned;
        var old = aligned.Example.Features;
        var sound = resamplers[factor].Run(samples());
        var mel = analyser.LogMel(sound);
        var frames = mel.Length / VoiceFrames.MelBands;
        float[] energy = new float[frames], hz = new float[frames], periodicity = new float[frames * VoiceFrames.PeriodicityBands];
        for (var t = 0; t < frames; t++)
        {
            var from = Math.Min(old.Frames - 1, (int)((t + 0.5f) * factor));
            energy[t] = old.Energy[from];
            hz[t] = old.Hz[from] * factor;
            for (var b = 0; b < VoiceFrames.PeriodicityBands; b++)
            {
                var band = Math.Min(VoiceFrames.PeriodicityBands - 1, (int)((b + 0.5f) / factor));
                periodicity[t * VoiceFrames.PeriodicityBands + b] = old.Periodicity[from * VoiceFrames.PeriodicityBands + band];
            }
        }
        return Scaled(aligned.Counts, frames) is { } counts
            ? new(aligned.Example with { Features = new(mel, energy, hz, periodicity), Formants = factor }, counts)
            : aligned;
    }

    /// <summary>Lengths in the same proportions that fill so many frames, each at least one; null when there are too few.</summary>
    public static int[]? Scaled(int[] counts, int frames)
    {
        if (frames < counts.Length) return null;
        var scaled = new int[counts.Length];
        double exact = 0, ratio = frames / (double)counts.Sum();
        for (int n = 0, end = 0; n < counts.Length; n++)
        {
            exact += counts[n] * ratio;
            // Room for one frame of each phone that still comes.
            var to = Math.Clamp((int)Math.Round(exact), end + 1, frames - (counts.Length - 1 - n));
            if (n == counts.Length - 1) to = frames;
            scaled[n] = to - end;
            end = to;
        }
        return scaled;
    }
}
