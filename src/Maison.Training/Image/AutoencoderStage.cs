// Trains the autoencoder: what comes out must be what went in. Latents are disturbed a little, so that the decoder forgives what the flow gets wrong. No adversary.

using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training.Optimisers;
using Maison.Training.Voice;

namespace Maison.Training.Image;

/// <summary>Pixels to latents and back.</summary>
public sealed class AutoencoderStage : IImageStage
{
    public const string Name = "autoencoder";

    /// <summary>The most noise on latents.</summary>
    const float MostNoise = 0.2f;
    const int Scales = 3, Measured = 96, Shown = 24, HeldOutBatch = 16;

    readonly ImageRunPlan plan;
    readonly Gang gang;
    readonly PictureSet pictures;
    readonly byte[][] train;
    readonly ExampleOrder order;
    readonly Arena arena = new(Device.Current is null ? 64 << 20 : 1 << 30);
    readonly Pass pass;
    readonly Prefetch<(float[] Pixels, float[] Noise)> batches;
    readonly (float[] Pixels, float[] Noise)[] buffers;
    readonly PictureLoss error = new(Scales);
    readonly ImageGrid grid;
    Autoencoder model;
    Optimiser optimiser;

    public AutoencoderStage(ImageRunPlan plan, Gang gang)
    {
        (this.plan, this.gang) = (plan, gang);
        pictures = new(plan);
        train = pictures.Pixels(pictures.Train);
        order = new(train.Length, plan.Batch, plan.Seed);
        model = new(plan.Coder ?? new());
        ImageInit.Initialise(model, plan.Seed);
        optimiser = Optimise();
        pass = new(arena, gang, record: true);
        grid = new(plan.Batch, plan.Side, plan.Side);
        buffers = [Buffers(), Buffers()];
        batches = new(Draw);
    }

    Optimiser Optimise() => new(model, gang, new(Matrix: plan.Rate, Scalar: 0.1 * plan.Rate, Decay: 0.01, Beta1: 0.9, Beta2: 0.98));

    public IReadOnlyDictionary<string, string> Digests => pictures.Digests;

    /// <summary>The model as it is now.</summary>
    public Autoencoder Model => model;

    int PixelValues => plan.Side * plan.Side * 3;
    int LatentValues => PixelValues / 192 * model.Config.Latent;

    (float[] Pixels, float[] Noise) Buffers() => (new float[plan.Batch * PixelValues], new float[plan.Batch * LatentValues]);

    (float[] Pixels, float[] Noise) Draw(int step)
    {
        int size = PixelValues, latents = LatentValues;
        // The other buffers may still be read.
        var (pixels, noise) = buffers[step % 2];
        var chosen = order.Batch(step);
        Parallel.For(0, plan.Batch, i =>
        {
            var random = new PictureRandom(plan.Seed, step, i);
            var to = pixels.AsSpan(i * size, size);
            PictureSet.ToSigned(train[chosen[i]], to);
            if (random.Uniform() < 0.5f) Mirror(to);
            var level = MostNoise * random.Uniform();
            var disturbed = noise.AsSpan(i * latents, latents);
            random.Normal(disturbed);
            foreach (ref var n in disturbed) n *= level;
        });
        return (pixels, noise);
    }

    void Mirror(Span<float> pixels)
    {
        for (var y = 0; y < plan.Side; y++)
            for (int left = 0, right = plan.Side - 1; left < right; left++, right--)
                for (var c = 0; c < 3; c++)
                {
                    int a = (y * plan.Side + left) * 3 + c, b = (y * plan.Side + right) * 3 + c;
                    (pixels[a], pixels[b]) = (pixels[b], pixels[a]);
                }
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var batch = batches.Take(step);
        pass.Begin(grid.Positions / 64);
        Tensor given = pass.Input(batch.Pixels, grid.Positions, 3);
        var latents = model.Encoder.Forward(pass, given, grid);
        latents = pass.Add(latents, pass.Input(batch.Noise, latents.Rows, latents.Cols));
        var made = model.Decoder.Forward(pass, latents, Coarser(grid, 8));
        var (loss, pixels) = error.Of(pass, made, given, grid);
        var losses = new Dictionary<string, double> { ["loss"] = loss.Row(0)[0], ["pixels"] = pixels.Row(0)[0] };
        pass.Backward(loss);
        losses["gradientNorm"] = optimiser.Step(rate);
        return losses;
    }

    static ImageGrid Coarser(ImageGrid g, int factor) => new(g.Images, g.Height / factor, g.Width / factor);

    /// <summary>Pictures after the way through the latents.</summary>
    List<byte[]> Reconstructed(IEnumerable<byte[]> some)
    {
        using var plain = new Pass(arena, gang);
        List<byte[]> made = [];
        foreach (var few in some.Chunk(HeldOutBatch))
        {
            var g = new ImageGrid(few.Length, plan.Side, plan.Side);
            var size = plan.Side * plan.Side * 3;
            var pixels = new float[few.Length * size];
            for (var i = 0; i < few.Length; i++) PictureSet.ToSigned(few[i], pixels.AsSpan(i * size, size));
            plain.Begin(g.Positions / 64);
            var all = Painter.Bytes(model.Decoder.Forward(plain, model.Encoder.Forward(plain, plain.Input(pixels, g.Positions, 3), g), Coarser(g, 8)).Span);
            for (var i = 0; i < few.Length; i++) made.Add(all[(i * size)..((i + 1) * size)]);
        }
        return made;
    }

    public IReadOnlyDictionary<string, double> HeldOut()
    {
        var some = Spread(Measured);
        var made = Reconstructed(some);
        var decibels = some.Zip(made, PictureLoss.Decibels).DefaultIfEmpty().Average();
        return new Dictionary<string, double> { ["decibels"] = decibels };
    }

    /// <summary>So many held-out pictures from all corpora; training ones where none is held out.</summary>
    byte[][] Spread(int count)
    {
        var from = pictures.HeldOut.Count > 0 ? pictures.HeldOut : pictures.Train;
        var step = Math.Max(1, from.Count / count);
        return pictures.Pixels([.. from.Where((_, i) => i % step == 0).Take(count)]);
    }

    public void Save(string folder)
    {
        ImageCheckpoint.Save(folder, model);
        var some = Spread(Shown);
        PngFile.Write(Path.Combine(folder, "reconstructions.png"), ContactSheet.Of([.. some.Zip(Reconstructed(some), (a, b) => new[] { a, b }).SelectMany(pair => pair)], plan.Side, 8));
    }

    public void Export(string folder) => ImageCheckpoint.Save(folder, model, ElementType.BF16);

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State();

    public void Restore(string folder, int steps)
    {
        optimiser.Dispose();
        model = ImageCheckpoint.LoadAutoencoder(folder);
        optimiser = Optimise();
        optimiser.Restore(steps);
    }

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        optimiser.Dispose();
    }
}
