// The texts of recordings as phones, by a pronouncing dictionary in the form of the CMU dictionary ("hello  HH AH0 L OW1"). Recordings are of plain
// sentences, so no number or abbreviation is read here; a word that the dictionary lacks leaves its utterance out, and is told.

using System.Text.RegularExpressions;
using Maison.Data.Speech;

namespace Maison.Cli.Training;

/// <summary>Turns plain sentences into tokens.</summary>
sealed partial class DictionaryTexts
{
    readonly Dictionary<string, Phone[]> words = new(StringComparer.Ordinal);

    /// <summary>Reads a dictionary; of several ways to say a word the first counts.</summary>
    public DictionaryTexts(string path)
    {
        if (!File.Exists(path)) throw new UserException($"--lexicon {path}: there is no such file.");
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith(";;;", StringComparison.Ordinal)) continue;
            var fields = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 1 && !fields[0].EndsWith(')')) words.TryAdd(fields[0].ToLowerInvariant(), Phone.Parse(string.Join(' ', fields[1..])));
        }
        if (words.Count == 0) throw new UserException($"--lexicon {path} has no line such as \"hello HH AH0 L OW1\".");
    }

    /// <summary>Words that were asked for and are not there.</summary>
    public SortedSet<string> Unknown { get; } = new(StringComparer.Ordinal);

    /// <summary>The tokens of a sentence; null when one of its words is not in the dictionary.</summary>
    public PhoneToken[]? Tokens(string text)
    {
        List<PhoneToken> tokens = [new(Phone.Silence, -1, false, false)];
        var number = 0;
        var whole = true;
        foreach (Match part in Part().Matches(text.Replace('’', '\'')))
        {
            if (!char.IsLetter(part.Value[0]))
            {
                // One mark after a word: what follows it is the same pause.
                if (number > 0 && tokens[^1].Word >= 0) tokens.Add(new(MarkOf(part.Value[0]), -1, false, false));
                continue;
            }
            var word = part.Value.ToLowerInvariant().TrimEnd('\'');
            if (!words.TryGetValue(word, out var phones))
            {
                Unknown.Add(word);
                whole = false;
                continue;
            }
            for (var i = 0; i < phones.Length; i++) tokens.Add(new(phones[i], number, i == 0, i == phones.Length - 1));
            number++;
        }
        if (!whole || number == 0) return null;
        if (tokens[^1].Word >= 0) tokens.Add(new(Phone.Period, -1, false, false));
        tokens.Add(new(Phone.Silence, -1, false, false));
        return [.. tokens];
    }

    static Phone MarkOf(char mark) => mark switch
    {
        ',' => Phone.Comma,
        '?' => Phone.Question,
        '!' => Phone.Exclaim,
        ';' or ':' => Phone.Colon,
        '-' or '–' or '—' => Phone.Dash,
        '…' => Phone.Ellipsis,
        _ => Phone.Period,
    };

    [GeneratedRegex(@"[A-Za-z][A-Za-z']*|(?<=\s)-+(?=\s)|[,.?!;:–—…]")]
    private static partial Regex Part();
}
