// Regular expressions as grammars: the part of ECMA-262's syntax that describes a regular language without looking around.
//   literals, . [a-z] [^a-z] \d \w \s \D \W \S \t \n \r \f \v \0 \xHH \uHHHH \u{H…} and escaped punctuation,
//   (…) (?:…) (?<name>…), |, * + ? {m} {m,} {m,n} (also lazy, which matches the same texts), ^ and $ at the ends of an alternative
// \b, look-around, back-references and \p{…} are refused by name. \d and \w are ASCII, as in ECMA-262 without flags.

using System.Globalization;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>A pattern that can not be enforced; the message says what and where.</summary>
sealed class PatternException(string message) : Exception(message);

/// <summary>Reads one regular expression.</summary>
sealed class RegexGrammar
{
    const int MostRepetitions = 10_000;
    const int DeepestNesting = 100;

    static readonly CodePoints Digit = new(('0', '9'));
    static readonly CodePoints Word = new(('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_'));
    static readonly CodePoints Space = new((9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF));
    static readonly CodePoints LineEnd = CodePoints.Of("\n\r\u2028\u2029");

    readonly string pattern;
    readonly Func<CodePoints, Syntax> character;
    readonly bool anywhere;
    int at, depth;

    RegexGrammar(string pattern, Func<CodePoints, Syntax> character, bool anywhere) => (this.pattern, this.character, this.anywhere) = (pattern, character, anywhere);

    /// <summary>The texts that the pattern matches.</summary>
    /// <param name="pattern">The expression without slashes or flags.</param>
    /// <param name="character">How one character of a set is spelled, such as <see cref="CodePoints.Utf8"/>.</param>
    /// <param name="anywhere">True: a match anywhere in the text is enough, as in JSON Schema; false: it has to be the whole text.</param>
    /// <exception cref="PatternException">The pattern is malformed or outside the subset.</exception>
    public static Syntax Read(string pattern, Func<CodePoints, Syntax> character, bool anywhere)
    {
        var reader = new RegexGrammar(pattern, character, anywhere);
        var syntax = reader.Alternatives(top: true);
        return reader.at == pattern.Length ? syntax : throw reader.Fault("a ')' without its '('");
    }

    Syntax Alternatives(bool top)
    {
        if (++depth > DeepestNesting) throw Fault($"groups nested deeper than {DeepestNesting}");
        var options = new List<Syntax> { Alternative(top) };
        while (Take('|')) options.Add(Alternative(top));
        depth--;
        return Syntax.Any(options);
    }

    Syntax Alternative(bool top)
    {
        var open = !(top && Take('^'));
        var parts = new List<Syntax>();
        if (top && anywhere && open) parts.Add(Syntax.Star(character(CodePoints.All)));
        var closed = false;
        while (at < pattern.Length && pattern[at] is not ('|' or ')'))
        {
            if (closed) throw Fault("something after '$'");
            if (top && Take('$')) closed = true;
            else parts.Add(Quantified(Atom()));
        }
        if (top && anywhere && !closed) parts.Add(Syntax.Star(character(CodePoints.All)));
        return Syntax.All(parts);
    }

    Syntax Quantified(Syntax atom)
    {
        if (at == pattern.Length) return atom;
        var begin = at;
        var (min, max) = pattern[at] switch { '*' => (0, (int?)null), '+' => (1, null), '?' => (0, 1), '{' => Counts(), _ => (-1, null) };
        if (min < 0) return atom;
        if (pattern[begin] != '{') at++;
        Take('?');
        if (at < pattern.Length && pattern[at] is '*' or '+' or '?' or '{') throw Fault("a repetition of a repetition");
        if (max < min) throw Fault($"a repetition of {min} to {max} times");
        if (Math.Max(min, max ?? 0) > MostRepetitions) throw Fault($"a repetition of more than {MostRepetitions} times");
        return new Repeated(atom, min, max);
    }

    (int Min, int? Max) Counts()
    {
        at++;
        var min = Number() ?? throw Fault("a '{' that begins no repetition such as {2,5}; write \\{ for the character");
        var max = Take(',') ? Number() : min;
        if (!Take('}')) throw Fault("a repetition without its '}'");
        return (min, max);
    }

    int? Number()
    {
        var begin = at;
        while (at < pattern.Length && char.IsAsciiDigit(pattern[at])) at++;
        if (at == begin) return null;
        return int.TryParse(pattern.AsSpan(begin, at - begin), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw Fault("a repetition count that is too large");
    }

    Syntax Atom()
    {
        switch (pattern[at])
        {
            case '(': return Group();
            case '[': return character(Class());
            case '.':
                at++;
                return character(LineEnd.Complement());
            case '\\':
                return character(Escape(inClass: false));
            case '^' or '$': throw Fault($"'{pattern[at]}' that is not at the end of the whole pattern");
            case '*' or '+' or '?': throw Fault($"a '{pattern[at]}' with nothing to repeat");
            case '{' or '}' or ']': throw Fault($"a bare '{pattern[at]}'; write \\{pattern[at]} for the character");
            default: return character(One(Rune()));
        }
    }

    Syntax Group()
    {
        at++;
        if (Take('?'))
        {
            if (Take('<'))
            {
                if (at < pattern.Length && pattern[at] is '=' or '!') throw Fault("look-behind, which can not be enforced");
                var end = pattern.IndexOf('>', at);
                at = end > at ? end + 1 : throw Fault("a group name without its '>'");
            }
            else if (!Take(':')) throw Fault(at < pattern.Length && pattern[at] is '=' or '!' ? "look-ahead, which can not be enforced" : "'(?' with an unknown meaning");
        }
        var inside = Alternatives(top: false);
        return Take(')') ? inside : throw Fault("a '(' without its ')'");
    }

    CodePoints Class()
    {
        at++;
        var negated = Take('^');
        var set = new CodePoints();
        while (!Take(']'))
        {
            if (at == pattern.Length) throw Fault("a '[' without its ']'");
            var low = Member();
            if (at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']')
            {
                at++;
                var high = Member();
                if (low.Ranges is not [var from] || high.Ranges is not [var to] || from.Low != from.High || to.Low != to.High || from.Low > to.Low) throw Fault("a range whose ends are no characters in order");
                low = new((from.Low, to.Low));
            }
            set = set.Union(low);
        }
        set = negated ? set.Complement() : set;
        return set.IsEmpty ? throw Fault("a class that no character is in") : set;
    }

    CodePoints Member() => at == pattern.Length ? throw Fault("a '[' without its ']'") : pattern[at] == '\\' ? Escape(inClass: true) : One(Rune());

    CodePoints Escape(bool inClass)
    {
        if (++at == pattern.Length) throw Fault("a '\\' at the end");
        var c = pattern[at++];
        switch (c)
        {
            case 'd': return Digit;
            case 'D': return Digit.Complement();
            case 'w': return Word;
            case 'W': return Word.Complement();
            case 's': return Space;
            case 'S': return Space.Complement();
            case 't': return One('\t');
            case 'n': return One('\n');
            case 'r': return One('\r');
            case 'f': return One('\f');
            case 'v': return One('\v');
            case 'b' when inClass: return One('\b');
            case '0' when at == pattern.Length || !char.IsAsciiDigit(pattern[at]): return One(0);
            case 'x': return One(Hex(2));
            case 'u': return One(Unicode());
            case 'b' or 'B': throw Fault($"the word boundary \\{c}, which can not be enforced");
            case 'p' or 'P': throw Fault($"the character property \\{c}{{…}}, which is not known here; write the class out");
            case 'k': throw Fault("a back-reference, which can not be enforced");
        }
        if (char.IsAsciiDigit(c)) throw Fault("a back-reference, which can not be enforced");
        if (char.IsAsciiLetter(c)) throw Fault($"the escape \\{c}, which has no meaning");
        at--;
        return One(Rune());
    }

    int Unicode()
    {
        if (Take('{'))
        {
            var end = pattern.IndexOf('}', at);
            if (end < 0 || !int.TryParse(pattern.AsSpan(at, end - at), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || !System.Text.Rune.IsValid(value)) throw Fault("a \\u{…} that names no character");
            at = end + 1;
            return value;
        }
        var unit = Hex(4);
        if (!char.IsHighSurrogate((char)unit) || at + 1 >= pattern.Length || pattern[at] != '\\' || pattern[at + 1] != 'u') return unit;
        at += 2;
        var low = (char)Hex(4);
        return char.IsLowSurrogate(low) ? char.ConvertToUtf32((char)unit, low) : throw Fault("half a surrogate pair");
    }

    int Hex(int digits)
    {
        if (at + digits > pattern.Length || !int.TryParse(pattern.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) throw Fault($"an escape without its {digits} hexadecimal digits");
        at += digits;
        return value;
    }

    int Rune()
    {
        if (!System.Text.Rune.TryGetRuneAt(pattern, at, out var rune)) throw Fault("half a surrogate pair");
        at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    CodePoints One(int value) => System.Text.Rune.IsValid(value) ? new((value, value)) : throw Fault("half a surrogate pair");

    bool Take(char c)
    {
        if (at == pattern.Length || pattern[at] != c) return false;
        at++;
        return true;
    }

    PatternException Fault(string what) => new($"the pattern has {what} at position {Math.Min(at, pattern.Length)}");
}
