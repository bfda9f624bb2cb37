// The runs in the data folder as the API tells of them. A run is a folder with a plan; runs may stand together in a folder of their own.

using Maison.Api.Admin;
using Maison.Training;
using Maison.Training.Packing;
using Maison.Wire;

namespace Maison.Cli.Serving;

/// <summary>Finds and reads training runs.</summary>
/// <param name="folder">Where they lie; need not be there.</param>
sealed class TrainingShelf(string folder, TimeProvider clock) : ITrainingRuns
{
    /// <summary>A run that was not written for so long, and for so many of its steps, has stopped.</summary>
    static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);
    const int SilentSteps = 5;

    public IReadOnlyList<TrainingRunBody> All()
        => [.. Ids().Select(id => Read(id, curve: false)).OfType<TrainingRunBody>().OrderByDescending(r => r.UpdatedAt).ThenBy(r => r.Id, StringComparer.Ordinal)];

    public TrainingRunBody? Find(string id) => Ids().Contains(id) ? Read(id, curve: true) : null;

    IEnumerable<string> Ids()
    {
        if (!Directory.Exists(folder)) return [];
        var near = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true };
        return Directory.EnumerateDirectories(folder, "*", near).Where(RunReport.IsRun).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'));
    }

    /// <summary>A run; null where it has gone meanwhile.</summary>
    TrainingRunBody? Read(string id, bool curve)
    {
        try
        {
            var run = RunReport.Read(Path.Combine(folder, id));
            var silent = TimeSpan.FromSeconds(Math.Max(Silence.TotalSeconds, SilentSteps * (run.SecondsPerStep ?? 0)));
            return new()
            {
                Id = id,
                Kind = run.Kind,
                Stage = run.Stage,
                Status = run.Progress >= 1 ? "done" : clock.GetUtcNow().UtcDateTime - run.Updated < silent ? "running" : "stopped",
                Step = run.Step,
                Steps = run.Steps,
                Minutes = run.Minutes,
                Progress = run.Progress,
                Loss = run.Losses.Count > 0 ? run.Losses[^1].Loss : null,
                Rate = run.Rate,
                RateUnit = run.RateUnit,
                SecondsLeft = run.SecondsLeft,
                UpdatedAt = new DateTimeOffset(run.Updated).ToUnixTimeSeconds(),
                HeldOut = [.. run.HeldOut.Select(h => new HeldOutBody(h.Step, h.Measures))],
                Curve = curve && run.Losses.Count > 1 ? LossCurve.Svg("", [(run.Stage ?? run.Kind ?? id, run.Losses)], "", 1) : null,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
