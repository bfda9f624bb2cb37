// Word errors of a transcript: both texts as plain words (case, punctuation and hyphens gone, apostrophes kept), aligned by the fewest
// substitutions, insertions and deletions (Levenshtein). It knows nothing about who transcribed.

using System.Text;

namespace Maison.Data.Audio.Measures;

/// <summary>One place of an alignment; a missing side is an insertion or a deletion.</summary>
/// <param name="Said">Word of the reference, null where the transcript has one too many.</param>
/// <param name="Heard">Word of the transcript, null where it lacks one.</param>
public readonly record struct WordPair(string? Said, string? Heard);

/// <summary>A transcript held against its text.</summary>
/// <param name="Pairs">The alignment in order.</param>
public sealed record WordErrors(IReadOnlyList<WordPair> Pairs)
{
    /// <summary>Words of the reference.</summary>
    public int Words => Pairs.Count(p => p.Said is not null);
    /// <summary>Words heard as others.</summary>
    public int Substitutions => Pairs.Count(p => p.Said is not null && p.Heard is not null && p.Said != p.Heard);
    /// <summary>Words heard that nobody said.</summary>
    public int Insertions => Pairs.Count(p => p.Said is null);
    /// <summary>Words not heard.</summary>
    public int Deletions => Pairs.Count(p => p.Heard is null);
    /// <summary>All errors.</summary>
    public int Errors => Substitutions + Insertions + Deletions;

    /// <summary>The longest run of places that all are errors: one garbled stretch is worse than as many slips.</summary>
    public int LongestRun
    {
        get
        {
            var (longest, run) = (0, 0);
            foreach (var pair in Pairs) longest = Math.Max(longest, run = pair.Said == pair.Heard ? 0 : run + 1);
            return longest;
        }
    }

    /// <summary>Plain words of a text.</summary>
    public static string[] WordsOf(string text)
    {
        var plain = new StringBuilder();
        foreach (var c in text.ToLowerInvariant())
            plain.Append(char.IsLetterOrDigit(c) ? c : c is '\'' or '’' ? "'" : " ");
        return [.. plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('\'')).Where(w => w.Length > 0)];
    }

    /// <summary>Aligns what was heard with what was said.</summary>
    public static WordErrors Of(string said, string heard)
    {
        var (a, b) = (WordsOf(said), WordsOf(heard));
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            for (var j = 0; j <= b.Length; j++)
                cost[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
        List<WordPair> pairs = [];
        for (int i = a.Length, j = b.Length; i > 0 || j > 0;)
        {
            if (i > 0 && j > 0 && cost[i, j] == cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)) pairs.Add(new(a[--i], b[--j]));
            else if (i > 0 && cost[i, j] == cost[i - 1, j] + 1) pairs.Add(new(a[--i], null));
            else pairs.Add(new(null, b[--j]));
        }
        pairs.Reverse();
        return new(pairs);
    }
}
