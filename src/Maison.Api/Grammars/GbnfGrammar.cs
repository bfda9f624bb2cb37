// GBNF, the grammar notation of llama.cpp, as a grammar:
//   name ::= "text" [a-z] [^x] . other-name ( … ) | …      with * + ? {m} {m,} {m,n} after any of them, and # comments
// Rules may go on over lines inside parentheses and after '|'. The text has to match the rule named root. Token references (<…>) are
// refused. Source of the notation: github.com/ggml-org/llama.cpp, grammars/README.md.

using System.Globalization;
using System.Text;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>Reads one grammar.</summary>
sealed class GbnfGrammar
{
    const int MostRepetitions = 10_000;
    const int DeepestNesting = 100;

    readonly string text;
    readonly Dictionary<string, Syntax> rules = [];
    int at, depth;

    GbnfGrammar(string text) => this.text = text;

    /// <summary>The rules of the text; "root" is where it begins.</summary>
    /// <exception cref="PatternException">The text is malformed; the message has line and column.</exception>
    public static GrammarRules Read(string text)
    {
        var reader = new GbnfGrammar(text);
        reader.Skip(lines: true);
        while (reader.at < text.Length) reader.Rule();
        if (!reader.rules.ContainsKey("root")) throw new PatternException("the grammar has no rule named root");
        return new("root", reader.rules);
    }

    void Rule()
    {
        var name = Name() ?? throw Fault("a rule name is expected");
        Skip(lines: false);
        if (string.CompareOrdinal(text, at, "::=", 0, 3) != 0) throw Fault("'::=' is expected");
        at += 3;
        Skip(lines: true);
        var body = Alternatives(nested: false);
        if (!rules.TryAdd(name, body)) throw Fault($"the rule '{name}' is defined twice");
        if (at < text.Length && text[at] is not ('\n' or '\r')) throw Fault("the end of the rule is expected");
        Skip(lines: true);
    }

    Syntax Alternatives(bool nested)
    {
        if (++depth > DeepestNesting) throw Fault($"groups are nested deeper than {DeepestNesting}");
        var options = new List<Syntax>();
        do
        {
            Skip(lines: true);
            var parts = new List<Syntax>();
            while (Item(nested) is { } item) parts.Add(item);
            options.Add(Syntax.All(parts));
        }
        while (Take('|'));
        depth--;
        return Syntax.Any(options);
    }

    Syntax? Item(bool nested)
    {
        Skip(lines: nested);
        if (at == text.Length) return null;
        Syntax item;
        switch (text[at])
        {
            case '"':
                item = Literal();
                break;
            case '[':
                item = Class().Utf8();
                break;
            case '.':
                at++;
                item = CodePoints.All.Utf8();
                break;
            case '(':
                at++;
                item = Alternatives(nested: true);
                Skip(lines: true);
                if (!Take(')')) throw Fault("')' is expected");
                break;
            case '<' or '!':
                throw Fault("references to tokens are not supported; write the text");
            default:
                if (Name() is not { } name) return null;
                item = new Call(name);
                break;
        }
        while (Repetition() is { } counts) item = new Repeated(item, counts.Min, counts.Max);
        return item;
    }

    (int Min, int? Max)? Repetition()
    {
        if (Take('*')) return (0, null);
        if (Take('+')) return (1, null);
        if (Take('?')) return (0, 1);
        if (!Take('{')) return null;
        var min = Number() ?? throw Fault("a number is expected");
        var max = Take(',') ? Number() : min;
        if (!Take('}')) throw Fault("'}' is expected");
        if (max < min) throw Fault($"a repetition of {min} to {max} times matches nothing");
        return Math.Max(min, max ?? 0) <= MostRepetitions ? (min, max) : throw Fault($"repetitions go up to {MostRepetitions}");
    }

    int? Number()
    {
        var begin = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        if (at == begin) return null;
        return int.TryParse(text.AsSpan(begin, at - begin), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw Fault("the number is too large");
    }

    Syntax Literal()
    {
        at++;
        var literal = new StringBuilder();
        while (!Take('"'))
        {
            if (at == text.Length || text[at] is '\n') throw Fault("a '\"' is missing");
            literal.Append(new Rune(Character()).ToString());
        }
        return Syntax.Text(literal.ToString());
    }

    CodePoints Class()
    {
        at++;
        var negated = Take('^');
        var ranges = new List<(int, int)>();
        while (!Take(']'))
        {
            if (at == text.Length || text[at] is '\n') throw Fault("a ']' is missing");
            var low = Character();
            var high = low;
            if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
            {
                at++;
                high = Character();
            }
            if (high < low) throw Fault("a range runs backwards");
            ranges.Add((low, high));
        }
        var set = new CodePoints(ranges);
        return negated ? set.Complement() : set;
    }

    int Character()
    {
        if (text[at] != '\\')
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune)) throw Fault("half a surrogate pair");
            at += rune.Utf16SequenceLength;
            return rune.Value;
        }
        if (++at == text.Length) throw Fault("an escape is cut off");
        switch (text[at++])
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'x': return Hex(2);
            case 'u': return Hex(4);
            case 'U': return Hex(8);
            case '\\' or '"' or '[' or ']' or '-' or '^': return text[at - 1];
            default: throw Fault($"the escape \\{text[at - 1]} has no meaning");
        }
    }

    int Hex(int digits)
    {
        if (at + digits > text.Length || !int.TryParse(text.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || !Rune.IsValid(value))
            throw Fault($"{digits} hexadecimal digits of a character are expected");
        at += digits;
        return value;
    }

    string? Name()
    {
        var begin = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '-' or '_')) at++;
        return at == begin ? null : text[begin..at];
    }

    void Skip(bool lines)
    {
        while (at < text.Length)
        {
            if (text[at] == '#')
                while (at < text.Length && text[at] != '\n') at++;
            else if (text[at] is ' ' or '\t' || (lines && text[at] is '\n' or '\r')) at++;
            else return;
        }
    }

    bool Take(char c)
    {
        if (at == text.Length || text[at] != c) return false;
        at++;
        return true;
    }

    PatternException Fault(string what)
    {
        var before = text[..Math.Min(at, text.Length)];
        return new($"line {before.Count(c => c == '\n') + 1}, column {before.Length - before.LastIndexOf('\n')}: {what}");
    }
}
