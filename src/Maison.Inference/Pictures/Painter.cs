// Captions to pictures: Euler steps from noise at t = 1 to latents at t = 0, then the decoder. Noise follows from the seed alone, so that a picture is
// the same in any company.

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
public sealed record PaintingOptions(int Steps = 16, float Guidance = 3f, float GuidanceFrom = 0.4f, float GuidanceTo = 1f)
{
    const float Rounding = 1e-4f;

    /// <summary>How a model paints when nobody says otherwise.</summary>
    public static PaintingOptions Usual(FlowConfig model) => model.Steps == 0 ? new() : new(model.Steps, 1);

    /// <summary>Steps that are done from a time on: as long as those from noise, so that fewer are done from a picture.</summary>
    public int StepsFrom(float time) => Math.Max(1, (int)MathF.Ceiling(Steps * time - Rounding));
}

/// <summary>Paints with a flow transformer and a decoder.</summary>
public sealed class Painter(FlowTransformer flow, Autoencoder autoencoder, Gang gang) : IDisposable
{
    readonly FlowConfig config = flow.Config;
    readonly FlowSampler sampler = new(flow, autoencoder.Config.Range);
    readonly Arena arena = new();

    /// <summary>Pixels of a picture, down and across.</summary>
    public int Side => config.Grid * AutoencoderConfig.Factor;

    /// <summary>Pictures of three bytes per pixel, in the order of the requests.</summary>
    /// <param name="onStep">Hears of every step that is done, with a way to see how the pictures would end by its guess.</param>
    /// <param name="from">What they are painted from; null for noise alone.</param>
    public IReadOnlyList<byte[]> Paint(IReadOnlyList<Painting> paintings, PaintingOptions options, Action<int, Func<IReadOnlyList<byte[]>>>? onStep = null, PaintingSource? from = null, CancellationToken stop = default)
    {
        if (options.Steps < 1) throw new ArgumentException($"steps must be at least 1, not {options.Steps}.");
        if (options.Guidance > 1 && config.Guidance > 1) throw new ArgumentException($"guidance {options.Guidance} would come on top of the {config.Guidance} that is in this model's weights. Leave it out.");
        if (!(options.Guidance >= 1)) throw new ArgumentException($"guidance must be at least 1, not {options.Guidance}.");
        int values = config.PictureTokens * config.PatchValues, count = paintings.Count;
        float[] z = new float[count * values], guess = new float[z.Length];
        float[] times = new float[count], after = new float[count];
        int[][] captions = [.. paintings.Select(p => p.Caption)];
        for (var i = 0; i < count; i++) Noise(paintings[i].Seed, z.AsSpan(i * values, values));
        using var pass = new Pass(arena, gang);
        var start = from is null ? null : new KnownLatents(from, Encode(pass, from), config);
        start?.Begin(z);
        float first = from?.Strength ?? 1;
        var steps = options.StepsFrom(first);
        for (var step = 0; step < steps; step++)
        {
            stop.ThrowIfCancellationRequested();
            float t = first * (1 - (float)step / steps), next = first * (1 - (step + 1f) / steps);
            Array.Fill(times, t);
            Array.Fill(after, next);
            sampler.Step(pass, captions, times, after, options, z, guess);
            start?.Keep(z, guess, next);
            onStep?.Invoke(step + 1, () => Decode(pass, guess, count));
        }
        return Decode(pass, z, count);
    }

    /// <summary>The latents of a picture as the flow sees them, in patches.</summary>
    float[] Encode(Pass pass, PaintingSource from)
    {
        if (from.Pixels.Length != Side * Side * 3) throw new ArgumentException($"{from.Pixels.Length} bytes are no picture of {Side} × {Side} pixels to paint from.");
        var signed = new float[from.Pixels.Length];
        for (var i = 0; i < signed.Length; i++) signed[i] = from.Pixels[i] / 127.5f - 1f;
        pass.Begin(config.Grid * config.Grid);
        var latents = pass.Read(autoencoder.Encoder.Forward(pass, pass.Input(signed, Side * Side, 3), new(1, Side, Side))).ToArray();
        for (var i = 0; config.Mean.Count > 0 && i < latents.Length; i++) latents[i] = (latents[i] - config.Mean[i % config.Latent]) / config.Deviation[i % config.Latent];
        var patches = new float[latents.Length];
        LatentPatches.Copy(config, latents, patches, toPatches: true);
        return patches;
    }

    byte[][] Decode(Pass pass, float[] patches, int count)
    {
        var values = config.PictureTokens * config.PatchValues;
        var latents = LatentPatches.Decodable(config, patches);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            pass.Begin(config.Grid * config.Grid);
            var grid = new ImageGrid(1, config.Grid, config.Grid);
            return Bytes(pass.Read(autoencoder.Decoder.Forward(pass, pass.Input(latents.AsSpan(i * values, values), grid.Positions, config.Latent), grid)));
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
