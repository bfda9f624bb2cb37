// Trains the judge of pictures: real pictures, moved, scaled, mirrored, recoloured and disturbed, so that it goes by shape where it names things
// and forgives what a painter's blur does. Where it is known which pixels show a thing, that thing is a picture of its own, from the whole one in twice the
// size, so that materials and small things are seen.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
using Maison.Inference.Pictures;
using Maison.Models;
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

    /// <summary>A thing of this share of the picture is large enough to be seen in the picture's own view.</summary>
    const float LargePart = 0.6f;

    /// <summary>Pixels of a picture for one of a view, where its things are looked at alone.</summary>
    const int Closer = 2;

    const int Measured = 2000;

    readonly ImageRunPlan plan;
    readonly Gang gang;
    readonly JudgeNames names;
    readonly byte[][] train, heldOut;

    /// <summary>Pictures whose things can be looked at alone, larger; empty for the others.</summary>
    readonly byte[][] closer;

    /// <summary>What there is to look at: pictures, and things of them.</summary>
    readonly (int Example, JudgePart? Part)[] sights;
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
        public readonly int[] Styles = new int[pictures];

        /// <summary>A name of each picture, then another, to the most that one of them has; −1 for no more.</summary>
        public readonly List<int[]> Names = [];
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
        train = Decoded(names.Train, plan.Side);
        closer = Decoded([.. names.Train.Select(e => e.Parts.Count > 0 ? e : null)], Closer * plan.Side);
        heldOut = Decoded(names.HeldOut, plan.Side);
        sights = [.. names.Train.SelectMany((e, i) => e.Parts.Select(p => (i, (JudgePart?)p)).Prepend((i, null)))];
        order = new(sights.Length, plan.Batch, plan.Seed);
        model = new(config);
        ImageInit.Initialise(model, plan.Seed);
        if (plan.From is not null) Begin(plan.From);
        optimiser = Optimise();
        pass = new(arena, gang, record: true);
        buffers = [new(plan.Batch, plan.Side), new(plan.Batch, plan.Side)];
        batches = new(Draw);

        byte[][] Decoded(IReadOnlyList<JudgeExample?> some, int side)
        {
            var decoded = new byte[some.Count][];
            Parallel.For(0, decoded.Length, i => decoded[i] = some[i] is { } e ? prepared.Pixels(e.About, side) : []);
            return decoded;
        }
    }

    /// <summary>Takes over what another judge has learned; of styles and names those that both know. Blocks that the other lacks begin as the identity.</summary>
    void Begin(string folder)
    {
        var before = ImageCheckpoint.LoadJudge(folder);
        var heads = ModelWeights.Slots(model.Styles).Concat(ModelWeights.Slots(model.Names)).Select(s => s.Weight).ToHashSet();
        var learned = ModelWeights.Slots(before).ToDictionary(s => s.Key, s => (Param)s.Weight);
        foreach (var slot in ModelWeights.Slots(model))
        {
            var to = (Param)slot.Weight;
            if (learned.TryGetValue(slot.Key, out var from))
            {
                if (!heads.Contains(to)) from.Values.CopyTo(to.Values);
            }
            else if (slot.Key.EndsWith(".down", StringComparison.Ordinal)) to.Values.Clear();
            to.Changed();
        }
        Known(before.Config.Styles, before.Styles, config.Styles, model.Styles);
        Known(before.Config.Names, before.Names, config.Names, model.Names);
        foreach (var slot in ModelWeights.Slots(before)) (slot.Weight as IDisposable)?.Dispose();

        static void Known(IReadOnlyList<string> before, NameHead from, IReadOnlyList<string> now, NameHead to)
        {
            var known = before.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
            var features = to.Head.Cols;
            for (var i = 0; i < now.Count; i++)
            {
                if (!known.TryGetValue(now[i], out var at)) continue;
                ((Param)from.Head).Values.Slice(at * features, features).CopyTo(((Param)to.Head).Values[(i * features)..]);
                ((Param)to.HeadBias).Values[i] = ((Param)from.HeadBias).Values[at];
            }
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
        var told = new IReadOnlyList<int>[plan.Batch];
        Parallel.For(0, plan.Batch, i =>
        {
            var random = new PictureRandom(plan.Seed, step, i);
            var (at, part) = sights[chosen[i]];
            var about = names.Train[at];
            batch.Styles[i] = about.Style;
            var near = part is not null && Math.Max(part.About.Right - part.About.Left, part.About.Bottom - part.About.Top) < LargePart;
            var recoloured = JudgeView.Draw((near ? closer : train)[at], near ? Closer * plan.Side : plan.Side, part?.About, plan.Side, about.Mirrors, ref random, batch.Pixels.AsSpan(i * size, size));
            var all = part?.Names ?? about.Names;
            told[i] = recoloured && config.Colours ? [.. all.Where(n => !NamedColours.All.Contains(names.Names[n]))] : all;
        });
        batch.Names.Clear();
        for (var n = 0; n < Math.Max(1, told.Max(t => t.Count)); n++) batch.Names.Add([.. told.Select(t => n < t.Count ? t[n] : -1)]);
        return batch;
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var batch = batches.Take(step);
        pass.Begin(plan.Batch);
        var features = model.Features(pass, pass.Input(batch.Pixels, plan.Batch * plan.Side * plan.Side, 3));
        var style = pass.Scale(pass.CrossEntropy(model.Styles.Forward(pass, features), batch.Styles), 1f / plan.Batch);
        var logits = model.Names.Forward(pass, features);
        var name = pass.Scale(batch.Names.Select(n => pass.CrossEntropy(logits, n)).Aggregate(pass.Add), 1f / Math.Max(1, batch.Names.Sum(n => n.Count(i => i >= 0))));
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
