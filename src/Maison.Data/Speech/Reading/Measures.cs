// A number and a unit: 5 km, 72°F, 60 mph, 3 m², 5'10", 2½ lb. The unit is plural unless the number is exactly 1 or the two stand as an
// adjective ("a 5-km run"). Units that are also words or letters ("in", "s", "A") count as such only where they touch the number.

using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

static partial class Measures
{
    // Written form, one, many; those after Touching must touch the number or be joined to it by a hyphen.
    static readonly Dictionary<string, (string One, string Many)> Units = Read("""
        km kilometer kilometers|cm centimeter centimeters|mm millimeter millimeters|m meter meters|nm nanometer nanometers|µm micrometer micrometers|μm micrometer micrometers
        mi mile miles|ft foot feet|yd yard yards|yds yard yards|in inch inches
        kg kilogram kilograms|g gram grams|mg milligram milligrams|µg microgram micrograms|lb pound pounds|lbs pound pounds|oz ounce ounces|t ton tons
        l liter liters|L liter liters|ml milliliter milliliters|mL milliliter milliliters|cl centiliter centiliters|gal gallon gallons|qt quart quarts|pt pint pints|tbsp tablespoon tablespoons|tsp teaspoon teaspoons
        ms millisecond milliseconds|ns nanosecond nanoseconds|µs microsecond microseconds|sec second seconds|secs second seconds|min minute minutes|mins minute minutes|hr hour hours|hrs hour hours|h hour hours|s second seconds|wk week weeks|yr year years|yrs year years
        kB kilobyte kilobytes|KB kilobyte kilobytes|MB megabyte megabytes|GB gigabyte gigabytes|TB terabyte terabytes|PB petabyte petabytes|KiB kibibyte kibibytes|MiB mebibyte mebibytes|GiB gibibyte gibibytes
        kbps kilobit_per_second kilobits_per_second|Mbps megabit_per_second megabits_per_second|Gbps gigabit_per_second gigabits_per_second|Mbit megabit megabits|Gbit gigabit gigabits
        Hz hertz hertz|kHz kilohertz kilohertz|MHz megahertz megahertz|GHz gigahertz gigahertz|dB decibel decibels
        W watt watts|kW kilowatt kilowatts|MW megawatt megawatts|GW gigawatt gigawatts|kWh kilowatt_hour kilowatt_hours|MWh megawatt_hour megawatt_hours|V volt volts|kV kilovolt kilovolts|mA milliamp milliamps|mAh milliamp_hour milliamp_hours|A amp amps|Ω ohm ohms
        kcal kilocalorie kilocalories|cal calorie calories|kJ kilojoule kilojoules|J joule joules|Pa pascal pascals|hPa hectopascal hectopascals|kPa kilopascal kilopascals|psi p_s_i p_s_i|N newton newtons
        mph mile_per_hour miles_per_hour|kph kilometer_per_hour kilometers_per_hour|rpm revolution_per_minute revolutions_per_minute|fps frame_per_second frames_per_second|mpg mile_per_gallon miles_per_gallon|bpm beat_per_minute beats_per_minute|ppm part_per_million parts_per_million|dpi dot_per_inch dots_per_inch|px pixel pixels
        ha hectare hectares|sqft square_foot square_feet|GFLOPS gigaflop gigaflops|TFLOPS teraflop teraflops
        °C degree_celsius degrees_celsius|°F degree_fahrenheit degrees_fahrenheit|°K degree_kelvin degrees_kelvin|° degree degrees|℃ degree_celsius degrees_celsius|℉ degree_fahrenheit degrees_fahrenheit|C degree_celsius degrees_celsius|F degree_fahrenheit degrees_fahrenheit
        x time times|× time times
        """);

    static readonly HashSet<string> Touching = ["in", "s", "A", "J", "N", "C", "F", "x", "×", "t", "pt"];
    static readonly HashSet<string> Abbreviated = ["ft", "in", "yd", "yds", "mi", "lb", "lbs", "oz", "gal", "qt", "pt", "tbsp", "tsp", "min", "mins", "hr", "hrs", "sec", "secs", "yr", "yrs", "wk"];

    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("measure", c => Grammar.Signed(c) || c is '½' or '¼' or '¾' or '⅓' or '⅔', MeasurePattern(), Measure) { IsNumber = true },
        new("measure", Grammar.Digit, FeetPattern(), (m, d) =>
        {
            d.Say([.. NumberWords.Cardinal(m.Groups["ft"].Value), m.Groups["ft"].Value == "1" ? "foot" : m.Groups["in"].Success ? "foot" : "feet"]);
            if (m.Groups["in"].Success) d.Say(NumberWords.Cardinal(m.Groups["in"].Value));
            return true;
        }),
        new("measure", Grammar.Digit, CoordinatePattern(), (m, d) =>
        {
            Count(m.Groups["w"].Value, "degree", m.Groups["f"].Value);
            if (m.Groups["minute"].Success) Count(m.Groups["minute"].Value, "minute", "");
            if (m.Groups["second"].Success) Count(m.Groups["second"].Value, "second", "");
            d.Say(m.Groups["side"].Value switch { "N" => "north", "S" => "south", "E" => "east", _ => "west" });
            return true;

            void Count(string number, string unit, string fraction) => d.Say([.. NumberWords.Decimal(number, fraction), number == "1" && fraction.Length == 0 ? unit : unit + "s"]);
        }),
    ];

    static bool Measure(Match m, SentenceDraft d)
    {
        var (unit, gap) = (m.Groups["unit"].Value, m.Groups["gap"].Value);
        if (gap.Length > 0 && gap != "-" && Touching.Contains(unit) && !(unit == "in" && m.Groups["dot"].Success)) return false;
        if (m.Groups["dot"].Success && !Abbreviated.Contains(unit)) return false;
        d.Say(Grammar.Sign(m.Groups["sign"].Value.Trim()));
        var (numerator, whole) = (m.Groups["n"].Value, m.Groups["w"].Value);
        if (m.Groups["v"] is { Success: true } vulgar) (numerator, whole) = (vulgar.Value switch { "½" or "¼" or "⅓" => "1", "¾" => "3", _ => "2" }, m.Groups["w"].Value);
        var denominator = m.Groups["v"].Success ? m.Groups["v"].Value switch { "½" => "2", "¼" or "¾" => "4", _ => "3" } : m.Groups["d"].Value;
        var part = numerator.Length > 0 && whole.Length == 0;
        var one = whole == "1" && numerator.Length == 0 && m.Groups["f"].Length == 0 || gap == "-" || part
            || d.WordBefore is "a" or "an" or "A" or "An" && d.WordAfter is [>= 'a' and <= 'z', ..] next && next is not ("or" or "and" or "to" or "of" or "in");
        if (part)
        {
            var vowel = Units[unit].One[0] is 'a' or 'e' or 'i' or 'o' or 'u' || unit is "hr" or "hrs" or "h";
            if ((numerator, denominator) == ("1", "2")) d.Say("half", vowel ? "an" : "a");
            else d.Say([.. NumberWords.Fraction(numerator, denominator), "of", vowel ? "an" : "a"]);
        }
        else
        {
            d.Say(NumberWords.Decimal(whole, m.Groups["f"].Value));
            if (numerator.Length > 0) d.Say(["and", .. numerator == "1" ? ["a", .. NumberWords.Fraction(numerator, denominator).Skip(1)] : NumberWords.Fraction(numerator, denominator)]);
        }
        if (m.Groups["power"] is { Success: true } power) d.Say(power.Value is "²" or "^2" || power.Value.StartsWith('s') ? "square" : "cubic");
        d.Say((one ? Units[unit].One : Units[unit].Many).Split('_'));
        if (m.Groups["per"] is { Success: true } per) d.Say(["per", .. Units[per.Value].One.Split('_')]);
        if (m.Groups["perPower"] is { Success: true } p) d.Say(p.Value is "²" or "^2" ? "squared" : "cubed");
        return true;
    }

    static Dictionary<string, (string, string)> Read(string table) => table.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Split(' ')).ToDictionary(f => f[0], f => (f[1], f[2]));

    /// <summary>Whether a word such as "ft" or "min" is a unit that is written with a full stop.</summary>
    public static bool IsAbbreviated(string unit) => Abbreviated.Contains(unit);

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\G" + Grammar.MaybeSign + @"(?:(?<w>" + Grammar.Whole + @")(?:\.(?<f>\d+)|[ -](?<n>\d)/(?<d>\d{1,2})|\s?(?<v>[½¼¾⅓⅔]))?|\.(?<f>\d+)|(?<n>\d)/(?<d>\d{1,2})|(?<v>[½¼¾⅓⅔]))(?<gap>[  -]?)(?<power>(?:sq\.?|square|cu\.?) ?(?=ft|in|mi|km|m))?(?<unit>°C|°F|°K|km|cm|mm|nm|µm|μm|mi|ft|yds|yd|in|kg|mg|µg|lbs|lb|oz|ml|mL|cl|gal|qt|pt|tbsp|tsp|ms|ns|µs|secs|sec|mins|min|mph|mpg|mAh|mA|m|g|t|l|L|hrs|hr|hPa|ha|h|s|wk|yrs|yr|kbps|kB|KB|MB|GB|TB|PB|KiB|MiB|GiB|Mbps|Gbps|Mbit|Gbit|Hz|kHz|MHz|GHz|dB|kWh|MWh|kW|MW|GW|W|kV|V|A|Ω|kcal|cal|kJ|J|kPa|Pa|psi|N|kph|rpm|fps|bpm|ppm|dpi|px|sqft|GFLOPS|TFLOPS|℃|℉|°|C|F|x|×)(?:(?<power>²|³|\^2|\^3))?(?:/(?<per>hr|h|s|min|sec|km|m|ft|kg|l|L|ml|mL|cm|gal)(?<perPower>²|³|\^2|\^3)?)?(?![\w°²³])(?:(?<dot>\.)(?=\s*[a-z,;)]|\s+\d))?", Options)]
    private static partial Regex MeasurePattern();

    [GeneratedRegex(@"\G(?<ft>\d{1,3})\s?['′’]\s?(?:(?<in>\d{1,2})(?:\s?[""″”]|['′’]{2})?)?(?![\w'’])", Options)]
    private static partial Regex FeetPattern();

    [GeneratedRegex(@"\G(?<w>\d{1,3})(?:\.(?<f>\d+))?\s?°\s?(?:(?<minute>\d{1,2})\s?['′’]\s?)?(?:(?<second>\d{1,2})\s?[""″”]\s?)?(?<side>[NSEW])(?!\w)", Options)]
    private static partial Regex CoordinatePattern();
}
