using Maison.Api.Briefings.Stories;

namespace Maison.Api.Briefings.Script;

/// <summary>What a writer is asked for.</summary>
/// <param name="Before">The story before; null for the first.</param>
/// <param name="Time">Seconds that the story may take.</param>
/// <param name="Seconds">How long a text is when it is spoken.</param>
sealed record StoryTask(StoryTelling Telling, int Chapter, bool Last, Story? Before, int Hosts, double Time, Func<string, double> Seconds);

/// <summary>Writes stories as lines; what it writes is checked like anything else.</summary>
interface IStoryWriter
{
    Task<IReadOnlyList<ScriptLine>> Write(StoryTask task, CancellationToken stop);
}

/// <summary>Takes the sources' own sentences.</summary>
sealed class ExtractiveWriter : IStoryWriter
{
    int turn;

    public Task<IReadOnlyList<ScriptLine>> Write(StoryTask task, CancellationToken stop)
        => Task.FromResult<IReadOnlyList<ScriptLine>>(task.Telling.Lines(task, ref turn));
}
