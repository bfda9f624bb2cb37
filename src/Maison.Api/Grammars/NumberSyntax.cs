// Decimal numbers between two bounds, digit by digit. While the digits so far are those of a bound, the next digit is held by it; once they
// differ it is free: so a range takes a few rules per digit. Bounds and steps are exact decimals, never floating point. Numbers are
// written without an exponent here.

using System.Globalization;
using System.Numerics;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>A decimal of a schema: Digits · 10^-Scale.</summary>
readonly record struct ExactNumber(BigInteger Digits, int Scale)
{
    const int MostDigits = 60;

    /// <summary>Reads the text of a JSON number; null when it has more digits than anybody needs.</summary>
    public static ExactNumber? Read(string text)
    {
        var (mantissa, exponent) = (text, 0);
        if (text.IndexOfAny(['e', 'E']) is var e and >= 0)
        {
            mantissa = text[..e];
            if (!int.TryParse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return null;
        }
        var point = mantissa.IndexOf('.');
        var scale = (point < 0 ? 0 : mantissa.Length - point - 1) - exponent;
        if (mantissa.Length > MostDigits || Math.Abs((long)scale) > MostDigits) return null;
        var digits = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        if (scale < 0) (digits, scale) = (digits * BigInteger.Pow(10, -scale), 0);
        while (scale > 0 && digits % 10 == 0) (digits, scale) = (digits / 10, scale - 1);
        return new(digits, scale);
    }

    public int CompareTo(ExactNumber other) => (Digits * BigInteger.Pow(10, other.Scale)).CompareTo(other.Digits * BigInteger.Pow(10, Scale));

    public static ExactNumber operator -(ExactNumber x) => new(-x.Digits, x.Scale);

    /// <summary>The digits before and after the point of a number that is not negative.</summary>
    public (string Whole, string Fraction) Written()
    {
        var all = Digits.ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        return (all[..^Scale], all[^Scale..]);
    }
}

/// <summary>One end of a range.</summary>
readonly record struct Bound(ExactNumber Value, bool Excluded);

/// <summary>Builds the rules of one range.</summary>
sealed class NumberSyntax
{
    /// <summary>Larger steps would need too many rules.</summary>
    public const int MostStep = 1000;

    readonly Dictionary<string, Syntax> rules;
    readonly string name;
    readonly int mostFraction, step;

    // Of the half under construction: magnitudes from low to high.
    string lowWhole = "", lowFraction = "", highWhole = "", highFraction = "", half = "";
    bool lowExcluded, highExcluded;

    NumberSyntax(Dictionary<string, Syntax> rules, string name, int mostFraction, int step) => (this.rules, this.name, this.mostFraction, this.step) = (rules, name, mostFraction, step);

    /// <summary>The numbers of a range.</summary>
    /// <param name="rules">Where the rules go.</param>
    /// <param name="name">A name that no other rule begins with.</param>
    /// <param name="mostFraction">Digits after the point at most; 0 for whole numbers.</param>
    /// <param name="step">Whole numbers only: what they are multiples of; 1 for all.</param>
    public static Syntax Between(Dictionary<string, Syntax> rules, string name, Bound? min, Bound? max, int mostFraction, int step)
    {
        var builder = new NumberSyntax(rules, name, mostFraction, step);
        var zero = new Bound(new(0, 0), false);
        var digits = JsonSyntax.MostDigits;
        foreach (var bound in new[] { min, max })
            if (bound is { } given) digits = Math.Max(digits, BigInteger.Abs(given.Value.Digits).ToString(CultureInfo.InvariantCulture).Length + 1);
        var far = new Bound(new(BigInteger.Pow(10, digits) - 1, 0), false);
        var (low, high) = (min ?? far with { Value = -far.Value }, max ?? far);

        var options = new List<Syntax>();
        if (high.Value.Digits.Sign >= 0) options.Add(builder.Half("p", low.Value.Digits.Sign < 0 ? zero : low, high));
        if (low.Value.Digits.Sign < 0)
        {
            // What is left of zero has no zero of its own.
            var nearest = high.Value.Digits.Sign < 0 ? Negated(high) : zero with { Excluded = true };
            options.Add(Syntax.All(Syntax.Text("-"), builder.Half("n", nearest, Negated(low))));
        }
        return Syntax.Any(options);

        static Bound Negated(Bound bound) => bound with { Value = -bound.Value };
    }

    Syntax Half(string half, Bound low, Bound high)
    {
        this.half = half;
        (lowWhole, lowFraction) = low.Value.Written();
        (highWhole, highFraction) = high.Value.Written();
        (lowExcluded, highExcluded) = (low.Excluded, high.Excluded);
        var options = new List<Syntax>();
        for (var length = lowWhole.Length; length <= highWhole.Length; length++)
            options.Add(Whole(length, 0, length == lowWhole.Length, length == highWhole.Length, 0));
        return Syntax.Any(options);
    }

    /// <summary>The digits of a whole part of this length from one place on, then the fraction.</summary>
    Syntax Whole(int length, int at, bool onLow, bool onHigh, int remainder)
    {
        if (at == length) return remainder == 0 ? Fraction(0, onLow, onHigh) : new OneOf([]);
        return Rule($"{length}.{at}{Tight(onLow, onHigh)}.{remainder}", () =>
        {
            var least = onLow ? lowWhole[at] - '0' : at == 0 && length > 1 ? 1 : 0;
            return Digits(least, onHigh ? highWhole[at] - '0' : 9, onLow, onHigh, step > 1,
                (digit, low, high) => Whole(length, at + 1, low, high, (remainder * 10 + digit) % step));
        });
    }

    Syntax Fraction(int at, bool onLow, bool onHigh)
    {
        var mayEnd = !(onLow && (at < lowFraction.Length || lowExcluded)) && !(onHigh && at >= highFraction.Length && highExcluded);
        if (at == mostFraction) return mayEnd ? Syntax.Empty : new OneOf([]);
        var more = Rule($"f{at}{Tight(onLow, onHigh)}", () => Digits(
            onLow && at < lowFraction.Length ? lowFraction[at] - '0' : 0,
            !onHigh ? 9 : at < highFraction.Length ? highFraction[at] - '0' : 0,
            onLow, onHigh, false, (_, low, high) => Fraction(at + 1, low, high)));
        if (at == 0) more = Syntax.All(Syntax.Text("."), more);
        return mayEnd ? Syntax.Optional(more) : more;
    }

    /// <summary>One digit and what follows: the ends of the range stay tight, what lies between is free.</summary>
    static Syntax Digits(int least, int most, bool onLow, bool onHigh, bool apart, Func<int, bool, bool, Syntax> rest)
    {
        var options = new List<Syntax>();
        for (var digit = least; digit <= most;)
        {
            var (low, high) = (onLow && digit == least, onHigh && digit == most);
            var last = apart || low || high ? digit : onHigh ? most - 1 : most;
            options.Add(Syntax.All(new OneByte(ByteSet.Range((byte)('0' + digit), (byte)('0' + last))), rest(digit, low, high)));
            digit = last + 1;
        }
        return new OneOf(options);
    }

    Syntax Rule(string place, Func<Syntax> body)
    {
        var rule = $"{name}.{half}{place}";
        if (rules.TryAdd(rule, Syntax.Empty)) rules[rule] = body();
        return new Call(rule);
    }

    static string Tight(bool low, bool high) => (low ? "l" : "") + (high ? "h" : "");
}
