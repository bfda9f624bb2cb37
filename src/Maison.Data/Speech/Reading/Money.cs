// Amounts of money, with their parts (dollars and cents), their scale ($1.5M) and what they are paid for ($3/hr).

using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

static partial class Money
{
    /// <param name="One">One of it, as words.</param>
    /// <param name="Cent">A hundredth, or null where amounts have none.</param>
    sealed record Currency(string One, string Many, string? Cent, string? Cents);

    static readonly Dictionary<string, Currency> Currencies = new()
    {
        ["$"] = new("dollar", "dollars", "cent", "cents"),
        ["US$"] = new("u s dollar", "u s dollars", "cent", "cents"),
        ["C$"] = new("canadian dollar", "canadian dollars", "cent", "cents"),
        ["CA$"] = new("canadian dollar", "canadian dollars", "cent", "cents"),
        ["A$"] = new("australian dollar", "australian dollars", "cent", "cents"),
        ["AU$"] = new("australian dollar", "australian dollars", "cent", "cents"),
        ["NZ$"] = new("new zealand dollar", "new zealand dollars", "cent", "cents"),
        ["HK$"] = new("hong kong dollar", "hong kong dollars", "cent", "cents"),
        ["€"] = new("euro", "euros", "cent", "cents"),
        ["£"] = new("pound", "pounds", "penny", "pence"),
        ["¥"] = new("yen", "yen", null, null),
        ["₹"] = new("rupee", "rupees", "paisa", "paise"),
        ["₩"] = new("won", "won", null, null),
        ["₽"] = new("ruble", "rubles", "kopeck", "kopecks"),
        ["₪"] = new("shekel", "shekels", null, null),
        ["₺"] = new("lira", "lira", null, null),
        ["₿"] = new("bitcoin", "bitcoins", null, null),
        ["USD"] = new("u s dollar", "u s dollars", "cent", "cents"),
        ["EUR"] = new("euro", "euros", "cent", "cents"),
        ["GBP"] = new("pound", "pounds", "penny", "pence"),
        ["JPY"] = new("yen", "yen", null, null),
        ["CHF"] = new("swiss franc", "swiss francs", null, null),
        ["CAD"] = new("canadian dollar", "canadian dollars", "cent", "cents"),
        ["AUD"] = new("australian dollar", "australian dollars", "cent", "cents"),
        ["CNY"] = new("yuan", "yuan", null, null),
        ["INR"] = new("rupee", "rupees", "paisa", "paise"),
    };

    static readonly Dictionary<string, string> Per = new()
    {
        ["hr"] = "hour",
        ["h"] = "hour",
        ["mo"] = "month",
        ["yr"] = "year",
        ["wk"] = "week",
        ["min"] = "minute",
        ["s"] = "second",
        ["sec"] = "second",
        ["lb"] = "pound",
        ["kg"] = "kilogram",
        ["oz"] = "ounce",
        ["gal"] = "gallon",
        ["l"] = "liter",
        ["ft"] = "foot",
        ["m"] = "meter",
        ["km"] = "kilometer",
        ["mi"] = "mile",
        ["ea"] = "each",
    };

    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("money", c => Grammar.Signed(c) || c is '$' or '€' or '£' or '¥' or '₹' or '₩' or '₽' or '₪' or '₺' or '₿' or 'U' or 'C' or 'A' or 'N' or 'H', BeforePattern(), Amount) { IsNumber = true },
        new("money", Grammar.Signed, AfterPattern(), Amount) { IsNumber = true },
        new("money", Grammar.Signed, CentsPattern(), (m, d) =>
        {
            Numbers.Quantity(m, d);
            d.Say(m.Groups["w"].Value == "1" && m.Groups["f"].Length == 0 ? "cent" : "cents");
            return true;
        }) { IsNumber = true },
    ];

    static bool Amount(Match m, SentenceDraft d)
    {
        var currency = Currencies[m.Groups["cur"].Value];
        var adjective = d.WordBefore is "a" or "an" or "A" or "An" && m.Groups["scale"].Success || d.At(m.Index + m.Length) == '-' && char.IsLetter(d.At(m.Index + m.Length + 1));
        d.Say(Grammar.Sign(m.Groups["sign"].Value.Trim()));
        Number(m.Groups["w"].Value, m.Groups["f"].Value, m.Groups["to"].Value, m.Groups["g"].Value, m.Groups["scale"].Value, currency, adjective, d);
        if (m.Groups["per"] is { Success: true } per)
        {
            var unit = Per.GetValueOrDefault(per.Value, per.Value);
            d.Say(unit == "each" ? [unit] : ["per", unit]);
        }
        return true;
    }

    static void Number(string whole, string fraction, string to, string toFraction, string scale, Currency currency, bool adjective, SentenceDraft d)
    {
        var parts = fraction.Length == 2 && scale.Length == 0 && to.Length == 0 && currency.Cent is not null;
        if (parts)
        {
            var (some, cents) = (whole.Trim('0', ',').Length > 0, fraction.TrimStart('0'));
            if (some || cents.Length == 0) d.Say([.. NumberWords.Cardinal(whole), .. (whole == "1" || adjective ? currency.One : currency.Many).Split(' ')]);
            if (some && cents.Length > 0) d.Say("and");
            if (cents.Length > 0) d.Say([.. NumberWords.Cardinal(cents), cents == "1" ? currency.Cent! : currency.Cents!]);
            return;
        }
        d.Say(NumberWords.Decimal(whole, fraction));
        if (to.Length > 0) d.Say(["to", .. NumberWords.Decimal(to, toFraction)]);
        var scaled = scale.Trim() switch
        {
            "" => null,
            "K" or "k" => "thousand",
            "M" or "m" or "mn" or "mm" => "million",
            "B" or "b" or "bn" => "billion",
            "T" or "tn" => "trillion",
            var word => word,
        };
        if (scaled is not null) d.Say(scaled);
        d.Say((whole == "1" && fraction.Length == 0 && to.Length == 0 && scaled is null || adjective ? currency.One : currency.Many).Split(' '));
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    const string Amounts = @"(?:(?<w>" + Grammar.Whole + @")(?:\.(?<f>\d+))?|\.(?<f>\d+))", Scale = @"(?:[\s-]?(?<scale>thousand|million|billion|trillion)(?!\w)|(?<scale>[KkMmBbT]|bn|mn|mm|tn)(?!\w))?";

    [GeneratedRegex(@"\G" + Grammar.MaybeSign + @"(?<cur>(?:US|CA|AU|NZ|HK|C|A)\$|[$€£¥₹₩₽₪₺₿])\s?" + Amounts + @"(?:\s?[-–—]\s?[$€£¥₹]?(?<to>" + Grammar.Whole + @")(?:\.(?<g>\d+))?(?![\w]*[-/]))?" + Scale + @"(?:\s?/\s?(?<per>[a-z]+))?(?![\d])", Options)]
    private static partial Regex BeforePattern();

    [GeneratedRegex(@"\G" + Grammar.MaybeSign + Amounts + Scale + @"\s?(?<cur>[$€£¥₹₽]|(?:USD|EUR|GBP|JPY|CHF|CAD|AUD|CNY|INR)(?!\w))(?!\d)", Options)]
    private static partial Regex AfterPattern();

    [GeneratedRegex(@"\G" + Grammar.MaybeSign + Amounts + @"\s?¢", Options)]
    private static partial Regex CentsPattern();
}
