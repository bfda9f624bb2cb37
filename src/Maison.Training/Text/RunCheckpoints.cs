// The checkpoints of a run: folders checkpoints/step-000123, each complete or absent, the last few kept.

using System.Globalization;
using System.Text.Json;
using Maison.Models;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Training.Optimisers;

namespace Maison.Training.Text;

/// <summary>Writes and finds the checkpoints of a run folder.</summary>
public sealed class RunCheckpoints(string folder)
{
    const string StateName = "state.json", OptimiserName = "optimiser.safetensors", ReceiptName = "receipt.json", Prefix = "step-";
    static readonly string[] TokenizerFiles = ["tokenizer.json", "tokenizer_config.json"];
    const int Kept = 2;

    readonly string root = Path.Combine(folder, "checkpoints");

    /// <summary>The folder of the newest complete checkpoint that loads, or null.</summary>
    public string? Latest() => All().LastOrDefault();

    /// <summary>Steps done at the newest checkpoint; 0 when there is none.</summary>
    public int LatestStep() => Latest() is { } path ? int.Parse(Path.GetFileName(path)[Prefix.Length..], CultureInfo.InvariantCulture) : 0;

    /// <summary>A checkpoint folder as it is, or the newest checkpoint of a run folder.</summary>
    /// <exception cref="DirectoryNotFoundException">It is neither.</exception>
    public static string Resolve(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(Path.Combine(path, SafetensorsFile.ModelName))) return path;
        return new RunCheckpoints(path).Latest() ?? throw new DirectoryNotFoundException($"{path} is neither a checkpoint nor a run folder with one.");
    }

    string PathOf(int step) => Path.Combine(root, $"{Prefix}{step:D7}");

    IEnumerable<string> All() => !Directory.Exists(root) ? [] : Directory.GetDirectories(root, Prefix + "*")
        .Where(path => File.Exists(Path.Combine(path, StateName)) && int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Order(StringComparer.Ordinal);

    /// <summary>Writes a checkpoint beside the others, then drops the oldest; a failure leaves the earlier ones as they were.</summary>
    /// <param name="keep">The step whose checkpoint is never dropped: the last one before the learning rate fell.</param>
    public void Save(Decoder model, Optimiser optimiser, RunState state, Receipt receipt, int keep)
    {
        var target = PathOf(state.Step);
        var temporary = target + ".tmp";
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        DecoderCheckpoint.Save(temporary, model, ElementType.F32);
        using (var writer = SafetensorsWriter.Create(Path.Combine(temporary, OptimiserName),
            optimiser.State().Select(s => new TensorSpec(s.Key, ElementType.F32, s.Weight.Rows, s.Weight.Cols))))
        {
            foreach (var (key, _, buffer) in optimiser.State()) writer.Write(key, buffer.Span);
            writer.Commit();
        }
        // A checkpoint is a whole model: it can be chatted with and added to the served ones while the run goes on.
        foreach (var name in TokenizerFiles)
            if (File.Exists(Path.Combine(folder, name))) File.Copy(Path.Combine(folder, name), Path.Combine(temporary, name));
        File.WriteAllBytes(Path.Combine(temporary, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt, TrainingJson.Default.Receipt));
        File.WriteAllBytes(Path.Combine(temporary, StateName), JsonSerializer.SerializeToUtf8Bytes(state, TrainingJson.Default.RunState));
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.Move(temporary, target);
        foreach (var old in All().SkipLast(Kept).Where(path => path != PathOf(keep)).ToArray()) Directory.Delete(old, recursive: true);
    }

    /// <summary>Loads the optimiser's buffers of a checkpoint and returns its counters.</summary>
    public RunState Restore(string checkpoint, Optimiser optimiser)
    {
        var path = Path.Combine(checkpoint, StateName);
        var state = JsonSerializer.Deserialize(File.ReadAllBytes(path), TrainingJson.Default.RunState)
            ?? throw new CheckpointFormatException(path, "$", "is empty", "delete this checkpoint's folder; the one before it is used then");
        using var file = SafetensorsFile.Open(Path.Combine(checkpoint, OptimiserName));
        foreach (var (key, weight, buffer) in optimiser.State()) DecoderCheckpoint.Stored(file, key, weight).Read(0, buffer.Span);
        optimiser.Restore(state.OptimiserSteps);
        return state;
    }
}
