// Trains the flow transformer: latents of all views are made once, by a frozen encoder, and kept with the run; a step takes one view of a picture, mixes it with noise, z = (1 − t) x + t ε, and asks
// for x. The error is that of the velocity, ‖x̂ − x‖² / max(t, 0.05)², which weighs late times as a sampler feels them (arXiv 2511.13720). Times are
// logit-normal with some uniform ones, about a middle that the plan may move to the noise, where it is decided what is seen (there by 0.8; arXiv 2403.03206
// moves times of larger pictures so). A tenth of the captions is left out for guidance. What is saved is the weights' moving average.
//
// With a teacher the same stage distils: it starts from the teacher's weights, and what it asks for comes from the teacher's walk.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Tensors.Cuda;
using Maison.Training.Evaluations;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Training.Image;

/// <summary>Captions and noise to latents; in few steps, after a teacher that takes many.</summary>
public sealed class FlowStage : IImageStage
{
    public const string Name = "flow", DistilName = "distil";

    /// <summary>Optimisers of a flow.</summary>
    public const string MuonName = "muon", AdamWName = "adamw";
    const float DroppedCaptions = 0.1f, UniformTimes = 0.1f, AverageRate = 0.004f;
    const int Measured = 128, Shown = 32;
    static readonly float[] measuredTimes = [0.2f, 0.5f, 0.8f];

    readonly ImageRunPlan plan;
    readonly Gang gang;
    readonly PictureSet pictures;
    readonly Autoencoder autoencoder;
    readonly BpeTokenizer tokenizer;
    readonly FlowConfig config;
    readonly FlowTeacher? teacher;
    readonly Arena arena = new(Device.Current is null ? 64 << 20 : 1 << 30);
    readonly Pass pass;
    readonly Seen[][] train;
    readonly float[][] held;
    readonly PictureOrder order;
    readonly Prefetch<Batch> batches;
    readonly Batch[] buffers;
    readonly FlowWeights weights;

    /// <summary>A view of a picture in latents, and its captions in tokens.</summary>
    sealed record Seen(float[] Latents, int[][] Captions);

    sealed class Batch(FlowConfig config, int pictures)
    {
        public readonly FlowSequence Sequence = new(config);
        public readonly float[] Clean = new float[pictures * config.PictureTokens * config.PatchValues], Noisy = new float[pictures * config.PictureTokens * config.PatchValues];
        public readonly float[] Weights = new float[pictures * config.PictureTokens], Times = new float[pictures];
        public readonly int[][] Captions = new int[pictures][];
    }

    /// <param name="run">The run's folder, where latents of views are kept; null keeps none.</param>
    /// <param name="progress">Told of views encoded.</param>
    /// <param name="stop">Ends encoding between two pieces; what is encoded is kept.</param>
    public FlowStage(ImageRunPlan plan, Gang gang, string? run = null, IProgress<EvaluationProgress>? progress = null, CancellationToken stop = default)
    {
        (this.plan, this.gang) = (plan, gang);
        autoencoder = ImageCheckpoint.LoadAutoencoder(plan.Autoencoder ?? throw new ArgumentException("The flow needs an autoencoder: name its run."));
        tokenizer = BpeTokenizer.Load(plan.Tokenizer ?? throw new ArgumentException("The flow needs a tokenizer.json for its captions."));
        pictures = new(plan);
        held = Encode([.. pictures.HeldOut.Take(Measured).Select(p => (p, (PictureView?)null))], null, null, stop);
        var latents = Encode([.. pictures.Train.SelectMany(p => Seeing(p).Select(v => (p, v)))], run, progress, stop);
        if (plan.Teacher is { } path) teacher = new(ImageCheckpoint.LoadFlow(path), autoencoder.Config.Range, plan.FewSteps);
        var before = plan.From is null ? null : BegunAs(plan.From);
        config = teacher is not null ? teacher.Student.Validated() : before?.Config ?? Shaped(latents);
        Parallel.ForEach(latents.Concat(held), Normalise);
        var next = 0;
        train = [.. pictures.Train.Select(p => Seeing(p).Select(v => new Seen(latents[next++], [.. Said(p, v).Select(t => tokenizer.Encode(t))])).ToArray())];
        order = new(pictures.Train, plan.Batch, plan.Seed);
        weights = new(before ?? Begun(), Rates(), AverageRate, autoencoder, tokenizer, gang);
        pass = new(arena, gang, record: true);
        buffers = [new(config, plan.Batch), new(config, plan.Batch)];
        batches = new(Draw);
    }

    /// <summary>The plan's config for the latents there are.</summary>
    FlowConfig Shaped(float[][] latents)
    {
        var c = (plan.Flow ?? new()) with { Grid = plan.Side / AutoencoderConfig.Factor, Latent = autoencoder.Config.Latent, Vocab = tokenizer.VocabSize };
        var (mean, deviation) = Statistics(latents, c.Latent);
        return (c with { Mean = mean, Deviation = deviation }).Validated();
    }

    OptimiserOptions Rates() => plan.Optimiser == AdamWName ? new(Matrix: plan.Rate, Embedding: plan.Rate, Head: plan.Rate, Scalar: plan.Rate, Decay: 0.02, Beta1: 0.9, Beta2: 0.98, Muon: false)
        : FlowWeights.Rates(plan.Rate, decay: 0.02);

    FlowTransformer Begun()
    {
        if (teacher is not null) return FlowWeights.Twin(teacher.Flow, config);
        var fresh = new FlowTransformer(config);
        ImageInit.Initialise(fresh, plan.Seed);
        return fresh;
    }

    /// <summary>The flow whose training goes on.</summary>
    /// <exception cref="InvalidDataException">It is of other pictures, latents or tokens.</exception>
    FlowTransformer BegunAs(string from)
    {
        var flow = ImageCheckpoint.LoadFlow(from);
        var (c, grid) = (flow.Config, plan.Side / AutoencoderConfig.Factor);
        if ((c.Grid, c.Latent, c.Vocab) != (grid, autoencoder.Config.Latent, tokenizer.VocabSize))
            throw new InvalidDataException($"{from} has {c.Grid} × {c.Grid} latents of {c.Latent} values and {c.Vocab} tokens, but autoencoder, side and tokenizer give {grid} × {grid} of {autoencoder.Config.Latent} and {tokenizer.VocabSize}. Give those that it was trained with.");
        return flow;
    }

    /// <summary>All ways to see a picture, as it came first.</summary>
    static IEnumerable<PictureView?> Seeing(PreparedPicture picture) => picture.Views.Prepend<PictureView?>(null);

    static IReadOnlyList<string> Said(PreparedPicture picture, PictureView? view) => view is { Captions.Count: > 0 } ? view.Captions : picture.Captions;

    /// <summary>The latents of views as the encoder makes them, in patches; the next are decoded meanwhile.</summary>
    float[][] Encode(IReadOnlyList<(PreparedPicture About, PictureView? View)> some, string? run, IProgress<EvaluationProgress>? progress, CancellationToken stop)
    {
        var together = Device.Current is null ? 16 : 64;
        using var plain = new Pass(arena, gang);
        int size = plan.Side * plan.Side * 3, side = plan.Side / AutoencoderConfig.Factor;
        var shape = (plan.Flow ?? new()) with { Grid = side, Latent = autoencoder.Config.Latent };
        using var kept = run is null ? null : new LatentFile(Path.Combine(run, LatentFile.FileName), LatentsKey(some), shape.PictureTokens * shape.PatchValues);
        var all = new float[some.Count][];
        var begun = Math.Min(kept?.Count ?? 0, some.Count);
        kept?.Read(begun).CopyTo(all, 0);
        float[][] pixels = [new float[together * size], new float[together * size]];
        var decoded = new Prefetch<float[]>(n =>
        {
            var to = pixels[n % 2];
            var first = begun + n * together;
            Parallel.For(first, Math.Max(first, Math.Min(some.Count, first + together)), i => PictureSet.ToSigned(pictures.Pixels(some[i].About, some[i].View), to.AsSpan((i - first) * size, size)));
            return to;
        });
        for (var first = begun; first < some.Count; first += together)
        {
            stop.ThrowIfCancellationRequested();
            var grid = new ImageGrid(Math.Min(together, some.Count - first), plan.Side, plan.Side);
            var now = decoded.Take((first - begun) / together);
            plain.Begin(grid.Positions / 64);
            var latents = plain.Read(autoencoder.Encoder.Forward(plain, plain.Input(now.AsSpan(0, grid.Images * size), grid.Positions, 3), grid));
            var values = latents.Length / grid.Images;
            for (var i = 0; i < grid.Images; i++)
                LatentPatches.Copy(shape, latents.Slice(i * values, values), all[first + i] = new float[values], toPatches: true);
            kept?.Add(all.AsSpan(first, grid.Images));
            progress?.Report(new("encode views", first + grid.Images, some.Count));
        }
        return all;
    }

    /// <summary>Tells latents of other views or by another encoder apart.</summary>
    string LatentsKey(IReadOnlyList<(PreparedPicture About, PictureView? View)> some)
    {
        using var key = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string part) => key.AppendData(Encoding.UTF8.GetBytes(part + "\n"));

        Add(CheckpointFiles.Digest(Path.Combine(plan.Autoencoder!, SafetensorsFile.ModelName)));
        Add($"{plan.Side} {plan.Flow?.Patch}");
        foreach (var (_, digest) in pictures.Digests.OrderBy(d => d.Key, StringComparer.Ordinal)) Add(digest);
        foreach (var (about, view) in some) Add(JsonSerializer.Serialize(about with { Captions = [], Views = view is null ? [] : [view] }));
        return Convert.ToHexStringLower(key.GetHashAndReset());
    }

    static (float[] Mean, float[] Deviation) Statistics(float[][] latents, int channels)
    {
        double[] sums = new double[channels], squares = new double[channels];
        foreach (var picture in latents)
            for (var i = 0; i < picture.Length; i++)
            {
                sums[i % channels] += picture[i];
                squares[i % channels] += (double)picture[i] * picture[i];
            }
        var count = latents.Sum(l => (double)l.Length) / channels;
        return ([.. sums.Select(s => (float)(s / count))], [.. squares.Select((q, i) => (float)Math.Sqrt(Math.Max(1e-6, q / count - sums[i] / count * (sums[i] / count))))]);
    }

    void Normalise(float[] latents)
    {
        for (var i = 0; i < latents.Length; i++) latents[i] = (latents[i] - config.Mean[i % config.Latent]) / config.Deviation[i % config.Latent];
    }

    public IReadOnlyDictionary<string, string> Digests => pictures.Digests;

    /// <summary>The moving average, with which pictures are made.</summary>
    public FlowTransformer Average => weights.Average;

    Batch Draw(int step)
    {
        // The other buffer may still be read.
        var batch = buffers[step % 2];
        var chosen = order.Batch(step);
        Parallel.For(0, plan.Batch, i =>
        {
            var random = new PictureRandom(plan.Seed, step, i);
            var time = teacher is not null ? teacher.Time(random.Uniform()) : random.Uniform() < UniformTimes ? random.Uniform() : 1 / (1 + MathF.Exp(-plan.TimeShift - random.Normal()));
            var views = train[chosen[i]];
            var (clean, wordings) = views[random.Below(views.Length)];
            batch.Captions[i] = teacher is null && random.Uniform() < DroppedCaptions ? [] : wordings[random.Below(wordings.Length)];
            Mix(batch, i, clean, time, ref random);
        });
        Lay(batch);
        return batch;
    }

    void Mix(Batch batch, int i, float[] clean, float time, ref PictureRandom random)
    {
        var noisy = batch.Noisy.AsSpan(i * clean.Length, clean.Length);
        random.Normal(noisy);
        for (var k = 0; k < noisy.Length; k++) noisy[k] = (1 - time) * clean[k] + time * noisy[k];
        clean.CopyTo(batch.Clean.AsSpan(i * clean.Length));
        var clamped = MathF.Max(time, FlowSampler.LeastTime);
        batch.Weights.AsSpan(i * config.PictureTokens, config.PictureTokens).Fill(1 / (clamped * clamped));
        batch.Times[i] = time;
    }

    void Lay(Batch batch)
    {
        batch.Sequence.Clear();
        var values = config.PictureTokens * config.PatchValues;
        for (var i = 0; i < batch.Captions.Length; i++) batch.Sequence.Add(batch.Noisy.AsSpan(i * values, values), batch.Times[i], batch.Captions[i]);
    }

    void Teach(Batch batch)
    {
        using var plain = new Pass(arena, gang);
        teacher!.Teach(plain, batch.Captions, batch.Times, batch.Noisy, batch.Clean);
    }

    Tensor Error(Pass p, FlowTransformer of, Batch batch)
    {
        var s = batch.Sequence;
        p.Begin(s.Segments, s.Outputs);
        var clean = of.Forward(p, s.Ids, p.Input(s.Inputs, s.Ids.Length, config.InputValues));
        return p.SquaredError(clean, batch.Clean, batch.Weights);
    }

    public IReadOnlyDictionary<string, double> Step(int step, double rate)
    {
        var batch = batches.Take(step);
        if (teacher is not null) Teach(batch);
        pass.SetDropout(plan.Dropout, ((ulong)plan.Seed << 32) + (ulong)step);
        var error = Error(pass, weights.Model, batch);
        var scale = 1f / batch.Clean.Length;
        var losses = new Dictionary<string, double> { ["loss"] = error.Row(0)[0] * scale };
        pass.Backward(error, scale);
        losses["gradientNorm"] = weights.Step(step, rate);
        return losses;
    }

    public IReadOnlyDictionary<string, double> HeldOut()
    {
        using var plain = new Pass(arena, gang);
        var (from, about) = held.Length > 0 ? (held, pictures.HeldOut) : ([.. train.Select(v => v[0].Latents)], pictures.Train);
        var count = Math.Min(Math.Min(Measured, plan.Batch), from.Length);
        var batch = new Batch(config, count);
        var losses = new Dictionary<string, double>();
        foreach (var time in measuredTimes.Select(t => teacher?.Time(t) ?? t).Distinct())
        {
            for (var i = 0; i < count; i++)
            {
                var at = (int)((long)i * from.Length / count);
                var random = new PictureRandom(plan.Seed + 1, 0, i);
                batch.Captions[i] = tokenizer.Encode(about[at].Captions[0]);
                Mix(batch, i, from[at], time, ref random);
            }
            Lay(batch);
            if (teacher is not null) Teach(batch);
            losses[FormattableString.Invariant($"t{time}")] = Error(plain, weights.Average, batch).Row(0)[0] / batch.Clean.Length;
        }
        return losses;
    }

    // Half of the shown prompts are captions of held-out concepts, half of trained ones.
    public void Save(string folder) => weights.Save(folder, [.. Prompts(pictures.HeldOut, Shown / 2), .. Prompts(pictures.Train, Shown / 2)]);

    static IEnumerable<string> Prompts(IReadOnlyList<PreparedPicture> from, int count)
        => Enumerable.Range(0, Math.Min(count, from.Count)).Select(i => from[(int)((2L * i + 1) * from.Count / (2 * Math.Min(count, from.Count)))].Captions[0]);

    public void Export(string folder) => weights.Export(folder);

    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => weights.State();

    public void Restore(string folder, int steps) => weights.Restore(folder, steps);

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        weights.Dispose();
    }
}
