// No source, no sentence. A claim stands when its passages say it: its numbers, dates and names are theirs, each in the company it keeps there, its
// other words are theirs for the most part, and nothing is denied that they affirm. Decided by counting words, not by a model, so that the same
// claim is judged the same way whoever wrote it. What this can not see: words that are all in the passage, in a new sense.

using System.Globalization;
using Maison.Api.Briefings.Stories;

namespace Maison.Api.Briefings.Checks;

/// <summary>Why a claim is cut; null words it in nothing.</summary>
/// <param name="Kind">number, date, name, words or denial.</param>
public sealed record Fault(string Kind, string Reason);

/// <summary>Judges claims.</summary>
public static class SentenceCheck
{
    const double LeastShared = 0.6, NearlyVerbatim = 0.7;
    const int Company = 2, Around = 8;

    static readonly HashSet<string> Denials = ["not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "refus", "deny", "deni", "fail", "reject", "unlik", "hardly", "bar", "instead", "rather", "prevent", "stop", "avoid", "lack", "ban", "against"];
    static readonly HashSet<string> Plain = ["not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "cannot"];

    /// <summary>What is wrong with a claim, or null where its passages say it.</summary>
    public static Fault? Of(string claim, IReadOnlyList<string> passages)
    {
        var said = Facts.Read(claim);
        if (passages.Count == 0) return new("words", "It names no source.");
        var known = new List<FactWord>();
        foreach (var passage in passages)
        {
            var words = Facts.Read(passage);
            if (words.Count > 0) words[0] = words[0] with { Apart = true };
            known.AddRange(words);
        }
        if (!said.Any(w => char.IsLetter(w.Form[0]))) return new("words", "It says nothing.");
        var matched = Alignment(said, known);
        var content = said.Where(w => w.Kind == FactKind.None && !Terms.IsEmpty(w.Shown.ToLowerInvariant())).ToList();
        var forms = known.Select(w => w.Form).Concat(known.Select(w => Terms.Stem(w.Shown.ToLowerInvariant()))).ToHashSet();
        var plain = said.Count(w => w.Kind == FactKind.None);
        var verbatim = plain == 0 ? 0 : Enumerable.Range(0, said.Count).Count(i => matched[i] >= 0 && said[i].Kind == FactKind.None) / (double)plain;
        for (var i = 0; i < said.Count; i++)
            if (said[i].Kind != FactKind.None && Judge(said, i, known, matched, verbatim >= NearlyVerbatim) is { } fault) return fault;
        if (content.Count > 0)
        {
            var shared = content.Count(w => forms.Contains(w.Form)) / (double)content.Count;
            if (shared < LeastShared)
                return new("words", string.Create(CultureInfo.InvariantCulture, $"The passage has {shared:P0} of its words: {string.Join(", ", content.Where(w => !forms.Contains(w.Form)).Select(w => w.Shown).Take(4))} are not there."));
        }
        return Denial(said, known, verbatim);
    }

    static Fault? Judge(List<FactWord> said, int i, List<FactWord> known, int[] matched, bool verbatim)
    {
        var fact = said[i];
        var places = Enumerable.Range(0, known.Count).Where(k => Same(fact, known[k])).ToList();
        if (places.Count == 0) return new(Word(fact.Kind), $"{fact.Shown} is not in the passage.");
        if (matched[i] >= 0) return null;
        // It is there, but not where the sentence has it: then it has to keep the company it keeps there.
        if (fact.Kind == FactKind.Date && Beside(said, i) is { } number && !places.Any(k => Neighbours(known, k).Any(n => Same(number, n)))) return new("date", $"{fact.Shown} does not stand with {number.Shown} in the passage.");
        if (verbatim)
        {
            if (Displaced(said, i, known, matched) is { } other) return new(Word(fact.Kind), $"{fact.Shown} stands where the passage has {other.Shown}.");
            return places.Any(k => Touches(said, i, known, k)) ? null : new(Word(fact.Kind), $"{fact.Shown} stands elsewhere in the passage.");
        }
        var near = CompanyOf(said, i, Company);
        return near.Count == 0 || places.Any(k => CompanyOf(known, k, Around).Any(w => near.Any(n => Same(n, w)))) ? null : new(Word(fact.Kind), $"{fact.Shown} is said of something else in the passage.");
    }

    /// <summary>Whether a fact that was moved took its neighbour along: the word on one side is the same in both, with nothing between; the parts of a date may change sides.</summary>
    static bool Touches(List<FactWord> said, int i, List<FactWord> known, int k)
    {
        var (left, right) = (i > 0 && !said[i].Apart ? said[i - 1] : (FactWord?)null, i + 1 < said.Count && !said[i + 1].Apart ? said[i + 1] : (FactWord?)null);
        var (knownLeft, knownRight) = (k > 0 && !known[k].Apart ? known[k - 1] : (FactWord?)null, k + 1 < known.Count && !known[k + 1].Apart ? known[k + 1] : (FactWord?)null);
        if (left is { } l && (knownLeft is { } kl && Same(l, kl) || Dated(l) && knownRight is { } kr && Same(l, kr))) return true;
        return right is { } r && (knownRight is { } rr && Same(r, rr) || Dated(r) && knownLeft is { } rl && Same(r, rl)) || left is null && right is null;

        bool Dated(FactWord other) => other.Kind == FactKind.Date || said[i].Kind == FactKind.Date && other.Kind == FactKind.Number;
    }

    /// <summary>Where the words around a fact are the passage's own, the fact of its kind that stands between them there; null where there is none.</summary>
    static FactWord? Displaced(List<FactWord> said, int i, List<FactWord> known, int[] matched)
    {
        int before = -1, after = known.Count;
        for (var at = i - 1; at >= 0; at--)
            if (matched[at] >= 0) { before = matched[at]; break; }
        for (var at = i + 1; at < said.Count; at++)
            if (matched[at] >= 0) { after = matched[at]; break; }
        for (var k = before + 1; k < after; k++)
            if (known[k].Kind == said[i].Kind && !Same(said[i], known[k])) return known[k];
        return null;
    }

    /// <summary>Whether one thing in both texts is the same.</summary>
    static bool Same(FactWord a, FactWord b)
    {
        if (a.Kind == FactKind.Number || b.Kind == FactKind.Number) return a.Kind == b.Kind && a.Form == b.Form && (a.Unit == b.Unit || a.Unit.Length == 0);
        if (a.Kind == FactKind.Date || b.Kind == FactKind.Date) return a.Kind == b.Kind && a.Form == b.Form;
        if (a.Kind == FactKind.Name)
        {
            // A name has a capital letter in the passage too, but may begin a sentence there; its plural or people may be meant.
            var (x, y) = (a.Form, b.Shown.ToLowerInvariant());
            return (b.Capital || a.First) && (x == y || x.Length > 3 && y.Length > 3 && (x + "s" == y || x == y + "s"));
        }
        return a.Form == b.Form || b.Kind == FactKind.Name && Terms.Stem(b.Form) == a.Form;
    }

    /// <summary>The number that is written with a date: the day of a month, or a year.</summary>
    static FactWord? Beside(List<FactWord> words, int i)
    {
        if (!words[i].Form.StartsWith("month", StringComparison.Ordinal)) return null;
        if (i + 1 < words.Count && !words[i + 1].Apart && words[i + 1].Kind == FactKind.Number) return words[i + 1];
        return i > 0 && !words[i].Apart && words[i - 1].Kind == FactKind.Number ? words[i - 1] : null;
    }

    static IEnumerable<FactWord> Neighbours(List<FactWord> words, int i)
    {
        if (i > 0) yield return words[i - 1];
        if (i + 1 < words.Count) yield return words[i + 1];
    }

    /// <summary>The nearest words that mean something, on either side.</summary>
    static List<FactWord> CompanyOf(List<FactWord> words, int i, int each)
    {
        var company = new List<FactWord>();
        foreach (var step in (int[])[-1, 1])
            for (int at = i + step, found = 0; at >= 0 && at < words.Count && found < each; at += step)
                if (words[at].Kind != FactKind.None || !Terms.IsEmpty(words[at].Shown.ToLowerInvariant()))
                {
                    company.Add(words[at]);
                    found++;
                }
        return company;
    }

    /// <summary>For each word of the claim, the word of the passages that it is in the longest common order of words; -1 for none. Plain words count a
    /// little more than facts, so that two facts that changed places both stand out.</summary>
    static int[] Alignment(List<FactWord> said, List<FactWord> known)
    {
        const int plain = 101, fact = 100;
        var longest = new int[said.Count + 1, known.Count + 1];
        for (var i = said.Count - 1; i >= 0; i--)
            for (var k = known.Count - 1; k >= 0; k--)
            {
                longest[i, k] = Math.Max(longest[i + 1, k], longest[i, k + 1]);
                if (Same(said[i], known[k])) longest[i, k] = Math.Max(longest[i, k], longest[i + 1, k + 1] + Worth(i));
            }
        var matched = new int[said.Count];
        Array.Fill(matched, -1);
        for (int i = 0, k = 0; i < said.Count && k < known.Count;)
            if (Same(said[i], known[k]) && longest[i, k] == longest[i + 1, k + 1] + Worth(i)) matched[i++] = k++;
            else if (longest[i + 1, k] >= longest[i, k + 1]) i++;
            else k++;
        return matched;

        int Worth(int i) => said[i].Kind == FactKind.None ? plain : fact;
    }

    /// <summary>A sentence that is nearly the passage's own denies what it denies, and nothing else.</summary>
    static Fault? Denial(List<FactWord> said, List<FactWord> known, double verbatim)
    {
        var (claims, passage) = (Count(said, Plain), Count(known, Denials));
        if (claims > 0 && passage == 0) return new("denial", "It denies what the passage says.");
        return verbatim >= 0.85 && claims == 0 && known.Count <= said.Count + 2 && Count(known, Plain) > 0 ? new("denial", "It affirms what the passage denies.") : null;

        static int Count(List<FactWord> words, HashSet<string> of) => words.Count(w => of == Denials && w.Kind == FactKind.None && w.Form.Length > 5 && (w.Form.StartsWith("un", StringComparison.Ordinal) || w.Form.StartsWith("dis", StringComparison.Ordinal)) || of.Contains(w.Form) || of.Contains(w.Shown.ToLowerInvariant()) || w.Shown.EndsWith("n't", StringComparison.OrdinalIgnoreCase));
    }

    static string Word(FactKind kind) => kind.ToString().ToLowerInvariant();
}
