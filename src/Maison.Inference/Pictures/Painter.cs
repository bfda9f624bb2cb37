// Captions to pictures: Euler steps from noise at t = 1 to latents at t = 0, then the decoder. Guidance (arXiv 2207.12598) doubles the work of a
// step, so it is used only while it decides what is seen (arXiv 2404.07724): a small model needs it from the first step on, and no more when only
// edges are left. Noise follows from the seed alone, so that a picture is the same in any company.

using Maison.Models.Image;
using Maison.Tensors;

namespace Maison.Inference.Pictures;

/// <summary>What to paint.</summary>
/// <param name="Caption">Token ids.</param>
public sealed record Painting(int[] Caption, ulong Seed);

/// <summary>How to paint.</summary>
/// <param name="Steps">Euler steps.</param>
/// <param name="Guidance">How far beyond the uncaptioned guess a step goes towards the captioned one; 1 is no guidance.</param>
/// <param name="GuidanceFrom">Times in which it is used.</param>
public sealed record PaintingOptions(int Steps = 16, float Guidance = 3f, float GuidanceFrom = 0.4f, float GuidanceTo = 1f);

/// <summary>Paints with a flow transformer and a decoder.</summary>
public sealed class Painter(FlowTransformer flow, Autoencoder autoencoder, Gang gang) : IDisposable
{
    /// <summary>Times below this are not divided by: the same in training.</summary>
    public const float LeastTime = 0.05f;

    readonly FlowConfig config = flow.Config;
    readonly FlowSequence sequence = new(flow.Config);
    readonly Arena arena = new();

    /// <summary>Pixels of a picture, down and across.</summary>
    public int Side => config.Grid * AutoencoderConfig.Factor;

    /// <summary>Pictures of three bytes per pixel, in the order of the requests.</summary>
    /// <param name="onStep">Hears of every step that is done, with a way to see how the pictures would end by its guess.</param>
    public IReadOnlyList<byte[]> Paint(IReadOnlyList<Painting> paintings, PaintingOptions options, Action<int, Func<IReadOnlyList<byte[]>>>? onStep = null, CancellationToken stop = default)
    {
        if (options.Steps < 1) throw new ArgumentException($"steps must be at least 1, not {options.Steps}.");
        if (!(options.Guidance >= 1)) throw new ArgumentException($"guidance must be at least 1, not {options.Guidance}.");
        int values = config.PictureTokens * config.PatchValues, count = paintings.Count;
        float[] z = new float[count * values], guess = new float[z.Length];
        for (var i = 0; i < count; i++) Noise(paintings[i].Seed, z.AsSpan(i * values, values));
        using var pass = new Pass(arena, gang);
        for (var step = 0; step < options.Steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            float t = 1 - (float)step / options.Steps, next = 1 - (step + 1f) / options.Steps;
            var guided = options.Guidance > 1 && t >= options.GuidanceFrom && t <= options.GuidanceTo;
            sequence.Clear();
            for (var i = 0; i < count; i++) sequence.Add(z.AsSpan(i * values, values), t, paintings[i].Caption);
            for (var i = 0; guided && i < count; i++) sequence.Add(z.AsSpan(i * values, values), t, []);
            pass.Begin(sequence.Segments, sequence.Outputs);
            var clean = flow.Forward(pass, sequence.Ids, pass.Input(sequence.Inputs, sequence.Ids.Length, config.InputValues)).Span;
            for (var i = 0; i < z.Length; i++)
            {
                var x = guided ? clean[z.Length + i] + options.Guidance * (clean[i] - clean[z.Length + i]) : clean[i];
                guess[i] = x = Within(x, i % config.Latent);
                z[i] += (next - t) * (z[i] - x) / MathF.Max(t, LeastTime);
            }
            onStep?.Invoke(step + 1, () => Decode(pass, guess, count));
        }
        return Decode(pass, z, count);
    }

    /// <summary>A clean latent as the encoder could have made it.</summary>
    float Within(float x, int channel)
    {
        if (config.Mean.Count == 0) return x;
        var range = autoencoder.Config.Range;
        return Math.Clamp(x, (-range - config.Mean[channel]) / config.Deviation[channel], (range - config.Mean[channel]) / config.Deviation[channel]);
    }

    byte[][] Decode(Pass pass, float[] patches, int count)
    {
        var values = config.PictureTokens * config.PatchValues;
        var latents = new float[patches.Length];
        for (var i = 0; i < count; i++) LatentPatches.Copy(config, patches.AsSpan(i * values, values), latents.AsSpan(i * values, values), toPatches: false);
        for (var i = 0; config.Mean.Count > 0 && i < latents.Length; i++) latents[i] = latents[i] * config.Deviation[i % config.Latent] + config.Mean[i % config.Latent];
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            pass.Begin(config.Grid * config.Grid);
            var grid = new ImageGrid(1, config.Grid, config.Grid);
            return Bytes(autoencoder.Decoder.Forward(pass, pass.Input(latents.AsSpan(i * values, values), grid.Positions, config.Latent), grid).Span);
        })];
    }

    /// <summary>[−1, 1] to bytes.</summary>
    public static byte[] Bytes(ReadOnlySpan<float> pixels)
    {
        var bytes = new byte[pixels.Length];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)Math.Clamp(pixels[i] * 127.5f + 128f, 0f, 255f);
        return bytes;
    }

    static void Noise(ulong seed, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - CounterRandom.Uniform(seed, 2 * i))) * Math.Cos(2 * Math.PI * CounterRandom.Uniform(seed, 2 * i + 1)));
    }

    public void Dispose() => arena.Dispose();
}
