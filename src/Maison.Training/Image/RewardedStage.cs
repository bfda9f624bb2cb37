// A flow that paints in few steps learns from a judge of its pictures: the judge's error goes back through decoder and all steps of the walk to the weights
// (direct reward fine-tuning, arXiv 2309.17400). Steps are walked back one by one from the states that were kept, so memory holds one at a time.
// What holds it to what it learned from pictures is an anchor: the squared distance of its guesses from those of the flow it began as, along its own walk;
// and what is finished is a mean of both flows' weights, which keeps most of what was won and loses little of what was there (arXiv 2109.01903).
// The judge is not the one that scores: that one must not have taught what it scores.

using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Training.Image;

/// <summary>Prompts and noise to pictures that a judge knows.</summary>
public sealed class RewardedStage : IImageStage
{
    public const string Name = "rewarded";

    /// <summary>How much the distance from the first flow's guesses counts, usually.</summary>
    public const float UsualAnchor = 5;

    /// <summary>Share of the taught weights in what is finished, usually; the rest is of the first flow.</summary>
    public const float UsualShare = 0.5f;

    const float StyleWeight = 0.5f, AverageRate = 0.02f, Noise = 0.06f;
    const int Measured = 48, MeasuredTogether = 16, Shown = 32;
    static readonly PaintingOptions unguided = new(Guidance: 1);

    readonly ImageRunPlan plan;
    readonly PictureSet pictures;
    readonly Autoencoder autoencoder;
    readonly PictureJudge judge;
    readonly BpeTokenizer tokenizer;
    readonly RewardPrompts prompts;
    readonly FlowTransformer first;
    readonly FlowConfig config;
    readonly FlowWeights weights;
    readonly PictureLoss loss = new(1);
    readonly Arena arena = new(Device.Current is null ? 64 << 20 : 1 << 30);
    readonly Gang gang;
    readonly Pass pass;

    /// <summary>Pictures on their way: what they are to show, and every state of their walk.</summary>
    sealed class Walk(int pictures, FlowConfig config)
    {
        public readonly int[][] Captions = new int[pictures][];
        public readonly RewardPrompt[] Prompts = new RewardPrompt[pictures];
        public readonly float[][] States = [.. Enumerable.Range(0, config.Steps + 1).Select(_ => new float[pictures * config.PictureTokens * config.PatchValues])];
        public readonly FlowSequence Sequence = new(config);
    }

    /// <exception cref="InvalidDataException">The folder holds no prepared pictures, or damaged ones, or the judge knows none of them.</exception>
    public RewardedStage(ImageRunPlan plan, Gang gang)
    {
        (this.plan, this.gang) = (plan, gang);
        pictures = new(plan);
        autoencoder = ImageCheckpoint.LoadAutoencoder(plan.Autoencoder ?? throw new ArgumentException("A rewarded flow needs its autoencoder."));
        tokenizer = BpeTokenizer.Load(plan.Tokenizer ?? throw new ArgumentException("A rewarded flow needs its tokenizer."));
        judge = ImageCheckpoint.LoadJudge(plan.Reward ?? throw new ArgumentException("A rewarded flow needs a judge: name its run."));
        prompts = new(pictures.Train, judge.Config);
        first = ImageCheckpoint.LoadFlow(plan.Teacher ?? throw new ArgumentException("A rewarded flow needs one to begin with: name its run."));
        config = first.Config with { Steps = plan.FewSteps };
        if (judge.Config.Side * 2 != plan.Side) throw new InvalidDataException($"The judge sees {judge.Config.Side} × {judge.Config.Side} pixels, not half of the flow's {plan.Side}. Train one with --side {plan.Side / 2}.");
        foreach (var slot in ModelWeights.Slots(autoencoder).Concat(ModelWeights.Slots(judge))) ((Param)slot.Weight).Frozen = true;
        weights = new(FlowWeights.Twin(first, config), FlowWeights.Rates(plan.Rate, decay: 0), AverageRate, autoencoder, tokenizer, gang);
        pass = new(arena, gang, record: true);
    }

    public IReadOnlyDictionary<string, string> Digests => pictures.Digests;

    float Time(int step) => 1 - (float)step / config.Steps;

    Walk Drawn(int seed, int step, int count)
    {
        var walk = new Walk(count, config);
        var values = walk.States[0].Length / count;
        for (var i = 0; i < count; i++)
        {
            var random = new PictureRandom(seed, step, i);
            walk.Prompts[i] = prompts.Draw(step * count + i, ref random);
            walk.Captions[i] = tokenizer.Encode(walk.Prompts[i].Text);
            random.Normal(walk.States[0].AsSpan(i * values, values));
        }
        return walk;
    }

    /// <summary>Paints, keeping every state.</summary>
    void Paint(Walk walk, FlowTransformer flow)
    {
        using var plain = new Pass(arena, gang);
        var sampler = new FlowSampler(flow, autoencoder.Config.Range);
        float[] times = new float[walk.Captions.Length], next = new float[times.Length], guess = new float[walk.States[0].Length];
        for (var step = 0; step < config.Steps; step++)
        {
            walk.States[step].CopyTo(walk.States[step + 1], 0);
            Array.Fill(times, Time(step));
            Array.Fill(next, Time(step + 1));
            sampler.Step(plain, walk.Captions, times, next, unguided, walk.States[step + 1], guess);
        }
    }

    /// <summary>What the judge makes of the end of a walk: logits over names, error of styles.</summary>
    (Tensor Names, Tensor Styles, Tensor Latents) Judged(Pass p, Walk walk, float[]? noise)
    {
        var count = walk.Captions.Length;
        var grid = new ImageGrid(count, config.Grid, config.Grid);
        p.Begin(grid.Positions);
        var input = p.Input(LatentPatches.Decodable(config, walk.States[^1]), grid.Positions, config.Latent);
        var seen = loss.Halved(p, autoencoder.Decoder.Forward(p, input, grid), new(count, plan.Side, plan.Side));
        if (noise is not null) seen = p.Add(seen, p.Input(noise, seen.Rows, seen.Cols));
        var features = judge.Features(p, seen);
        return (judge.Names.Forward(p, features), p.CrossEntropy(judge.Styles.Forward(p, features), [.. walk.Prompts.Select(w => w.Style)]), input);
    }

    /// <summary>Mean error of the names of prompts, in nats: every name of a prompt counts alike, and every prompt that has some.</summary>
    /// <param name="gradient">Takes its gradient; empty where none is wanted. // (pictures, names)</param>
    /// <returns>The error, and the share of prompts of which a name comes first.</returns>
    static (double Error, double Right) Named(IReadOnlyList<RewardPrompt> prompts, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        var (told, width) = (Math.Max(1, prompts.Count(p => p.Names.Count > 0)), logits.Length / prompts.Count);
        double error = 0, right = 0;
        gradient.Clear();
        for (var i = 0; i < prompts.Count; i++)
        {
            var wanted = prompts[i].Names;
            if (wanted.Count == 0) continue;
            var row = logits.Slice(i * width, width);
            var (most, sum) = (float.NegativeInfinity, 0.0);
            foreach (var z in row) most = MathF.Max(most, z);
            foreach (var z in row) sum += Math.Exp(z - most);
            foreach (var n in wanted)
            {
                error += (most + Math.Log(sum) - row[n]) / (wanted.Count * told);
                if (row[n] == most) right += 1.0 / told;
            }
            if (gradient.IsEmpty) continue;
            var to = gradient.Slice(i * width, width);
            for (var n = 0; n < width; n++) to[n] = (float)(Math.Exp(row[n] - most) / (sum * told));
            foreach (var n in wanted) to[n] -= 1f / (wanted.Count * told);
        }
        return (error, right);
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var walk = Drawn(plan.Seed, step, plan.Batch);
        Paint(walk, weights.Model);
        var random = new PictureRandom(plan.Seed, step, plan.Batch);
        var noise = new float[plan.Batch * judge.Config.Side * judge.Config.Side * 3];
        random.Normal(noise);
        var strength = Noise * random.Uniform();
        for (var i = 0; i < noise.Length; i++) noise[i] *= strength;
        var (names, styles, latents) = Judged(pass, walk, noise);
        var verdict = new float[names.Count];
        var (nameLoss, _) = Named(walk.Prompts, pass.Read(names), verdict);
        var styleLoss = styles.Value / (double)plan.Batch;
        pass.Seed(names, verdict);
        pass.Seed(styles, StyleWeight / plan.Batch);
        pass.Backward();
        var gradient = new float[walk.States[0].Length];
        var values = gradient.Length / plan.Batch;
        var back = pass.GradientOf(latents);
        for (var i = 0; i < plan.Batch; i++) LatentPatches.Copy(config, back.Slice(i * values, values), gradient.AsSpan(i * values, values), toPatches: true);
        for (var i = 0; config.Deviation.Count > 0 && i < gradient.Length; i++) gradient[i] *= config.Deviation[i % config.Latent];
        var anchor = 0.0;
        for (var k = config.Steps - 1; k >= 0; k--) anchor += Back(walk, k, gradient);
        return new Dictionary<string, double>
        {
            ["loss"] = nameLoss + StyleWeight * styleLoss + plan.Anchor * anchor,
            ["names"] = nameLoss,
            ["styles"] = styleLoss,
            ["anchor"] = anchor,
            ["gradientNorm"] = weights.Step(step, rate),
        };
    }

    /// <summary>Walks a step back: from the gradient of the state after it to that of the state before it, and to the weights.</summary>
    /// <returns>Mean squared distance of the guesses from the first flow's.</returns>
    double Back(Walk walk, int step, float[] gradient)
    {
        float time = Time(step), share = (Time(step + 1) - time) / MathF.Max(time, FlowSampler.LeastTime);
        int values = gradient.Length / plan.Batch, rows = 0;
        var sequence = walk.Sequence;
        sequence.Clear();
        for (var i = 0; i < plan.Batch; i++) sequence.Add(walk.States[step].AsSpan(i * values, values), time, walk.Captions[i]);
        float[] usual;
        using (var plain = new Pass(arena, gang))
        {
            plain.Begin(sequence.Segments, sequence.Outputs);
            usual = plain.Read(first.Forward(plain, sequence.Ids, plain.Input(sequence.Inputs, sequence.Ids.Length, config.InputValues))).ToArray();
        }
        pass.Begin(sequence.Segments, sequence.Outputs);
        var inputs = pass.Input(sequence.Inputs, sequence.Ids.Length, config.InputValues);
        var guess = weights.Model.Forward(pass, sequence.Ids, inputs);
        var made = pass.Read(guess);
        // z' = z + share (z − guess), and the anchor's mean square.
        var seed = new float[gradient.Length];
        var (squares, pull) = (0.0, 2 * plan.Anchor / (gradient.Length * config.Steps));
        for (var i = 0; i < seed.Length; i++)
        {
            var far = made[i] - usual[i];
            squares += far * far;
            seed[i] = pull * far - share * gradient[i];
        }
        pass.Backward(guess, seed);
        var back = pass.GradientOf(inputs);
        foreach (var row in sequence.Outputs)
        {
            var from = back.Slice(row * config.InputValues, config.PatchValues);
            var to = gradient.AsSpan(rows++ * config.PatchValues, config.PatchValues);
            for (var c = 0; c < to.Length; c++) to[c] = (1 + share) * to[c] + from[c];
        }
        return squares / (gradient.Length * config.Steps);
    }

    /// <summary>What the judge makes of pictures for prompts that do not change: its errors, and how often a name of the prompt comes first.</summary>
    public IReadOnlyDictionary<string, double> HeldOut()
    {
        double names = 0, styles = 0, right = 0;
        using var plain = new Pass(arena, gang);
        for (var part = 0; part < Measured / MeasuredTogether; part++)
        {
            var walk = Drawn(plan.Seed + 1, part, MeasuredTogether);
            Paint(walk, weights.Average);
            var (logits, style, _) = Judged(plain, walk, noise: null);
            styles += style.Value / Measured;
            var (error, first) = Named(walk.Prompts, plain.Read(logits), []);
            names += error * MeasuredTogether / Measured;
            right += first * MeasuredTogether / Measured;
        }
        return new Dictionary<string, double> { ["names"] = names, ["styles"] = styles, ["right"] = right };
    }

    public void Save(string folder) => weights.Save(folder, [.. Drawn(plan.Seed + 1, 0, Shown).Prompts.Select(p => p.Text)]);

    // It paints in the steps of the first flow: those of a lesson are fewer, since each is walked back.
    public void Export(string folder)
    {
        var mean = FlowWeights.Twin(first, first.Config);
        foreach (var (m, w) in ModelWeights.Slots(mean).Zip(ModelWeights.Slots(weights.Average))) Updates.Average(gang, (Param)m.Weight, (Param)w.Weight, plan.Share);
        weights.Export(folder, mean);
    }

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => weights.State();

    public void Restore(string folder, int steps) => weights.Restore(folder, steps);

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        weights.Dispose();
    }
}
