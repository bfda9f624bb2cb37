// Between the latents of a picture, row after row, and the patches its tokens hold. Taps outermost, as in PixelUnshuffle.

namespace Maison.Models.Image;

/// <summary>Cuts latents into patches and puts them together again.</summary>
public static class LatentPatches
{
    /// <summary>Latents (grid, grid, latent) to patches (pictureTokens, patchValues), or back.</summary>
    public static void Copy(FlowConfig c, ReadOnlySpan<float> from, Span<float> to, bool toPatches)
    {
        for (var y = 0; y < c.Grid; y++)
            for (var x = 0; x < c.Grid; x++)
            {
                int latent = (y * c.Grid + x) * c.Latent, patch = (y / c.Patch * c.Side + x / c.Patch) * c.PatchValues + (y % c.Patch * c.Patch + x % c.Patch) * c.Latent;
                if (toPatches) from.Slice(latent, c.Latent).CopyTo(to[patch..]);
                else from.Slice(patch, c.Latent).CopyTo(to[latent..]);
            }
    }

    /// <summary>The latents of pictures as a decoder takes them: out of patches, with the mean and deviation that the flow does without.</summary>
    /// <param name="patches">(pictures, pictureTokens, patchValues).</param>
    public static float[] Decodable(FlowConfig c, ReadOnlySpan<float> patches)
    {
        var values = c.PictureTokens * c.PatchValues;
        var latents = new float[patches.Length];
        for (var at = 0; at < latents.Length; at += values) Copy(c, patches.Slice(at, values), latents.AsSpan(at, values), toPatches: false);
        for (var i = 0; c.Mean.Count > 0 && i < latents.Length; i++) latents[i] = latents[i] * c.Deviation[i % c.Latent] + c.Mean[i % c.Latent];
        return latents;
    }
}
