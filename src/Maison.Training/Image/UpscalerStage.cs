// Trains the upscaler: crops of pictures as they came, and the same crops at half their size, made the way in which the pictures of the flow
// are made. What comes out must be the crop.

using Maison.Data.Pictures;
using Maison.Data.Pictures.Preparation;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training.Optimisers;
using Maison.Training.Voice;

namespace Maison.Training.Image;

/// <summary>Pictures to twice their sides.</summary>
public sealed class UpscalerStage : IImageStage
{
    public const string Name = "upscaler";

    /// <summary>Sides of the large pictures: the larger one for those that came so large.</summary>
    const int Large = 256, Small = 128;
    const int Scales = 1, Measured = 64, Shown = 12;

    readonly ImageRunPlan plan;
    readonly Gang gang;
    readonly IReadOnlyList<Pair> train, heldOut;
    readonly Arena arena = new(Device.Current is null ? 64 << 20 : 1 << 30);
    readonly Pass pass;
    readonly PictureLoss error = new(Scales);
    readonly ExampleOrder order;
    readonly Prefetch<(float[] Given, float[] Wanted)> batches;
    readonly (float[] Given, float[] Wanted)[] buffers;
    readonly ImageGrid grid;
    Upscaler model;
    Optimiser optimiser;

    /// <summary>A picture and its half, three bytes a pixel.</summary>
    sealed record Pair(int Side, byte[] Whole, byte[] Half);

    /// <exception cref="InvalidDataException">The folder holds no prepared pictures, or damaged ones.</exception>
    public UpscalerStage(ImageRunPlan plan, Gang gang)
    {
        (this.plan, this.gang) = (plan, gang);
        var prepared = new PreparedPictures(plan.Data);
        Digests = prepared.Ledger.ToDictionary(e => e.File, e => e.Sha256);
        train = Pairs(prepared, [.. prepared.All.Where(p => !p.HeldOut)], plan.Pictures);
        heldOut = Pairs(prepared, [.. prepared.All.Where(p => p.HeldOut)], Measured);
        if (train.Count == 0) throw new InvalidDataException($"{plan.Data} holds no picture to train on.");
        order = new(train.Count, plan.Batch, plan.Seed);
        model = new(plan.Enlarger ?? new());
        ImageInit.Initialise(model, plan.Seed);
        optimiser = Optimise();
        pass = new(arena, gang, record: true);
        var half = plan.Side / UpscalerConfig.Factor;
        grid = new(plan.Batch, half, half);
        buffers = [Buffers(), Buffers()];
        batches = new(Draw);

        (float[], float[]) Buffers() => (new float[plan.Batch * half * half * 3], new float[plan.Batch * plan.Side * plan.Side * 3]);
    }

    Optimiser Optimise() => new(model, gang, new(Matrix: plan.Rate, Scalar: 0.1 * plan.Rate, Decay: 0.01, Beta1: 0.9, Beta2: 0.98));

    static Pair[] Pairs(PreparedPictures prepared, PreparedPicture[] some, int most)
    {
        // Spread over all corpora.
        if (most > 0 && most < some.Length) some = [.. Enumerable.Range(0, most).Select(i => some[(int)((long)i * some.Length / most)])];
        var pairs = new Pair[some.Length];
        Parallel.For(0, some.Length, i =>
        {
            var whole = prepared.Whole(some[i]);
            var side = Math.Min(whole.Width, whole.Height) >= Large ? Large : Small;
            pairs[i] = new(side, Square(side), Square(side / UpscalerConfig.Factor));

            byte[] Square(int edge) => PictureFile.Square(whole, edge, some[i].Nearest).Pixels;
        });
        return pairs;
    }

    public IReadOnlyDictionary<string, string> Digests { get; }

    (float[] Given, float[] Wanted) Draw(int step)
    {
        // The other buffers may still be read.
        var (given, wanted) = buffers[step % 2];
        var chosen = order.Batch(step);
        int whole = plan.Side, half = whole / UpscalerConfig.Factor;
        Parallel.For(0, plan.Batch, i =>
        {
            var random = new PictureRandom(plan.Seed, step, i);
            var pair = train[chosen[i]];
            var room = pair.Side / UpscalerConfig.Factor - half + 1;
            int top = random.Below(room), left = random.Below(room);
            var mirrored = random.Uniform() < 0.5f;
            Crop(pair.Half, pair.Side / UpscalerConfig.Factor, top, left, half, mirrored, given.AsSpan(i * half * half * 3));
            Crop(pair.Whole, pair.Side, top * UpscalerConfig.Factor, left * UpscalerConfig.Factor, whole, mirrored, wanted.AsSpan(i * whole * whole * 3));
        });
        return (given, wanted);
    }

    static void Crop(byte[] pixels, int side, int top, int left, int edge, bool mirrored, Span<float> to)
    {
        for (var y = 0; y < edge; y++)
            for (var x = 0; x < edge; x++)
                PictureSet.ToSigned(pixels.AsSpan(((top + y) * side + left + (mirrored ? edge - 1 - x : x)) * 3, 3), to[((y * edge + x) * 3)..]);
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var batch = batches.Take(step);
        pass.Begin(grid.Images);
        var made = model.Forward(pass, pass.Input(batch.Given, grid.Positions, 3), grid);
        var (loss, pixels) = error.Of(pass, made, pass.Input(batch.Wanted, made.Rows, 3), new(grid.Images, plan.Side, plan.Side));
        var losses = new Dictionary<string, double> { ["loss"] = loss.Row(0)[0], ["pixels"] = pixels.Row(0)[0] };
        pass.Backward(loss);
        losses["gradientNorm"] = optimiser.Step(rate);
        return losses;
    }

    /// <summary>Decibels of enlarged held-out pictures against those that came, and of the same pictures enlarged by blending neighbours; of the error over all of them, so that pixel art, which can be met exactly, does not lift the mean.</summary>
    public IReadOnlyDictionary<string, double> HeldOut()
    {
        using var enlarger = new PictureEnlarger(model, gang);
        var some = heldOut.Count > 0 ? heldOut : [.. train.Take(Measured)];
        return new Dictionary<string, double>
        {
            ["decibels"] = PictureLoss.Decibels(some.Average(p => PictureLoss.Squares(p.Whole, enlarger.Enlarge(p.Half, p.Side / UpscalerConfig.Factor)))),
            ["blended"] = PictureLoss.Decibels(some.Average(p => PictureLoss.Squares(p.Whole, Blended(p)))),
        };
    }

    static byte[] Blended(Pair p) => PictureFile.Square(new(p.Side / UpscalerConfig.Factor, p.Side / UpscalerConfig.Factor, p.Half), p.Side, nearest: false).Pixels;

    public void Save(string folder)
    {
        ImageCheckpoint.Save(folder, model);
        PngFile.Write(Path.Combine(folder, ExampleName), Example());
    }

    /// <summary>The page of held-out pictures: blended, enlarged, as they came.</summary>
    public const string ExampleName = "enlarged.png";

    Picture Example()
    {
        using var enlarger = new PictureEnlarger(model, gang);
        var large = (heldOut.Count > 0 ? heldOut : train).Where(p => p.Side == Large).ToArray();
        if (large.Length == 0) large = [.. train.Take(1)];
        var shown = Enumerable.Range(0, Shown).Select(i => large[i * large.Length / Shown]).ToArray();
        return ContactSheet.Of([.. shown.SelectMany(p => new[] { Blended(p), enlarger.Enlarge(p.Half, p.Side / UpscalerConfig.Factor), p.Whole })], shown[0].Side, 6);
    }

    public void Export(string folder)
    {
        ImageCheckpoint.Save(folder, model, ElementType.BF16);
        PngFile.Write(Path.Combine(folder, ExampleName), Example());
    }

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State();

    public void Restore(string folder, int steps)
    {
        optimiser.Dispose();
        model = ImageCheckpoint.LoadUpscaler(folder);
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
