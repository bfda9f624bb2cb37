// One step of the aligner, example by example: the matrix of an example is frames × states, so examples cannot share one.

using Maison.Models.Voice;
using Maison.Tensors;

namespace Maison.Training.Voice;

/// <summary>What an aligner makes of an example.</summary>
/// <param name="Counts">Frames of each token on the best path.</param>
/// <param name="NatsPerFrame">Negative log-likelihood of passing through the tokens in order, by any path, per frame, up to a constant.</param>
/// <param name="BestNatsPerFrame">The same of the best path alone.</param>
public sealed record FoundAlignment(int[] Counts, double NatsPerFrame, double BestNatsPerFrame);

/// <summary>Runs an aligner forward and back.</summary>
public sealed class AlignerStep : IDisposable
{
    readonly Aligner model;
    readonly Arena arena = new(32 << 20);
    readonly Pass pass;

    /// <param name="record">Whether gradients will be asked for.</param>
    public AlignerStep(Aligner model, Gang gang, bool record)
    {
        this.model = model;
        pass = new Pass(arena, gang, record);
    }

    /// <summary>Whether an example has a frame for every state.</summary>
    public bool Fits(VoiceExample example) => model.States(example.Phones).Sum() <= example.Frames;

    /// <summary>Adds the gradients of an example to the model's weights.</summary>
    /// <param name="scale">Factor of the loss.</param>
    /// <returns>Nats of the example.</returns>
    public double Learn(VoiceExample example, float scale)
    {
        var loss = pass.ForwardSum(Scores(example, model.States(example.Phones)), choose: false);
        pass.Backward(loss, scale);
        return loss.Value;
    }

    /// <summary>The best alignment of an example.</summary>
    public FoundAlignment Align(VoiceExample example)
    {
        var states = model.States(example.Phones);
        var scores = Scores(example, states);
        var frames = Alignment.Search(scores.Span, scores.Rows, scores.Cols);
        var best = 0.0;
        for (int n = 0, t = 0; n < frames.Length; n++)
            for (var i = 0; i < frames[n]; i++, t++) best -= scores.Row(t)[n];
        double nats = pass.ForwardSum(scores, choose: false).Value;
        return new(Aligner.PerPhone(frames, states, example.Tokens.Length), nats / example.Frames, best / example.Frames);
    }

    Tensor Scores(VoiceExample example, int[] states)
    {
        var (frames, columns) = (example.Frames, states.Sum());
        pass.Begin(frames);
        var prior = new float[frames * columns];
        Alignment.LogPrior(frames, columns, prior);
        var cepstra = pass.Input(Cepstra.Of(example.Features.LogMel, model.Config.Mels, model.Config.Cepstra), frames, model.Config.Features);
        return model.Scores(pass, cepstra, model.Keys(pass, example.Phones, states), pass.Input(prior, frames, columns));
    }

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
    }
}
