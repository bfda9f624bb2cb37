// A sentence while it is read: the words and marks so far, and what the text around the present place looks like. Grammars write into it.

namespace Maison.Data.Speech.Reading;

/// <summary>One word of the spoken text, before it has phones.</summary>
/// <param name="Source">Where in the text it comes from.</param>
/// <param name="Text">In lower case, with straight apostrophes.</param>
/// <param name="Letter">It is the name of a letter: "a" in "vitamin A".</param>
/// <param name="Phones">Given by the text itself; null leaves them to the dictionary.</param>
public sealed record SpokenForm(TextSpan Source, string Text, bool Letter = false, IReadOnlyList<Phone>? Phones = null);

/// <summary>A stretch of text that is not spoken, and why.</summary>
public sealed record SkippedText(TextSpan Source, string Reason);

/// <summary>A sentence as it is spoken: words without phones, marks, and whatever was passed over.</summary>
public sealed record ReadSentence(TextSpan Source, IReadOnlyList<SpokenForm> Words, IReadOnlyList<SpokenMark> Marks, IReadOnlyList<SkippedText> Skipped);

/// <summary>Collects a sentence.</summary>
sealed class SentenceDraft(string text, TextSpan sentence)
{
    static readonly Phone[] Strength = [Phone.Comma, Phone.Dash, Phone.Colon, Phone.Ellipsis, Phone.Period, Phone.Exclaim, Phone.Question];

    readonly List<SpokenForm> words = [];
    readonly List<SpokenMark> marks = [];
    readonly List<SkippedText> skipped = [];

    public string Text => text;
    public int End => sentence.End;

    /// <summary>The stretch that is being read: a token.</summary>
    public TextSpan Token { get; set; }

    /// <summary>Words so far.</summary>
    public int Count => words.Count;

    /// <summary>The token before was a number, so that a hyphen before another one means "to".</summary>
    public bool AfterNumber { get; set; }

    /// <summary>The sentence is written in capitals, so capitals say nothing.</summary>
    public bool Shouted { get; init; }

    public void Say(IEnumerable<string> spoken)
    {
        foreach (var word in spoken) words.Add(new(Token, word));
    }

    public void Say(params string[] spoken)
    {
        foreach (var word in spoken) words.Add(new(Token, word));
    }

    public void Say(SpokenForm word) => words.Add(word);

    /// <summary>Spells letters and says digits; anything else is passed over.</summary>
    public void Spell(string letters)
    {
        foreach (var c in letters)
            if (char.IsAsciiLetter(c)) words.Add(new(Token, char.ToLowerInvariant(c).ToString(), Letter: true));
            else if (char.IsAsciiDigit(c)) Say(NumberWords.Digits(c.ToString()));
    }

    /// <summary>Adds a mark. Where two meet without a word between them the stronger one stays; before the first word there is none.</summary>
    public void Mark(Phone mark)
    {
        if (words.Count == 0) return;
        var last = marks.Count - 1;
        while (last >= 0 && marks[last].Mark == Phone.ShortPause && marks[last].AfterWord == words.Count) last--;
        if (last >= 0 && marks[last].AfterWord == words.Count)
        {
            if (Array.IndexOf(Strength, mark) > Array.IndexOf(Strength, marks[last].Mark)) marks[last] = new(words.Count, mark, Token);
        }
        else marks.Add(new(words.Count, mark, Token));
    }

    /// <summary>Adds a pause that was asked for.</summary>
    public void Pause(double? seconds) => marks.Add(new(words.Count, Phone.ShortPause, Token, seconds));

    public void Skip(string reason) => skipped.Add(new(Token, reason));

    /// <summary>The sentence with a mark at its end.</summary>
    public ReadSentence Finish()
    {
        Token = new(End, 0);
        var last = marks.FindLastIndex(m => m.AfterWord == words.Count && m.Mark != Phone.ShortPause);
        if (words.Count > 0 && (last < 0 || Array.IndexOf(Strength, marks[last].Mark) < Array.IndexOf(Strength, Phone.Ellipsis)))
        {
            if (last >= 0) marks[last] = marks[last] with { Mark = Phone.Period };
            else marks.Add(new(words.Count, Phone.Period, Token));
        }
        return new(sentence, words, marks, skipped);
    }

    /// <summary>The word (letters, digits, apostrophes) before the token on its line, blanks and a hyphen aside; empty when something else stands there.</summary>
    public string WordBefore
    {
        get
        {
            var end = Token.Start;
            while (end > sentence.Start && text[end - 1] is ' ' or '\u00a0' or '-' or '.') end--;
            var start = end;
            while (start > sentence.Start && IsWordCharacter(text[start - 1])) start--;
            return text[start..end];
        }
    }

    /// <summary>The word after the token, blanks and a hyphen aside; empty when something else stands there.</summary>
    public string WordAfter => WordFrom(Token.End);

    /// <summary>The first word at or after a place, blanks and a hyphen aside.</summary>
    public string WordFrom(int start)
    {
        while (start < End && text[start] is ' ' or '\u00a0' or '\n' or '-') start++;
        var end = start;
        while (end < End && IsWordCharacter(text[end])) end++;
        return text[start..end];
    }

    /// <summary>The character at a place; a line break outside the sentence.</summary>
    public char At(int index) => index >= sentence.Start && index < End ? text[index] : '\n';

    static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c is '\'' or '’';
}
