// A set of Unicode characters, and how it is spelled in UTF-8: the step from "characters" in patterns and schemas to the bytes that a
// grammar is made of. Halves of surrogate pairs are no characters and are in no set.

using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>An immutable set of code points as sorted, disjoint ranges.</summary>
sealed class CodePoints
{
    const int Last = 0x10FFFF, FirstSurrogate = 0xD800, LastSurrogate = 0xDFFF;

    readonly List<(int Low, int High)> ranges = [];

    /// <param name="ranges">In any order; both ends are included.</param>
    public CodePoints(params IEnumerable<(int Low, int High)> ranges)
    {
        foreach (var (low, high) in ranges.SelectMany(WithoutSurrogates).OrderBy(r => r.Low))
        {
            if (this.ranges.Count > 0 && low <= this.ranges[^1].High + 1) this.ranges[^1] = (this.ranges[^1].Low, Math.Max(high, this.ranges[^1].High));
            else this.ranges.Add((low, high));
        }
    }

    public static CodePoints All { get; } = new((0, Last));

    public static CodePoints Of(string characters) => new(characters.EnumerateRunes().Select(r => (r.Value, r.Value)));

    public IReadOnlyList<(int Low, int High)> Ranges => ranges;

    public bool IsEmpty => ranges.Count == 0;

    public bool Contains(int value) => ranges.Any(r => r.Low <= value && value <= r.High);

    public CodePoints Union(CodePoints other) => new(ranges.Concat(other.ranges));

    public CodePoints Complement()
    {
        var gaps = new List<(int, int)>();
        var from = 0;
        foreach (var (low, high) in ranges)
        {
            if (low > from) gaps.Add((from, low - 1));
            from = high + 1;
        }
        if (from <= Last) gaps.Add((from, Last));
        return new(gaps);
    }

    public CodePoints Except(CodePoints other) => Complement().Union(other).Complement();

    /// <summary>One character of the set in UTF-8.</summary>
    public Syntax Utf8()
    {
        var options = new List<Syntax>();
        foreach (var (low, high) in ranges) Spell(low, high, options);
        return Merge(options);
    }

    static IEnumerable<(int Low, int High)> WithoutSurrogates((int Low, int High) range)
    {
        if (range.Low < FirstSurrogate) yield return (range.Low, Math.Min(range.High, FirstSurrogate - 1));
        if (range.High > LastSurrogate) yield return (Math.Max(range.Low, LastSurrogate + 1), range.High);
        // What is left out lies between the halves; a range within them is empty.
    }

    /// <summary>Cuts a range until each piece is a product of byte ranges.</summary>
    static void Spell(int low, int high, List<Syntax> options)
    {
        if (low > high) return;
        foreach (var limit in (int[])[0x7F, 0x7FF, 0xFFFF])
        {
            if (low > limit || high <= limit) continue;
            Spell(low, limit, options);
            Spell(limit + 1, high, options);
            return;
        }
        if (high <= 0x7F)
        {
            options.Add(new OneByte(ByteSet.Range((byte)low, (byte)high)));
            return;
        }
        for (var bits = 6; bits <= 18; bits += 6)
        {
            var mask = (1 << bits) - 1;
            if ((low | mask) >= (high | mask)) break;
            if ((low & mask) != 0)
            {
                Spell(low, low | mask, options);
                Spell((low | mask) + 1, high, options);
                return;
            }
            if ((high & mask) == mask) continue;
            Spell(low, (high & ~mask) - 1, options);
            Spell(high & ~mask, high, options);
            return;
        }
        var (first, last) = (Bytes(low), Bytes(high));
        options.Add(new InOrder([.. first.Zip(last, (a, b) => new OneByte(ByteSet.Range(a, b)))]));
    }

    static byte[] Bytes(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        return bytes[..new System.Text.Rune(value).EncodeToUtf8(bytes)].ToArray();
    }

    /// <summary>Single bytes become one set.</summary>
    static Syntax Merge(List<Syntax> options)
    {
        var singles = options.OfType<OneByte>().ToList();
        if (singles.Count < 2) return Syntax.Any(options);
        var one = new OneByte(singles.Aggregate(default(ByteSet), (set, b) => set | b.Set));
        return Syntax.Any([one, .. options.Where(o => o is not OneByte)]);
    }
}
