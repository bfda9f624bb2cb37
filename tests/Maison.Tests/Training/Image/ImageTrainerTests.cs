using System.Text;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Tokenizers;
using Maison.Inference.Pictures;
using Maison.Models.Image;
using Maison.Tensors;
using Maison.Tests.Data;
using Maison.Tests.Data.Pictures;
using Maison.Training;
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
        Assert.Equal(16 * 16 * 3, painted[1].Length);
        Assert.Equal(painted[1], painter.Paint(prompts[1..], new(Steps: 6))[0]);
        Assert.Contains("steps", Assert.Throws<ArgumentException>(() => painter.Paint(prompts, new(Steps: 0))).Message);
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

    [Theory]
    [InlineData("coder")]
    [InlineData("flow")]
    [InlineData("upscaler")]
    public void TwentyStepsEqualTenThenResumeThenTen(string stage)
    {
        if (stage == "flow") Run("coder", Coder(3));
        var plan = stage == "flow" ? Flow(20) : stage == "upscaler" ? Enlarger(20) : Coder(20);
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

    string Latest(string run) => new CheckpointFolders(folder[run]).Latest()!;

    (double First, double Last) Run(string name, ImageRunPlan plan, int threads = 2, Action<int>? onStep = null, CancellationToken stop = default)
    {
        using var gang = new Gang(threads);
        using IImageStage stage = plan.Stage switch { FlowStage.Name => new FlowStage(plan, gang), UpscalerStage.Name => new UpscalerStage(plan, gang), _ => new AutoencoderStage(plan, gang) };
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
