// Plain numbers: cardinals, ordinals, decimals, fractions, percentages, years and decades, roman numerals, versions and serials.

using System.Globalization;
using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

static partial class Numbers
{
    static readonly HashSet<string> PairedAfter = new(StringComparer.OrdinalIgnoreCase)
        { "flight", "room", "route", "highway", "interstate", "bus", "apartment", "apt", "suite", "boeing", "area", "extension", "ext", "train", "gate", "locker", "studio" };

    static readonly HashSet<string> Regnal =
    [
        "Henry", "Louis", "Charles", "George", "Edward", "Richard", "James", "William", "Elizabeth", "John", "Paul", "Pius", "Benedict", "Philip", "Napoleon",
        "Alexander", "Nicholas", "Catherine", "Mary", "Frederick", "Leo", "Gregory", "Clement", "Innocent", "Ferdinand", "Ramesses", "Ramses", "Ptolemy", "Otto", "Peter",
        "Ivan", "Victoria", "Wilhelm", "Francis", "Urban", "Julius", "Xavier", "Robert", "Alfonso", "Carlos", "Umberto", "Gustav", "Christian", "Harald", "Olav",
        "Constantine", "Leopold", "Rudolf", "Sixtus", "Boniface", "Adrian", "Callixtus", "Darius", "Xerxes", "Antiochus", "Amenhotep", "Thutmose", "Malcolm", "Margaret", "Albert",
        "King", "Queen", "Pope", "Emperor", "Tsar", "Czar", "Kaiser", "Prince", "Sultan",
    ];

    static readonly HashSet<string> Numbered = new(StringComparer.OrdinalIgnoreCase)
    {
        "chapter", "part", "war", "volume", "vol", "book", "act", "scene", "section", "article", "phase", "type", "class", "stage", "level", "title", "appendix", "figure",
        "table", "bowl", "apollo", "rocky", "vatican", "mark", "version", "episode", "season", "unit", "lesson", "page", "factor", "schedule", "category", "grade", "step",
        "movement", "canto", "division", "tier", "fantasy", "quadrant", "option", "exhibit", "amendment", "round", "day", "verse", "psalm", "sonata", "symphony", "opus",
    };

    const string Fractions = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞";
    static readonly string[] FractionValues = ["1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "2/5", "3/5", "4/5", "1/6", "5/6", "1/8", "3/8", "5/8", "7/8"];

    /// <summary>Asked before the measures: "1990s" is no number of seconds.</summary>
    public static Grammar Decades { get; } = new("decade", c => Grammar.Digit(c) || c is '\'' or '’', DecadePattern(), Decade) { IsNumber = true };

    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("ordinal", Grammar.Digit, OrdinalPattern(), (m, d) => { d.Say(NumberWords.Ordinal(m.Groups["n"].Value.Replace(",", ""))); return true; }),
        new("fraction", c => Grammar.Signed(c) || Fractions.Contains(c), FractionPattern(), Fraction) { IsNumber = true },
        new("percent", Grammar.Signed, PercentPattern(), (m, d) => { Quantity(m, d); d.Say(m.Groups["unit"].Value == "‰" ? ["per", "mille"] : ["percent"]); return true; }) { IsNumber = true },
        new("version", c => Grammar.Digit(c) || c is 'v' or 'V', VersionPattern(), Version),
        new("scaled", Grammar.Signed, ScaledPattern(), (m, d) =>
        {
            if (m.Groups["scale"].Value == "B" && m.Groups["f"].Length == 0) return false;
            Quantity(m, d);
            d.Say(m.Groups["scale"].Value switch { "k" or "K" => "thousand", "M" or "mn" => "million", "bn" or "B" => "billion", _ => "trillion" });
            return true;
        }) { IsNumber = true },
        new("decimal", Grammar.Signed, DecimalPattern(), (m, d) => { Quantity(m, d); return true; }) { IsNumber = true },
        new("ratio", Grammar.Digit, RatioPattern(), (m, d) => { d.Say([.. NumberWords.Cardinal(m.Groups["a"].Value), "to", .. NumberWords.Cardinal(m.Groups["b"].Value)]); return true; }),
        new("product", Grammar.Digit, ProductPattern(), (m, d) =>
        {
            d.Say([.. NumberWords.Pairs(m.Groups["a"].Value), "by", .. NumberWords.Pairs(m.Groups["b"].Value)]);
            if (m.Groups["c"].Success) d.Say(["by", .. NumberWords.Pairs(m.Groups["c"].Value)]);
            return true;
        }),
        new("serial", Grammar.Digit, DashedPattern(), (m, d) =>
        {
            foreach (var (i, group) in m.Value.Split('-').Index())
            {
                if (i > 0) d.Mark(Phone.Comma);
                d.Say(NumberWords.Digits(group));
            }
            return true;
        }),
        new("number sign", c => c is '#' or '№', NumberSignPattern(), (m, d) => { d.Say(["number", .. NumberWords.Cardinal(m.Groups["n"].Value)]); return true; }),
        new("cardinal", Grammar.Signed, CardinalPattern(), Cardinal) { IsNumber = true },
        new("serial", c => char.IsAsciiLetterOrDigit(c), SerialPattern(), Serial),
        new("roman", c => c is 'I' or 'V' or 'X' or 'L' or 'C' or 'D' or 'M', RomanPattern(), Roman),
    ];

    /// <summary>Says the groups sign, w (whole) and f (fraction) of a match.</summary>
    public static void Quantity(Match m, SentenceDraft d)
    {
        d.Say(Grammar.Sign(m.Groups["sign"].Value.Trim()));
        d.Say(NumberWords.Decimal(m.Groups["w"].Value, m.Groups["f"].Value));
    }

    static bool Decade(Match m, SentenceDraft d)
    {
        if (m.Groups["two"] is { Success: true } two)
        {
            d.Say(two.Value[0] == '0' ? ["oh", .. NumberWords.Digits(two.Value[1..])] : NumberWords.Cardinal(two.Value));
            return true;
        }
        d.Say(NumberWords.Decade(int.Parse(m.Groups["y"].Value, CultureInfo.InvariantCulture)));
        return true;
    }

    static bool Fraction(Match m, SentenceDraft d)
    {
        var (whole, numerator, denominator) = (m.Groups["whole"].Value, m.Groups["n"].Value, m.Groups["d"].Value);
        if (m.Groups["v"] is { Success: true } vulgar)
        {
            var value = FractionValues[Fractions.IndexOf(vulgar.Value, StringComparison.Ordinal)].Split('/');
            (numerator, denominator) = (value[0], value[1]);
        }
        else if (whole.Length == 0 && (numerator, denominator) is ("24", "7") or ("9", "11"))
        {
            d.Say([.. NumberWords.Cardinal(numerator), .. NumberWords.Cardinal(denominator)]);
            return true;
        }
        if (whole.Length > 0 && int.Parse(numerator, CultureInfo.InvariantCulture) >= int.Parse(denominator, CultureInfo.InvariantCulture)) return false;
        d.Say(Grammar.Sign(m.Groups["sign"].Value.Trim()));
        if (whole.Length > 0) d.Say([.. NumberWords.Cardinal(whole), "and"]);
        if (whole.Length > 0 && numerator == "1") d.Say(["a", .. NumberWords.Fraction(numerator, denominator).Skip(1)]);
        else d.Say(NumberWords.Fraction(numerator, denominator));
        return true;
    }

    static bool Version(Match m, SentenceDraft d)
    {
        var groups = m.Groups["n"].Value.Split('.');
        var named = m.Groups["v"].Length > 0;
        if (!named && groups.Length < 3) return false;
        if (named) d.Say("version");
        foreach (var (i, group) in groups.Index())
        {
            if (i > 0) d.Say(groups.Length == 4 && !named ? "dot" : "point");
            d.Say(NumberWords.Cardinal(group));
        }
        return true;
    }

    static bool Cardinal(Match m, SentenceDraft d)
    {
        var digits = m.Groups["w"].Value;
        var sign = m.Groups["sign"].Value.Trim();
        d.Say(Grammar.Sign(sign));
        var before = d.WordBefore;
        if (digits.Length == 3 && before.ToLowerInvariant() is "call" or "dial" or "dialed" or "called") d.Say(NumberWords.Digits(digits));
        else if (digits.Length is 3 or 4 && PairedAfter.Contains(before)) d.Say(NumberWords.Pairs(digits));
        else if (digits.Length == 5 && (Abbreviations.IsState(before) || before.Equals("code", StringComparison.OrdinalIgnoreCase) || before.Equals("zip", StringComparison.OrdinalIgnoreCase))) d.Say(NumberWords.Digits(digits));
        else if (digits.Length is >= 3 and <= 8 && before is "pin" or "PIN" or "passcode" or "code" or "password") d.Say(NumberWords.Digits(digits));
        else if (sign.Length == 0 && IsYear(digits, d)) d.Say(NumberWords.Year(int.Parse(digits, CultureInfo.InvariantCulture)));
        else d.Say(NumberWords.Cardinal(digits));
        return true;
    }

    /// <summary>Four digits from 1100 to 2099 are a year, unless they count something: a plural follows that is no verb.</summary>
    static bool IsYear(string digits, SentenceDraft d)
    {
        if (digits.Length != 4 || digits.CompareTo("1100") < 0 || string.CompareOrdinal(digits, "2100") >= 0) return false;
        if (d.At(d.Token.End) == '-' && char.IsLetter(d.At(d.Token.End + 1))) return true;
        var next = d.WordAfter;
        return !(next.Length > 3 && next.EndsWith('s') && !next.EndsWith("ss", StringComparison.Ordinal) && next == next.ToLowerInvariant()
            && next is not ("was" or "this" or "has" or "does" or "its" or "his" or "as" or "is" or "perhaps" or "always" or "towards" or "besides" or "versus" or "across"));
    }

    static bool Serial(Match m, SentenceDraft d)
    {
        var runs = RunPattern().Matches(m.Value);
        if (runs[0].Value is var first && m.Value.Contains('-') && char.IsAsciiLetterLower(first[0])) return false;
        // "3rd", "5th": an ordinal that an ordinal's grammar has declined is none.
        foreach (Match run in runs)
        {
            d.Token = new(m.Index + run.Index, run.Length);
            if (char.IsAsciiDigit(run.Value[0])) d.Say(run.Length == 3 && m.Value.Length > 3 && !m.Value.Contains('-') ? NumberWords.Pairs(run.Value) : run.Length == 4 ? NumberWords.Pairs(run.Value) : run.Length > 4 ? NumberWords.Digits(run.Value) : NumberWords.Cardinal(run.Value));
            else if (run.Length == 1 || run.Value == run.Value.ToUpperInvariant() && !Acronyms.IsPronounced(run.Value)) d.Spell(run.Value);
            else d.Say(run.Value.ToLowerInvariant());
        }
        return true;
    }

    static bool Roman(Match m, SentenceDraft d)
    {
        if (NumberWords.Roman(m.Value) is not { } value) return false;
        var before = d.WordBefore;
        if (d.WordAfter.Equals("century", StringComparison.OrdinalIgnoreCase) && m.Length > 1 || Regnal.Contains(before) && m.Value != "I" && m.Value.All(c => c is 'I' or 'V' or 'X'))
        {
            if (before != "the" && !d.WordAfter.Equals("century", StringComparison.OrdinalIgnoreCase)) d.Say("the");
            d.Say(NumberWords.Ordinal(value));
            return true;
        }
        // A lone I is a numeral only where one is expected and no verb follows; longer ones of I, V and X are numerals after a name.
        var expected = Numbered.Contains(before) && (m.Value != "I" || before is "War" or "Chapter" or "Part" or "Volume" or "Book" or "Act" or "Scene" or "Phase" or "Type" or "Title" or "Class" or "Level" or "Article" or "Stage" or "CHAPTER" or "PART" or "Section" or "type");
        var afterName = m.Length > 1 && m.Value.All(c => c is 'I' or 'V' or 'X') && before.Length > 0 && char.IsUpper(before[0]);
        if (!expected && !afterName) return false;
        d.Say(NumberWords.Cardinal(value));
        return true;
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    const string Whole = Grammar.Whole, Sign = Grammar.MaybeSign;

    [GeneratedRegex(@"\G(?<n>" + Whole + @")(st|nd|rd|th|ST|ND|RD|TH)(?!\w)", Options)]
    private static partial Regex OrdinalPattern();

    [GeneratedRegex(@"\G(?:(?<y>1\d\d0|20\d0|[2-9]0)['’]?s(?!\w)|['’](?<y>[2-9]0)s(?!\w)|['’](?<two>\d\d)(?![\w]))", Options)]
    private static partial Regex DecadePattern();

    [GeneratedRegex(@"\G" + Sign + @"(?:(?:(?<whole>\d+)[ -])?(?<n>\d{1,3})[/⁄](?<d>\d{1,4})(?![\d/])|(?<whole>\d+)?\s?(?<v>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))", Options)]
    private static partial Regex FractionPattern();

    [GeneratedRegex(@"\G" + Sign + "(?<w>" + Whole + @")?(?:\.(?<f>\d+))?(?<=\d)[\s-]?(?<unit>%|‰)", Options)]
    private static partial Regex PercentPattern();

    [GeneratedRegex(@"\G(?<v>[vV]\.?)?(?<n>\d+(?:\.\d+)*)(?![\w])", Options)]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"\G" + Sign + "(?<w>" + Whole + @")(?:\.(?<f>\d+))?(?<scale>k|M|mn|bn|tn|B)(?!\w)", Options)]
    private static partial Regex ScaledPattern();

    [GeneratedRegex(@"\G" + Sign + "(?<w>" + Whole + @")?\.(?<f>\d+)(?![\w])", Options)]
    private static partial Regex DecimalPattern();

    [GeneratedRegex(@"\G(?<a>\d+):(?<b>\d+)(?![\w:])", Options)]
    private static partial Regex RatioPattern();

    [GeneratedRegex(@"\G(?<a>\d+)\s?[x×]\s?(?<b>\d+)(?:\s?[x×]\s?(?<c>\d+))?(?!\w)", Options)]
    private static partial Regex ProductPattern();

    [GeneratedRegex(@"\G\d+(?:-\d+){2,}(?![\w])", Options)]
    private static partial Regex DashedPattern();

    [GeneratedRegex(@"\G[#№]\s?(?<n>" + Whole + @")(?!\w)", Options)]
    private static partial Regex NumberSignPattern();

    [GeneratedRegex(@"\G" + Sign + "(?<w>" + Whole + @")(?![A-Za-z_]*\d)(?![A-Za-z])", Options)]
    private static partial Regex CardinalPattern();

    [GeneratedRegex(@"\G(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[A-Za-z0-9]+(?:-(?=[A-Z]*\d)[A-Z0-9]+)*(?!\w)", Options)]
    private static partial Regex SerialPattern();

    [GeneratedRegex(@"\G[IVXLCDM]+(?![\w'’-])", Options)]
    private static partial Regex RomanPattern();

    [GeneratedRegex(@"\d+|[A-Za-z]+", Options)]
    private static partial Regex RunPattern();
}
