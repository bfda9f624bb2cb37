using System.IO.Compression;
using System.Text;
using Maison.Cli.Terminal;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Tests.Data;
using Maison.Tests.Data.Pictures;
using Maison.Training;
using Maison.Training.Evaluations;
using Maison.Training.Image;

namespace Maison.Tests.Training.Image;

public sealed class ImageTrainerTests : IDisposable
{
    readonly TestFolder folder = new();

    public ImageTrainerTests()
    {
        PicturePreparation.Run(TinyPictures.Write(folder["raw"]), folder["data"], 2);
        BpeTrainer.Train([Encoding.UTF8.GetBytes("a red square and a green disc, a blue square and a yellow disc, white background")], 270, []).Save(folder["tokenizer.json"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AnAutoencoderAndAFlowLearnTheirPicturesAndPaintThem()
    {
        var first = Run("coder", Coder(60));
        Assert.True(first.Last < 0.4 * first.First, $"The autoencoder's loss went from {first.First} to {first.Last}.");
        var second = Run("flow", Flow(80));
        Assert.True(second.Last < 0.35 * second.First, $"The flow's loss went from {second.First} to {second.Last}.");

        var model = folder["flow", ImageTrainer.ModelFolder];
        using var gang = new Gang(2);
        using var painter = new Painter(ImageCheckpoint.LoadFlow(model), ImageCheckpoint.LoadAutoencoder(Path.Combine(model, ImageCheckpoint.AutoencoderFolder)), gang);
        var tokenizer = BpeTokenizer.Load(model);
        var prompts = new[] { "a red disc, white background", "a blue square, white background" }.Select((p, i) => new Painting(tokenizer.Encode(p), (ulong)i)).ToArray();
        var painted = painter.Paint(prompts, new(Steps: 6));
        Assert.Equal(16 * 16 * 3, painted[1].Pixels.Length);
        Assert.Equal(painted[1].Pixels, painter.Paint(prompts[1..], new(Steps: 6))[0].Pixels);
        // Of three seeds that are begun the one that is chosen becomes the picture that it becomes by itself; what is seen before that is the first.
        Painting[] seeds = [.. new ulong[] { 7, 1, 9 }.Select(seed => prompts[1] with { Seed = seed })];
        List<ulong> seen = [];
        var best = painter.Paint(seeds, new(Steps: 8), (step, look) => seen.Add(Assert.Single(look()).Seed), contest: new(3, guesses =>
        {
            Assert.Equal([7UL, 1, 9], guesses.Select(g => g.Seed));
            return [1];
        }));
        Assert.Equal(painter.Paint([seeds[1]], new(Steps: 8))[0].Pixels, Assert.Single(best).Pixels);
        Assert.Equal([7UL, 7, 1, 1, 1, 1, 1, 1], seen);
        // A picture that it starts from is remembered, the more the weaker the start.
        var from = painter.Paint([new(tokenizer.Encode("a yellow disc, white background"), 5)], new(Steps: 6))[0].Pixels;
        double[] away = [.. new[] { 0.1f, 0.5f, 1 }.Select(s => painter.Paint(prompts[1..], new(Steps: 6), null, new(from, s))[0].Pixels.Zip(from, (a, b) => (double)Math.Abs(a - b)).Average())];
        Assert.True(away[0] < away[1] && away[1] < away[2], string.Join(" ", away));
        Assert.Contains("steps", Assert.Throws<ArgumentException>(() => painter.Paint(prompts, new(Steps: 0))).Message);
    }

    [Fact]
    public void ADistilledFlowFollowsItsTeacherInFewSteps()
    {
        Run("coder", Coder(60));
        Run("flow", Flow(80));
        using var gang = new Gang(2);
        IReadOnlyDictionary<string, double> before, after;
        using (var stage = new FlowStage(Distilled(60), gang)) before = stage.HeldOut();
        Run("distil", Distilled(60));
        using (var stage = new FlowStage(Distilled(60), gang))
        {
            stage.Restore(Latest("distil"), 60);
            after = stage.HeldOut();
        }
        Assert.True(after.Values.Sum() < 0.5 * before.Values.Sum(), $"The error against the teacher went from {before.Values.Sum()} to {after.Values.Sum()}.");

        var flow = ImageCheckpoint.LoadFlow(folder["distil", ImageTrainer.ModelFolder]);
        Assert.Equal((4, 3f), (flow.Config.Steps, flow.Config.Guidance));
        Assert.Equal((4, 1f), (PaintingOptions.Usual(flow.Config).Steps, PaintingOptions.Usual(flow.Config).Guidance));
        using var painter = new Painter(flow, ImageCheckpoint.LoadAutoencoder(Latest("coder")), gang);
        // Guidance on top of what it has learned is its config's where nobody says otherwise.
        Assert.Equal(new(4, 2, 0.3f, 0.65f), PaintingOptions.Usual(flow.Config with { FurtherGuidance = 2 }));
        Assert.NotEqual(painter.Paint([new([1], 1)], new(4, 1))[0].Pixels, painter.Paint([new([1], 1)], new(4, 2, 0.3f, 0.65f))[0].Pixels);
    }

    [Fact]
    public void ARewardedFlowPaintsMoreOfWhatAJudgeKnowsAndStaysNearTheFirst()
    {
        RunToBeRewarded(150, 40, 20);
        using var gang = new Gang(2);
        IReadOnlyDictionary<string, double> before;
        using (var stage = new RewardedStage(Rewarded(40), gang)) before = stage.HeldOut();
        IReadOnlyDictionary<string, double> After(ImageRunPlan plan, string run)
        {
            Run(run, plan);
            using var stage = new RewardedStage(plan, gang);
            stage.Restore(Latest(run), plan.Steps);
            return stage.HeldOut();
        }

        var after = After(Rewarded(120), "rewarded");
        Assert.True(after["names"] < 0.8 * before["names"] && after["right"] >= before["right"], $"The judge's error went from {before["names"]} to {after["names"]}, right names from {before["right"]} to {after["right"]}.");
        var held = After(Rewarded(120) with { Anchor = 1e5f }, "held");
        Assert.True(held["names"] > after["names"], $"An anchor that holds gave {held["names"]}, a light one {after["names"]}.");
        var flow = ImageCheckpoint.LoadFlow(folder["rewarded", ImageTrainer.ModelFolder]);
        Assert.Equal((4, 3f), (flow.Config.Steps, flow.Config.Guidance));

        // One that is guided as it paints learns as it is guided.
        var config = Path.Combine(Latest("distil"), "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"furtherGuidance\": 1", "\"furtherGuidance\": 3", StringComparison.Ordinal));
        using (var stage = new RewardedStage(Rewarded(40), gang)) before = stage.HeldOut();
        var guided = After(Rewarded(120), "guided");
        Assert.True(guided["names"] < 0.8 * before["names"], $"The judge's error before guided pictures went from {before["names"]} to {guided["names"]}.");
        Assert.Equal(3, ImageCheckpoint.FlowConfigOf(folder["guided", ImageTrainer.ModelFolder]).FurtherGuidance);
    }

    [Fact]
    public void AFlowGoesOnFromAnother()
    {
        Run("coder", Coder(3));
        Run("flow", Flow(30));
        var plan = Flow(30) with { From = Latest("flow"), Seed = 5 };
        var (fresh, gone) = (Run("fresh", Flow(30) with { Seed = 5 }), Run("longer", plan));
        Assert.True(gone.First < 0.9 * fresh.First, $"It began at {gone.First}, a fresh one at {fresh.First}.");
        var receipt = ImageRun.Read(folder["longer"], FlowStage.Name).Receipt;
        Assert.Equal((30, FlowStage.Name), (receipt.Before!.Steps, receipt.Before.Stage));
        Assert.Equal(ImageCheckpoint.LoadFlow(Latest("flow")).Config.Mean, ImageCheckpoint.LoadFlow(Latest("longer")).Config.Mean);
        using var gang = new Gang(1);
        Assert.Contains("trained with", Assert.Throws<InvalidDataException>(() => new FlowStage(plan with { Side = 32 }, gang)).Message);
    }

    [Fact]
    public void ACriticLearnsToTellAndSaysWhichWayIsMoreReal()
    {
        const int side = 16, count = 6, size = side * side * 3;
        var model = new PictureJudge(new() { Side = side, Channels = 8, Styles = ["a", "b"], Names = ["thing"] });
        ImageInit.Initialise(model, 1);
        using var gang = new Gang(2);
        using var critic = new PictureCritic(model, 0.02, gang);
        // Real ones are light, painted ones dark, in both styles.
        float[] painted = new float[count * size], real = new float[painted.Length], gradient = new float[painted.Length];
        int[] styles = [0, 1, 0, 1, 0, 1];
        var random = new Random(1);
        (double Error, double Taken) last = default;
        for (var step = 0; step < 40; step++)
        {
            for (var i = 0; i < painted.Length; i++) (painted[i], real[i]) = (0.2f * random.NextSingle() - 0.4f, 0.2f * random.NextSingle() + 0.2f);
            last = critic.Contest(painted, real, styles, 1, gradient);
            if (step == 0) Assert.Equal(Math.Log(4), last.Error, 1e-5);
        }
        Assert.True(last.Error < 0.5 && last.Taken < 0.3, $"error {last.Error}, taken for real {last.Taken}");
        // Against its gradient pictures get more real to it, which learns no more at a rate of 0.
        var before = critic.Contest(painted, real, styles, 0, gradient).Taken;
        var length = MathF.Sqrt(gradient.Sum(g => g * g));
        for (var i = 0; i < painted.Length; i++) painted[i] -= 0.5f * gradient[i] / length;
        var after = critic.Contest(painted, real, styles, 0, gradient).Taken;
        Assert.True(after > before, $"{after} after a step, {before} before");
    }

    [Fact]
    public void AJudgeOfAnotherSizeOrOfOtherPicturesIsRefused()
    {
        RunToBeRewarded(3, 3, 3);
        using var gang = new Gang(1);
        var judge = ImageCheckpoint.LoadJudge(Latest("judge")).Config;
        string Saved(JudgeConfig config)
        {
            var model = new PictureJudge(config);
            ImageInit.Initialise(model, 1);
            ImageCheckpoint.Save(folder["other"], model);
            return folder["other"];
        }

        Assert.Contains("--side 16", Assert.Throws<InvalidDataException>(() => new RewardedStage(Rewarded(3) with { Reward = Saved(judge with { Side = 32 }) }, gang)).Message);
        Assert.Contains("styles", Assert.Throws<InvalidDataException>(() => new RewardedStage(Rewarded(3) with { Reward = Saved(judge with { Styles = ["artwork"] }) }, gang)).Message);
        Assert.Contains("anchor", Assert.Throws<ArgumentException>(() => (Rewarded(3) with { Anchor = -1 }).Validated()).Message);
    }

    [Fact]
    public void ATeachersTargetLeadsInOneStepWhereItGetsInSeveral()
    {
        Run("coder", Coder(3));
        Run("flow", Flow(20));
        using var gang = new Gang(1);
        using var arena = new Arena();
        using var pass = new Pass(arena, gang);
        var flow = ImageCheckpoint.LoadFlow(folder["flow", ImageTrainer.ModelFolder]);
        var teacher = new FlowTeacher(flow, 3, 4);
        int[][] captions = [[1, 2], [3]];
        float[] times = [1, 0.5f], z = [.. Enumerable.Range(0, 2 * flow.Config.PictureTokens * flow.Config.PatchValues).Select(i => MathF.Sin(i))], clean = new float[z.Length], walked = [.. z], guess = new float[z.Length];
        teacher.Teach(pass, captions, times, z, clean);
        var sampler = new FlowSampler(flow, 3);
        for (var step = 0; step < 4; step++) sampler.Step(pass, captions, [1 - step / 16f, 0.5f - step / 16f], [1 - (step + 1) / 16f, 0.5f - (step + 1) / 16f], new(), walked, guess);
        for (var i = 0; i < z.Length; i++)
        {
            var t = i < z.Length / 2 ? 1 : 0.5f;
            Assert.Equal(walked[i], z[i] - 0.25f * (z[i] - clean[i]) / t, 1e-4f);
        }
        Assert.Equal([0.25f, 0.5f, 0.5f, 1f], new[] { 0, 0.25, 0.49, 1.0 }.Select(teacher.Time));
    }

    [Fact]
    public void AnUpscalerBeatsBlendingNeighbours()
    {
        PicturePreparation.Run(TinyPictures.Write(folder["large"], side: 128), folder["data"], 2);
        Run("up", Enlarger(120));
        using var gang = new Gang(2);
        using var stage = new UpscalerStage(Enlarger(120), gang);
        stage.Restore(Latest("up"), 120);
        var held = stage.HeldOut();
        Assert.True(held["decibels"] > held["blended"] + 0.4, $"{held["decibels"]} dB, blended {held["blended"]} dB");

        using var enlarger = new PictureEnlarger(ImageCheckpoint.LoadUpscaler(folder["up", ImageTrainer.ModelFolder]), gang);
        byte[] grey = [.. Enumerable.Repeat((byte)100, 10 * 10 * 3)];
        Assert.Equal(20 * 20 * 3, enlarger.Enlarge(grey, 10).Length);
    }

    [Fact]
    public void AJudgeLearnsToTellSquaresFromDiscsWhateverTheirColours()
    {
        var learned = Run("judge", Judge(200));
        Assert.True(learned.Last < 0.5 * learned.First, $"The judge's loss went from {learned.First} to {learned.Last}.");
        var judge = ImageCheckpoint.LoadJudge(folder["judge", ImageTrainer.ModelFolder]);
        Assert.Equal(["disc", "square"], judge.Config.Names);
        Assert.Equal(["emoji-flat"], judge.Config.Styles);

        using var gang = new Gang(2);
        using var appraiser = new PictureAppraiser(judge, gang);
        var prepared = new PreparedPictures(folder["data"]);
        var seen = appraiser.Look([.. prepared.All.Select(p => prepared.Pixels(p, 16))]);
        Assert.All(prepared.All.Zip(seen), p => Assert.Equal(p.First.Concept.EndsWith("disc", StringComparison.Ordinal), p.Second.Names[0] > p.Second.Names[1]));
        // A picture is seen alike in any company.
        Assert.Equal(seen[3].Features, appraiser.Look([prepared.Pixels(prepared.All[3], 16)])[0].Features);
        Assert.Contains("Scale the picture", Assert.Throws<ArgumentException>(() => appraiser.Look([new byte[12]])).Message);
        judge = ImageCheckpoint.LoadJudge(Latest("judge"));
        ImageCheckpoint.Save(folder["again"], judge);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Latest("judge"), "model.safetensors")), File.ReadAllBytes(folder["again", "model.safetensors"]));
    }

    [Fact]
    public void AJudgeGoesOnFromAnotherInTheNamesThatBothKnow()
    {
        Run("judge", Judge(20));
        var before = ImageCheckpoint.LoadJudge(Latest("judge"));
        // The other one knew squares under another number, and a thing that these pictures do not show.
        var other = new PictureJudge(before.Config with { Names = ["square", "zebra"] });
        ImageInit.Initialise(other, 9);
        ImageCheckpoint.Save(folder["other"], other);
        using var gang = new Gang(1);
        using var stage = new JudgeStage(Judge(1) with { From = folder["other"], Seed = 3 }, gang);
        Assert.Equal(["disc", "square"], stage.Model.Config.Names);
        Assert.Equal(((Param)other.Stem).Values, ((Param)stage.Model.Stem).Values);
        int features = other.Config.Features;
        Assert.Equal(((Param)other.Names.Head).Values[..features], ((Param)stage.Model.Names.Head).Values[features..]);
        Assert.NotEqual(((Param)other.Names.Head).Values[features..].ToArray(), ((Param)stage.Model.Names.Head).Values[..features].ToArray());
    }

    [Fact]
    public void AJudgeWithMoreBlocksBeginsBySeeingWhatTheOtherSaw()
    {
        Run("judge", Judge(20));
        var plan = Judge(1);
        using var gang = new Gang(1);
        using var stage = new JudgeStage(plan with { Judge = plan.Judge! with { Blocks = 3 }, From = Latest("judge") }, gang);
        Assert.Equal(3, stage.Model.Levels[0].Body.Count);
        byte[] picture = [.. Enumerable.Range(0, plan.Side * plan.Side * 3).Select(i => (byte)(37 * i))];
        using PictureAppraiser before = new(ImageCheckpoint.LoadJudge(Latest("judge")), gang), deeper = new(stage.Model, gang);
        Assert.Equal(before.Look([picture])[0].Names, deeper.Look([picture])[0].Names);
    }

    [Theory]
    [InlineData("coder")]
    [InlineData("flow")]
    [InlineData("adamw")]
    [InlineData("distil")]
    [InlineData("rewarded")]
    [InlineData("critic")]
    [InlineData("upscaler")]
    [InlineData("judge")]
    public void TwentyStepsEqualTenThenResumeThenTen(string stage)
    {
        if (stage is "flow" or "adamw" or "distil") Run("coder", Coder(3));
        if (stage == "distil") Run("flow", Flow(3));
        if (stage is "rewarded" or "critic") RunToBeRewarded(3, 3, 3);
        var plan = stage == "critic" ? Rewarded(20) with { Critic = 1 } : stage == "adamw" ? Flow(20) with { Rate = 0.002, Optimiser = FlowStage.AdamWName } : stage == "flow" ? Flow(20) with { Dropout = 0.1f, TimeShift = 0.5f } : stage == "distil" ? Distilled(20) : stage == "rewarded" ? Rewarded(20) : stage == "upscaler" ? Enlarger(20) : stage == "judge" ? Judge(20) : Coder(20);
        Run("whole", plan);
        for (var part = 0; part < 2; part++)
        {
            using var stop = new CancellationTokenSource();
            Run("halves", plan, threads: 1, step =>
            {
                if (step == 10 && part == 0) stop.Cancel();
            }, stop.Token);
        }
        foreach (var file in new[] { "model.safetensors", "optimiser.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(Latest("whole"), file)), File.ReadAllBytes(Path.Combine(Latest("halves"), file)));
    }

    [Fact]
    public void LatentsOfViewsAreKeptWithTheRunAndMadeOnce()
    {
        Run("coder", Coder(3));
        using var gang = new Gang(1);
        var path = Directory.CreateDirectory(folder["flow"]).FullName;
        IReadOnlyDictionary<string, double> HeldOut(out int made, ImageRunPlan? plan = null, CancellationTokenSource? stop = null)
        {
            var views = 0;
            using var stage = new FlowStage(plan ?? Flow(4), gang, path, new Told<EvaluationProgress>(p =>
            {
                views = Math.Max(views, p.Done);
                stop?.Cancel();
            }), stop?.Token ?? default);
            made = views;
            return stage.HeldOut();
        }

        var whole = HeldOut(out var all);
        Assert.True(all > 16, $"{all} views are no two pieces.");
        Assert.Equal(whole, HeldOut(out var again));
        Assert.Equal(0, again);
        // A kill tears a row off: it is made again, and no other.
        var file = Path.Combine(path, "latents.bin");
        var bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..^7]);
        Assert.Equal(whole, HeldOut(out var mended));
        Assert.Equal((all, bytes.Length), (mended, new FileInfo(file).Length));
        Assert.Equal(bytes, File.ReadAllBytes(file));
        // An interrupt keeps what is encoded; latents of other pictures are not taken.
        File.Delete(file);
        Assert.Throws<OperationCanceledException>(() => HeldOut(out _, null, new()));
        Assert.InRange(new FileInfo(file).Length, 100, bytes.Length - 1);
        HeldOut(out var fewer, Flow(4) with { Pictures = 3 });
        Assert.InRange(fewer, 3, all - 1);
        HeldOut(out _);
        // Nor are those of other views of the same pictures.
        var index = folder["data", PreparedPictures.IndexName];
        using (var packed = new StreamReader(new BrotliStream(File.OpenRead(index), CompressionMode.Decompress)))
        {
            var seen = packed.ReadToEnd();
            Assert.Contains("\"mirrored\":true", seen);
            packed.Close();
            using var to = new StreamWriter(new BrotliStream(File.Create(index), CompressionMode.Compress));
            to.Write(seen.Replace("\"mirrored\":true", "\"mirrored\":false"));
        }
        HeldOut(out var seenOtherwise);
        Assert.Equal(all, seenOtherwise);
    }

    [Fact]
    public void ARunInMinutesEndsByTheClockAndItsRateFalls()
    {
        var plan = Coder(0) with { Minutes = 0.02 };
        Run("short", plan);
        Assert.True(File.Exists(folder["short", ImageTrainer.ModelFolder, "model.safetensors"]));
        Assert.Equal(1, plan.RateFactor(new(1000, 0)));
        Assert.InRange(plan.RateFactor(new(1000, 0.9 * 1.2)), 0.1, 0.2);
        Assert.Contains("minutes", Assert.Throws<ArgumentException>(() => (plan with { Steps = 5 }).Validated()).Message);
    }

    ImageRunPlan Coder(int steps) => new ImageRunPlan(AutoencoderStage.Name, folder["data"], steps, 0, WarmupSteps: 4, DecayShare: 0.5, Batch: 4, Rate: 0.02, Seed: 3, Side: 16,
        Coder: new() { Half = 8, Quarter = 16, Eighth = 16, Latent = 4, EncoderBlocks = 1, DecoderBlocks = 1 });

    ImageRunPlan Enlarger(int steps) => new ImageRunPlan(UpscalerStage.Name, folder["data"], steps, 0, WarmupSteps: 4, DecayShare: 0.5, Batch: 8, Rate: 0.02, Seed: 3, Side: 32, Enlarger: new() { Channels = 12, Blocks = 1 });

    ImageRunPlan Flow(int steps) => new ImageRunPlan(FlowStage.Name, folder["data"], steps, 0, WarmupSteps: 4, DecayShare: 0.5, Batch: 6, Rate: 0.02, Seed: 3, Side: 16,
        Autoencoder: Latest("coder"), Tokenizer: folder["tokenizer.json"], Flow: new() { Hidden = 32, Heads = 2, Blocks = 1, Inner = 48, Patch = 1, TimeWaves = 4 });

    ImageRunPlan Distilled(int steps) => Flow(steps) with { Stage = FlowStage.DistilName, Rate = 0.01, Teacher = Latest("flow"), FewSteps = 4 };

    ImageRunPlan Judge(int steps) => new ImageRunPlan(JudgeStage.Name, folder["data"], steps, 0, WarmupSteps: 4, DecayShare: 0.5, Batch: 8, Rate: 0.02, Seed: 3, Side: 16, Judge: new() { Channels = 8 });

    ImageRunPlan Rewarded(int steps) => Flow(steps) with { Stage = RewardedStage.Name, Rate = 0.005, Side = 32, Teacher = Latest("distil"), FewSteps = 2, Reward = Latest("judge"), Anchor = 0.1f };

    void RunToBeRewarded(int judge, int flow, int distil)
    {
        PicturePreparation.Run(TinyPictures.Write(folder["large"], side: 64), folder["data"], 2);
        Run("judge", Judge(judge) with { Judge = new() { Channels = 8, Colours = true } });
        Run("coder", Coder(40) with { Side = 32 });
        Run("flow", Flow(flow) with { Side = 32 });
        Run("distil", Distilled(distil) with { Side = 32 });
    }

    string Latest(string run) => new CheckpointFolders(folder[run]).Latest()!;

    (double First, double Last) Run(string name, ImageRunPlan plan, int threads = 2, Action<int>? onStep = null, CancellationToken stop = default)
    {
        using var gang = new Gang(threads);
        using IImageStage stage = plan.Stage switch { FlowStage.Name or FlowStage.DistilName => new FlowStage(plan, gang), UpscalerStage.Name => new UpscalerStage(plan, gang), JudgeStage.Name => new JudgeStage(plan, gang), RewardedStage.Name => new RewardedStage(plan, gang), _ => new AutoencoderStage(plan, gang) };
        plan.Save(folder[name]);
        var losses = new List<double>();
        new ImageTrainer(folder[name], ImageRunPlan.Load(folder[name]), stage).Run(TimeSpan.FromHours(1), 0, m =>
        {
            losses.Add(m.Losses["loss"]);
            onStep?.Invoke(m.Step);
        }, cancellation: stop);
        return (losses.Take(4).Average(), losses.TakeLast(4).Average());
    }
}
