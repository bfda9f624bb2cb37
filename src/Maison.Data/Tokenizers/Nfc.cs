// Unicode normalization form C (UAX #15) over UTF-8 bytes, for tokenizer files that ask for it (Qwen's do).
// Knows nothing about tokens. .NET's own Normalize does nothing without ICU, and a house without native dependencies has no
// ICU, so the canonical data comes along in NfcTable.txt. Most text is in form C already and is handed back untouched.
using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Maison.Data.Tokenizers;

static class Nfc
{
    // Hangul is composed by rule: UAX #15, section 3.12 of the core specification.
    const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28;

    sealed record Tables(FrozenDictionary<int, byte> Classes, FrozenDictionary<int, int[]> Decompositions,
        FrozenDictionary<(int, int), int> Compositions, FrozenSet<int> Suspects);

    static readonly Lazy<Tables> tables = new(ReadTables);

    /// <summary>The text in form C: the same span when it already is. Ill-formed bytes stay as they are and separate what is around them.</summary>
    public static ReadOnlySpan<byte> Normalize(ReadOnlySpan<byte> text)
    {
        if (!NeedsWork(text)) return text;
        var output = new ArrayBufferWriter<byte>(text.Length + 16);
        var points = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            bool wellFormed = Rune.DecodeFromUtf8(text[at..], out var rune, out int length) == OperationStatus.Done;
            if (wellFormed)
            {
                Decompose(rune.Value, points);
            }
            else
            {
                Compose(points, output);
                output.Write(text.Slice(at, length));
            }
            at += length;
        }
        Compose(points, output);
        return output.WrittenSpan;
    }

    // Below U+0300 (lead byte CC) nothing combines. Above, a few code points are suspects: those that combine, decompose for
    // good, or may be joined to what precedes them (quick check "no" or "maybe").
    static bool NeedsWork(ReadOnlySpan<byte> text)
    {
        int at = text.IndexOfAnyInRange((byte)0xCC, (byte)0xFF);
        if (at < 0) return false;
        var suspects = tables.Value.Suspects;
        while (at < text.Length)
        {
            if (text[at] < 0xCC)
            {
                int skip = text[at..].IndexOfAnyInRange((byte)0xCC, (byte)0xFF);
                if (skip < 0) return false;
                at += skip;
            }
            Rune.DecodeFromUtf8(text[at..], out var rune, out int length);
            if (rune.Value is >= VBase and < VBase + VCount or > TBase and < TBase + TCount || suspects.Contains(rune.Value)) return true;
            at += length;
        }
        return false;
    }

    static void Decompose(int point, List<int> points)
    {
        int syllable = point - SBase;
        if (syllable is >= 0 and < LCount * VCount * TCount)
        {
            points.Add(LBase + syllable / (VCount * TCount));
            points.Add(VBase + syllable % (VCount * TCount) / TCount);
            if (syllable % TCount > 0) points.Add(TBase + syllable % TCount);
        }
        else if (tables.Value.Decompositions.TryGetValue(point, out int[]? parts))
        {
            foreach (int part in parts) Decompose(part, points);
        }
        else
        {
            points.Add(point);
        }
    }

    // Canonical order: the marks after a starter stand by class, equals as they came. A sort, because moving each mark back
    // one by one is quadratic in text that an attacker writes.
    static void Order(List<int> points)
    {
        for (int start = 0; start < points.Count; start++)
        {
            int end = start;
            while (end < points.Count && Class(points[end]) > 0) end++;
            if (end - start < 2) continue;
            int at = start;
            foreach (int point in points[start..end].OrderBy(Class)) points[at++] = point;
            start = end;
        }
    }

    static void Compose(List<int> points, ArrayBufferWriter<byte> output)
    {
        Order(points);
        int starter = -1, lastClass = 0, kept = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int mark = Class(points[i]);
            bool adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || lastClass < mark) && Join(points[starter], points[i]) is var joined and > 0)
            {
                points[starter] = joined;
                continue;
            }
            if (mark == 0) starter = kept;
            lastClass = mark;
            points[kept++] = points[i];
        }
        foreach (int point in points.Take(kept))
        {
            new Rune(point).TryEncodeToUtf8(output.GetSpan(4), out int length);
            output.Advance(length);
        }
        points.Clear();
    }

    // 0 when the two do not compose.
    static int Join(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((first - LBase) * VCount + (second - VBase)) * TCount;
        if (first is >= SBase and < SBase + LCount * VCount * TCount && (first - SBase) % TCount == 0 && second is > TBase and < TBase + TCount)
            return first + (second - TBase);
        return tables.Value.Compositions.GetValueOrDefault((first, second));
    }

    static int Class(int point) => point < 0x300 ? 0 : tables.Value.Classes.GetValueOrDefault(point);

    static Tables ReadTables()
    {
        var classes = new Dictionary<int, byte>();
        var decompositions = new Dictionary<int, int[]>();
        var compositions = new Dictionary<(int, int), int>();
        var suspects = new HashSet<int>();
        using var reader = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("Maison.Data.Tokenizers.NfcTable.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            if (line.Split(':') is [var range, var value])
            {
                var ends = range.Split('-').Select(Hex).ToArray();
                for (int point = ends[0]; point <= ends[^1]; point++) classes[point] = byte.Parse(value, CultureInfo.InvariantCulture);
                continue;
            }
            bool composes = line.Contains('=');
            var points = line.Split('=', '>', '+').Select(Hex).ToArray();
            decompositions[points[0]] = points[1..];
            if (composes) compositions[(points[1], points[2])] = points[0];
            suspects.Add(composes ? points[2] : points[0]);
        }
        suspects.UnionWith(classes.Keys);
        return new(classes.ToFrozenDictionary(), decompositions.ToFrozenDictionary(), compositions.ToFrozenDictionary(), suspects.ToFrozenSet());
    }

    static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
