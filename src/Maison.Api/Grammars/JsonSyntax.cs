// JSON as grammar rules: what any value, string, number or object looks like, and how text is spelled inside a string. White space is what
// models write and no more: nothing or one space, or a line break with its indentation, so that no answer drowns in blanks. Numbers have
// at most 16 digits before and after the point and exponents of two, which every reader takes.

using System.Text;
using System.Text.Json;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>The rules of plain JSON and the pieces that schemas are made of.</summary>
static class JsonSyntax
{
    public const int MostDigits = 16;

    public static readonly Syntax Space = new Call("json space");
    public static readonly Syntax Value = new Call("json value");
    public static readonly Syntax Object = new Call("json object");
    public static readonly Syntax Array = new Call("json array");
    public static readonly Syntax String = new Call("json string");
    public static readonly Syntax AnyCharacter = new Call("json char");
    public static readonly Syntax Number = new Call("json number");
    public static readonly Syntax Integer = new Call("json integer");
    public static readonly Syntax Boolean = Syntax.Any(Syntax.Text("true"), Syntax.Text("false"));
    public static readonly Syntax Null = Syntax.Text("null");
    public static readonly Syntax Comma = Syntax.All(Syntax.Text(","), Space);

    static readonly Syntax Digit = new OneByte(ByteSet.Range((byte)'0', (byte)'9'));
    static readonly CodePoints MustEscape = new CodePoints((0, 0x1F)).Union(CodePoints.Of("\"\\"));
    static readonly (int Value, char Letter)[] ShortEscapes = [('"', '"'), ('\\', '\\'), ('\b', 'b'), ('\f', 'f'), ('\n', 'n'), ('\r', 'r'), ('\t', 't')];

    /// <summary>A fresh table of the rules named above.</summary>
    public static Dictionary<string, Syntax> Rules()
    {
        var hex = Set("0-9A-Fa-f");
        var whole = Syntax.Any(Syntax.Text("0"), Syntax.All(Set("1-9"), new Repeated(Digit, 0, MostDigits - 1)));
        var sign = Syntax.Optional(Syntax.Text("-"));
        var fraction = Syntax.Optional(Syntax.All(Syntax.Text("."), new Repeated(Digit, 1, MostDigits)));
        var exponent = Syntax.Optional(Syntax.All(Set("eE"), Syntax.Optional(Set("+-")), new Repeated(Digit, 1, 2)));
        // Any \uXXXX but the halves of surrogate pairs.
        var escaped = Syntax.All(Syntax.Text("\\u"), Syntax.Any(
            Syntax.All(Set("0-9A-CE-Fa-ce-f"), new Repeated(hex, 3, 3)), Syntax.All(Set("Dd"), Set("0-7"), new Repeated(hex, 2, 2))));
        return new()
        {
            ["json space"] = Syntax.Optional(Syntax.Any(Syntax.Text(" "), Syntax.All(Syntax.Text("\n"), new Repeated(Set(" \t"), 0, 20)))),
            ["json char"] = Syntax.Any(Character(CodePoints.All), Syntax.Text("\\/"), escaped),
            ["json string"] = Quoted(Syntax.Star(AnyCharacter)),
            ["json integer"] = Syntax.All(sign, whole),
            ["json number"] = Syntax.All(sign, whole, fraction, exponent),
            ["json value"] = Syntax.Any(Object, Array, String, Number, Boolean, Null),
            ["json object"] = Syntax.All(Syntax.Text("{"), List(Member(String, Value), 0, null), Space, Syntax.Text("}")),
            ["json array"] = Syntax.All(Syntax.Text("["), List(Value, 0, null), Space, Syntax.Text("]")),
        };
    }

    public static Syntax Quoted(Syntax characters) => Syntax.All(Syntax.Text("\""), characters, Syntax.Text("\""));

    /// <summary>A key and its value.</summary>
    public static Syntax Member(Syntax key, Syntax value) => Syntax.All(key, Syntax.Text(":"), Space, value);

    /// <summary>So many items, the first after white space, the others after commas.</summary>
    public static Syntax List(Syntax item, int min, int? max)
    {
        if (max == 0) return Syntax.Empty;
        var list = Syntax.All(Space, item, new Repeated(Syntax.All(Comma, item), Math.Max(0, min - 1), max - 1));
        return min == 0 ? Syntax.Optional(list) : list;
    }

    /// <summary>One character of the set inside a string: as itself, or escaped where JSON asks for it.</summary>
    public static Syntax Character(CodePoints set)
    {
        var options = new List<Syntax>();
        var plain = set.Except(MustEscape);
        if (!plain.IsEmpty) options.Add(plain.Utf8());
        foreach (var (value, letter) in ShortEscapes)
            if (set.Contains(value)) options.Add(Syntax.Text($"\\{letter}"));
        for (var value = 0; value < 0x20; value++)
            if (set.Contains(value)) options.Add(Syntax.Text($"\\u{value:x4}"));
        return Syntax.Any(options);
    }

    /// <summary>Exactly this text as a JSON string.</summary>
    public static Syntax Text(string text) => Syntax.Text(Quote(text));

    /// <summary>A JSON string with only what must be escaped escaped.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            var at = System.Array.FindIndex(ShortEscapes, e => e.Value == c);
            if (at >= 0) quoted.Append('\\').Append(ShortEscapes[at].Letter);
            else if (c < 0x20) quoted.Append($"\\u{(int)c:x4}");
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Exactly this value, up to white space.</summary>
    public static Syntax Literal(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Text(value.GetString()!),
        JsonValueKind.Object => Between("{", [.. value.EnumerateObject().Select(p => Member(Text(p.Name), Literal(p.Value)))], "}"),
        JsonValueKind.Array => Between("[", [.. value.EnumerateArray().Select(Literal)], "]"),
        _ => Syntax.Text(value.GetRawText()),
    };

    static Syntax Between(string open, IReadOnlyList<Syntax> items, string close)
        => Syntax.All([Syntax.Text(open), .. items.SelectMany((item, i) => (Syntax[])[i == 0 ? Space : Comma, item]), Space, Syntax.Text(close)]);

    /// <summary>Any string but these.</summary>
    public static Syntax StringBut(IEnumerable<string> excluded)
        => Quoted(Other([.. excluded.Distinct().Select(s => s.EnumerateRunes().Select(r => r.Value).ToArray())], 0));

    static Syntax Other(List<int[]> excluded, int depth)
    {
        if (excluded.Count == 0) return Syntax.Star(AnyCharacter);
        var options = new List<Syntax>();
        if (!excluded.Any(e => e.Length == depth)) options.Add(Syntax.Empty);
        var next = excluded.Where(e => e.Length > depth).GroupBy(e => e[depth]).ToList();
        var first = new CodePoints(next.Select(g => (g.Key, g.Key)));
        options.Add(Syntax.All(Character(first.Complement()), Syntax.Star(AnyCharacter)));
        foreach (var group in next) options.Add(Syntax.All(Character(new((group.Key, group.Key))), Other([.. group], depth + 1)));
        return Syntax.Any(options);
    }

    static OneByte Set(string members)
    {
        var set = default(ByteSet);
        for (var i = 0; i < members.Length; i++)
        {
            var range = i + 2 < members.Length && members[i + 1] == '-';
            set |= ByteSet.Range((byte)members[i], (byte)members[range ? i + 2 : i]);
            if (range) i += 2;
        }
        return new(set);
    }
}
