// Text normalisation: from a sentence as it is written to the words that are spoken, each with where it comes from. Deterministic rules only,
// since a network's rare slips ("3 cm": three kilometers) change meaning. At each place the grammars are asked first, then words, then
// marks, then names of symbols; whatever is left is passed over with a reason, never in silence. Knows nothing about phones but the marks.
//
// Letters of other scripts, control and invisible characters, half characters and (unless asked for) emoji are not spoken; they appear in
// ReadSentence.Skipped. Accents are taken off: "café" is read "cafe". Quotation marks and layout leave no trace.

using System.Text;
using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

/// <summary>How text is read.</summary>
/// <param name="Emoji">What becomes of emoji.</param>
public sealed record ReadingOptions(EmojiReading Emoji = EmojiReading.Skip);

/// <summary>Turns written sentences into spoken words.</summary>
/// <param name="isCommon">Whether a word in lower case is a common one, so that it is not spelled when it stands in capitals.</param>
public sealed partial class Normaliser(Func<string, bool> isCommon, ReadingOptions? options = null)
{
    static readonly Grammar[] Grammars = [.. Calendar.All, .. Addresses.All, .. Money.All, Numbers.Decades, .. Measures.All, .. Numbers.All, .. Abbreviations.All];
    static readonly Grammar[][] ByFirst = [.. Enumerable.Range(0, 128).Select(c => Grammars.Where(g => g.Begins((char)c)).ToArray())];
    static readonly Grammar[] Beyond = [.. Grammars.Where(g => "½⅓¼−±×€£¥₹₩₽₪₺₿≈≤≥№’".Any(g.Begins))];

    readonly EmojiReading emoji = (options ?? new()).Emoji;

    /// <summary>Reads one sentence of a text.</summary>
    public ReadSentence Read(string text, TextSpan sentence) => Read(text, sentence, []);

    /// <summary>Reads a whole text as one sentence.</summary>
    public ReadSentence Read(string text) => Read(text, new(0, text.Length));

    /// <summary>Reads one sentence, parts of which say themselves how they are to be read.</summary>
    /// <param name="instructions">In order, without overlap.</param>
    public ReadSentence Read(string text, TextSpan sentence, IReadOnlyList<ReadingInstruction> instructions)
    {
        // The grammars see the sentence alone: on a whole text, one of a million digits would be looked through from each of them.
        var read = ReadAlone(Digits(text.Substring(sentence.Start, sentence.Length)), [.. instructions.Select(i => i with { Span = Moved(i.Span, -sentence.Start) })]);
        return new(sentence, [.. read.Words.Select(w => w with { Source = Moved(w.Source, sentence.Start) })],
            [.. read.Marks.Select(m => m with { Source = Moved(m.Source, sentence.Start) })], [.. read.Skipped.Select(s => s with { Source = Moved(s.Source, sentence.Start) })]);
    }

    static TextSpan Moved(TextSpan span, int by) => new(span.Start + by, span.Length);

    /// <summary>Digits of other scripts as those of ours.</summary>
    static string Digits(string text)
        => text.AsSpan().ContainsAnyExceptInRange('\0', '\u065f') && text.Any(c => c > 127 && char.IsDigit(c)) ? new([.. text.Select(c => c > 127 && char.IsDigit(c) ? (char)('0' + (int)char.GetNumericValue(c)) : c)]) : text;

    ReadSentence ReadAlone(string text, IReadOnlyList<ReadingInstruction> instructions)
    {
        var sentence = new TextSpan(0, text.Length);
        var draft = new SentenceDraft(text, sentence) { Shouted = IsShouted(text.AsSpan(sentence.Start, sentence.Length)) };
        var next = 0;
        for (var at = sentence.Start; at < sentence.End;)
        {
            while (next < instructions.Count && instructions[next].Span.Start < at) next++;
            if (next < instructions.Count && instructions[next].Span.Start == at)
            {
                var instruction = instructions[next++];
                draft.Token = instruction.Span;
                instruction.Say(draft, this);
                draft.AfterNumber = false;
                at = Math.Max(at, instruction.Span.End);
                continue;
            }
            // What an instruction covers is not reached from outside.
            var limit = next < instructions.Count ? Math.Min(sentence.End, instructions[next].Span.Start) : sentence.End;
            at = Step(draft, at, limit);
        }
        // Pauses behind the last word.
        for (; next < instructions.Count; next++)
            if (instructions[next].Span.Start >= sentence.End)
            {
                draft.Token = instructions[next].Span;
                instructions[next].Say(draft, this);
            }
        return draft.Finish();
    }

    /// <summary>Reads what stands at a place and returns the next one.</summary>
    int Step(SentenceDraft draft, int at, int limit)
    {
        var (text, c) = (draft.Text, draft.Text[at]);
        if (char.IsWhiteSpace(c))
        {
            if (!(c is ' ' or '\u00a0')) draft.AfterNumber = false;
            return at + 1;
        }
        if (Emoji.LengthAt(text, at, limit) is var length and > 0)
        {
            draft.Token = new(at, length);
            if (emoji == EmojiReading.Name && Emoji.NameOf(text.Substring(at, length)) is { } name) draft.Say(name.Split(' '));
            else draft.Skip("an emoji");
            return at + length;
        }
        if (draft.AfterNumber && RangePattern().Match(text, at) is { Success: true } range && at + range.Length <= limit)
        {
            draft.Token = new(at, range.Length);
            draft.Say("to");
            draft.AfterNumber = false;
            return at + range.Length;
        }
        foreach (var (match, grammar) in Matches(text, at, limit))
        {
            draft.Token = new(at, match.Length);
            if (!grammar.Say(match, draft)) continue;
            draft.AfterNumber = grammar.IsNumber;
            return at + match.Length;
        }
        if (Symbols.IsLatin(c) || c is '\'' or '’' && at + 1 < limit && Symbols.IsLatin(text[at + 1]) && (at == 0 || !Symbols.IsLatin(text[at - 1])) && IsClipped(text, at, limit))
        {
            draft.AfterNumber = false;
            return Word(draft, at, limit);
        }
        if (char.IsAsciiDigit(c))
        {
            // Digits that no grammar took, such as those before letters of another script.
            var end = at;
            while (end < limit && char.IsAsciiDigit(text[end])) end++;
            draft.Token = new(at, end - at);
            draft.Say(NumberWords.Cardinal(text[at..end]));
            return end;
        }
        return Mark(draft, at, limit);
    }

    static IEnumerable<(Match Match, Grammar Grammar)> Matches(string text, int at, int limit)
    {
        var c = text[at];
        var candidates = c < 128 ? ByFirst[c] : Beyond;
        List<(Match Match, Grammar Grammar)>? found = null;
        foreach (var grammar in candidates)
        {
            if (c >= 128 && !grammar.Begins(c)) continue;
            var match = grammar.Pattern.Match(text, at);
            if (match.Success && match.Length > 0 && at + match.Length <= limit) (found ??= []).Add((match, grammar));
        }
        return found is null ? [] : found.Count == 1 ? found : found.OrderByDescending(f => f.Match.Length);
    }

    /// <summary>A leading apostrophe that belongs to the word: 'tis, 'em, 'cause.</summary>
    static bool IsClipped(string text, int at, int limit)
    {
        var end = at + 1;
        while (end < limit && Symbols.IsLatin(text[end])) end++;
        return text[(at + 1)..end].ToLowerInvariant() is "tis" or "twas" or "em" or "cause" or "bout" or "til" or "round" && !(end < limit && text[end] is '\'' or '’') || text[(at + 1)..end] is "n" or "N";
    }

    int Word(SentenceDraft draft, int at, int limit)
    {
        var text = draft.Text;
        var end = at + 1;
        while (end < limit && (Symbols.IsLatin(text[end]) || text[end] is '\'' or '’' or 'ʼ' && end + 1 < limit && Symbols.IsLatin(text[end + 1]))) end++;
        // "dogs'", but not the end of a quotation that began with the same sign.
        if (end < limit && text[end] is '\'' or '’' && text[end - 1] is 's' && end - at > 2 && !OpensQuotation(text, at, end)) end++;
        draft.Token = new(at, end - at);
        var word = Symbols.Fold(text[at..end]);
        if (end < limit && text[end] == '-' && end + 1 < limit && char.IsLetterOrDigit(text[end + 1])) end++;
        Casing(draft, word);
        return end;
    }

    static bool OpensQuotation(string text, int at, int end)
    {
        var quote = text[end] == '’' ? '‘' : '\'';
        for (var i = at - 1; i >= Math.Max(0, at - 200); i--)
            if (text[i] == quote && (i == 0 || !char.IsLetterOrDigit(text[i - 1]))) return true;
        return false;
    }

    void Casing(SentenceDraft draft, string word)
    {
        var lower = word.ToLowerInvariant();
        if (lower.Length == 1)
        {
            var article = lower == "a" && (word == "a" || IsArticle(draft));
            draft.Say(new SpokenForm(draft.Token, lower, Letter: !article && lower != "i"));
            return;
        }
        // CDs, PCs', IBM's: letters with an ending.
        var capitals = word.Length - word.AsSpan().TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZ").Length;
        var ending = word[capitals..].ToLowerInvariant();
        if (capitals >= 2 && ending is "" or "s" or "'s" or "s'" or "'d" or "'ll" || capitals >= 2 && word[capitals..] is "'S" or "'LL" or "'T" or "'RE" or "'VE")
        {
            var shout = draft.Shouted || ending.Length > 1 && word.EndsWith(ending.ToUpperInvariant(), StringComparison.Ordinal);
            if (Acronyms.IsPronounced(word[..capitals]))
            {
                draft.Say(lower);
                return;
            }
            if (!(ending.Length > 1 && shout) && Acronyms.IsSpelled(word[..capitals], shout, isCommon(lower[..capitals])))
            {
                draft.Spell(word[..(capitals - 1)]);
                var last = char.ToLowerInvariant(word[capitals - 1]).ToString();
                draft.Say(new SpokenForm(draft.Token, ending is "s" or "s'" ? last + "'s" : last + ending, Letter: true));
                return;
            }
        }
        if (capitals < word.Length && !word.Contains('\'') && !word.StartsWith("Mc", StringComparison.Ordinal) && !word.StartsWith("Mac", StringComparison.Ordinal) && HumpPattern().Matches(word) is { Count: > 1 } humps)
        {
            var span = draft.Token;
            var plain = word.Length == span.Length;
            foreach (Match hump in humps)
            {
                draft.Token = plain ? new(span.Start + hump.Index, hump.Length) : span;
                if (hump.Length == 1 || hump.Value == hump.Value.ToUpperInvariant() && Acronyms.IsSpelled(hump.Value, shouted: false, known: false)) draft.Spell(hump.Value);
                else draft.Say(hump.Value.ToLowerInvariant());
            }
            return;
        }
        draft.Say(lower);
    }

    /// <summary>Whether a capital A is the article: a word in small letters follows, and nothing before asks for a letter.</summary>
    static bool IsArticle(SentenceDraft draft)
    {
        var after = draft.WordAfter;
        if (after.Length == 0 || draft.At(draft.Token.End) is not ' ') return false;
        return draft.WordBefore.ToLowerInvariant() is not ("vitamin" or "plan" or "grade" or "type" or "hepatitis" or "group" or "section" or "letter" or "an" or "the" or "appendix" or "exhibit" or "point" or "option" or "level");
    }

    int Mark(SentenceDraft draft, int at, int limit)
    {
        var (text, c) = (draft.Text, draft.Text[at]);
        var end = at + 1;
        while (end < limit && text[end] == c) end++;
        var run = end - at;
        draft.Token = new(at, run);
        var after = draft.AfterNumber;
        draft.AfterNumber = false;
        switch (c)
        {
            case ',' or '،' or '、': draft.Mark(Phone.Comma); return end;
            case ';' or ':': draft.Mark(Phone.Colon); return end;
            case '.': draft.Mark(run > 1 ? Phone.Ellipsis : Phone.Period); return end;
            case '…': draft.Mark(Phone.Ellipsis); return end;
            case '?' or '¿' or '？': if (c != '¿') draft.Mark(Phone.Question); return end;
            case '!' or '¡' or '！': if (c != '¡') draft.Mark(Phone.Exclaim); return end;
            case '‽': draft.Mark(Phone.Question); return end;
            case '—' or '–' or '―': draft.Mark(Phone.Dash); return end;
            case '-' or '‐' or '‑':
                if (run > 1) draft.Mark(Phone.Dash);
                else if (draft.At(at - 1) is ' ' && draft.At(end) is ' ') Between(draft, at, end, after, "minus", Phone.Dash);
                return end;
            case '(' or ')' or '[' or ']' or '{' or '}' or '|': draft.Mark(Phone.Dash); return end;
            case '"' or '“' or '”' or '„' or '«' or '»' or '\'' or '‘' or '’' or '`' or '´' or '‹' or '›' or 'ʼ': return end;
            case '•' or '·' or '‣' or '◦' or '■' or '●': draft.Mark(Phone.Comma); return end;
            case '/' when run == 1: if (draft.Count > 0) draft.Say("slash"); return end;
            case '*' when run == 1 && after: Between(draft, at, end, after, "times", null); return end;
            case '_' when run > 1: draft.Say("blank"); return end;
            case '=' or '#' or '*' or '~' or '^' or '<' or '>' when run > 2: draft.Skip("a row of signs"); return end;
            case '\\' when run > 1: draft.Say("backslash"); return end;
        }
        if (Symbols.Name(c.ToString()) is { } name)
        {
            for (var i = 0; i < Math.Min(run, 2); i++) draft.Say(name);
            return end;
        }
        return PassOver(draft, at, limit);
    }

    /// <summary>A sign that is an operator between numbers, and else a mark.</summary>
    static void Between(SentenceDraft draft, int at, int end, bool afterNumber, string word, Phone? mark)
    {
        var i = end;
        while (draft.At(i) is ' ') i++;
        if (afterNumber && char.IsAsciiDigit(draft.At(i))) draft.Say(word);
        else if (mark is { } m) draft.Mark(m);
        else draft.Say("asterisk");
    }

    /// <summary>Passes over a run of characters of one kind that cannot be spoken, and reports it.</summary>
    static int PassOver(SentenceDraft draft, int at, int limit)
    {
        var (text, end) = (draft.Text, at);
        string? kind = null;
        while (end < limit)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(end, limit - end), out var rune, out var length) != System.Buffers.OperationStatus.Done)
                (rune, length) = (new Rune(0xfffd), 1);
            var lone = char.IsSurrogate(text[end]) && length == 1;
            var here = lone ? "half of a character" : Symbols.Describe(rune);
            if (kind is not null && (here != kind || Symbols.IsLatin(text[end]) || char.IsAsciiDigit(text[end]) || char.IsPunctuation(text[end]))) break;
            kind = here;
            end += length;
        }
        draft.Token = new(at, end - at);
        draft.Skip(kind!);
        return end;
    }

    /// <summary>More than half of at least two words of four letters or more are in capitals.</summary>
    static bool IsShouted(ReadOnlySpan<char> sentence)
    {
        int shouted = 0, words = 0;
        for (var i = 0; i < sentence.Length;)
        {
            if (!char.IsAsciiLetter(sentence[i])) { i++; continue; }
            int start = i, small = 0;
            for (; i < sentence.Length && char.IsAsciiLetter(sentence[i]); i++) small += char.IsAsciiLetterLower(sentence[i]) ? 1 : 0;
            if (i - start < 3) continue;
            words++;
            shouted += small == 0 ? 1 : 0;
        }
        return shouted >= 2 && shouted * 2 > words;
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\G(?:-|\s?[–—−]\s?)(?=[$€£¥]?\.?\d)", Options)]
    private static partial Regex RangePattern();

    [GeneratedRegex(@"[A-Z]+(?![a-z'])|[A-Z]?[a-z']+|[A-Z]", Options)]
    private static partial Regex HumpPattern();
}

/// <summary>Part of a sentence that says itself how it is to be read.</summary>
/// <param name="Span">In the text.</param>
public abstract record ReadingInstruction(TextSpan Span)
{
    internal abstract void Say(SentenceDraft draft, Normaliser normaliser);
}
