// A grammar over the tokens of one vocabulary: for every parse state the set of ids that may come next, as a mask of bits. A mask is
// computed once per state by walking the token tree along the automaton, and kept. Shared by all requests that ask for the same grammar;
// a lock guards the tables, which only one step thread and the check of a new request ever contend for.

using System.Numerics;

namespace Maison.Inference.Grammar;

/// <summary>Says which tokens may follow which.</summary>
public sealed class TokenGrammar
{
    /// <summary>Tables and masks together; beyond it they are dropped and built anew.</summary>
    const long MostBytes = 16 << 20;
    const int StateBytes = 1024;

    readonly Automaton automaton;
    readonly TokenTrie vocabulary;
    readonly ParseState[] path;
    readonly int words;
    readonly Lock gate = new();
    ParseState start;
    long maskBytes;

    /// <exception cref="GrammarException">The rules can not be used; the message names the rule.</exception>
    public TokenGrammar(GrammarRules rules, TokenTrie vocabulary)
    {
        this.vocabulary = vocabulary;
        automaton = new(rules);
        path = new ParseState[vocabulary.MaxLength + 1];
        words = (vocabulary.Size + 63) / 64;
        start = automaton.Start;
    }

    /// <summary>Tokens that the shortest text may need at most: one per byte and mark.</summary>
    public int ShortestText => start.Distance;

    /// <summary>Whether a text may begin with these tokens.</summary>
    public bool Allows(ReadOnlySpan<int> ids)
    {
        var at = Start;
        foreach (var id in ids) at = After(at, id);
        return !at.Dead;
    }

    /// <summary>Whether these tokens are a whole text of the grammar.</summary>
    public bool Matches(ReadOnlySpan<int> ids)
    {
        var at = Start;
        foreach (var id in ids) at = After(at, id);
        return at.Accepting;
    }

    /// <summary>How many tokens may follow these, end ids included; 0 when they are no beginning of a text.</summary>
    public int CountNext(ReadOnlySpan<int> ids)
    {
        var at = Start;
        foreach (var id in ids) at = After(at, id);
        return at.Dead ? 0 : Mask(at).Sum(BitOperations.PopCount);
    }

    internal ParseState Start => start;

    internal bool IsEnd(int id) => vocabulary.IsEnd(id);

    /// <summary>The state after a token; dead when it is not allowed.</summary>
    internal ParseState After(ParseState at, int id)
    {
        lock (gate)
        {
            if (vocabulary.Text(id) is not { } text) return automaton.AfterMark(at, id);
            foreach (var value in text) at = automaton.AfterByte(at, value);
            return at;
        }
    }

    /// <summary>The ids that may come next, one bit each; end ids where the text may end.</summary>
    internal ulong[] Mask(ParseState at)
    {
        lock (gate)
        {
            if (at.Mask is { } known) return known;
            if (maskBytes + automaton.States * (long)StateBytes > MostBytes)
            {
                automaton.Clear();
                start = automaton.Start;
                maskBytes = 0;
            }
            maskBytes += words * sizeof(ulong);
            at.Mask = new ulong[words];
            Fill(at, at.Mask, int.MaxValue);
            return at.Mask;
        }
    }

    /// <summary>As <see cref="Mask"/>, without the ids after which the text could not end within so many more tokens.</summary>
    internal ulong[] MaskWithin(ParseState at, int tokensLeft)
    {
        lock (gate)
        {
            var mask = new ulong[words];
            Fill(at, mask, tokensLeft);
            return mask;
        }
    }

    void Fill(ParseState at, ulong[] mask, int farthest)
    {
        var (bytes, depths, ends) = (vocabulary.bytes, vocabulary.depths, vocabulary.ends);
        var (first, tokens) = (vocabulary.firstTokens, vocabulary.tokens);
        path[0] = at;
        for (var node = 0; node < bytes.Length;)
        {
            var depth = depths[node];
            var next = automaton.AfterByte(path[depth - 1], bytes[node]);
            if (next.Dead)
            {
                node = ends[node];
                continue;
            }
            path[depth] = next;
            if (next.Distance <= farthest)
                for (var i = first[node]; i < first[node + 1]; i++) mask[tokens[i] >> 6] |= 1UL << tokens[i];
            node++;
        }
        foreach (var mark in automaton.Marks)
            if (automaton.AfterMark(at, mark) is { Dead: false } next && next.Distance <= farthest) mask[mark >> 6] |= 1UL << mark;
        if (!at.Accepting) return;
        foreach (var id in vocabulary.EndIds)
            if (id >> 6 < mask.Length) mask[id >> 6] |= 1UL << id;
    }
}
