// Which files and shards are to be scored: all of two folders, or those that are named. What is passed over is told.

using Maison.Data.Preparation;

namespace Maison.Training.Evaluations;

/// <summary>A list of evaluations.</summary>
/// <param name="Shards">Held-out shards, and whether they hold conversations.</param>
/// <param name="Files">Files of questions.</param>
/// <param name="Notes">What is left out and why.</param>
public sealed record EvaluationTasks(IReadOnlyList<(string Path, bool Chat)> Shards, IReadOnlyList<EvaluationFile> Files, IReadOnlyList<string> Notes)
{
    /// <summary>The files of <paramref name="eval"/> and the held-out shards of the prepared data <paramref name="data"/>.</summary>
    /// <param name="only">Names to score instead of all; conversations are "chat/NAME".</param>
    /// <exception cref="ArgumentException">There is nothing to score, or a name that is not there.</exception>
    public static EvaluationTasks Find(string? eval, string? data, IReadOnlyCollection<string> only)
    {
        if (eval is null && data is null) throw new ArgumentException("There is nothing to score: give --eval with a folder of questions, --data with a folder of prepared data, or both.");
        var files = eval is null ? [] : EvaluationFile.Find(eval);
        var prepared = data is null ? null : PreparedData.Read(data);
        (string Path, bool Chat)[] shards = prepared is null ? [] : [.. prepared.HeldOut.Select(p => (p, false)), .. prepared.ChatHeldOut.Select(p => (p, true))];
        if (only.FirstOrDefault(name => files.All(f => f.Name != name) && shards.All(s => Name(s) != name)) is { } absent)
            throw new ArgumentException($"--only {absent}: there is nothing of that name. There are: {string.Join(", ", files.Select(f => f.Name).Concat(shards.Select(Name)))}.");
        var unknown = only.Count > 0 ? [] : files.Where(f => f.Kind is null).ToArray();
        return new([.. shards.Where(s => only.Count == 0 || only.Contains(Name(s)))], [.. files.Where(f => only.Count == 0 || only.Contains(f.Name)).Except(unknown)],
            [.. unknown.Select(f => $"{f.Name} is left out: its rows have {string.Join(", ", f.Fields)}, which is no question known here.")]);

        static string Name((string Path, bool Chat) shard) => (shard.Chat ? "chat/" : "") + Path.GetFileNameWithoutExtension(shard.Path);
    }

    /// <summary>Scores one after the other, held-out text first.</summary>
    public IEnumerable<EvaluationScore> Run(TextEvaluation evaluation, int? limit, CancellationToken stop = default)
        => Shards.Select(s => evaluation.HeldOut(s.Path, s.Chat, stop)).Concat(Files.Select(f => evaluation.Run(f, limit, stop)));
}
