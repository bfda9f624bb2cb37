// A sentence ready to be spoken, and the tokens an acoustic model reads. It knows neither how the text was read nor what a token sounds
// like. Letters never reach the model: only phones, marks, and which word each belongs to.
//
// From utterance to tokens (Utterance.Tokens):
//   sil, then for each word its phones in order, then the marks that follow the word, …, then sil.
// - "Hello, world!" is   sil HH AH0 L OW1 comma W ER1 L D exclaim sil   with words  - 0 0 0 0 - 1 1 1 1 - -.
// - Between two words without punctuation there is no token: the word's number and WordStart mark the border.
// - A mark's duration is that of its pause and may be one frame. An aligner that hears a pause where there is no mark inserts sp there
//   (Word -1), as the front end itself does for a pause asked for by a tag; such a mark carries Seconds.
// - At most one mark stands between two words, the strongest of those written ("Well …?" leaves question), besides any number of sp.
//   Quotes leave none, brackets and dashes leave a dash; before the first word there is none but sp.
// - The last word is always followed by a mark: a text that just ends gets a period.

using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech;

/// <summary>Characters (UTF-16 units) of the text that was given.</summary>
public readonly record struct TextSpan(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>One spoken word.</summary>
/// <param name="Source">Where in the given text it comes from; several words may share a span ("42" is forty two).</param>
/// <param name="Text">As it is spoken, in lower case: "forty".</param>
/// <param name="Phones">At least one; no marks.</param>
/// <param name="Delivery">How tags ask for it to be said.</param>
public sealed record SpokenWord(TextSpan Source, string Text, IReadOnlyList<Phone> Phones, Delivery Delivery)
{
    /// <summary>Who said how it is pronounced.</summary>
    public PhoneOrigin Origin { get; init; }

    /// <summary>As it is written, with the signs around it and without markup: "$5,"; empty for all but the first word of what is written as one.</summary>
    public string Written { get; init; } = "";
}

/// <summary>Punctuation or a pause between words.</summary>
/// <param name="AfterWord">Number of words before it: 0 stands before the first word.</param>
/// <param name="Mark">Comma, period, question, exclaim, colon, dash, ellipsis, or sp for a pause.</param>
/// <param name="Source">Where in the given text it stands; empty for a full stop that was added.</param>
/// <param name="Seconds">Length of a pause that was asked for; null leaves it to the model.</param>
public sealed record SpokenMark(int AfterWord, Phone Mark, TextSpan Source, double? Seconds = null);

/// <summary>One input of an acoustic model.</summary>
/// <param name="Phone">The sound or mark.</param>
/// <param name="Word">Number of its word in the utterance; -1 for marks and silence.</param>
/// <param name="WordStart">First phone of its word.</param>
/// <param name="WordEnd">Last phone of its word.</param>
/// <param name="Seconds">For a pause that was asked for.</param>
public readonly record struct PhoneToken(Phone Phone, int Word, bool WordStart, bool WordEnd, double? Seconds = null);

/// <summary>A sentence: its words and marks, with where in the given text they come from.</summary>
/// <param name="Source">The sentence in the given text.</param>
/// <param name="Words">In the order of speech.</param>
/// <param name="Marks">Ordered by <see cref="SpokenMark.AfterWord"/>.</param>
/// <param name="EndsParagraph">The longest pause follows.</param>
public sealed record Utterance(TextSpan Source, IReadOnlyList<SpokenWord> Words, IReadOnlyList<SpokenMark> Marks, bool EndsParagraph = false)
{
    /// <summary>Who says it, in a story; null for the narrator.</summary>
    public Role? Role { get; init; }

    /// <summary>What of the sentence is not spoken, and why; a text of which nothing is spoken is an utterance without words.</summary>
    public IReadOnlyList<SkippedText> Skipped { get; init; } = [];

    /// <summary>What an acoustic model reads; the head of this file says how it is made.</summary>
    public PhoneToken[] Tokens()
    {
        var tokens = new List<PhoneToken> { new(Phone.Silence, -1, false, false) };
        var mark = 0;
        for (var word = 0; word <= Words.Count; word++)
        {
            for (; mark < Marks.Count && Marks[mark].AfterWord <= word; mark++) tokens.Add(new(Marks[mark].Mark, -1, false, false, Marks[mark].Seconds));
            if (word == Words.Count) break;
            var phones = Words[word].Phones;
            for (var i = 0; i < phones.Count; i++) tokens.Add(new(phones[i], word, i == 0, i == phones.Count - 1));
        }
        tokens.Add(new(Phone.Silence, -1, false, false));
        return [.. tokens];
    }

    /// <summary>The spoken text, words with blanks between them.</summary>
    public string SpokenText => string.Join(' ', Words.Select(w => w.Text));
}
