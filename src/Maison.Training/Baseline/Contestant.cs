// The two that the record compares, as a trial drives them: a model, its optimiser with its schedule, and what both cost.

using Maison.Data.Shards;
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

    public abstract void Dispose();
}

/// <summary>GPT-2 and AdamW (0.9, 0.99), decay 0.1, clipped at 1, warm-up over 2 %, cosine to a tenth.</summary>
sealed class Gpt2Contestant : Contestant
{
    readonly Gpt2 model;
    readonly AdamW optimiser;
    readonly int[] places;

    public Gpt2Contestant(TextConfig shape, Trial trial, Gang gang)
    {
        model = new(shape.Vocab, shape.Context, shape.Layers, shape.Hidden);
        model.Initialise(trial.Seed);
        optimiser = new(model, gang, new(trial.Rate, 0.9, 0.99, 0.1));
        places = new int[trial.BatchTokens];
    }

    public override object Model => model;

    public override Tensor Forward(Pass p, PackedBatch batch)
    {
        var row = 0;
        for (var i = 0; i < batch.SegmentCount; i++)
            for (var t = 0; t < batch.SegmentLengths[i]; t++) places[row++] = t;
        return model.Forward(p, batch.Ids, places.AsSpan(0, row));
    }

    public override double ForwardFlops(double attended) => model.ForwardFlopsPerToken(attended);

    public override double Update(int step, int steps)
    {
        var warm = Math.Max(1, steps / 50);
        return optimiser.Step(step < warm ? (step + 1.0) / warm : 0.55 + 0.45 * Math.Cos(Math.PI * (step - warm) / (steps - warm)));
    }

    public override void Dispose() => optimiser.Dispose();
}

/// <summary>The house's decoder, trained as `maison train text` does: Muon and AdamW, warm-up, flat, linear decay.</summary>
sealed class HouseContestant : Contestant
{
    readonly Decoder model;
    readonly Optimiser optimiser;

    public HouseContestant(TextConfig shape, Trial trial, Gang gang)
    {
        model = new(shape);
        DecoderInit.Initialise(model, trial.Seed);
        var usual = new OptimiserOptions();
        optimiser = new(model, gang, usual with { Matrix = usual.Matrix * trial.Rate, Embedding = usual.Embedding * trial.Rate, Head = usual.Head * trial.Rate, Scalar = usual.Scalar * trial.Rate });
    }

    public override object Model => model;

    public override Tensor Forward(Pass p, PackedBatch batch) => model.Forward(p, batch.Ids);

    public override double ForwardFlops(double attended) => model.Config.ForwardFlopsPerToken() + 4.0 * model.Config.Heads * model.Config.HeadDim * model.Config.Layers * attended;

    public override double UpdateFlops => optimiser.MatrixFlops;

    public override double Update(int step, int steps) => optimiser.Step(new Schedule(steps, Math.Min(40, steps / 4), (int)(0.4 * steps), 0.05).At(step));

    public override void Dispose() => optimiser.Dispose();
}
