// Dates and times of day. A date that cannot be one (month 13, 31 February's 32) is declined and read as something else.

using System.Globalization;
using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

static partial class Calendar
{
    static readonly string[] Months = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    const string MonthNames = "(?<month>January|February|March|April|May|June|July|August|September|October|November|December|JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\\.?)";
    const string Half = @"(?<half>[aApP]\.\s?[mM]\.|[aApP][mM](?!\w))";

    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("date", Grammar.Digit, IsoPattern(), (m, d) =>
        {
            if (!Valid(Int(m, "m"), Int(m, "d"))) return false;
            Date(d, Int(m, "m"), Int(m, "d"), m.Groups["y"].Value);
            if (m.Groups["hour"].Success) Time(m, d);
            return true;
        }),
        new("date", Grammar.Digit, SlashPattern(), (m, d) =>
        {
            var (month, day) = (Int(m, "a"), Int(m, "b"));
            if (month > 12 || m.Groups["dot"].Success && day <= 12) (month, day) = (day, month);
            if (!Valid(month, day)) return false;
            Date(d, month, day, m.Groups["y"].Value);
            return true;
        }),
        // 5/3 is a date only where one is expected.
        new("date", Grammar.Digit, ShortPattern(), (m, d) =>
        {
            if (!Valid(Int(m, "a"), Int(m, "b")) || d.WordBefore.ToLowerInvariant() is not ("on" or "by" or "since" or "until" or "till" or "due" or "dated" or "monday" or "tuesday" or "wednesday" or "thursday" or "friday" or "saturday" or "sunday")) return false;
            Date(d, Int(m, "a"), Int(m, "b"), "");
            return true;
        }),
        new("date", Grammar.Capital, MonthDayPattern(), (m, d) =>
        {
            if (!Valid(Month(m), Int(m, "d"))) return false;
            Date(d, Month(m), Int(m, "d"), "");
            if (m.Groups["e"].Success) d.Say(["to", .. NumberWords.Ordinal(m.Groups["e"].Value)]);
            SayYear(d, m.Groups["y"].Value);
            return true;
        }),
        new("date", Grammar.Capital, MonthYearPattern(), (m, d) =>
        {
            d.Say(Months[Month(m) - 1]);
            SayYear(d, m.Groups["y"].Value);
            return true;
        }),
        new("date", Grammar.Digit, DayMonthPattern(), (m, d) =>
        {
            if (!Valid(Month(m), Int(m, "d"))) return false;
            if (!d.WordBefore.Equals("the", StringComparison.OrdinalIgnoreCase)) d.Say("the");
            d.Say([.. NumberWords.Ordinal(Int(m, "d")), "of", Months[Month(m) - 1]]);
            SayYear(d, m.Groups["y"].Value);
            return true;
        }),
        new("time", Grammar.Digit, TimePattern(), (m, d) => Int(m, "hour") <= 24 && Int(m, "minute") < 60 && Time(m, d)) { IsNumber = true },
        new("time", Grammar.Digit, HourPattern(), (m, d) => Int(m, "hour") is > 0 and <= 24 && Time(m, d)) { IsNumber = true },
        new("era", c => c is 'A' or 'B' or 'C', EraPattern(), (m, d) => { d.Spell(m.Value); return true; }),
    ];

    static int Int(Match m, string group) => int.Parse(m.Groups[group].Value, CultureInfo.InvariantCulture);

    static int Month(Match m) => Array.FindIndex(Months, n => n.StartsWith(m.Groups["month"].Value.TrimEnd('.')[..3], StringComparison.OrdinalIgnoreCase)) + 1;

    static bool Valid(int month, int day) => month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(2024, month);

    static void Date(SentenceDraft d, int month, int day, string year)
    {
        d.Say([Months[month - 1], .. NumberWords.Ordinal(day)]);
        SayYear(d, year);
    }

    static void SayYear(SentenceDraft d, string year)
    {
        if (year.Length == 0) return;
        d.Say(year.Length == 2 && year[0] == '0' ? ["oh", .. NumberWords.Digits(year[1..])] : NumberWords.Year(int.Parse(year, CultureInfo.InvariantCulture)));
    }

    static bool Time(Match m, SentenceDraft d)
    {
        var (hour, half) = (m.Groups["hour"].Value, m.Groups["half"].Value);
        var minute = m.Groups["minute"].Success ? m.Groups["minute"].Value : "00";
        var second = m.Groups["second"].Value;
        d.Say(hour.Length == 2 && hour[0] == '0' ? hour == "00" ? NumberWords.Digits(hour) : half.Length > 0 ? NumberWords.Digits(hour[1..]) : ["oh", .. NumberWords.Digits(hour[1..])] : NumberWords.Cardinal(hour));
        if (minute != "00") d.Say(minute[0] == '0' ? ["oh", .. NumberWords.Digits(minute[1..])] : NumberWords.Cardinal(minute));
        else if (half.Length == 0 && second.Length == 0) d.Say(int.Parse(hour, CultureInfo.InvariantCulture) is > 0 and <= 12 && hour[0] != '0' ? "o'clock" : "hundred");
        if (second.Length > 0) d.Say(["and", .. NumberWords.Cardinal(second.TrimStart('0') is { Length: > 0 } s ? s : "0"), second == "01" ? "second" : "seconds"]);
        d.Spell(half);
        return true;
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\G(?<y>\d{4})-(?<m>\d{2})-(?<d>\d{2})(?:[T ](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2}))?Z?)?(?![\w-])", Options)]
    private static partial Regex IsoPattern();

    [GeneratedRegex(@"\G(?<a>\d{1,2})(?:(?<dot>\.)|[/-])(?<b>\d{1,2})(?:(?(dot)\.|[/-]))(?<y>\d{4}|\d{2})(?![\w/])(?!-\d)", Options)]
    private static partial Regex SlashPattern();

    [GeneratedRegex(@"\G(?<a>\d{1,2})/(?<b>\d{1,2})(?![\w/])", Options)]
    private static partial Regex ShortPattern();

    [GeneratedRegex(@"\G" + MonthNames + @" (?<d>\d{1,2})(?:st|nd|rd|th)?(?:\s?[-–]\s?(?<e>\d{1,2})(?!\d))?(?:,? (?<y>[12]\d{3}))?(?![\w:%])(?!,\d|\.\d)", Options)]
    private static partial Regex MonthDayPattern();

    [GeneratedRegex(@"\G" + MonthNames + @",? (?<y>[12]\d{3})(?![\w:%])(?!,\d|\.\d)", Options)]
    private static partial Regex MonthYearPattern();

    [GeneratedRegex(@"\G(?<d>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]" + MonthNames + @"(?:,? (?<y>[12]\d{3})|-(?<y>[12]\d{3}|\d\d))?(?!\w)", Options)]
    private static partial Regex DayMonthPattern();

    [GeneratedRegex(@"\G(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2}))?(?:\s?" + Half + @")?(?![\w:])", Options)]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"\G(?<hour>\d{1,2})\s?" + Half, Options)]
    private static partial Regex HourPattern();

    [GeneratedRegex(@"\G(?:B\.C\.E\.|B\.C\.|A\.D\.|C\.E\.|BCE|BC|AD|CE)(?!\w)", Options)]
    private static partial Regex EraPattern();
}
