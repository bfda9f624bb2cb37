// The grammars of one vocabulary, compiled when first asked for and kept while they are in use: the tables that a grammar grows while it
// runs are worth more than the compilation. Those not asked for the longest go first.

using Maison.Data.Tokenizers;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>Compiled grammars by form; safe from any thread.</summary>
sealed class GrammarShelf(BpeTokenizer tokenizer)
{
    const int Most = 16;

    readonly Lock gate = new();
    readonly LinkedList<(string Key, TokenGrammar Grammar)> recent = new();
    TokenTrie? vocabulary;

    /// <summary>The grammar of a form.</summary>
    /// <param name="form">What answers have to look like.</param>
    /// <param name="endIds">The model's, the same on each call.</param>
    /// <param name="param">The field to name when the whole is too large.</param>
    /// <exception cref="Errors.ApiException">400: the form can not be enforced.</exception>
    public TokenGrammar For(AnswerForm form, IReadOnlyCollection<int> endIds, string param)
    {
        var key = form.Key;
        lock (gate)
        {
            for (var at = recent.First; at is not null; at = at.Next)
            {
                if (at.Value.Key != key) continue;
                recent.Remove(at);
                recent.AddFirst(at);
                return at.Value.Grammar;
            }
        }
        var grammar = FormRefusal.Guard(param, () => new TokenGrammar(form.Rules(tokenizer), Vocabulary(endIds)));
        lock (gate)
        {
            recent.AddFirst((key, grammar));
            if (recent.Count > Most) recent.RemoveLast();
        }
        return grammar;
    }

    TokenTrie Vocabulary(IReadOnlyCollection<int> endIds)
    {
        lock (gate)
            return vocabulary ??= new([.. Enumerable.Range(0, tokenizer.VocabSize).Select(id => tokenizer.IsSpecial(id) ? null : tokenizer.TokenBytes(id).ToArray())], endIds);
    }
}
