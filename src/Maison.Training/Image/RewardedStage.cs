// A flow that paints in few steps learns from a judge of its pictures: the judge's error goes back through decoder and all steps of the walk to the weights
// (direct reward fine-tuning, arXiv 2309.17400). Every step of a walk is recorded where it is taken, and walked back from the last to the first.
// What holds it to what it learned from pictures is an anchor, the squared distance of its guesses from those of the flow it began as along its own walk, and
// a critic that learns meanwhile to tell what it paints from real pictures. Things of scenes are looked at alone as well, each where its colour is.
// The judge is not the one that scores: that one must not have taught what it scores.

using Maison.Data.Pictures;
using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
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
    const string CriticFolder = "critic";

    /// <summary>How much the distance from the first flow's guesses counts, usually.</summary>
    public const float UsualAnchor = 5;

    /// <summary>How strongly a critic pulls, usually, as a share of how strongly the judge does.</summary>
    public const float UsualCritic = 1;

    const float StyleWeight = 0.5f, AverageRate = 0.02f, Noise = 0.06f, CriticRate = 2;
    // Until then a critic knows too little to pull with all its strength.
    const int Schooled = 100;
    const int Measured = 48, MeasuredTogether = 16, Shown = 32;

    readonly ImageRunPlan plan;
    readonly PictureSet pictures;
    readonly Autoencoder autoencoder;
    readonly PictureJudge judge;
    readonly BpeTokenizer tokenizer;
    readonly RewardPrompts prompts;
    readonly FlowTransformer first;
    readonly FlowConfig config;
    readonly FlowWeights weights;
    readonly PictureCritic? critic;
    readonly PictureLoss loss = new(1);
    readonly Arena arena = Space(), eyes = Space();
    readonly Gang gang;
    readonly Pass pass, judging;
    readonly Taken[] taken;
    readonly Prefetch<Lesson> lessons;

    /// <summary>Pictures on their way: what they are to show, and their patches.</summary>
    sealed class Walk(int pictures, FlowConfig config)
    {
        public readonly int[][] Captions = new int[pictures][];
        public readonly RewardPrompt[] Prompts = new RewardPrompt[pictures];

        /// <summary>(pictures, pictureTokens, patchValues).</summary>
        public readonly float[] Patches = new float[pictures * config.PictureTokens * config.PatchValues];
    }

    /// <summary>A step of a walk as it was taken.</summary>
    sealed class Taken : IDisposable
    {
        readonly Arena arena = Space();
        public readonly Pass Pass;
        public FlowSampler? Sampler;

        public Taken(Gang gang) => Pass = new(arena, gang, record: true);

        public void Dispose()
        {
            Pass.Dispose();
            arena.Dispose();
        }
    }

    /// <summary>What a step is about: pictures on their way, real ones of the same styles, and what disturbs both before they are looked at.</summary>
    /// <param name="Real">Pixels in [−1, 1]; none without a critic. // (pictures, side², 3)</param>
    /// <param name="Noise">Of those painted, then of the real ones. // (2 pictures, judge's side², 3)</param>
    sealed record Lesson(Walk Walk, float[] Real, float[] Noise);

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
        if (plan.Critic > 0) critic = new(judge, CriticRate * plan.Rate, gang);
        taken = [.. Enumerable.Range(0, config.Steps).Select(_ => new Taken(gang))];
        pass = new(arena, gang, record: true);
        judging = new(eyes, gang, record: true);
        lessons = new(Prepare);
    }

    static Arena Space() => new(Device.Current is null ? 64 << 20 : 1 << 30);

    public IReadOnlyDictionary<string, string> Digests => pictures.Digests;

    float Time(int step) => 1 - (float)step / config.Steps;

    Walk Drawn(int seed, int step, int count)
    {
        var walk = new Walk(count, config);
        var values = walk.Patches.Length / count;
        for (var i = 0; i < count; i++)
        {
            var random = new PictureRandom(seed, step, i);
            walk.Prompts[i] = prompts.Draw(step * count + i, ref random);
            walk.Captions[i] = tokenizer.Encode(walk.Prompts[i].Text);
            random.Normal(walk.Patches.AsSpan(i * values, values));
        }
        return walk;
    }

    /// <summary>Paints as the model usually does, in the steps of a lesson.</summary>
    /// <param name="of">What takes a step of the walk, and where.</param>
    void Paint(Walk walk, Func<int, (FlowSampler Sampler, Pass Pass)> of)
    {
        var usual = PaintingOptions.Usual(config);
        float[] times = new float[walk.Captions.Length], next = new float[times.Length], guess = new float[walk.Patches.Length];
        for (var step = 0; step < config.Steps; step++)
        {
            Array.Fill(times, Time(step));
            Array.Fill(next, Time(step + 1));
            var (sampler, p) = of(step);
            sampler.Step(p, walk.Captions, times, next, usual, walk.Patches, guess);
        }
    }

    FlowSampler Sampler(FlowTransformer flow) => new(flow, autoencoder.Config.Range);

    Lesson Prepare(int step)
    {
        var walk = Drawn(plan.Seed, step, plan.Batch);
        var random = new PictureRandom(plan.Seed, step, plan.Batch);
        var noise = new float[(critic is null ? 1 : 2) * plan.Batch * judge.Config.Side * judge.Config.Side * 3];
        random.Normal(noise);
        var strength = Noise * random.Uniform();
        for (var i = 0; i < noise.Length; i++) noise[i] *= strength;
        if (critic is null) return new(walk, [], noise);
        var shown = new PreparedPicture[plan.Batch];
        for (var i = 0; i < shown.Length; i++) shown[i] = prompts.Like(walk.Prompts[i], ref random);
        var size = plan.Side * plan.Side * 3;
        var pixels = new float[shown.Length * size];
        Parallel.For(0, shown.Length, i => PictureSet.ToSigned(pictures.Pixels(shown[i]), pixels.AsSpan(i * size, size)));
        return new(walk, pixels, noise);
    }

    /// <summary>Latents to pictures, and those in the size that a judge sees.</summary>
    (Tensor Large, Tensor Small) Decoded(Pass p, Tensor latents, int count)
    {
        var large = autoencoder.Decoder.Forward(p, latents, new(count, config.Grid, config.Grid));
        return (large, loss.Halved(p, large, new(count, plan.Side, plan.Side)));
    }

    /// <summary>The pictures at the end of a walk, also small, and the latents that they are of.</summary>
    (Tensor Large, Tensor Small, Tensor Latents) Seen(Pass p, Walk walk)
    {
        var count = walk.Captions.Length;
        p.Begin(count * config.Grid * config.Grid);
        var latents = p.Input(LatentPatches.Decodable(config, walk.Patches), p.Rows, config.Latent);
        var (large, small) = Decoded(p, latents, count);
        return (large, small, latents);
    }

    /// <summary>Real pictures as the autoencoder gives them back, small.</summary>
    float[] Reencoded(float[] real)
    {
        using var plain = new Pass(eyes, gang);
        plain.Begin(plan.Batch * config.Grid * config.Grid);
        return plain.Read(Decoded(plain, autoencoder.Encoder.Forward(plain, plain.Input(real, real.Length / 3, 3), new(plan.Batch, plan.Side, plan.Side)), plan.Batch).Small).ToArray();
    }

    /// <summary>What the judge makes of pictures: the errors of their names and styles, in nats, and how often a name comes first.</summary>
    /// <param name="asked">Names that each should have.</param>
    /// <param name="styles">Styles that they should have; none where that is not asked.</param>
    /// <param name="gradient">Takes that of the pixels; empty where none is wanted.</param>
    (double Names, double Right, double Styles) Judged(float[] pixels, IReadOnlyList<IReadOnlyList<int>> asked, int[] styles, Span<float> gradient)
    {
        judging.Begin(asked.Count);
        var seen = judging.Input(pixels, pixels.Length / 3, 3);
        var features = judge.Features(judging, seen);
        var logits = judge.Names.Forward(judging, features);
        var style = styles.Length > 0 ? judging.CrossEntropy(judge.Styles.Forward(judging, features), styles) : (Tensor?)null;
        var verdict = new float[logits.Count];
        var (error, right) = NamingLoss.Of(asked, judging.Read(logits), verdict);
        if (!gradient.IsEmpty)
        {
            judging.Seed(logits, verdict);
            if (style is { } s) judging.Seed(s, StyleWeight / asked.Count);
            judging.Backward();
            judging.GradientOf(seen).CopyTo(gradient);
        }
        return (error, right, (style?.Value ?? 0) / (double)asked.Count);
    }

    (double Names, double Right, double Styles) Judged(float[] pixels, IReadOnlyList<RewardPrompt> asked, Span<float> gradient)
        => Judged(pixels, [.. asked.Select(a => a.Names)], [.. asked.Select(a => a.Style)], gradient);

    /// <summary>What the judge makes of the things of scenes, each looked at alone where its colour is.</summary>
    /// <param name="noise">What disturbs each picture's views; empty for nothing. // (pictures, judge's side², 3)</param>
    /// <param name="gradient">Receives that of the pictures, each view weighing as a picture does; empty where none is wanted.</param>
    /// <returns>Mean error of their names in nats, and how many were looked at.</returns>
    (double Error, int Looks) Near(float[] painted, IReadOnlyList<RewardPrompt> asked, ReadOnlySpan<float> noise, Span<float> gradient)
    {
        int size = painted.Length / asked.Count, side = judge.Config.Side, small = side * side * 3;
        var found = new List<(ThingInWords Thing, NearView View)>[asked.Count];
        Parallel.For(0, asked.Count, i =>
        {
            found[i] = [];
            if (asked[i].Things.Count == 0) return;
            var picture = new Picture(plan.Side, plan.Side, Painter.Bytes(painted.AsSpan(i * size, size)));
            var regions = new PictureRegions(picture);
            foreach (var thing in asked[i].Things)
                if (thing.In(regions) is { } piece) found[i].Add((thing, new(piece.SquareAround(plan.Side, plan.Side, ThingInWords.Margin), side)));
        });
        var looks = found.SelectMany((f, i) => f.Select(t => (Picture: i, t.Thing, t.View))).ToArray();
        if (looks.Length == 0) return (0, 0);
        var views = new float[looks.Length * small];
        for (var k = 0; k < looks.Length; k++)
        {
            var view = views.AsSpan(k * small, small);
            looks[k].View.Look(painted.AsSpan(looks[k].Picture * size, size), plan.Side, view);
            if (!noise.IsEmpty) Disturb(view, noise.Slice(looks[k].Picture * small, small));
        }
        var back = new float[gradient.IsEmpty ? 0 : views.Length];
        var (error, _, _) = Judged(views, [.. looks.Select(l => l.Thing.Names)], [], back);
        if (gradient.IsEmpty) return (error, looks.Length);
        for (var i = 0; i < back.Length; i++) back[i] *= (float)looks.Length / asked.Count;
        for (var k = 0; k < looks.Length; k++) looks[k].View.Back(back.AsSpan(k * small, small), plan.Side, gradient.Slice(looks[k].Picture * size, size));
        return (error, looks.Length);
    }

    static void Disturb(Span<float> pixels, ReadOnlySpan<float> noise)
    {
        for (var i = 0; i < pixels.Length; i++) pixels[i] += noise[i];
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var (walk, real, noise) = lessons.Take(step);
        // Every step is kept where it was taken, to be walked back.
        Paint(walk, k => (taken[k].Sampler ??= Sampler(weights.Model), taken[k].Pass));
        var (large, seen, latents) = Seen(pass, walk);
        float[] whole = pass.Read(large).ToArray(), painted = pass.Read(seen).ToArray();
        Disturb(painted, noise);
        float[] pull = new float[painted.Length], closer = new float[whole.Length];
        var (names, _, styles) = Judged(painted, walk.Prompts, pull);
        var (near, looks) = Near(whole, walk.Prompts, noise, closer);
        var losses = new Dictionary<string, double> { ["loss"] = 0, ["names"] = names, ["styles"] = styles, ["near"] = near };
        if (critic is not null)
        {
            var pictured = Reencoded(real);
            Disturb(pictured, noise.AsSpan(painted.Length));
            var further = new float[painted.Length];
            (losses["critic"], losses["taken"]) = critic.Contest(painted, pictured, [.. walk.Prompts.Select(p => p.Style)], rate, further);
            // As long as the judge's gradient, whatever the critic's own scale is.
            var strength = (float)(plan.Critic * Math.Min(1, (step + 1.0) / Schooled) * Math.Sqrt(Squares(pull) / Math.Max(1e-30, Squares(further))));
            for (var i = 0; i < pull.Length; i++) pull[i] += strength * further[i];
        }
        pass.Seed(large, closer);
        pass.Backward(seen, pull);
        var gradient = new float[walk.Patches.Length];
        var values = gradient.Length / plan.Batch;
        var back = pass.GradientOf(latents);
        for (var i = 0; i < plan.Batch; i++) LatentPatches.Copy(config, back.Slice(i * values, values), gradient.AsSpan(i * values, values), toPatches: true);
        for (var i = 0; config.Deviation.Count > 0 && i < gradient.Length; i++) gradient[i] *= config.Deviation[i % config.Latent];
        var anchor = 0.0;
        // The anchor holds one guess of a walk, by turns, with the strength of all.
        for (var k = config.Steps - 1; k >= 0; k--) anchor += Back(k, gradient, held: k == step % config.Steps);
        losses["anchor"] = anchor;
        losses["loss"] = names + StyleWeight * styles + near * looks / plan.Batch + plan.Anchor * anchor;
        losses["gradientNorm"] = weights.Step(step, rate);
        return losses;

        static double Squares(float[] values)
        {
            var sum = 0.0;
            foreach (var v in values) sum += v * v;
            return sum;
        }
    }

    /// <summary>Walks a step back: from the gradient of the state after it to that of the state before it, and to the weights.</summary>
    /// <param name="held">Whether the anchor holds its guesses.</param>
    /// <returns>Mean squared distance of held guesses from the first flow's.</returns>
    double Back(int step, float[] gradient, bool held)
    {
        float time = Time(step), share = (Time(step + 1) - time) / MathF.Max(time, FlowSampler.LeastTime), guidance = PaintingOptions.Usual(config).Guidance;
        var values = gradient.Length / plan.Batch;
        var (sampler, p) = (taken[step].Sampler!, taken[step].Pass);
        var sequence = sampler.Sequence;
        // One of each picture; where the step was guided, another of each without its caption.
        var sequences = sequence.Segments.Length;
        float[]? usual = null;
        if (held)
        {
            using var plain = new Pass(arena, gang);
            plain.Begin(sequence.Segments, sequence.Outputs);
            usual = plain.Read(first.Forward(plain, sequence.Ids, plain.Input(sequence.Inputs, sequence.Ids.Length, config.InputValues))).ToArray();
        }
        var (inputs, clean) = sampler.Last;
        var made = p.Read(clean);
        // z' = z + share (z − guess), where a guided guess is bare + guidance (captioned − bare); and the anchor's mean square.
        var seed = new float[sequences * values];
        var (squares, pull) = (0.0, 2 * plan.Anchor / seed.Length);
        for (var s = 0; s < sequences; s++)
        {
            var part = -share * (sequences == plan.Batch ? 1 : s < plan.Batch ? guidance : 1 - guidance);
            for (var k = 0; k < values; k++)
            {
                var at = s * values + k;
                var far = usual is null ? 0 : made[at] - usual[at];
                squares += far * far;
                seed[at] = pull * far + part * gradient[at % gradient.Length];
            }
        }
        p.Backward(clean, seed);
        var back = p.GradientOf(inputs);
        for (var i = 0; i < gradient.Length; i++) gradient[i] *= 1 + share;
        for (var r = 0; r < sequence.Outputs.Length; r++)
        {
            var from = back.Slice(sequence.Outputs[r] * config.InputValues, config.PatchValues);
            var to = gradient.AsSpan(r * config.PatchValues % gradient.Length, config.PatchValues);
            for (var c = 0; c < to.Length; c++) to[c] += from[c];
        }
        return squares / seed.Length;
    }

    /// <summary>What the judge makes of pictures for prompts that do not change: its errors, and how often a name of the prompt comes first.</summary>
    public IReadOnlyDictionary<string, double> HeldOut()
    {
        double names = 0, styles = 0, right = 0, near = 0, looks = 0;
        using var plain = new Pass(arena, gang);
        var average = Sampler(weights.Average);
        for (var part = 0; part < Measured / MeasuredTogether; part++)
        {
            var walk = Drawn(plan.Seed + 1, part, MeasuredTogether);
            Paint(walk, _ => (average, plain));
            var (large, small, _) = Seen(plain, walk);
            var whole = plain.Read(large).ToArray();
            var (error, first, style) = Judged(plain.Read(small).ToArray(), walk.Prompts, []);
            var (alone, count) = Near(whole, walk.Prompts, [], []);
            (near, looks) = (near + alone * count, looks + count);
            names += error * MeasuredTogether / Measured;
            styles += style * MeasuredTogether / Measured;
            right += first * MeasuredTogether / Measured;
        }
        return new Dictionary<string, double> { ["names"] = names, ["styles"] = styles, ["right"] = right, ["near"] = near / Math.Max(1, looks) };
    }

    public void Save(string folder)
    {
        weights.Save(folder, [.. Drawn(plan.Seed + 1, 0, Shown).Prompts.Select(p => p.Text)]);
        critic?.Save(Path.Combine(folder, CriticFolder));
    }

    // It paints in the steps of the first flow: those of a lesson are fewer, since each is walked back.
    public void Export(string folder) => weights.Export(folder, FlowWeights.Twin(weights.Average, first.Config));

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => critic is null ? weights.State() : weights.State().Concat(critic.State());

    public void Restore(string folder, int steps)
    {
        weights.Restore(folder, steps);
        foreach (var step in taken) step.Sampler = null;
        critic?.Restore(Path.Combine(folder, CriticFolder), steps);
    }

    public void Dispose()
    {
        foreach (var step in taken) step.Dispose();
        pass.Dispose();
        judging.Dispose();
        arena.Dispose();
        eyes.Dispose();
        weights.Dispose();
        critic?.Dispose();
    }
}
