// Words as topics see them: lower case, endings off, without the ones that every text has.

using System.Collections.Frozen;

namespace Maison.Api.Briefings.Stories;

/// <summary>Terms of texts.</summary>
public static class Terms
{
    static readonly FrozenSet<string> Empty = (
        "a about above after again against all also am an and any are as at away back be because been before being below between both but by came can could did do does doing down during each even ever every "
        + "few for from further get gets getting go goes going got had has have having he her here hers herself him himself his how i if in into is it its itself just let like made make makes many may me might more most much must my "
        + "never new no nor not now of off on once one only or other our out over own per put said same say says saying she should since so some still such take taken than that the their them then there these they this those through to too "
        + "told two under until up upon us use used very via was way we well went were what when where whether which while who whom whose why will with within without would year years yet you your").Split(' ').ToFrozenSet();

    /// <summary>Whether a word says nothing of what a text is about.</summary>
    public static bool IsEmpty(string word) => Empty.Contains(word);

    /// <summary>The terms of a text, in order, repeats included.</summary>
    public static IEnumerable<string> Of(string text)
    {
        foreach (var word in Words(text))
            if (!IsEmpty(word) && (word.Length > 1 || char.IsAsciiDigit(word[0]))) yield return Stem(word);
    }

    /// <summary>Words in lower case, without possessive endings; "U.S." is us.</summary>
    public static IEnumerable<string> Words(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] is '\'' or '’' or '.' or ',' && i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]) && i > start && (text[i] != ',' || char.IsAsciiDigit(text[i + 1]) && char.IsAsciiDigit(text[i - 1])))) i++;
            var word = text[start..i].ToLowerInvariant().Replace('’', '\'').Trim('\'', '.', ',');
            if (word.EndsWith("'s", StringComparison.Ordinal)) word = word[..^2];
            if (word.Contains('.', StringComparison.Ordinal) && !char.IsAsciiDigit(word[0])) word = word.Replace(".", "", StringComparison.Ordinal);
            if (word.Length > 0) yield return word;
        }
    }

    /// <summary>A word without its grammar: reports, reported and reporting are one term. Rough on purpose: it only has to be the same for both sides.</summary>
    public static string Stem(string word)
    {
        if (word.Length < 4 || char.IsAsciiDigit(word[0])) return word;
        foreach (var (ending, instead) in Endings)
            if (word.Length - ending.Length >= 3 && word.EndsWith(ending, StringComparison.Ordinal))
            {
                var stem = word[..^ending.Length] + instead;
                if (instead.Length == 0 && stem.Length > 3 && stem[^1] == stem[^2] && stem[^1] is not ('l' or 's' or 'z')) stem = stem[..^1];
                return stem.Length > 3 && stem[^1] == 'e' ? stem[..^1] : stem;
            }
        return word[^1] == 'e' ? word[..^1] : word;
    }

    static readonly (string, string)[] Endings =
    [
        ("ational", "at"), ("iveness", "iv"), ("fulness", "ful"), ("ousness", "ous"), ("ization", "iz"), ("isation", "iz"), ("ments", ""), ("ment", ""), ("ities", ""), ("ity", ""), ("ings", ""), ("ing", ""), ("edly", ""), ("ies", "y"), ("ied", "y"),
        ("ers", ""), ("er", ""), ("est", ""), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ed", ""), ("ly", ""), ("ss", "ss"), ("us", "us"), ("s", ""),
    ];
}
