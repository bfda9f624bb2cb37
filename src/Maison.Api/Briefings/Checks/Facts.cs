// What can be checked in a sentence without understanding it: its numbers, its dates, its names. Read from the text of a sentence and of its
// passage by the same code, into one form each: "3,500", "3.5 thousand" and "three thousand five hundred" are one number, "Nov. 3" and "3
// November" one day.

using System.Globalization;
using System.Text;
using Maison.Api.Briefings.Stories;
using Maison.Data.Speech;

namespace Maison.Api.Briefings.Checks;

/// <summary>Kinds of facts.</summary>
public enum FactKind { None, Number, Date, Name }

/// <summary>A word, or several that are one number.</summary>
/// <param name="Form">What is compared: a value, a month or day, a name in lower case, or the stem of any other word.</param>
/// <param name="Shown">As it stands in the text.</param>
/// <param name="Kind">None for all words that are no facts.</param>
public readonly record struct FactWord(string Form, string Shown, FactKind Kind)
{
    /// <summary>% or a currency, where the number has one.</summary>
    public string Unit { get; init; } = "";

    /// <summary>Whether it is written with a capital letter.</summary>
    public bool Capital { get; init; }

    /// <summary>Whether it begins the sentence, where everything has a capital letter.</summary>
    public bool First { get; init; }

    /// <summary>Whether punctuation stands between it and the word before.</summary>
    public bool Apart { get; init; }
}

/// <summary>Reads the words of a text with the facts among them.</summary>
static class Facts
{
    static readonly Dictionary<string, string> Months = Names("january jan:february feb:march mar:april apr:may:june jun:july jul:august aug:september sep sept:october oct:november nov:december dec", "month");
    static readonly Dictionary<string, string> Days = Names("monday mon:tuesday tue tues:wednesday wed:thursday thu thur thurs:friday fri:saturday sat:sunday sun", "day");
    static readonly HashSet<string> Small = ["the", "a", "an", "of", "and", "or", "in", "on", "at", "for", "to", "by", "with", "from", "but", "as", "is", "it", "he", "she", "we", "they", "you", "i", "this", "that"];
    static readonly HashSet<string> Relative = ["yesterday", "today", "tomorrow", "tonight"];

    static readonly Dictionary<string, decimal> Units = Values(
        "zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 ten 10 eleven 11 twelve 12 thirteen 13 fourteen 14 fifteen 15 sixteen 16 "
        + "seventeen 17 eighteen 18 nineteen 19 twenty 20 thirty 30 forty 40 fifty 50 sixty 60 seventy 70 eighty 80 ninety 90 first 1 second 2 third 3 fourth 4 "
        + "fifth 5 sixth 6 seventh 7 eighth 8 ninth 9 tenth 10 eleventh 11 twelfth 12 thirteenth 13 fourteenth 14 fifteenth 15 sixteenth 16 seventeenth 17 "
        + "eighteenth 18 nineteenth 19 twentieth 20 thirtieth 30 dozen 12 half 0.5 once 1 twice 2 single 1 double 2 triple 3");

    static readonly Dictionary<string, decimal> Scales = Values(
        "hundred 100 hundredth 100 thousand 1000 thousandth 1000 million 1000000 billion 1000000000 trillion 1000000000000 k 1000 m 1000000 mn 1000000 "
        + "bn 1000000000 tn 1000000000000 hundreds 100 thousands 1000 millions 1000000 billions 1000000000");

    /// <summary>The words of a text in order.</summary>
    public static List<FactWord> Read(string text)
    {
        var raw = Split(text);
        var words = new List<FactWord>(raw.Count);
        for (var i = 0; i < raw.Count;)
        {
            if (Number(raw, i, out var number, out var taken))
            {
                words.Add(number with { Apart = raw[i].Apart, First = raw[i].First });
                i += taken;
                continue;
            }
            words.Add(Word(raw, i));
            i++;
        }
        return words;
    }

    static FactWord Word(List<Raw> raw, int i)
    {
        var r = raw[i];
        var (lower, capital) = (r.Text.ToLowerInvariant(), char.IsUpper(r.Text[0]));
        var inner = r.Text.Skip(1).Any(char.IsUpper);
        if (capital && Months.TryGetValue(lower, out var month) && !(lower is "may" or "march" && (r.First && !NearNumber(raw, i)))) return Made(month, FactKind.Date);
        if (capital && Days.TryGetValue(lower, out var day) && (lower.Length > 3 || r.Dotted || !r.First) && lower is not ("sun" or "mon" or "sat" or "wed")) return Made(day, FactKind.Date);
        if (capital && r.Dotted && Days.TryGetValue(lower, out day)) return Made(day, FactKind.Date);
        if (Relative.Contains(lower)) return Made(lower, FactKind.Date);
        // The first word has its capital from its place, unless it is one that nobody would look up.
        var name = inner || capital && (!r.First || !Pronouncer.Common.Contains(lower) && !Terms.IsEmpty(lower));
        if (name && r.Text.Length == 1 && lower is "i" or "a") name = false;
        // Small words are no names where titles and quotations capitalise them.
        return name && !(capital && !inner && Small.Contains(lower)) ? Made(lower, FactKind.Name) : Made(Terms.Stem(lower), FactKind.None);

        FactWord Made(string form, FactKind kind) => new(form, r.Text, kind) { Capital = capital || inner, First = r.First, Apart = r.Apart };
    }

    static bool NearNumber(List<Raw> raw, int i) => i + 1 < raw.Count && char.IsAsciiDigit(raw[i + 1].Text[0]) || i > 0 && char.IsAsciiDigit(raw[i - 1].Text[0]);

    /// <summary>A number from here on: digits or words, with the scale behind it.</summary>
    static bool Number(List<Raw> raw, int start, out FactWord number, out int taken)
    {
        (number, taken) = (default, 0);
        decimal total = 0, group = 0;
        var (at, any, unit) = (start, false, "");
        while (at < raw.Count)
        {
            var r = raw[at];
            if (at > start && r.Apart && !r.Hyphen) break;
            var lower = r.Text.ToLowerInvariant();
            if (!any && char.IsAsciiDigit(lower[0]) && Digits(lower, out var value, out var rest))
            {
                (group, any, at) = (value, true, at + 1);
                unit = r.Unit;
                if (rest.Length > 0 && Scales.TryGetValue(rest, out var glued)) group *= glued;
                else if (rest is not ("" or "st" or "nd" or "rd" or "th" or "s" or "am" or "pm" or "a.m" or "p.m" or "%"))
                {
                    // "4x4", "787s", "7th-grade": the letters belong to it.
                    number = new(lower, r.Text, FactKind.Number) { Unit = unit };
                    taken = 1;
                    return true;
                }
                if (at < raw.Count && Scales.TryGetValue(raw[at].Text.ToLowerInvariant(), out var scale) && raw[at].Text.Length > 1 && !raw[at].Apart)
                {
                    group *= scale;
                    at++;
                }
                total = group;
                group = 0;
                break;
            }
            if (Units.TryGetValue(lower, out var small) && (!any || small < group || group == 0 || small == 0))
            {
                // "twenty-one" goes on, "two three" does not; "second" after a number is a time.
                if (any && !(group % 100 is >= 20 and < 100 && group % 10 == 0 && small is >= 1 and < 10 || group >= 100 && group % 100 == 0 || group == 0 && total > 0)) break;
                group += small;
                (any, at) = (true, at + 1);
                continue;
            }
            if (any && Scales.TryGetValue(lower, out var times) && lower.Length > 2)
            {
                if (times == 100) group = (group == 0 ? 1 : group) * 100;
                else
                {
                    total += (group == 0 ? 1 : group) * times;
                    group = 0;
                }
                at++;
                continue;
            }
            if (any && lower == "and" && group >= 100 && at + 1 < raw.Count && Units.ContainsKey(raw[at + 1].Text.ToLowerInvariant()))
            {
                at++;
                continue;
            }
            break;
        }
        if (!any) return false;
        total += group;
        if (at < raw.Count && (raw[at].Text.ToLowerInvariant() is "percent" or "pct" || raw[at].Text.Equals("per", StringComparison.OrdinalIgnoreCase) && at + 1 < raw.Count && raw[at + 1].Text.Equals("cent", StringComparison.OrdinalIgnoreCase)))
        {
            unit = "%";
            at += raw[at].Text.Equals("per", StringComparison.OrdinalIgnoreCase) ? 2 : 1;
        }
        else if (at < raw.Count && unit.Length == 0 && Currency(raw[at].Text.ToLowerInvariant()) is { } currency)
        {
            unit = currency;
            at++;
        }
        taken = at - start;
        // "one" as a pronoun is no number: "no one", "one another", "the one who".
        if (taken == 1 && raw[start].Text.ToLowerInvariant() is "one" or "once" or "single" or "second" or "double" && !raw[start].Text.Any(char.IsAsciiDigit) && Pronoun(raw, start)) return false;
        number = new(total.ToString("G29", CultureInfo.InvariantCulture), string.Join(' ', raw.Skip(start).Take(taken).Select(r => r.Text)), FactKind.Number) { Unit = unit };
        return true;
    }

    static bool Pronoun(List<Raw> raw, int at)
    {
        var before = at > 0 ? raw[at - 1].Text.ToLowerInvariant() : "";
        var after = at + 1 < raw.Count ? raw[at + 1].Text.ToLowerInvariant() : "";
        return before is "no" or "any" or "every" or "some" or "this" or "that" or "which" or "the" or "at" || after is "another" or "who" or "whose" or "must" or "can" or "should";
    }

    static string? Currency(string word) => word switch
    {
        "dollar" or "dollars" => "$",
        "euro" or "euros" => "€",
        "pound" or "pounds" => "£",
        "yen" => "¥",
        _ => null,
    };

    static bool Digits(string word, out decimal value, out string rest)
    {
        var end = 0;
        while (end < word.Length && (char.IsAsciiDigit(word[end]) || word[end] is '.' or ',' or ':' && end + 1 < word.Length && char.IsAsciiDigit(word[end + 1]))) end++;
        rest = word[end..].TrimStart('-', '\'', '’').Trim('.');
        var digits = word[..end];
        if (digits.Contains(':', StringComparison.Ordinal))
        {
            // A time of day is a number of minutes of its own: 5:30 never equals 530.
            var parts = digits.Split(':');
            value = parts.Aggregate(0m, (sum, p) => sum * 100 + (decimal.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)) + 0.000001m;
            return true;
        }
        return decimal.TryParse(digits.Replace(",", "", StringComparison.Ordinal), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A word as it stands.</summary>
    readonly record struct Raw(string Text, string Unit, bool First, bool Apart, bool Hyphen, bool Dotted);

    static List<Raw> Split(string text)
    {
        var words = new List<Raw>();
        var (first, apart, hyphen, unit) = (true, false, false, "");
        for (var i = 0; i < text.Length;)
        {
            var c = text[i];
            if (!char.IsLetterOrDigit(c))
            {
                if (c is '-' or '–' && i > 0 && i + 1 < text.Length && char.IsLetterOrDigit(text[i - 1]) && char.IsLetterOrDigit(text[i + 1])) hyphen = apart = true;
                else if (c is '$' or '€' or '£' or '¥') unit = c.ToString();
                else if (!char.IsWhiteSpace(c)) (apart, hyphen) = (true, false);
                if (c is '.' or '!' or '?' or ':' or '"' or '“' or '‘' || c is '\'' && (i == 0 || text[i - 1] == ' ')) first = first || c is not '.' || i + 1 < text.Length && char.IsWhiteSpace(text[i + 1]);
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length)
            {
                if (char.IsLetterOrDigit(text[i]) || char.GetUnicodeCategory(text[i]) is UnicodeCategory.NonSpacingMark) i++;
                else if (i + 1 < text.Length && char.IsLetterOrDigit(text[i + 1]) && (text[i] is '\'' or '’' || text[i] is '.' && (char.IsAsciiDigit(text[i + 1]) || Initials(text, start, i)) || text[i] is ',' or ':' && char.IsAsciiDigit(text[i + 1]) && char.IsAsciiDigit(text[i - 1]))) i++;
                else break;
            }
            var word = text[start..i];
            var dotted = i < text.Length && text[i] == '.';
            if (word.EndsWith("'s", StringComparison.Ordinal) || word.EndsWith("’s", StringComparison.Ordinal)) word = word[..^2];
            if (word.Contains('.', StringComparison.Ordinal) && char.IsLetter(word[0])) word = word.Replace(".", "", StringComparison.Ordinal);
            word = Plain(word);
            if (i < text.Length && text[i] == '%') unit = "%";
            if (word.Length > 0) words.Add(new(word, unit, first, apart, hyphen, dotted));
            // After "U.S." or "Mr." no sentence begins.
            (first, apart, hyphen, unit) = (false, false, false, "");
            if (dotted && (word.Length <= 3 && char.IsUpper(word[0]) || Months.ContainsKey(word.ToLowerInvariant()))) i++;
        }
        return words;
    }

    static bool Initials(string text, int start, int dot) => dot - start == 1 || dot - 2 >= start && text[dot - 2] == '.';

    /// <summary>Without accents: Peña and Pena are one name.</summary>
    static string Plain(string word)
    {
        if (word.All(char.IsAscii)) return word;
        var plain = new StringBuilder(word.Length);
        foreach (var c in word)
            if (Accented.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at) plain.Append(Unaccented[at]);
            else if (char.GetUnicodeCategory(c) is not UnicodeCategory.NonSpacingMark) plain.Append(c);
        return plain.ToString();
    }

    const string Accented = "’àáâãäåāăąçćčďđèéêëēėęěğìíîïīįıłñńňòóôõöøōőřśšşťțùúûüūůűýÿźżžÀÁÂÃÄÅĀÇĆČĎÈÉÊËĒĘĚĞÌÍÎÏİŁÑŃÒÓÔÕÖØŐŘŚŠŞŤÙÚÛÜŪŮŰÝŹŻŽ";
    const string Unaccented = "'aaaaaaaaacccddeeeeeeeegiiiiiiilnnnoooooooorsssttuuuuuuuyyzzzAAAAAAACCCDEEEEEEEGIIIIILNNOOOOOOORSSSTUUUUUUUYZZZ";

    /// <summary>Words, each with its value behind it.</summary>
    static Dictionary<string, decimal> Values(string list) => list.Split(' ').Chunk(2).ToDictionary(p => p[0], p => decimal.Parse(p[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));

    static Dictionary<string, string> Names(string list, string kind) => list.Split(':').SelectMany((names, i) => names.Split(' ').Select(n => (n, $"{kind}-{i + 1}"))).ToDictionary();
}
