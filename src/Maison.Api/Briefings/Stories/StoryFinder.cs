// From articles to stories in the order they are told. Articles whose headlines and first sentences share rare words are one story; the order comes
// from how many publishers tell it, how fresh it is, where their editors put it, what the listener asked for, and what was skipped or
// replayed before. All of it is counted, nothing is guessed by a model.

using Maison.Api.Briefings.Sources;

namespace Maison.Api.Briefings.Stories;

/// <summary>Finds and orders stories.</summary>
public static class StoryFinder
{
    const double SameStory = 0.34, SamePublisherStory = 0.62, InterestWeight = 2, LearntWeight = 1.2, FreshWeight = 1, PlaceWeight = 0.5, WholeWeight = 0.4;
    const int LeadPassages = 3, SharedTerms = 3, KeptTerms = 10;
    static readonly TimeSpan Apart = TimeSpan.FromDays(3), HalfFresh = TimeSpan.FromHours(24);

    /// <summary>The stories of some articles, the first to be told first.</summary>
    public static List<Story> Find(IReadOnlyList<Source> sources, Listener listener, DateTimeOffset now)
    {
        var vectors = Vectors(sources);
        var groups = new List<(List<int> Members, TermVector Middle)>();
        foreach (var i in Enumerable.Range(0, sources.Count).OrderBy(i => sources[i].Published ?? now).ThenBy(i => i))
        {
            var best = -1;
            var nearest = 0.0;
            for (var g = 0; g < groups.Count; g++)
            {
                var (members, middle) = groups[g];
                var near = vectors[i].Cosine(middle);
                var needed = members.Any(m => sources[m].Publisher == sources[i].Publisher) ? SamePublisherStory : SameStory;
                if (near <= nearest || near < needed || vectors[i].Shared(middle) < SharedTerms) continue;
                if (members.Any(m => ((sources[m].Published ?? now) - (sources[i].Published ?? now)).Duration() > Apart)) continue;
                (best, nearest) = (g, near);
            }
            if (best < 0) groups.Add(([i], vectors[i]));
            else
            {
                groups[best].Members.Add(i);
                groups[best] = (groups[best].Members, TermVector.Middle(groups[best].Members.Select(m => vectors[m])));
            }
        }
        var stories = groups.Select(g => Scored([.. g.Members.Select(m => sources[m])], g.Middle, listener, now)).ToList();
        return Varied(stories);
    }

    /// <summary>Term vectors of articles: their headline counts three times.</summary>
    static TermVector[] Vectors(IReadOnlyList<Source> sources)
    {
        var terms = sources.Select(s => s.Passages.Take(1 + LeadPassages).SelectMany((p, i) => Terms.Of(p).Select(t => (Term: t, Count: i == 0 ? 3.0 : 1.0))).ToList()).ToList();
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in terms)
            foreach (var term in one.Select(t => t.Term).Distinct()) texts[term] = texts.GetValueOrDefault(term) + 1;
        // As if there were some more texts without the term: in a handful of articles no word is rare.
        return [.. terms.Select(one => TermVector.Of(one, t => Math.Log((sources.Count + 10.0) / texts[t])))];
    }

    static Story Scored(List<Source> sources, TermVector middle, Listener listener, DateTimeOffset now)
    {
        var reasons = new List<string>();
        // The one that tells most leads; of two alike, the fresher.
        sources = [.. sources.OrderByDescending(s => Math.Min(s.Passages.Count, 12)).ThenByDescending(s => s.Published ?? DateTimeOffset.MinValue).ThenBy(s => s.Place)];
        var publishers = sources.Select(s => s.Publisher).Distinct().Count();
        var score = Math.Log2(1 + publishers);
        if (publishers > 1) reasons.Add($"{publishers} publishers tell it");
        if (sources.Max(s => s.Published) is { } published) score += FreshWeight * Math.Pow(0.5, Math.Max(0, (now - published) / HalfFresh));
        score += PlaceWeight / (1 + sources.Min(s => s.Place));
        if (sources.Any(s => s.Whole)) score += WholeWeight;
        var headlines = sources.Select(s => Terms.Of(s.Title).ToHashSet()).ToList();
        var texts = sources.SelectMany(s => s.Passages).SelectMany(Terms.Of).ToHashSet();
        foreach (var interest in listener.Interests)
        {
            string[] wanted = [.. Terms.Of(interest)];
            if (wanted.Length == 0) continue;
            var (inHeadline, inText) = (headlines.Any(h => wanted.All(h.Contains)), wanted.All(texts.Contains));
            if (!inText && !inHeadline) continue;
            score += InterestWeight * (inHeadline ? 1 : 0.5);
            reasons.Add($"about {interest}");
        }
        string[] about = [.. middle.Heaviest(KeptTerms)];
        var learnt = about.Sum(t => listener.Learnt.GetValueOrDefault(t)) + sources.Max(s => listener.LearntPublishers.GetValueOrDefault(s.Publisher));
        if (Math.Abs(learnt) > 0.2) reasons.Add(learnt > 0 ? "like what you replayed" : "like what you skipped");
        score += LearntWeight * Math.Tanh(learnt);
        return new(sources, about, score) { Reasons = reasons };
    }

    /// <summary>By score, each next one from a publisher that was just heard a little later.</summary>
    static List<Story> Varied(List<Story> stories)
    {
        const double again = 0.25, akin = 1.2;
        var (left, told, heard) = (stories.ToList(), new List<Story>(), new Dictionary<string, int>());
        while (left.Count > 0)
        {
            // What belongs with the story before comes right after it, if it would have been told soon anyway.
            var next = left.MaxBy(s => s.Score - again * heard.GetValueOrDefault(s.Lead.Publisher) + (told.Count > 0 && told[^1].IsAkin(s) ? akin : 0))!;
            left.Remove(next);
            told.Add(next);
            heard[next.Lead.Publisher] = heard.GetValueOrDefault(next.Lead.Publisher) + 1;
        }
        return told;
    }
}
