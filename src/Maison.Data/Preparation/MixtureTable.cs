// The table of corpus weights and of their order, read from text: the house's own stands in mixture.txt beside this file, and a
// user may give another in the same form. It knows nothing about what the corpora hold.

using System.Globalization;

namespace Maison.Data.Preparation;

/// <summary>Weights of one corpus, in epochs per epoch of the mixture; 0 leaves it out.</summary>
public readonly record struct CorpusWeights(double Text, double Chat);

/// <summary>Which corpora are seen how often, and which is kept when two hold the same document.</summary>
public sealed class MixtureTable
{
    readonly Dictionary<string, CorpusWeights> _weights = [];
    readonly List<string> _order = [];
    CorpusWeights _others = new(1, 1);

    MixtureTable() { }

    /// <summary>The house's table.</summary>
    public static MixtureTable House { get; } = ReadHouse();

    /// <summary>Reads a table: per line a corpus (or * for all others), its text weight and its chat weight; # begins a comment.</summary>
    /// <exception cref="InvalidDataException">A line is not of that form; the message names <paramref name="source"/> and the line.</exception>
    public static MixtureTable Read(TextReader text, string source)
    {
        var table = new MixtureTable();
        for (var number = 1; text.ReadLine() is { } line; number++)
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (words.Length != 3 || !Weight(words[1], out var prose) || !Weight(words[2], out var chat))
                throw new InvalidDataException($"{source}:{number}: \"{line.Trim()}\" is not \"corpus text-weight chat-weight\". Weights are numbers from 0 to 100, or - for none.");
            if (words[0] == "*") table._others = new(prose, chat);
            else if (table._weights.TryAdd(words[0], new(prose, chat))) table._order.Add(words[0]);
            else throw new InvalidDataException($"{source}:{number}: \"{words[0]}\" stands in the table twice. Keep one line.");
        }
        return table;
    }

    /// <summary>The weights of a corpus; those of "*" when it is not named.</summary>
    public CorpusWeights this[string corpus] => _weights.GetValueOrDefault(corpus, _others);

    /// <summary>Sorts corpora into the order of cleaning: as the table names them, then the others by name.</summary>
    public IReadOnlyList<T> Order<T>(IEnumerable<T> corpora, Func<T, string> name) =>
        [.. corpora.OrderBy(c => _order.IndexOf(name(c)) is var at && at >= 0 ? at : int.MaxValue).ThenBy(name, StringComparer.Ordinal)];

    static bool Weight(string word, out double weight)
    {
        weight = 0;
        return word == "-" || (double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight) && weight is >= 0 and <= 100);
    }

    static MixtureTable ReadHouse()
    {
        using var stream = typeof(MixtureTable).Assembly.GetManifestResourceStream("mixture.txt")!;
        using var reader = new StreamReader(stream);
        return Read(reader, "mixture.txt");
    }
}
