using Maison.Cli;
using Maison.Cli.Serving;
using Maison.Models;
using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Tests.Cli;

public sealed class ServingPlanTests
{
    [Theory]
    [InlineData(false, 0, 3)]
    [InlineData(true, 0, 3)]
    [InlineData(false, 5, 3)]
    [InlineData(false, 0, 128)]
    public unsafe void ScratchIsTheMostThatAStepTakes(bool extras, int experts, int outputs)
    {
        var config = TinyFolder.Config() with { InputSkip = extras, ValueEmbeddings = extras, LogitSoftcap = extras ? 15 : 0, Experts = experts, ExpertsPerToken = experts / 2, ExpertIntermediate = 32 };
        using var gang = new Gang(1);
        using var arena = new Arena(8 << 20);
        var model = new Decoder(config);
        DecoderInit.Initialise(model, 1);
        const int rows = 128;

        // Whatever the step writes over the pattern, it takes.
        const byte pattern = 0xA5;
        var start = arena.Here();
        var memory = new Span<byte>(arena.Take(8 << 20), 8 << 20);
        memory.Fill(pattern);
        arena.Release(start);
        using var pass = new Pass(arena, gang);
        pass.Begin([new Segment(0, rows)], [.. Enumerable.Range(rows - outputs, outputs)]);
        model.Forward(pass, new int[rows]);

        var planned = ServingPlan.ScratchBytes(config, rows, outputs);
        // Positions and the list of outputs, each rounded up to a cache line, are not worth a term.
        Assert.InRange(memory.LastIndexOfAnyExcept(pattern) + 1, planned - 64, planned + 4096);
    }

    [Fact]
    public void TheCacheShrinksBeforeAModelIsRefused()
    {
        using var terminal = new Terminal();
        var folder = terminal.Path("tiny");
        TinyFolder.Make(folder, context: 4096);
        var model = ModelShelf.In(folder).Single();
        var rich = ServingPlan.For(model, null, 1L << 40);
        var poor = ServingPlan.For(model, null, rich.Weights + rich.Scratch + rich.Cache / 8);
        Assert.Equal(ServingPlan.MostRunning, rich.Contexts);
        Assert.InRange(poor.Contexts, 1, ServingPlan.MostRunning / 8);
        var refusal = Assert.Throws<UserException>(() => ServingPlan.For(model, null, rich.Weights + rich.Scratch + rich.Cache / 100));
        Assert.Contains("--context", refusal.Message);
    }

    [Fact]
    public void WeightsTakeWhatThePlanSaid()
    {
        using var terminal = new Terminal();
        var folder = terminal.Path("tiny");
        TinyFolder.Make(folder);
        var plan = ServingPlan.For(ModelShelf.In(folder).Single(), null, 1L << 40);
        var model = DecoderCheckpoint.Load(folder, plan.Context);
        var table = plan.Context * model.Config.HeadDim * sizeof(float);
        Assert.Equal(plan.Weights - table, ModelWeights.Slots(model).Sum(s => s.Weight.Bytes));
        foreach (var slot in ModelWeights.Slots(model)) (slot.Weight as IDisposable)?.Dispose();
    }
}
