// Inflected and compound words from words that are known: cats, boxes, tried, running, IBM's, we'll, unhappy, airport. The rules know the
// sound of an ending (s z or ez; t d or ed) and the spelling changes before it. Only rules that beat the network on held-out words are here.

namespace Maison.Data.Speech;

static class Inflection
{
    static readonly Phone S = One("S"), Z = One("Z"), T = One("T"), D = One("D"), Schwa = One("AH0"), Weak = One("IH0");

    /// <summary>The phones of a word whose stem is known; null when no rule fits.</summary>
    /// <param name="known">The phones of a listed word, or null.</param>
    public static Phone[]? Say(string word, Func<string, Phone[]?> known)
    {
        var quote = word.LastIndexOf('\'');
        if (quote >= 0)
        {
            var (stem, ending) = (word[..quote], word[quote..]);
            if (stem.EndsWith('n') && ending == "'t") (stem, ending) = (stem[..^1], "n't");
            if (stem.Length == 0) return known(ending[1..]);
            // "dogs'" sounds as "dogs"; "James'" as "James".
            if (ending == "'") return known(stem) ?? Say(stem, known);
            return (known(stem) ?? Say(stem, known)) is { } phones ? WithEnding(phones, ending) : null;
        }
        if (word.Length < 4) return null;
        if (word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal) && !word.EndsWith("us", StringComparison.Ordinal) && !word.EndsWith("is", StringComparison.Ordinal))
        {
            if (known(word[..^1]) is { } plain) return WithEnding(plain, "s");
            if (word.EndsWith("ies", StringComparison.Ordinal) && known(word[..^3] + "y") is { } y) return WithEnding(y, "s");
            if (word.EndsWith("es", StringComparison.Ordinal) && known(word[..^2]) is { } e) return WithEnding(e, "s");
        }
        if (word.EndsWith("ed", StringComparison.Ordinal) && Stem(word[..^2], known) is { } past) return WithEnding(past, "ed");
        if (word.EndsWith("ied", StringComparison.Ordinal) && known(word[..^3] + "y") is { } tried) return WithEnding(tried, "ed");
        if (word.EndsWith("ing", StringComparison.Ordinal) && Stem(word[..^3], known) is { } going) return [.. going, Weak, One("NG")];
        if (word.EndsWith("ly", StringComparison.Ordinal) && known(word[..^2]) is { } adverb) return [.. adverb[^1] == One("L") ? adverb[..^1] : adverb, One("L"), One("IY0")];
        if (word.EndsWith("ness", StringComparison.Ordinal) && known(word[..^4]) is { } ness) return [.. ness, .. Phone.Parse("N AH0 S")];
        if (word.EndsWith("less", StringComparison.Ordinal) && known(word[..^4]) is { } less) return [.. less, .. Phone.Parse("L AH0 S")];
        if (word.StartsWith("un", StringComparison.Ordinal) && word.Length > 5 && (known(word[2..]) ?? Say(word[2..], known)) is { } un) return [.. Phone.Parse("AH0 N"), .. un];
        return Compound(word, known);
    }

    /// <summary>Adds the sound of an ending; null when there is no such ending.</summary>
    public static Phone[]? WithEnding(IReadOnlyList<Phone> stem, string ending)
    {
        if (stem.Count == 0) return null;
        var last = stem[^1];
        return ending switch
        {
            "s" or "'s" or "es" => last.Name is "S" or "Z" or "SH" or "ZH" or "CH" or "JH" ? [.. stem, Schwa, Z] : last.IsVoiced ? [.. stem, Z] : [.. stem, S],
            "ed" => last.Name is "T" or "D" ? [.. stem, Schwa, D] : last.IsVoiced ? [.. stem, D] : [.. stem, T],
            "'d" => last.Name is "T" or "D" ? [.. stem, Schwa, D] : [.. stem, D],
            "'ll" => last.IsVowel ? [.. stem, One("L")] : [.. stem, Schwa, One("L")],
            "'ve" => last.IsVowel ? [.. stem, One("V")] : [.. stem, Schwa, One("V")],
            "'re" => [.. stem, One("ER0")],
            "'m" => [.. stem, One("M")],
            "n't" => [.. stem, Schwa, One("N"), T],
            _ => null,
        };
    }

    /// <summary>The stem before -ed or -ing: play, make (its e dropped), stop (its consonant doubled).</summary>
    static Phone[]? Stem(string rest, Func<string, Phone[]?> known)
    {
        if (rest.Length < 2 || !rest.Any(c => "aeiouy".Contains(c))) return null;
        if (rest.Length > 3 && rest[^1] == rest[^2] && rest[^1] is not ('l' or 's' or 'f' or 'z' or 'e' or 'o') && known(rest[..^1]) is { } single) return single;
        var (bare, silent) = (known(rest), known(rest + "e"));
        // "hoping" is hope, not hop: one vowel and one consonant before the ending ask for the e.
        var lengthened = rest.Length > 2 && !"aeiouywx".Contains(rest[^1]) && "aeiou".Contains(rest[^2]) && !"aeiou".Contains(rest[^3]);
        return lengthened ? silent ?? bare : bare ?? silent;
    }

    /// <summary>Two known words of at least four letters; the stress of the second becomes secondary.</summary>
    static Phone[]? Compound(string word, Func<string, Phone[]?> known)
    {
        for (var cut = 4; cut <= word.Length - 4; cut++)
            if (known(word[..cut]) is { } first && known(word[cut..]) is { } second)
                return [.. first, .. second.Select(p => p.Stress == 1 ? p.WithStress(2) : p)];
        return null;
    }

    static Phone One(string symbol) => Phone.Parse(symbol)[0];
}
