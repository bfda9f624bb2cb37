// A pronouncing dictionary: words and how they are said, in the form of the CMU dictionary, which is also that of a user's own file.
//   hello HH AH0 L OW1            a word, blanks, its phones
//   hello(2) HH EH0 L OW1         another way to say it
//   ;;; and # begin comments
// Knows nothing about rules or networks; words are compared in lower case with straight apostrophes.

namespace Maison.Data.Speech;

/// <summary>Pronunciations by word.</summary>
public sealed class Lexicon
{
    readonly Dictionary<string, Phone[][]> entries = new(StringComparer.Ordinal);

    /// <summary>All words, in the order in which they were read.</summary>
    public IReadOnlyCollection<string> Words => entries.Keys;

    /// <summary>The first way to say a word.</summary>
    public bool TryGet(string word, out Phone[] phones)
    {
        var found = entries.TryGetValue(word, out var variants);
        phones = found ? variants![0] : [];
        return found;
    }

    /// <summary>Whether a word is listed.</summary>
    public bool Contains(string word) => entries.ContainsKey(word);

    /// <summary>Every listed way to say a word, the first one first; empty when it is not listed.</summary>
    public IReadOnlyList<Phone[]> Variants(string word) => entries.GetValueOrDefault(word, []);

    /// <summary>A lexicon of words with one pronunciation each.</summary>
    public static Lexicon Of(IReadOnlyDictionary<string, Phone[]> words)
    {
        var lexicon = new Lexicon();
        foreach (var (word, phones) in words) lexicon.Add(Key(word), phones);
        return lexicon;
    }

    /// <summary>A word as a lexicon knows it: lower case, straight apostrophe.</summary>
    public static string Key(string word) => word.ToLowerInvariant().Replace('’', '\'');

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">A line is damaged; the message names the file, the line and the remedy.</exception>
    public static Lexicon Load(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no lexicon {path}. Give a file of lines such as \"hello HH AH0 L OW1\".", path);
        using var reader = new StreamReader(path);
        return Read(reader, path);
    }

    /// <summary>Reads lines of "word phones".</summary>
    /// <exception cref="InvalidDataException">A line is damaged; the message names <paramref name="source"/>, the line and the remedy.</exception>
    public static Lexicon Read(TextReader text, string source)
    {
        var lexicon = new Lexicon();
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            if (line.StartsWith(";;;", StringComparison.Ordinal)) continue;
            var comment = line.IndexOf('#', StringComparison.Ordinal);
            var fields = (comment < 0 ? line : line[..comment]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0) continue;
            if (fields.Length == 1) throw new InvalidDataException($"{source}:{number}: \"{fields[0]}\" has no phones. Write the word, a blank and its phones: hello HH AH0 L OW1.");
            Phone[] phones;
            try
            {
                phones = Phone.Parse(string.Join(' ', fields[1..]));
            }
            catch (FormatException e)
            {
                throw new InvalidDataException($"{source}:{number}: {e.Message}", e);
            }
            if (Array.FindIndex(phones, p => p.IsMark) is var mark and >= 0)
                throw new InvalidDataException($"{source}:{number}: \"{phones[mark]}\" is a pause, which a word cannot contain. Leave it out.");
            lexicon.Add(Key(WithoutNumber(fields[0])), phones);
        }
        return lexicon;
    }

    /// <summary>The dictionary that comes with a resource of this assembly.</summary>
    internal static Lexicon OfResource(string name)
    {
        using var stream = typeof(Lexicon).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return Read(reader, name);
    }

    void Add(string word, Phone[] phones)
        => entries[word] = entries.TryGetValue(word, out var old) ? [.. old, phones] : [phones];

    static string WithoutNumber(string word) => word.Length > 3 && word[^1] == ')' && word[^3] == '(' && char.IsAsciiDigit(word[^2]) ? word[..^3] : word;
}
