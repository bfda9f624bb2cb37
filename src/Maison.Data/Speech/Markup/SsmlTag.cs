// One tag of SSML with its attributes, and entities: the small part of XML that is needed, with the place of everything.

using System.Globalization;

namespace Maison.Data.Speech.Markup;

/// <summary>A tag.</summary>
/// <param name="At">Where its &lt; stands.</param>
/// <param name="End">Behind its &gt;.</param>
/// <param name="Closes">It is &lt;/name&gt;.</param>
/// <param name="Empty">It is &lt;name/&gt;.</param>
sealed record SsmlTag(string Source, int At, int End, string Name, bool Closes, bool Empty, IReadOnlyList<(string Name, string Value, int At)> Attributes)
{
    /// <summary>The value of an attribute; null when it is not there.</summary>
    public string? this[string name] => Attributes.FirstOrDefault(a => a.Name == name).Value;

    public string Required(string name) => this[name] is { } value && value.Trim().Length > 0 ? value : throw Error(At, $"<{Name}> needs the attribute {name}=\"…\".");

    /// <summary>Refuses attributes that are not among these.</summary>
    public void Allow(params string[] names)
    {
        foreach (var (name, _, at) in Attributes)
            if (!names.Contains(name)) throw Error(at, $"<{Name}> has no attribute {name} that is known. There {(names.Length == 1 ? "is" : "are")}: {string.Join(", ", names)}.");
    }

    /// <summary>The value that stands for an attribute's word.</summary>
    public T OneOf<T>(string name, string otherwise, params (string Word, T Value)[] values)
    {
        var word = this[name] ?? otherwise;
        foreach (var (known, value) in values)
            if (known == word) return value;
        throw Wrong(name, $"there are {string.Join(", ", values.Select(v => v.Word))}");
    }

    /// <summary>An error about an attribute's value.</summary>
    public MarkupException Wrong(string name, string why)
    {
        var (_, value, at) = Attributes.FirstOrDefault(a => a.Name == name);
        return Error(value is null ? At : at, $"<{Name} {name}=\"{value}\">: {why}.");
    }

    MarkupException Error(int at, string message) => InlineMarkup.Error(Source, at, message);

    /// <summary>Reads the tag whose &lt; stands at a place.</summary>
    /// <exception cref="MarkupException">It is malformed.</exception>
    public static SsmlTag Read(string source, int at)
    {
        var closes = at + 1 < source.Length && source[at + 1] == '/';
        var i = closes ? at + 2 : at + 1;
        var name = ReadName();
        if (name.Length == 0) throw InlineMarkup.Error(source, at, "A < begins no element here. Write &lt; for the sign itself.");
        var attributes = new List<(string, string, int)>();
        while (true)
        {
            SkipBlanks();
            if (i >= source.Length) throw InlineMarkup.Error(source, at, $"<{name} is never closed. Write > where the tag ends.");
            if (source[i] == '>') return new(source, at, i + 1, name, closes, false, attributes);
            if (source[i] == '/' && i + 1 < source.Length && source[i + 1] == '>' && !closes) return new(source, at, i + 2, name, false, true, attributes);
            var start = i;
            var attribute = ReadName();
            if (attribute.Length == 0 || closes) throw InlineMarkup.Error(source, i, $"'{source[i]}' does not belong into the tag <{(closes ? "/" : "")}{name}>. Take it out.");
            SkipBlanks();
            if (i >= source.Length || source[i] != '=') throw InlineMarkup.Error(source, start, $"The attribute {attribute} of <{name}> has no value. Write {attribute}=\"…\".");
            i++;
            SkipBlanks();
            if (i >= source.Length || source[i] is not ('"' or '\'')) throw InlineMarkup.Error(source, Math.Min(i, source.Length - 1), $"The value of {attribute} stands without quotes. Write {attribute}=\"…\".");
            var close = source.IndexOf(source[i], i + 1);
            if (close < 0) throw InlineMarkup.Error(source, i, $"The value of {attribute} is never closed. Write {source[i]} where it ends.");
            if (attributes.Any(a => a.Item1 == attribute)) throw InlineMarkup.Error(source, start, $"<{name}> has the attribute {attribute} twice. Keep one.");
            attributes.Add((attribute, Unescape(source, i + 1, close), start));
            i = close + 1;
        }

        string ReadName()
        {
            var start = i;
            while (i < source.Length && (char.IsAsciiLetterOrDigit(source[i]) || source[i] is '-' or ':' or '_' or '.')) i++;
            return source[start..i];
        }

        void SkipBlanks()
        {
            while (i < source.Length && char.IsWhiteSpace(source[i])) i++;
        }
    }

    static string Unescape(string source, int start, int end)
    {
        var text = new System.Text.StringBuilder();
        for (var i = start; i < end;)
        {
            if (source[i] != '&')
            {
                text.Append(source[i++]);
                continue;
            }
            var (entity, length) = Entity(source, i);
            text.Append(entity);
            i += length;
        }
        return text.ToString();
    }

    /// <summary>The entity at a place: its text and the length of its spelling.</summary>
    /// <exception cref="MarkupException">There is none.</exception>
    public static (string Text, int Length) Entity(string source, int at)
    {
        var end = source.IndexOf(';', at, Math.Min(source.Length - at, 12));
        var name = end < 0 ? "" : source[(at + 1)..end];
        var text = name switch
        {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            "nbsp" => "\u00a0",
            ['#', 'x', .. var hex] when int.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) => Character(code),
            ['#', .. var digits] when int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var code) => Character(code),
            _ => null,
        };
        return text is not null ? (text, end + 1 - at) : throw InlineMarkup.Error(source, at, "A & begins no entity that is known here. Write &amp; for the sign itself.");

        static string? Character(int code) => System.Text.Rune.IsValid(code) ? char.ConvertFromUtf32(code) : null;
    }
}
