// One step of the aligner, example by example: phones in one pass, frames in another, gradients carried between them by hand. The matrix of
// an example is frames × phones, so examples cannot share one; at this size a single sentence fills the kernels.

using Maison.Models.Voice;
using Maison.Tensors;

namespace Maison.Training.Voice;

/// <summary>What an aligner makes of an example.</summary>
/// <param name="Counts">Frames of each token on the best path.</param>
/// <param name="NatsPerFrame">Negative log-likelihood of passing through the tokens in order, by any path, per frame.</param>
/// <param name="BestNatsPerFrame">The same of the best path alone.</param>
public sealed record FoundAlignment(int[] Counts, double NatsPerFrame, double BestNatsPerFrame);

/// <summary>Runs an aligner forward and back.</summary>
public sealed class AlignerStep : IDisposable
{
    readonly Aligner model;
    readonly Arena phoneArena = new(8 << 20), frameArena = new(32 << 20);
    readonly Pass phonePass, framePass;

    /// <param name="record">Whether gradients will be asked for.</param>
    public AlignerStep(Aligner model, Gang gang, bool record)
    {
        this.model = model;
        phonePass = new Pass(phoneArena, gang, record);
        framePass = new Pass(frameArena, gang, record);
    }

    /// <summary>Adds the gradients of an example to the model's weights.</summary>
    /// <param name="scale">Factor of the loss.</param>
    /// <returns>Nats of the example.</returns>
    public double Learn(VoiceExample example, float scale)
    {
        var (keys, borrowed, scores) = Scores(example);
        var loss = framePass.ForwardSum(scores);
        double nats = loss.Row(0)[0];
        framePass.Backward(loss, scale);
        phonePass.Backward(keys, framePass.GradientOf(borrowed));
        return nats;
    }

    /// <summary>The best alignment of an example.</summary>
    public FoundAlignment Align(VoiceExample example)
    {
        var (_, _, scores) = Scores(example);
        int frames = scores.Rows, phones = scores.Cols;
        var counts = Alignment.Search(scores.Span, frames, phones);
        var best = 0.0;
        for (int n = 0, t = 0; n < phones; n++)
            for (var i = 0; i < counts[n]; i++, t++)
            {
                var row = scores.Row(t);
                var max = double.NegativeInfinity;
                foreach (var z in row) max = Math.Max(max, z);
                var sum = 0.0;
                foreach (var z in row) sum += Math.Exp(z - max);
                best += max + Math.Log(sum) - row[n];
            }
        double nats = framePass.ForwardSum(scores).Row(0)[0];
        return new(counts, nats / frames, best / frames);
    }

    (Tensor Keys, Tensor Borrowed, Tensor Scores) Scores(VoiceExample example)
    {
        int[] ids = example.Phones;
        int frames = example.Frames, mels = model.Config.Mels;
        phonePass.Begin(ids.Length);
        var keys = model.Keys(phonePass, ids);
        framePass.Begin(frames);
        var mel = new float[frames * mels];
        for (var i = 0; i < mel.Length; i++) mel[i] = (example.Features.LogMel[i] - VoiceInputs.MelCentre) / VoiceInputs.MelUnit;
        var prior = new float[frames * ids.Length];
        Alignment.LogPrior(frames, ids.Length, prior);
        var borrowed = framePass.Input(keys.Span, keys.Rows, keys.Cols);
        var scores = model.Scores(framePass, model.Queries(framePass, framePass.Input(mel, frames, mels)), borrowed, framePass.Input(prior, frames, ids.Length));
        return (keys, borrowed, scores);
    }

    public void Dispose()
    {
        phonePass.Dispose();
        framePass.Dispose();
        phoneArena.Dispose();
        frameArena.Dispose();
    }
}
