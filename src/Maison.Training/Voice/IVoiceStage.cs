// A stage of training a voice: what one step learns and what a checkpoint holds. The loop, its rate, its checkpoints and metrics are
// VoiceTrainer's, the same for every stage. A stage draws its examples by the number of the step, so it has no place in the data to remember.

using Maison.Tensors;

namespace Maison.Training.Voice;

/// <summary>What a voice training run repeats.</summary>
public interface IVoiceStage : IDisposable
{
    /// <summary>Does step number <paramref name="step"/> (from 0) at a rate factor.</summary>
    /// <returns>The losses by name, "loss" among them; all finite, or nothing was updated.</returns>
    IReadOnlyDictionary<string, double> Step(int step, double rate);

    /// <summary>What the model is worth on held-out utterances, by name.</summary>
    IReadOnlyDictionary<string, double> HeldOut();

    /// <summary>Writes the model, whole and ready for use, into a folder.</summary>
    void Save(string folder);

    /// <summary>Buffers that go on with a run, optimiser state above all, each with the weight whose shape it has.</summary>
    IEnumerable<(string Key, Param Weight, FloatBuffer State)> State();

    /// <summary>Takes up a checkpoint: the model of the folder, and the number of steps it has seen. Buffers are read by the trainer.</summary>
    void Restore(string folder, int steps);

    /// <summary>Seconds of sound of a step, for the speed shown.</summary>
    double SecondsPerStep { get; }

    /// <summary>Digests of the data, for the receipt.</summary>
    IReadOnlyDictionary<string, string> Digests { get; }
}
