using System.Text;
using System.Text.RegularExpressions;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>Byte-pair encoding written for a reader, quadratic and obvious: the twin that the fast code must equal.</summary>
static class NaiveBpe
{
    /// <summary>Learns merges by recounting every pair before each merge; ties go to the lowest ids.</summary>
    public static List<(int Left, int Right)> Train(IEnumerable<string> documents, string pattern, int merges)
    {
        var words = documents.SelectMany(d => Regex.Matches(d, pattern))
            .Select(m => Encoding.UTF8.GetBytes(m.Value).Select(b => (int)b).ToList()).ToList();
        var learned = new List<(int, int)>();
        while (learned.Count < merges)
        {
            var counts = words.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p).Where(g => g.Count() >= 2).ToList();
            if (counts.Count == 0) break;
            var best = counts.OrderByDescending(g => g.Count()).ThenBy(g => g.Key.First).ThenBy(g => g.Key.Second).First().Key;
            for (int i = 0; i < words.Count; i++) words[i] = MergeEverywhere(words[i], best, 256 + learned.Count);
            learned.Add(best);
        }
        return learned;
    }

    /// <summary>Applies each merge in order of rank to the whole piece, which equals always taking the lowest rank when ranks are learned ones.</summary>
    public static List<int> Encode(ReadOnlySpan<byte> piece, IReadOnlyList<(int Left, int Right)> merges)
    {
        var ids = piece.ToArray().Select(b => (int)b).ToList();
        for (int rank = 0; rank < merges.Count; rank++) ids = MergeEverywhere(ids, merges[rank], 256 + rank);
        return ids;
    }

    static List<int> MergeEverywhere(List<int> ids, (int Left, int Right) pair, int merged)
    {
        var result = new List<int>();
        for (int i = 0; i < ids.Count; i++)
        {
            if (i + 1 < ids.Count && ids[i] == pair.Left && ids[i + 1] == pair.Right)
            {
                result.Add(merged);
                i++;
            }
            else
            {
                result.Add(ids[i]);
            }
        }
        return result;
    }
}
