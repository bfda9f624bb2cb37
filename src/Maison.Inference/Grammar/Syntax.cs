// What a grammar is made of, before it is compiled: the rule form that JSON Schema, regular expressions and GBNF are translated into.
// Letters are bytes, so a rule says exactly which UTF-8 it means; a mark is one special token of the vocabulary, by its id.
// Knows nothing about JSON, regular expressions or models.

using System.Text;

namespace Maison.Inference.Grammar;

/// <summary>A set of texts; see the records below for the ways to make one.</summary>
public abstract record Syntax
{
    /// <summary>The empty text.</summary>
    public static Syntax Empty { get; } = new InOrder([]);

    /// <summary>Exactly this text, in UTF-8.</summary>
    public static Syntax Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes is [var one] ? new OneByte(ByteSet.Range(one, one)) : new InOrder([.. bytes.Select(b => new OneByte(ByteSet.Range(b, b)))]);
    }

    /// <summary>All of them, one after the other.</summary>
    public static Syntax All(params IReadOnlyList<Syntax> parts) => parts.Count == 1 ? parts[0] : new InOrder(parts);

    /// <summary>Any one of them.</summary>
    public static Syntax Any(params IReadOnlyList<Syntax> options) => options.Count == 1 ? options[0] : new OneOf(options);

    /// <summary>The part or nothing.</summary>
    public static Syntax Optional(Syntax part) => new Repeated(part, 0, 1);

    /// <summary>The part any number of times.</summary>
    public static Syntax Star(Syntax part) => new Repeated(part, 0, null);
}

/// <summary>One byte out of a set.</summary>
public sealed record OneByte(ByteSet Set) : Syntax;

/// <summary>One special token.</summary>
public sealed record OneMark(int Id) : Syntax;

/// <summary>The parts one after the other; no parts are the empty text.</summary>
public sealed record InOrder(IReadOnlyList<Syntax> Parts) : Syntax;

/// <summary>One of the options; no options match nothing at all.</summary>
public sealed record OneOf(IReadOnlyList<Syntax> Options) : Syntax;

/// <summary>The part between <paramref name="Min"/> and <paramref name="Max"/> times; null is without limit.</summary>
public sealed record Repeated(Syntax Part, int Min, int? Max) : Syntax;

/// <summary>Whatever the rule of this name matches.</summary>
public sealed record Call(string Rule) : Syntax;

/// <summary>A grammar: rules that may call each other, and the one that a whole text has to match.</summary>
public sealed record GrammarRules(string Root, IReadOnlyDictionary<string, Syntax> Rules)
{
    /// <summary>A grammar without names.</summary>
    public GrammarRules(Syntax root) : this("root", new Dictionary<string, Syntax> { ["root"] = root }) { }
}

/// <summary>A grammar that can not be used; the message says why, and which rule is to blame.</summary>
public sealed class GrammarException(string message) : Exception(message);
