// The contest of a model and its judges: hinge verdicts (arXiv 1705.02894), features matched (arXiv 1910.06711). First the judges learn from
// what was recorded and what was made for the same moments, then their verdict on the made goes back as a gradient.

using Maison.Models;
using Maison.Models.Voice;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Optimisers;

namespace Maison.Training.Voice;

/// <summary>Judges and how they learn.</summary>
public sealed class JudgeStep : IDisposable
{
    const double FeatureWeight = 2;

    readonly IJudges judges;
    readonly Gang gang;
    readonly AdamWOptions options;
    readonly Arena arena = new(), realArena = new();
    readonly Pass pass, realPass;
    AdamW optimiser;

    /// <param name="judges">Judges of the kind that is needed; they begin with random values.</param>
    public JudgeStep(IJudges judges, AdamWOptions options, int seed, Gang gang)
    {
        (this.judges, this.options, this.gang) = (judges, options, gang);
        VoiceInit.Initialise(judges, seed);
        // Half of every layer's outputs are leaked away: what is left keeps its size.
        foreach (var slot in ModelWeights.Slots(judges))
            if (slot.Weight is Param { Rows: > 1 } w)
            {
                foreach (ref var v in w.Values) v *= 1.4f;
                w.Changed();
            }
        optimiser = new(judges, gang, options);
        pass = new(arena, gang, record: true);
        realPass = new(realArena, gang);
    }

    /// <summary>The optimiser's buffers.</summary>
    public IEnumerable<(string Key, Param Weight, FloatBuffer State)> State() => optimiser.State().Select(s => ($"judge.{s.Key}", s.Weight, s.State));

    /// <summary>One contest over pieces of one length.</summary>
    /// <param name="real">What was recorded. // (rows, width)</param>
    /// <param name="made">What was made for the same moments. // (rows, width)</param>
    /// <param name="starts">The first row of each piece; with none the step counts and nobody learns from it.</param>
    /// <param name="length">Rows of a piece.</param>
    /// <param name="gradient">Receives the gradient of what was made: zero outside of the pieces. // (rows, width)</param>
    /// <returns>Losses: of the judges, of the made before them, of features.</returns>
    public (double Judges, double Verdict, double Features) Contest(ReadOnlySpan<float> real, ReadOnlySpan<float> made, int[] starts, int length, int width, double rate, Span<float> gradient)
    {
        gradient.Clear();
        var pieces = starts.Length;
        if (pieces == 0)
        {
            // A resumed run counts all steps.
            optimiser.Step(rate);
            return default;
        }
        float[] realCut = Cut(real), madeCut = Cut(made), both = [.. realCut, .. madeCut];
        Freeze(false);
        Begin(pass, 2 * pieces);
        List<(Tensor Error, double Scale)> judging = [], verdict = [], features = [];
        foreach (var v in judges.Forward(pass, pass.Input(both, 2 * pieces * length, width), 2 * pieces))
        {
            var targets = new float[v.Score.Rows];
            Array.Fill(targets, 1f, 0, targets.Length / 2);
            Array.Fill(targets, -1f, targets.Length / 2, targets.Length / 2);
            Learn(judging, pass.HingeError(v.Score, targets), 2.0 / targets.Length);
        }
        pass.Backward();
        optimiser.Step(rate);
        var judgesLoss = Sum(judging);

        Freeze(true);
        Begin(realPass, pieces);
        var seen = judges.Forward(realPass, realPass.Input(realCut, pieces * length, width), pieces);
        Begin(pass, pieces);
        var borrowed = pass.Input(madeCut, pieces * length, width);
        var verdicts = judges.Forward(pass, borrowed, pieces);
        for (var i = 0; i < verdicts.Length; i++)
        {
            var targets = new float[verdicts[i].Score.Rows];
            Array.Fill(targets, 1f);
            Learn(verdict, pass.HingeError(verdicts[i].Score, targets), 1.0 / targets.Length);
            for (var k = 0; k < verdicts[i].Noticed.Length; k++)
                Learn(features, pass.AbsoluteError(verdicts[i].Noticed[k], seen[i].Noticed[k]), FeatureWeight / verdicts[i].Noticed[k].Count);
        }
        pass.Backward();
        var back = pass.GradientOf(borrowed);
        for (var i = 0; i < pieces; i++) back.Slice(i * length * width, length * width).CopyTo(gradient[(starts[i] * width)..]);
        return (judgesLoss, Sum(verdict), Sum(features));

        void Begin(Pass p, int count) => p.Begin([.. Enumerable.Range(0, count).Select(i => new Segment(i * length, length))]);

        float[] Cut(ReadOnlySpan<float> from)
        {
            var cut = new float[pieces * length * width];
            for (var i = 0; i < pieces; i++) from.Slice(starts[i] * width, length * width).CopyTo(cut.AsSpan(i * length * width));
            return cut;
        }

        void Learn(List<(Tensor, double)> losses, Tensor error, double scale)
        {
            pass.Seed(error, (float)scale);
            losses.Add((error, scale));
        }

        // Read when all work has been given out: a device need not stop for each.
        static double Sum(List<(Tensor Error, double Scale)> losses) => losses.Sum(l => l.Error.Value * l.Scale);
    }

    void Freeze(bool frozen)
    {
        foreach (var slot in ModelWeights.Slots(judges)) ((Param)slot.Weight).Frozen = frozen;
    }

    /// <summary>Writes the judges beside the model.</summary>
    public void Save(string path) => ModelFile.Save(judges, path, ElementType.F32);

    /// <summary>Takes up the judges of a checkpoint.</summary>
    public void Restore(string path, int steps)
    {
        optimiser.Dispose();
        ModelFile.LoadTrainable(judges, path);
        optimiser = new(judges, gang, options);
        optimiser.Restore(steps);
    }

    public void Dispose()
    {
        pass.Dispose();
        realPass.Dispose();
        arena.Dispose();
        realArena.Dispose();
        optimiser.Dispose();
    }
}
