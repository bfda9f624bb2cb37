// A picture that others are painted from. Painting begins at the time that its strength says, where the picture is mixed with as much noise as the
// flow expects then (arXiv 2108.01073). What a mask keeps is set back to the noised picture after every step (arXiv 2201.09865, without its
// resampling), so that what is painted grows into it.

using Maison.Models.Image;

namespace Maison.Inference.Pictures;

/// <summary>A picture to paint from.</summary>
/// <param name="Pixels">Three bytes per pixel, of the painter's side down and across.</param>
/// <param name="Strength">The time at which painting begins, in (0, 1]: 1 forgets all that is painted anew.</param>
/// <param name="Mask">Not 0 where it is painted anew, a byte per pixel; null for everywhere.</param>
public sealed record PaintingSource(byte[] Pixels, float Strength, byte[]? Mask = null)
{
    /// <summary>What strength is where nothing is said: enough for another look of the same thing, and all of what a mask opens.</summary>
    public const float UsualStrength = 0.6f, UsualMaskedStrength = 1f;
}

/// <summary>The latents of a source beside those that are being painted.</summary>
sealed class KnownLatents
{
    readonly PaintingSource source;
    readonly float[] clean;
    readonly bool[]? kept;
    float[] noise = [];

    /// <param name="clean">Of the source, (pictureTokens, patchValues).</param>
    public KnownLatents(PaintingSource source, float[] clean, FlowConfig config)
    {
        (this.source, this.clean) = (source, clean);
        if (!(source.Strength is > 0 and <= 1)) throw new ArgumentException($"strength must be above 0 and at most 1, not {source.Strength}.");
        if (source.Mask is not { } mask) return;
        if (mask.Length * 3 != source.Pixels.Length) throw new ArgumentException($"The mask has {mask.Length} pixels, but the picture to paint from {source.Pixels.Length / 3}.");
        // A latent is painted as soon as one of its pixels is.
        const int factor = AutoencoderConfig.Factor;
        var open = new float[clean.Length];
        for (var i = 0; i < mask.Length; i++)
            if (mask[i] != 0) open.AsSpan((i / (config.Grid * factor) / factor * config.Grid + i % (config.Grid * factor) / factor) * config.Latent, config.Latent).Fill(1);
        var patches = new float[open.Length];
        LatentPatches.Copy(config, open, patches, toPatches: true);
        kept = [.. patches.Select(p => p == 0)];
    }

    /// <summary>Noise to where painting begins.</summary>
    /// <param name="z">Of all pictures, (pictures, pictureTokens, patchValues).</param>
    public void Begin(Span<float> z)
    {
        noise = z.ToArray();
        for (var i = 0; i < z.Length; i++) z[i] = At(i, source.Strength);
    }

    /// <summary>Sets back what is not painted anew.</summary>
    public void Keep(Span<float> z, Span<float> guess, float time)
    {
        for (var i = 0; kept is not null && i < z.Length; i++)
            if (kept[i % clean.Length]) (z[i], guess[i]) = (At(i, time), clean[i % clean.Length]);
    }

    float At(int i, float time) => (1 - time) * clean[i % clean.Length] + time * noise[i];
}
