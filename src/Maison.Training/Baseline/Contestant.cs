// The two that the record compares, as a trial drives them: a model, its optimiser with its schedule, and what both cost.

using Maison.Data.Shards;
using Maison.Models;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Baseline;

/// <summary>A model with random weights and what trains it.</summary>
abstract class Contestant : IDisposable
{
    public abstract object Model { get; }

    /// <summary>Logits (rows, vocab) of a batch.</summary>
    public abstract Tensor Forward(Pass p, PackedBatch batch);

    /// <summary>Work of a token's forward products.</summary>
    /// <param name="attended">Tokens that it attends to.</param>
    public abstract double ForwardFlops(double attended);

    /// <summary>Work of an update's own products.</summary>
    public virtual double UpdateFlops => 0;

    /// <summary>Updates the weights with the rate of a step, counted from 0.</summary>
    /// <returns>The gradient's norm; not finite where training has run away.</returns>
    public abstract double Update(int step, int steps);

    /// <summary>Steps in which the house's rates rise.</summary>
    protected static int WarmUp(int steps) => Math.Clamp(steps / 4, 1, 40);

    public abstract void Dispose();
}

/// <summary>AdamW (0.9, 0.99) at one rate, decay 0.1, clipped at 1, warm-up over 2 % and as many steps as the house takes, cosine to a tenth.</summary>
abstract class AdamContestant(ILayer model, Trial trial, Gang gang) : Contestant
{
    readonly AdamW optimiser = new(model, gang, new(trial.Rate, 0.9, 0.99, 0.1));

    public override object Model => model;

    public override double Update(int step, int steps)
    {
        var warm = Math.Max(steps / 50, WarmUp(steps));
        return optimiser.Step(step < warm ? (step + 1.0) / warm : 0.55 + 0.45 * Math.Cos(Math.PI * (step - warm) / (steps - warm)));
    }

    public override void Dispose() => optimiser.Dispose();
}

/// <summary>GPT-2.</summary>
sealed class Gpt2Contestant(Gpt2 model, Trial trial, Gang gang) : AdamContestant(model, trial, gang)
{
    readonly int[] places = new int[trial.BatchTokens];

    public static Gpt2 Random(TextConfig shape, int seed)
    {
        var model = new Gpt2(shape.Vocab, shape.Context, shape.Layers, shape.Hidden);
        model.Initialise(seed);
        return model;
    }

    public override Tensor Forward(Pass p, PackedBatch batch)
    {
        var row = 0;
        for (var i = 0; i < batch.SegmentCount; i++)
            for (var t = 0; t < batch.SegmentLengths[i]; t++) places[row++] = t;
        return model.Forward(p, batch.Ids, places.AsSpan(0, row));
    }

    public override double ForwardFlops(double attended) => model.ForwardFlopsPerToken(attended);
}

/// <summary>The house's decoder, trained as the baseline is.</summary>
sealed class BlockContestant(Decoder model, Trial trial, Gang gang) : AdamContestant(model, trial, gang)
{
    public override Tensor Forward(Pass p, PackedBatch batch) => model.Forward(p, batch.Ids);

    public override double ForwardFlops(double attended) => HouseContestant.ForwardFlops(model.Config, attended);
}

/// <summary>The house's decoder, trained as `maison train text` does: Muon and AdamW, warm-up, flat, linear decay.</summary>
sealed class HouseContestant(Decoder model, Trial trial, Gang gang) : Contestant
{
    readonly Optimiser optimiser = new(model, gang, Rates(trial.Rate));

    public static Decoder Random(TextConfig shape, int seed)
    {
        var model = new Decoder(shape);
        DecoderInit.Initialise(model, seed);
        return model;
    }

    public static double ForwardFlops(TextConfig shape, double attended) => shape.ForwardFlopsPerToken() + 4.0 * shape.Heads * shape.HeadDim * shape.Layers * attended;

    static OptimiserOptions Rates(double factor)
    {
        var usual = new OptimiserOptions();
        return usual with { Matrix = usual.Matrix * factor, Embedding = usual.Embedding * factor, Head = usual.Head * factor, Scalar = usual.Scalar * factor };
    }

    public override object Model => model;

    public override Tensor Forward(Pass p, PackedBatch batch) => model.Forward(p, batch.Ids);

    public override double ForwardFlops(double attended) => ForwardFlops(model.Config, attended);

    public override double UpdateFlops => optimiser.MatrixFlops;

    public override double Update(int step, int steps) => optimiser.Step(new Schedule(steps, WarmUp(steps), (int)(0.4 * steps), 0.05).At(step));

    public override void Dispose() => optimiser.Dispose();
}
