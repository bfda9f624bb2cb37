// Numbers as English says them, American style without "and". It knows nothing about where they stand: which of these forms a number
// takes is decided by the grammar that found it. Digits come in as text, so no length overflows.

namespace Maison.Data.Speech.Reading;

/// <summary>Words of numbers.</summary>
static class NumberWords
{
    static readonly string[] Ones =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    static readonly string[] Scales = ["", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion"];

    static readonly Dictionary<string, string> OddOrdinals = new()
    {
        ["one"] = "first",
        ["two"] = "second",
        ["three"] = "third",
        ["five"] = "fifth",
        ["eight"] = "eighth",
        ["nine"] = "ninth",
        ["twelve"] = "twelfth",
    };

    /// <summary>Longer numbers are said digit by digit.</summary>
    const int MostDigits = 24;

    /// <summary>"1204" or "1,204": one thousand two hundred four. Digits with a leading zero, or too many, are said one by one.</summary>
    public static IEnumerable<string> Cardinal(string digits)
    {
        digits = digits.Replace(",", "", StringComparison.Ordinal);
        if (digits.Length > MostDigits || digits.Length > 1 && digits[0] == '0') return Digits(digits);
        if (digits == "0") return ["zero"];
        var words = new List<string>();
        for (var at = 0; at < digits.Length;)
        {
            var left = digits.Length - at;
            var length = left % 3 == 0 ? 3 : left % 3;
            var group = int.Parse(digits.AsSpan(at, length), System.Globalization.CultureInfo.InvariantCulture);
            at += length;
            if (group == 0) continue;
            Below1000(group, words);
            if (at < digits.Length) words.Add(Scales[(digits.Length - at) / 3]);
        }
        return words;
    }

    public static IEnumerable<string> Cardinal(int number) => Cardinal(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>"21": twenty first.</summary>
    public static IEnumerable<string> Ordinal(string digits)
    {
        var words = Cardinal(digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0").ToList();
        words[^1] = OrdinalOf(words[^1]);
        return words;
    }

    public static IEnumerable<string> Ordinal(int number) => Ordinal(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>"3.14": three point one four. A sign in front is said; the whole part may be missing.</summary>
    public static IEnumerable<string> Decimal(string whole, string fraction)
    {
        IEnumerable<string> words = whole.Length == 0 ? [] : Cardinal(whole);
        return fraction.Length == 0 ? words : [.. words, "point", .. Digits(fraction)];
    }

    /// <summary>One word per digit; whatever is no digit is passed over.</summary>
    public static IEnumerable<string> Digits(string digits) => digits.Where(char.IsAsciiDigit).Select(d => Ones[d - '0']);

    /// <summary>A year of one to four digits: nineteen oh five, twenty ten, two thousand five, eight hundred.</summary>
    public static IEnumerable<string> Year(int year)
    {
        if (year is < 1000 or > 9999 || year % 1000 < 10) return Cardinal(year);
        var (century, rest) = (year / 100, year % 100);
        if (rest == 0) return [.. Cardinal(century), "hundred"];
        return rest < 10 ? [.. Cardinal(century), "oh", Ones[rest]] : [.. Cardinal(century), .. Cardinal(rest)];
    }

    /// <summary>A decade: nineteen nineties, nineteen hundreds, two thousands, nineties.</summary>
    public static IEnumerable<string> Decade(int year)
    {
        var words = (year < 100 ? Cardinal(year) : Year(year)).ToList();
        words[^1] = words[^1] switch
        {
            "six" => "sixes",
            var w when w.EndsWith('y') => w[..^1] + "ies",
            var w => w + "s",
        };
        return words;
    }

    /// <summary>Digits in pairs, as flights, rooms and models are said: 747 seven forty seven, 1080 ten eighty, 305 three oh five.</summary>
    public static IEnumerable<string> Pairs(string digits)
    {
        if (digits.Length > 4 || digits[0] == '0') return Digits(digits);
        var number = int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
        if (number < 100) return Cardinal(number);
        var (head, rest) = (number / 100, number % 100);
        if (rest == 0) return head % 10 == 0 ? Cardinal(number) : [.. Cardinal(head), "hundred"];
        return rest < 10 ? [.. Cardinal(head), "oh", Ones[rest]] : [.. Cardinal(head), .. Cardinal(rest)];
    }

    /// <summary>Numerator over denominator: one half, three quarters, five twelfths, ten over three hundred one.</summary>
    public static IEnumerable<string> Fraction(string numerator, string denominator)
    {
        var one = numerator == "1";
        if (denominator == "2") return [.. Cardinal(numerator), one ? "half" : "halves"];
        if (denominator == "4") return [.. Cardinal(numerator), one ? "quarter" : "quarters"];
        if (denominator.Length > 4 || denominator.Length > 2 && denominator.TrimEnd('0').Length > 1 || denominator is "0" or "1" || denominator[0] == '0') return [.. Cardinal(numerator), "over", .. Cardinal(denominator)];
        var words = Ordinal(denominator).ToList();
        if (denominator.Length > 2 && words[0] == "one") words.RemoveAt(0);
        if (!one) words[^1] += "s";
        return [.. Cardinal(numerator), .. words];
    }

    /// <summary>The value of a roman numeral in capitals, 1 to 3999; null when it is none.</summary>
    public static int? Roman(string text)
    {
        var value = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var (digit, next) = (RomanDigit(text[i]), i + 1 < text.Length ? RomanDigit(text[i + 1]) : 0);
            if (digit == 0) return null;
            value += digit < next ? -digit : digit;
        }
        return value is > 0 and < 4000 && ToRoman(value) == text ? value : null;
    }

    static string ToRoman(int value)
    {
        var text = "";
        foreach (var (digit, letters) in new[] { (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I") })
            for (; value >= digit; value -= digit) text += letters;
        return text;
    }

    static int RomanDigit(char c) => c switch { 'I' => 1, 'V' => 5, 'X' => 10, 'L' => 50, 'C' => 100, 'D' => 500, 'M' => 1000, _ => 0 };

    static string OrdinalOf(string word) => OddOrdinals.GetValueOrDefault(word) ?? (word.EndsWith('y') ? word[..^1] + "ieth" : word.EndsWith('t') ? word + "h" : word + "th");

    static void Below1000(int number, List<string> words)
    {
        if (number >= 100)
        {
            words.Add(Ones[number / 100]);
            words.Add("hundred");
            number %= 100;
        }
        if (number >= 20)
        {
            words.Add(Tens[number / 10]);
            number %= 10;
            if (number == 0) return;
        }
        if (number > 0) words.Add(Ones[number]);
    }
}
