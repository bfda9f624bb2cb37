// One generation's place in its grammar. The sampler chooses among the tokens that the grammar allows. Where the choice would leave too few
// tokens to end the text, it is made again among those that do not: so a text that can be whole within its limit is whole, and the
// cursor tells that the limit had its hand in it.

namespace Maison.Inference.Grammar;

/// <summary>Follows one growing text; owned by the step thread.</summary>
sealed class GrammarCursor
{
    readonly TokenGrammar grammar;
    ParseState at;

    /// <param name="begun">Tokens of the text that are already written.</param>
    /// <exception cref="ArgumentException">The grammar does not allow them.</exception>
    public GrammarCursor(TokenGrammar grammar, ReadOnlySpan<int> begun)
    {
        this.grammar = grammar;
        at = grammar.Start;
        foreach (var id in begun) at = grammar.After(at, id);
        if (at.Dead) throw new ArgumentException("The text that is to be continued does not match the grammar.", nameof(begun));
    }

    /// <summary>Whether nothing more can come.</summary>
    public bool Done => at.Done;

    /// <summary>Whether the limit of tokens ever changed a choice.</summary>
    public bool Shortened { get; private set; }

    /// <summary>The next token.</summary>
    /// <param name="left">Tokens that may still follow it.</param>
    public int Choose(ReadOnlySpan<float> logits, Sampler sampler, SamplingPlan plan, ReadOnlySpan<int> tokens, int promptTokens, int left)
    {
        var id = sampler.Choose(logits, plan, tokens, promptTokens, grammar.Mask(at));
        if (grammar.IsEnd(id)) return id;
        var next = grammar.After(at, id);
        if (next.Distance > left && at.Distance <= left + 1)
        {
            Shortened = true;
            id = sampler.Choose(logits, plan, tokens, promptTokens, grammar.MaskWithin(at, left));
            if (grammar.IsEnd(id)) return id;
            next = grammar.After(at, id);
        }
        at = next;
        return id;
    }
}

/// <summary>The logit bias forbids every token that the grammar allows next.</summary>
public sealed class GrammarConflictException() : Exception("LogitBias forbids every token that the grammar allows at this place; take a bias away or change the grammar.");
