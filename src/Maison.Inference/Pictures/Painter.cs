// Captions to pictures: Euler steps from noise at t = 1 to latents at t = 0, then the decoder. Noise follows from the seed alone, so that a picture is
// the same in any company. Of several paintings of one picture the best is gone on with, once their guesses tell.

using Maison.Models.Image;
using Maison.Tensors;

namespace Maison.Inference.Pictures;

/// <summary>What to paint.</summary>
/// <param name="Caption">Token ids.</param>
public sealed record Painting(int[] Caption, ulong Seed);

/// <summary>A picture as it is, or as it would end.</summary>
/// <param name="Pixels">Three bytes each, row by row.</param>
/// <param name="Seed">Of its noise.</param>
public sealed record PaintedPicture(byte[] Pixels, ulong Seed);

/// <summary>A contest of seeds: paintings come in groups, of each of which one is gone on with.</summary>
/// <param name="Each">Paintings of a group; they follow each other.</param>
/// <param name="Best">Which of all paintings to go on with, one of each group in their order, from pictures as they would end by the guess of the moment.</param>
public sealed record SeedContest(int Each, Func<IReadOnlyList<PaintedPicture>, IReadOnlyList<int>> Best)
{
    /// <summary>Steps after which it is decided: three of eight tell what a picture shows as well as all.</summary>
    public static int After(int steps) => Math.Max(1, 3 * steps / 8);
}

/// <summary>How to paint.</summary>
/// <param name="Steps">Euler steps.</param>
/// <param name="Guidance">How far beyond the uncaptioned guess a step goes towards the captioned one; 1 is no guidance. Of a model that was distilled it comes on top of what its weights give.</param>
/// <param name="GuidanceFrom">Times in which it is used.</param>
public sealed record PaintingOptions(int Steps = 16, float Guidance = 3f, float GuidanceFrom = 0.4f, float GuidanceTo = 1f)
{
    const float Rounding = 1e-4f;

    /// <summary>How a model paints when nobody says otherwise. A distilled one is guided in the middle of its way alone: what comes before is done for every seed of a contest, and gains no more by it.</summary>
    public static PaintingOptions Usual(FlowConfig model) => model.Steps == 0 ? new() : new(model.Steps, model.FurtherGuidance, 0.3f, 0.65f);

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

    /// <summary>Pictures in the order of the requests, or of a contest's groups.</summary>
    /// <param name="onStep">Hears of every step that is done, with a way to see how the pictures would end by its guess; before a contest is decided, the first of each group.</param>
    /// <param name="from">What they are painted from; null for noise alone.</param>
    /// <param name="contest">Which of the paintings become pictures; null for all.</param>
    public IReadOnlyList<PaintedPicture> Paint(IReadOnlyList<Painting> paintings, PaintingOptions options, Action<int, Func<IReadOnlyList<PaintedPicture>>>? onStep = null, PaintingSource? from = null, SeedContest? contest = null, CancellationToken stop = default)
    {
        if (contest is not null && from is not null) throw new ArgumentException("A contest is of pictures that are painted from noise.");
        if (options.Steps < 1) throw new ArgumentException($"steps must be at least 1, not {options.Steps}.");
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
            var told = contest is not null && step == 0;
            if (told)
            {
                // Those that are looked at go ahead, so that a contest delays no first look.
                var each = contest!.Each;
                StepSome([.. Enumerable.Range(0, count).Where(i => i % each == 0)]);
                onStep?.Invoke(1, () => Shown(guess, each));
                StepSome([.. Enumerable.Range(0, count).Where(i => i % each != 0)]);
            }
            else sampler.Step(pass, captions, times, after, options, z, guess);
            start?.Keep(z, guess, next);
            if (contest is not null && step + 1 == SeedContest.After(steps))
            {
                GoOnWith(contest.Best(Shown(guess, 1)));
                contest = null;
            }
            if (!told) onStep?.Invoke(step + 1, () => Shown(guess, contest?.Each ?? 1));
        }
        return Shown(z, 1);

        // Every so many-th of the paintings.
        IReadOnlyList<PaintedPicture> Shown(float[] patches, int every) => [.. Enumerable.Range(0, count / every).Select(i => new PaintedPicture(Decode(pass, patches.AsSpan(i * every * values, values)), paintings[i * every].Seed))];

        void StepSome(int[] some)
        {
            float[] of = Of(some, z), guesses = new float[of.Length];
            sampler.Step(pass, [.. some.Select(i => captions[i])], times.AsSpan(0, some.Length), after.AsSpan(0, some.Length), options, of, guesses);
            for (var k = 0; k < some.Length; k++)
            {
                of.AsSpan(k * values, values).CopyTo(z.AsSpan(some[k] * values));
                guesses.AsSpan(k * values, values).CopyTo(guess.AsSpan(some[k] * values));
            }
        }

        void GoOnWith(IReadOnlyList<int> kept)
        {
            paintings = [.. kept.Select(k => paintings[k])];
            captions = [.. kept.Select(k => captions[k])];
            (z, guess, count) = (Of(kept, z), Of(kept, guess), kept.Count);
            Array.Resize(ref times, count);
            Array.Resize(ref after, count);
        }

        float[] Of(IReadOnlyList<int> some, float[] all) => [.. some.SelectMany(k => all[(k * values)..((k + 1) * values)])];
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

    byte[] Decode(Pass pass, ReadOnlySpan<float> patches)
    {
        pass.Begin(config.Grid * config.Grid);
        var grid = new ImageGrid(1, config.Grid, config.Grid);
        return Bytes(pass.Read(autoencoder.Decoder.Forward(pass, pass.Input(LatentPatches.Decodable(config, patches), grid.Positions, config.Latent), grid)));
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
