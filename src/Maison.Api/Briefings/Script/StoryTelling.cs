// Which sentences of a story are told when there is time for so many seconds of it. Each sentence is weighed by where its editors put it, how much
// of the story its words carry, and what the listener asked for; the best one that says something new is taken until the time is full,
// then all are told in the order in which they were written. No model is needed, and nothing is said that is not there.

using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;

namespace Maison.Api.Briefings.Script;

/// <summary>A sentence that may be told.</summary>
/// <param name="Own">Its terms.</param>
/// <param name="Weight">What it is worth.</param>
sealed record Candidate(Source Source, int Passage, string Text, TermVector Terms, IReadOnlySet<string> Own, double Weight);

/// <summary>The sentences of one story, and how they are chosen.</summary>
sealed class StoryTelling
{
    const double TooAlike = 0.6, LeadBias = 0.35, InterestBonus = 0.3, SecondSource = 1.2, LeastFresh = 0.55;
    const int MostOtherSentences = 3, MostRead = 60;

    readonly Dictionary<(string Source, int Passage), Candidate> candidates = [];
    readonly Dictionary<string, int> left;

    public StoryTelling(Story story, Listener listener)
    {
        Story = story;
        left = story.Sources.ToDictionary(s => s.Id, s => Math.Max(2, (int)Math.Ceiling((s.Passages.Count - 1) * (s.Whole ? s.Rights.MostSpoken : 1))));
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        var sentences = new List<(Source Source, int Passage, string Text, List<string> Terms)>();
        foreach (var source in story.Sources)
            for (var p = 1; p < Math.Min(source.Passages.Count, MostRead); p++)
            {
                var terms = Terms.Of(source.Passages[p]).ToList();
                foreach (var term in terms.Distinct()) texts[term] = texts.GetValueOrDefault(term) + 1;
                if (SpokenForm.Of(source.Passages[p]) is { } text && text[^1] != '?') sentences.Add((source, p, text, terms));
            }
        var vectors = sentences.Select(s => TermVector.Of(s.Terms.Select(t => (t, 1.0)), t => Math.Log(2 + sentences.Count / (double)texts[t]))).ToList();
        var middle = TermVector.Middle(vectors);
        HeadlineTerms = Terms.Of(story.Lead.Title).ToHashSet();
        Headline = TermVector.Of(Terms.Of(story.Lead.Title).Select(t => (t, 1.0)), _ => 1);
        var interests = listener.Interests.SelectMany(Terms.Of).ToHashSet();
        for (var i = 0; i < sentences.Count; i++)
        {
            var (source, passage, text, terms) = sentences[i];
            var weight = 1 / (1 + LeadBias * (passage - 1)) + 0.8 * vectors[i].Cosine(middle) + 0.4 * vectors[i].Cosine(Headline);
            if (terms.Any(interests.Contains)) weight += InterestBonus;
            if (source != story.Lead) weight *= SecondSource;
            candidates[(source.Id, passage)] = new(source, passage, text, vectors[i], terms.ToHashSet(), weight);
        }
    }

    public Story Story { get; }

    /// <summary>Terms of the headline, which is said first.</summary>
    TermVector Headline { get; }

    HashSet<string> HeadlineTerms { get; }

    /// <summary>Seconds that the story could fill.</summary>
    public double Most(Func<string, double> seconds) => Choose(double.MaxValue, seconds).Sum(c => seconds(c.Text));

    /// <summary>The sentences for a time, in the order in which they are told: those of the lead, then what others add.</summary>
    public List<Candidate> Choose(double time, Func<string, double> seconds)
    {
        var taken = new List<Candidate>();
        var (open, allowed, others) = (candidates.Values.ToHashSet(), new Dictionary<string, int>(left), 0);
        while (open.Count > 0)
        {
            Candidate? best = null;
            var value = double.MinValue;
            foreach (var candidate in open)
            {
                if (allowed[candidate.Source.Id] == 0 || candidate.Source != Story.Lead && (others >= MostOtherSentences || taken.Count == 0)) continue;
                // What leans on the sentence before it may only follow it.
                if (SpokenForm.Leans(candidate.Text) && !taken.Any(t => t.Source == candidate.Source && t.Passage == candidate.Passage - 1)) continue;
                if (seconds(candidate.Text) > time) continue;
                var alike = taken.Count == 0 ? 0 : taken.Max(t => t.Terms.Cosine(candidate.Terms));
                if (alike > TooAlike) continue;
                var now = candidate.Weight - alike;
                // Another publisher's sentence is worth what nobody has said yet.
                if (candidate.Source != Story.Lead)
                {
                    var known = taken.SelectMany(t => t.Own).ToHashSet();
                    var fresh = candidate.Own.Count(t => !known.Contains(t) && !HeadlineTerms.Contains(t)) / Math.Max(1.0, candidate.Own.Count);
                    if (fresh < LeastFresh) continue;
                    now *= fresh;
                }
                if (now > value) (best, value) = (candidate, now);
            }
            if (best is null) break;
            open.Remove(best);
            taken.Add(best);
            allowed[best.Source.Id]--;
            if (best.Source != Story.Lead) others++;
            time -= seconds(best.Text);
        }
        var order = Story.Sources.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i);
        return [.. taken.OrderBy(c => order[c.Source]).ThenBy(c => c.Passage)];
    }

    /// <summary>Seconds below which it is not worth telling: its headline and its best sentence.</summary>
    public double Least(Func<string, double> seconds)
    {
        var best = candidates.Values.Where(c => c.Source == Story.Lead && !SpokenForm.Leans(c.Text)).MaxBy(c => c.Weight);
        return seconds($"{Wording.Opener(1, false, Story.Lead.Publisher, null, false)} {Story.Lead.Title}") + (best is null ? 0 : seconds(best.Text)) + 0.5;
    }

    /// <summary>The story as lines; one host, or two who take turns.</summary>
    /// <param name="turn">Counts what the house has said, so that it is not said twice in a row.</param>
    public List<ScriptLine> Lines(StoryTask task, ref int turn)
    {
        var (chapter, hosts, time, seconds) = (task.Chapter, task.Hosts, task.Time, task.Seconds);
        var opener = Wording.Opener(chapter, task.Last, Story.Lead.Publisher, task.Before?.Lead.Publisher, task.Before is { } before && before.IsAkin(Story));
        var teller = hosts == 1 ? 0 : chapter % 2;
        var lines = new List<ScriptLine> { new(teller, chapter, opener, SpokenForm.Headline(Story.Lead.Title), [new(Story.Lead.Id, 0)]) };
        time -= seconds(lines[0].Text);
        var chosen = Choose(time, seconds);
        // A first sentence that says the headline again is told in its place, under the same words.
        if (chosen.Count > 0 && chosen[0].Passage == 1 && chosen[0].Source == Story.Lead && Headline.Cosine(TermVector.Of(Terms.Of(chosen[0].Text).Select(t => (t, 1.0)), _ => 1)) > 0.75)
        {
            lines[0] = new(teller, chapter, opener, chosen[0].Text, [new(Story.Lead.Id, 1)]);
            chosen.RemoveAt(0);
        }
        var (speaker, heard, said) = (teller, Story.Lead, 0);
        foreach (var candidate in chosen)
        {
            var lead = "";
            if (candidate.Source != heard)
            {
                lead = Wording.Another(turn++, candidate.Source.Publisher);
                if (hosts == 2) speaker = 1 - speaker;
            }
            else if (hosts == 2 && (said == 0 || said % 2 == 0 && !SpokenForm.Leans(candidate.Text)))
            {
                // The one who listens asks, and the other goes on; or simply takes over.
                if (said == 0 && chapter % 2 == 0 || said > 0 && chosen.Count - said > 1 && said % 4 == 0)
                    lines.Add(ScriptLine.House(1 - speaker, chapter, Wording.Question(turn++, said == 0)));
                else speaker = 1 - speaker;
            }
            heard = candidate.Source;
            said++;
            lines.Add(new(speaker, chapter, lead, candidate.Text, [new(candidate.Source.Id, candidate.Passage)]));
        }
        return lines;
    }
}
