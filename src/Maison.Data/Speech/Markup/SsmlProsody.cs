// The values of SSML's prosody element as a delivery. Relative values multiply or add to what is around them; values in hertz are refused, since
// they mean another pitch for every voice.

using System.Globalization;

namespace Maison.Data.Speech.Markup;

static class SsmlProsody
{
    /// <summary>The delivery inside a prosody element.</summary>
    /// <exception cref="MarkupException">A value is none that its attribute takes.</exception>
    public static Delivery Apply(SsmlTag tag, Delivery around)
    {
        var made = around;
        if (tag["rate"] is { } rate) made = made with { Rate = Within(tag, "rate", around.Rate * Factor(tag, "rate", rate, [("x-slow", 0.5), ("slow", 0.75), ("medium", 1), ("default", 1), ("fast", 1.25), ("x-fast", 1.6)]), 0.25, 4, "speeds go from 0.25 to 4 times") };
        if (tag["range"] is { } range) made = made with { Range = Within(tag, "range", around.Range * Factor(tag, "range", range, [("x-low", 0.3), ("low", 0.6), ("medium", 1), ("default", 1), ("high", 1.4), ("x-high", 1.8)]), 0, 3, "ranges go from 0 to 3 times") };
        if (tag["pitch"] is { } pitch) made = made with { PitchSemitones = Within(tag, "pitch", around.PitchSemitones + Semitones(tag, pitch), -24, 24, "pitches go from -24st to +24st") };
        if (tag["volume"] is { } volume) made = made with { VolumeDb = Within(tag, "volume", Decibels(tag, volume, around.VolumeDb), -60, 20, "volumes go from -60dB to +20dB") };
        return made;
    }

    /// <summary>A word, a factor (1.2), a percentage (120%) or a change (+20%).</summary>
    static double Factor(SsmlTag tag, string name, string value, (string Word, double Factor)[] words)
    {
        foreach (var (word, factor) in words)
            if (word == value) return factor;
        if (value.EndsWith('%') && Number(value[..^1]) is { } percent) return value[0] is '+' or '-' ? 1 + percent / 100 : percent / 100;
        if (value[0] is not ('+' or '-') && Number(value) is { } number) return number;
        throw tag.Wrong(name, $"give {string.Join(", ", words.Select(w => w.Word))}, a factor such as 1.2, or a change such as +20%");
    }

    static double Semitones(SsmlTag tag, string value)
    {
        switch (value)
        {
            case "x-low": return -6;
            case "low": return -3;
            case "medium" or "default": return 0;
            case "high": return 3;
            case "x-high": return 6;
        }
        if (value.EndsWith("st", StringComparison.Ordinal) && Number(value[..^2]) is { } semitones) return semitones;
        if (value.EndsWith('%') && value[0] is '+' or '-' && Number(value[..^1]) is { } percent && percent > -100) return 12 * Math.Log2(1 + percent / 100);
        throw tag.Wrong("pitch", "give x-low, low, medium, high, x-high, semitones such as +2st, or a change such as +10%");
    }

    static double Decibels(SsmlTag tag, string value, double around)
    {
        switch (value)
        {
            case "silent": return -60;
            case "x-soft": return -12;
            case "soft": return -6;
            case "medium" or "default": return 0;
            case "loud": return 6;
            case "x-loud": return 10;
        }
        if (value.EndsWith("dB", StringComparison.OrdinalIgnoreCase) && Number(value[..^2]) is { } decibels) return around + decibels;
        throw tag.Wrong("volume", "give silent, x-soft, soft, medium, loud, x-loud, or a change such as +6dB");
    }

    static double Within(SsmlTag tag, string name, double value, double low, double high, string why) => value >= low && value <= high ? value : throw tag.Wrong(name, why);

    static double? Number(string text) => double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;
}
