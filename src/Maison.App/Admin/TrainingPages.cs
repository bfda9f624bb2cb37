// Training as it goes on: the runs in the data folder with their curves, and a stream of the same for whoever keeps the page open.

using System.Text.Json;
using Maison.Wire;

namespace Maison.App.Admin;

static class TrainingPages
{
    public const string Path = AdminPages.Path + "/training";

    /// <summary>How many runs are shown.</summary>
    const int Shown = 12;

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    public static void Map(Action<string, Func<Visit, Task>> show)
    {
        show(Path, Show);
        show(Path + "/watch", Watch);
    }

    static async Task Show(Visit visit) => await visit.Page<TrainingRunsPage>(new() { ["Runs"] = await Runs(visit) });

    /// <summary>The runs whenever they have changed.</summary>
    static async Task Watch(Visit visit)
    {
        var sent = await Html(visit);
        visit.Context.Response.ContentType = "text/event-stream; charset=utf-8";
        try
        {
            await visit.Send("runs", JsonSerializer.Serialize(sent));
            while (true)
            {
                await Task.Delay(Pause, visit.Left);
                var html = await Html(visit);
                if (html != sent) await visit.Send("runs", JsonSerializer.Serialize(sent = html));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ApiProblem)
        {
            // The reader has left, or may not look any more; the training goes on.
        }
    }

    static async Task<string> Html(Visit visit) => await Rendering.Html<TrainingRunsView>(new() { ["T"] = visit.Texts, ["Runs"] = await Runs(visit) });

    static async Task<List<TrainingRunBody>> Runs(Visit visit)
    {
        var runs = new List<TrainingRunBody>();
        foreach (var run in (await visit.Api.TrainingRuns(visit.Left)).Take(Shown)) runs.Add(await visit.Api.TrainingRun(run.Id, visit.Left) ?? run);
        return runs;
    }
}
