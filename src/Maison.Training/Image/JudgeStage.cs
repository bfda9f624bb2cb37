// Trains the judge of pictures: real pictures, moved, scaled, mirrored, recoloured and disturbed, so that it goes by shape where it names things
// and forgives what a painter's blur does. Of several names of a picture a step is told one by chance.

using Maison.Data.Pictures.Preparation;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training.Optimisers;
using Maison.Training.Voice;

namespace Maison.Training.Image;

/// <summary>Pictures to what they show.</summary>
public sealed class JudgeStage : IImageStage
{
    public const string Name = "judge";

    const float StyleWeight = 0.5f;
    const int Measured = 2000;

    readonly ImageRunPlan plan;
    readonly Gang gang;
    readonly JudgeNames names;
    readonly byte[][] train, heldOut;
    readonly JudgeConfig config;
    readonly Arena arena = new(Device.Current is null ? 64 << 20 : 1 << 30);
    readonly Pass pass;
    readonly ExampleOrder order;
    readonly Prefetch<Batch> batches;
    readonly Batch[] buffers;
    PictureJudge model;
    Optimiser optimiser;

    sealed class Batch(int pictures, int side)
    {
        public readonly float[] Pixels = new float[pictures * side * side * 3];
        public readonly int[] Styles = new int[pictures], Names = new int[pictures];
    }

    /// <exception cref="InvalidDataException">The folder holds no prepared pictures, or damaged ones, or too few to learn a name.</exception>
    public JudgeStage(ImageRunPlan plan, Gang gang)
    {
        (this.plan, this.gang) = (plan, gang);
        var prepared = new PreparedPictures(plan.Data);
        Digests = prepared.Ledger.ToDictionary(e => e.File, e => e.Sha256);
        names = new(prepared.All, plan.Pictures, plan.Judge?.Colours ?? false);
        if (names.Names.Count == 0) throw new InvalidDataException($"{plan.Data} shows nothing often enough to be learned. Prepare more pictures of each thing.");
        config = ((plan.Judge ?? new()) with { Side = plan.Side, Styles = names.Styles, Names = names.Names }).Validated();
        train = Decoded(names.Train);
        heldOut = Decoded(names.HeldOut);
        order = new(train.Length, plan.Batch, plan.Seed);
        model = new(config);
        ImageInit.Initialise(model, plan.Seed);
        optimiser = Optimise();
        pass = new(arena, gang, record: true);
        buffers = [new(plan.Batch, plan.Side), new(plan.Batch, plan.Side)];
        batches = new(Draw);

        byte[][] Decoded(IReadOnlyList<JudgeExample> some)
        {
            var decoded = new byte[some.Count][];
            Parallel.For(0, decoded.Length, i => decoded[i] = prepared.Pixels(some[i].About, plan.Side));
            return decoded;
        }
    }

    Optimiser Optimise() => new(model, gang, new(Matrix: plan.Rate, Head: 0.2 * plan.Rate, Scalar: 0.1 * plan.Rate, Decay: 0.05, Beta1: 0.9, Beta2: 0.98));

    public IReadOnlyDictionary<string, string> Digests { get; }

    /// <summary>The model as it is now.</summary>
    public PictureJudge Model => model;

    Batch Draw(int step)
    {
        // The other buffer may still be read.
        var batch = buffers[step % 2];
        var chosen = order.Batch(step);
        var size = plan.Side * plan.Side * 3;
        Parallel.For(0, plan.Batch, i =>
        {
            var random = new PictureRandom(plan.Seed, step, i);
            var about = names.Train[chosen[i]];
            batch.Styles[i] = about.Style;
            batch.Names[i] = about.Names.Count == 0 ? -1 : about.Names[random.Below(about.Names.Count)];
            JudgeView.Draw(train[chosen[i]], plan.Side, about.Mirrors, !config.Colours, ref random, batch.Pixels.AsSpan(i * size, size));
        });
        return batch;
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var batch = batches.Take(step);
        pass.Begin(plan.Batch);
        var features = model.Features(pass, pass.Input(batch.Pixels, plan.Batch * plan.Side * plan.Side, 3));
        var style = pass.Scale(pass.CrossEntropy(model.Styles.Forward(pass, features), batch.Styles), 1f / plan.Batch);
        var name = pass.Scale(pass.CrossEntropy(model.Names.Forward(pass, features), batch.Names), 1f / Math.Max(1, batch.Names.Count(n => n >= 0)));
        var loss = pass.Add(name, pass.Scale(style, StyleWeight));
        var losses = new Dictionary<string, double> { ["loss"] = loss.Row(0)[0], ["names"] = name.Row(0)[0], ["styles"] = style.Row(0)[0] };
        pass.Backward(loss);
        losses["gradientNorm"] = optimiser.Step(rate);
        return losses;
    }

    /// <summary>Shares of held-out pictures whose style and name come first, and whose name is among the first five; names of those whose name it could learn.</summary>
    public IReadOnlyDictionary<string, double> HeldOut()
    {
        var (some, pixels) = heldOut.Length > 0 ? (names.HeldOut, heldOut) : (names.Train, train);
        int[] chosen = [.. Enumerable.Range(0, Math.Min(Measured, some.Count)).Select(i => (int)((long)i * some.Count / Math.Min(Measured, some.Count)))];
        using var appraiser = new PictureAppraiser(model, gang);
        var seen = appraiser.Look([.. chosen.Select(i => pixels[i])]);
        var known = chosen.Zip(seen).Where(p => some[p.First].Names.Count > 0).Select(p => (Rank: some[p.First].Names.Min(n => Rank(p.Second.Names, n)), 0)).ToArray();
        return new Dictionary<string, double>
        {
            ["style"] = chosen.Zip(seen, (i, a) => Rank(a.Styles, some[i].Style) == 0 ? 1.0 : 0).DefaultIfEmpty().Average(),
            ["name"] = known.Select(k => k.Rank == 0 ? 1.0 : 0).DefaultIfEmpty().Average(),
            ["nameAmongFive"] = known.Select(k => k.Rank < 5 ? 1.0 : 0).DefaultIfEmpty().Average(),
        };
    }

    static int Rank(ReadOnlySpan<float> logits, int of)
    {
        var better = 0;
        foreach (var z in logits) better += z > logits[of] ? 1 : 0;
        return better;
    }

    public void Save(string folder) => ImageCheckpoint.Save(folder, model);

    public void Export(string folder) => ImageCheckpoint.Save(folder, model, ElementType.BF16);

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State();

    public void Restore(string folder, int steps)
    {
        optimiser.Dispose();
        model = ImageCheckpoint.LoadJudge(folder);
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
