// Words that a dictionary itself calls slurs or obscene: a list of them need not stand in the repository, and the dictionary says it with more care.

using System.Text.RegularExpressions;
using Maison.Data.Corpora;

namespace Maison.Data.Moderation;

/// <summary>Finds offensive words by their definitions.</summary>
public static partial class DictionaryWords
{
    /// <summary>Slurs and obscene words of a corpus of definitions: conversations whose answers begin with the word in quotes (WordNet's form in the training texts).</summary>
    public static (IReadOnlyList<string> Slurs, IReadOnlyList<string> Obscenities) Find(Corpus corpus)
    {
        var (slurs, obscenities) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var document in CorpusReader.Read(corpus, new CorpusReadCount()))
        {
            if (document.Messages?.LastOrDefault()?.Content is not { } answer || Headword().Match(answer) is not { Success: true } head) continue;
            if (Slur().IsMatch(answer)) slurs.Add(head.Groups[1].Value);
            if (Obscenity().IsMatch(answer)) obscenities.Add(head.Groups[1].Value);
        }
        return ([.. slurs], [.. obscenities]);
    }

    [GeneratedRegex("^\"([^\"]+)\" \\((?:noun|adjective)\\)")]
    private static partial Regex Headword();

    [GeneratedRegex(@"\(ethnic slur\)|(?:offensive|disparaging|derogatory|contemptuous) (?:terms?|names?)(?: for| of address)")]
    private static partial Regex Slur();

    [GeneratedRegex(@"[Oo]bscene (?:terms?|words?) for (?!unacceptable)")]
    private static partial Regex Obscenity();
}
