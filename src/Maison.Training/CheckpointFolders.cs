// The checkpoints of a run as folders: checkpoints/step-0000123, each complete or absent, the last few kept. What is in one is its owner's.

using System.Globalization;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Training;

/// <summary>Makes, finds and drops checkpoint folders of a run.</summary>
public sealed class CheckpointFolders(string run)
{
    /// <summary>The file that every complete checkpoint has; it is written last.</summary>
    public const string StateName = "state.json";

    const string Prefix = "step-";
    const int Kept = 2;

    readonly string root = Path.Combine(run, "checkpoints");

    /// <summary>The newest complete checkpoint, or null.</summary>
    public string? Latest() => All().LastOrDefault();

    /// <summary>Steps done at the newest checkpoint; 0 when there is none.</summary>
    public int LatestStep() => Latest() is { } path ? StepOf(path) : 0;

    /// <summary>A checkpoint folder as it is, or the newest checkpoint of a run folder.</summary>
    /// <exception cref="DirectoryNotFoundException">It is neither.</exception>
    public static string Resolve(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(Path.Combine(path, SafetensorsFile.ModelName))) return path;
        return new CheckpointFolders(path).Latest() ?? throw new DirectoryNotFoundException($"{path} is neither a checkpoint nor a run folder with one.");
    }

    static int StepOf(string path) => int.Parse(Path.GetFileName(path)[Prefix.Length..], CultureInfo.InvariantCulture);

    string PathOf(int step) => Path.Combine(root, $"{Prefix}{step:D7}");

    IEnumerable<string> All() => !Directory.Exists(root) ? [] : Directory.GetDirectories(root, Prefix + "*")
        .Where(path => File.Exists(Path.Combine(path, StateName)) && int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Order(StringComparer.Ordinal);

    /// <summary>Writes a checkpoint beside the others, then drops the oldest; a failure leaves the earlier ones as they were.</summary>
    /// <param name="keep">The step whose checkpoint is never dropped.</param>
    /// <param name="fill">Writes all files into a folder, <see cref="StateName"/> among them.</param>
    public void Write(int step, int keep, Action<string> fill)
    {
        var target = PathOf(step);
        var temporary = target + ".tmp";
        Directory.CreateDirectory(root);
        foreach (var torn in Directory.GetDirectories(root, Prefix + "*.tmp")) Directory.Delete(torn, recursive: true);   // what a kill left
        Directory.CreateDirectory(temporary);
        fill(temporary);
        if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
        Directory.Move(temporary, target);
        foreach (var old in All().SkipLast(Kept).Where(path => path != PathOf(keep)).ToArray()) Directory.Delete(old, recursive: true);
    }

    /// <summary>Writes an optimiser's buffers.</summary>
    public static void SaveBuffers(string path, IEnumerable<(string Key, Param Weight, FloatBuffer State)> buffers)
    {
        var all = buffers.ToArray();
        using var writer = SafetensorsWriter.Create(path, all.Select(s => new TensorSpec(s.Key, ElementType.F32, s.Weight.Rows, s.Weight.Cols)));
        foreach (var (key, _, buffer) in all) writer.Write(key, buffer.Span);
        writer.Commit();
    }

    /// <summary>Reads an optimiser's buffers.</summary>
    public static void LoadBuffers(string path, IEnumerable<(string Key, Param Weight, FloatBuffer State)> buffers)
    {
        using var file = SafetensorsFile.Open(path);
        foreach (var (key, weight, buffer) in buffers) ModelFile.Stored(file, key, weight).Read(0, buffer.Span);
    }
}
