// The briefing from sources to sound. Time is shared out story by story from what is left, since only what was spoken has a length: each story gets
// its share of the rest, is written for it, checked, and spoken. What one leaves over the next ones get, so that the whole comes out as
// asked for as long as the sources have enough to say. Where they do not, that is said.

using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;
using Maison.Inference.Speech;

namespace Maison.Api.Briefings.Sound;

/// <summary>Makes briefings.</summary>
public static class BriefingMaker
{
    const double FirstWeight = 1.4, Spare = 8, Short = 0.9, LeastStory = 6, Over = 0.03;

    /// <summary>Stories in their order, with the articles behind the teasers of those that will be told.</summary>
    public static async Task<List<Story>> Choose(SourceGatherer gatherer, Gathered gathered, BriefingLength length, Listener listener, DateTimeOffset now, Action<int, int> told, CancellationToken stop)
    {
        var stories = StoryFinder.Find(gathered.Sources, listener, now);
        var near = stories.Take(Wording.MostStories(length) + 2).SelectMany(s => s.Sources.Take(3)).ToList();
        var deeper = await gatherer.Deepened(near, told, stop);
        var byId = near.Zip(deeper).ToDictionary(p => p.First.Id, p => p.Second);
        return deeper.SequenceEqual(near) ? stories : StoryFinder.Find([.. gathered.Sources.Select(s => byId.GetValueOrDefault(s.Id, s))], listener, now);
    }

    /// <summary>Writes from the sources' own sentences, checks and speaks.</summary>
    public static Task<SpokenBriefing> Make(BriefingOrder order, IReadOnlyList<Story> stories, Listener listener, IReadOnlyList<string> notes, Func<string, SpeechOptions, CancellationToken, IEnumerable<SpeechChunk>> speak, Action<float[]> sound, IProgress<BriefingProgress> progress, CancellationToken stop)
        => Make(order, stories, listener, notes, new ExtractiveWriter(), speak, sound, progress, stop);

    /// <summary>Writes, checks and speaks.</summary>
    /// <param name="speak">Speaks a text in a voice.</param>
    /// <param name="sound">Takes samples at 24 kHz as they are made.</param>
    /// <exception cref="InvalidDataException">The sources hold nothing that can be told.</exception>
    internal static async Task<SpokenBriefing> Make(BriefingOrder order, IReadOnlyList<Story> stories, Listener listener, IReadOnlyList<string> notes, IStoryWriter writer, Func<string, SpeechOptions, CancellationToken, IEnumerable<SpeechChunk>> speak, Action<float[]> sound, IProgress<BriefingProgress> progress, CancellationToken stop)
    {
        var whole = Wording.Seconds(order.Length);
        var recorder = new Recorder(speak, order.Voices, sound);
        var byId = stories.SelectMany(s => s.Sources).ToDictionary(s => s.Id);
        var gate = new ScriptGate(byId);
        var chapters = new List<Chapter>();
        foreach (var line in Wording.Opening(order.Length, order.Day, order.Hosts)) Say(line);

        // A headline alone is no story, unless there is nothing else.
        var all = stories.Select(s => new StoryTelling(s, listener)).ToList();
        var told = all.Any(t => t.Most(recorder.Guess) > 0) ? [.. all.Where(t => t.Most(recorder.Guess) > 0)] : all;
        var ending = recorder.Guess(Wording.Closing(order.Hosts)) + recorder.Guess(Wording.Goodbye) + 1;
        var planned = Planned(told, whole - recorder.Seconds - ending, Wording.MostStories(order.Length), recorder);
        var spare = new List<StoryTelling>();
        if (planned.Count == 0) throw new InvalidDataException("The sources hold no article that can be told: headlines alone, other languages, or nothing. Give feeds with texts, or articles.");
        for (var n = 0; n < planned.Count; n++)
        {
            stop.ThrowIfCancellationRequested();
            var left = whole - ending - recorder.Seconds;
            // Better a story less than one that is only named; and one more again where there turns out to be time.
            double Needed() => planned.Skip(n).Sum(t => t.Least(recorder.Guess) + 1);
            while (planned.Count > n + 1 && Needed() > left) Move(planned, spare);
            while (spare.Count > 0 && Needed() + spare[^1].Least(recorder.Guess) <= left + Over * whole) Move(spare, planned);
            if (n > 0 && left < Math.Max(LeastStory, planned[n].Least(recorder.Guess) / 2)) break;
            var (telling, chapter) = (planned[n], chapters.Count);
            var time = Share(planned, n, left - (planned.Count - n), recorder);
            recorder.Mark();
            var start = recorder.Seconds;
            var task = new StoryTask(telling, chapter, n == planned.Count - 1 && n > 0, n == 0 ? null : planned[n - 1].Story, order.Hosts, time, recorder.Guess);
            foreach (var line in gate.Pass(await writer.Write(task, stop)))
            {
                // The house's own writer keeps its time; what another writes beyond it is not told.
                if (writer is not ExtractiveWriter && recorder.Seconds + recorder.Guess(line.Text) > start + time + Over * whole) break;
                Say(line);
            }
            // A writer whose lines were cut leaves time: the sources' own sentences fill it.
            if (writer is not ExtractiveWriter && start + time - recorder.Seconds is > Spare and var rest)
                foreach (var line in gate.Pass(Filling(telling, chapter, recorder, rest, gate))) Say(line);
            chapters.Add(new(chapter, telling.Story.Lead.Title, start, recorder.Seconds, [.. telling.Story.Sources.Select(s => s.Publisher).Distinct()], telling.Story.Reasons, telling.Story.Terms));
        }
        var said = notes.ToList();
        if (recorder.Seconds + ending < Short * whole)
        {
            said.Add(FormattableString.Invariant($"There was material for {TimeSpan.FromSeconds(recorder.Seconds + ending):m\\:ss} of the {whole / 60:0} minutes that were asked for. More feeds, or feeds with whole articles, fill them."));
            Say(ScriptLine.House(0, -1, Wording.NoMore));
        }
        recorder.Mark();
        Say(ScriptLine.House(0, -1, Wording.Closing(order.Hosts)));
        Say(ScriptLine.House(order.Hosts - 1, -1, Wording.Goodbye));
        var used = recorder.Lines.SelectMany(l => l.Line.Passages).Concat(gate.Cut.SelectMany(c => c.Passages)).Select(p => p.Source).ToHashSet();
        return new(order, recorder.Seconds, recorder.Lines, chapters, [.. stories.SelectMany(s => s.Sources).Where(s => used.Contains(s.Id))], gate.Cut, said);

        static void Move(List<StoryTelling> from, List<StoryTelling> to)
        {
            to.Add(from[^1]);
            from.RemoveAt(from.Count - 1);
        }

        void Say(ScriptLine line)
        {
            recorder.Say(line, stop);
            progress.Report(new("speak", Math.Min(recorder.Seconds, whole), whole));
        }
    }

    /// <summary>As many stories as fill the time, and no more than can be told.</summary>
    static List<StoryTelling> Planned(List<StoryTelling> all, double time, int most, Recorder recorder)
    {
        var (planned, filled) = (new List<StoryTelling>(), 0.0);
        foreach (var telling in all)
        {
            if (planned.Count >= most && filled >= time * 1.1) break;
            planned.Add(telling);
            filled += Whole(telling, recorder);
        }
        return planned;
    }

    /// <summary>The time of one story: what is left is poured over all that follow by weight, each to its brim.</summary>
    static double Share(List<StoryTelling> planned, int n, double left, Recorder recorder)
    {
        var open = Enumerable.Range(n, planned.Count - n).Select(i => (Index: i, Weight: i == 0 ? FirstWeight : 1, Most: Whole(planned[i], recorder))).ToList();
        while (true)
        {
            var unit = left / open.Sum(o => o.Weight);
            var full = open.Where(o => o.Most <= unit * o.Weight).ToList();
            if (full.Any(o => o.Index == n)) return Math.Max(LeastStory, full.First(o => o.Index == n).Most + 0.5);
            if (full.Count == 0) return Math.Max(planned[n].Least(recorder.Guess), unit * open.First(o => o.Index == n).Weight);
            left -= full.Sum(o => o.Most);
            open.RemoveAll(full.Contains);
        }
    }

    static double Whole(StoryTelling telling, Recorder recorder)
        => telling.Most(recorder.Guess) + recorder.Guess($"{Wording.Opener(1, false, telling.Story.Lead.Publisher, null, false)} {telling.Story.Lead.Title}") + 1;

    static List<ScriptLine> Filling(StoryTelling telling, int chapter, Recorder recorder, double time, ScriptGate gate)
    {
        var said = recorder.Lines.SelectMany(l => l.Line.Passages).Concat(gate.Cut.Where(c => c.Chapter == chapter).SelectMany(c => c.Passages)).ToHashSet();
        var host = recorder.Lines[^1].Line.Host;
        var (lines, heard) = (new List<ScriptLine>(), telling.Story.Lead);
        foreach (var candidate in telling.Choose(time, recorder.Guess))
            if (!said.Contains(new(candidate.Source.Id, candidate.Passage)) && !SpokenForm.Leans(candidate.Text))
            {
                lines.Add(new(host, chapter, candidate.Source == heard ? "" : Wording.Another(0, candidate.Source.Publisher), candidate.Text, [new(candidate.Source.Id, candidate.Passage)]));
                heard = candidate.Source;
            }
        return lines;
    }
}
