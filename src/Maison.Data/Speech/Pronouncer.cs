// How words are said. The first that knows a word decides: the text itself, the user's lexicon, the rules for heteronyms, the table of
// common words, the exceptions that come with the network, inflection rules, the network; without one, letters are spelled.
// It runs no network: it is given a function from ids to ids, and remembers what that has said.

using System.Collections.Concurrent;
using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech;

/// <summary>Where a pronunciation comes from.</summary>
public enum PhoneOrigin { Given, User, Context, Table, Rule, Network, Spelled }

/// <summary>A word's phones and who said so.</summary>
public readonly record struct Pronunciation(IReadOnlyList<Phone> Phones, PhoneOrigin Origin);

/// <summary>Runs the grapheme-to-phoneme network: each prompt (<see cref="G2pVocabulary.Prompt"/>) is continued up to and with the mark.</summary>
public delegate IReadOnlyList<int[]> G2pNetwork(IReadOnlyList<int[]> prompts);

/// <summary>Pronounces the words of sentences; safe from any thread when its network is.</summary>
/// <param name="user">A user's own words; they win over everything but the text itself.</param>
/// <param name="exceptions">Words that the network gets wrong.</param>
/// <param name="network">Null spells the words that no table and no rule knows.</param>
public sealed class Pronouncer(Lexicon? user = null, Lexicon? exceptions = null, G2pNetwork? network = null)
{
    /// <summary>Words of the network that are remembered; then it begins anew.</summary>
    const int MostRemembered = 50_000;

    readonly ConcurrentDictionary<string, Phone[]> remembered = new(StringComparer.Ordinal);

    /// <summary>The table of common words.</summary>
    public static Lexicon Common { get; } = Lexicon.OfResource("common-words.txt");

    /// <summary>The phones of each word of a sentence.</summary>
    public IReadOnlyList<Pronunciation> Pronounce(string text, IReadOnlyList<SpokenForm> words)
    {
        var said = new Pronunciation[words.Count];
        List<int>? unknown = null;
        for (var i = 0; i < words.Count; i++)
        {
            if (Known(text, words, i) is { } known) said[i] = known;
            else (unknown ??= []).Add(i);
        }
        if (unknown is not null) Ask(words, unknown, said);
        // "the" before a vowel.
        for (var i = 0; i + 1 < words.Count; i++)
            if (said[i].Origin == PhoneOrigin.Table && words[i].Text == "the" && said[i + 1].Phones[0].IsVowel)
                said[i] = new(TheBeforeVowel, PhoneOrigin.Context);
        return said;
    }

    static readonly Phone[] TheBeforeVowel = Phone.Parse("DH IY0");

    Pronunciation? Known(string text, IReadOnlyList<SpokenForm> words, int at)
    {
        var word = words[at];
        if (word.Phones is { } given) return new(given, PhoneOrigin.Given);
        if (word.Letter) return new(Letters.Say(word.Text), PhoneOrigin.Spelled);
        if (user is not null && user.TryGet(word.Text, out var phones)) return new(phones, PhoneOrigin.User);
        if (Heteronyms.Choose(text, words, at) is { } chosen) return new(chosen, PhoneOrigin.Context);
        if (Listed(word.Text) is { } listed) return new(listed, PhoneOrigin.Table);
        if (Inflection.Say(word.Text, Base) is { } inflected) return new(inflected, PhoneOrigin.Rule);
        return null;

        Phone[]? Base(string stem) => user is not null && user.TryGet(stem, out var mine) ? mine : Listed(stem);
    }

    Phone[]? Listed(string word) => Common.TryGet(word, out var phones) || exceptions is not null && exceptions.TryGet(word, out phones) ? phones : null;

    /// <summary>Asks the network for all words at once that it has not been asked before.</summary>
    void Ask(IReadOnlyList<SpokenForm> words, List<int> unknown, Pronunciation[] said)
    {
        if (network is not null)
        {
            var asked = unknown.SelectMany(i => Pieces(words[i].Text)).Where(p => !remembered.ContainsKey(p)).Distinct().ToArray();
            if (asked.Length > 0)
            {
                if (remembered.Count + asked.Length > MostRemembered) remembered.Clear();
                var answers = network([.. asked.Select(G2pVocabulary.Prompt)]);
                for (var i = 0; i < asked.Length; i++) remembered[asked[i]] = G2pVocabulary.Phones(answers[i]);
            }
        }
        foreach (var i in unknown)
        {
            var word = words[i].Text;
            var phones = network is null ? [] : Pieces(word).SelectMany(p => remembered.GetValueOrDefault(p) ?? []).ToArray();
            said[i] = phones.Length > 0 ? new(phones, PhoneOrigin.Network) : new(Letters.SpellOut(word), PhoneOrigin.Spelled);
        }
    }

    /// <summary>A word as the network can read it: cut where it is too long.</summary>
    static IEnumerable<string> Pieces(string word) => word.Chunk(G2pVocabulary.MostLetters).Select(c => new string(c)).Where(G2pVocabulary.CanSpell);
}
