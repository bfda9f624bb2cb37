// The checkpoints of a text run: what is in each of its checkpoint folders.

using System.Text.Json;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>Writes and finds the checkpoints of a run folder.</summary>
public sealed class RunCheckpoints(string folder)
{
    const string OptimiserName = "optimiser.safetensors", ReceiptName = "receipt.json";
    static readonly string[] TokenizerFiles = ["tokenizer.json", "tokenizer_config.json"];

    readonly CheckpointFolders folders = new(folder);

    /// <summary>The folder of the newest complete checkpoint that loads, or null.</summary>
    public string? Latest() => folders.Latest();

    /// <summary>Steps done at the newest checkpoint; 0 when there is none.</summary>
    public int LatestStep() => folders.LatestStep();

    /// <inheritdoc cref="CheckpointFolders.Resolve"/>
    public static string Resolve(string path) => CheckpointFolders.Resolve(path);

    /// <summary>Writes a checkpoint beside the others, then drops the oldest; a failure leaves the earlier ones as they were.</summary>
    /// <param name="keep">The step whose checkpoint is never dropped: the last one before the learning rate fell.</param>
    public void Save(Decoder model, Optimiser optimiser, RunState state, Receipt receipt, int keep) => folders.Write(state.Step, keep, to =>
    {
        DecoderCheckpoint.Save(to, model, ElementType.F32);
        CheckpointFolders.SaveBuffers(Path.Combine(to, OptimiserName), optimiser.State());
        // A checkpoint is a whole model: it can be chatted with and added to the served ones while the run goes on.
        foreach (var name in TokenizerFiles)
            if (File.Exists(Path.Combine(folder, name))) File.Copy(Path.Combine(folder, name), Path.Combine(to, name));
        File.WriteAllBytes(Path.Combine(to, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt, TrainingJson.Default.Receipt));
        File.WriteAllBytes(Path.Combine(to, CheckpointFolders.StateName), JsonSerializer.SerializeToUtf8Bytes(state, TrainingJson.Default.RunState));
    });

    /// <summary>Loads the optimiser's buffers of a checkpoint and returns its counters.</summary>
    public RunState Restore(string checkpoint, Optimiser optimiser)
    {
        var path = Path.Combine(checkpoint, CheckpointFolders.StateName);
        RunState state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllBytes(path), TrainingJson.Default.RunState);
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException(path, e.Path ?? "$", $"is damaged ({e.Message})", "delete this checkpoint's folder; the one before it is used then");
        }
        CheckpointFolders.LoadBuffers(Path.Combine(checkpoint, OptimiserName), optimiser.State());
        optimiser.Restore(state.OptimiserSteps);
        return state;
    }
}
