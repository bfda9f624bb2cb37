// What markup can ask of the reading of a stretch: a pause, given phones, another text, or a way to read it.

using System.Globalization;
using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech.Markup;

/// <summary>A pause; seconds, or null for one whose length the model chooses.</summary>
sealed record PauseInstruction(TextSpan Span, double? Seconds) : ReadingInstruction(Span)
{
    internal override void Say(SentenceDraft draft, Normaliser normaliser) => draft.Pause(Seconds);
}

/// <summary>Phones given for a word.</summary>
sealed record PhonesInstruction(TextSpan Span, IReadOnlyList<Phone> Phones) : ReadingInstruction(Span)
{
    internal override void Say(SentenceDraft draft, Normaliser normaliser)
        => draft.Say(new SpokenForm(Span, Symbols.Fold(draft.Text.Substring(Span.Start, Span.Length)).ToLowerInvariant(), Phones: Phones));
}

/// <summary>Another text to be spoken instead.</summary>
sealed record AliasInstruction(TextSpan Span, string Alias) : ReadingInstruction(Span)
{
    internal override void Say(SentenceDraft draft, Normaliser normaliser)
    {
        var read = normaliser.Read(Alias);
        var mark = 0;
        for (var i = 0; i < read.Words.Count; i++)
        {
            for (; mark < read.Marks.Count && read.Marks[mark].AfterWord <= i; mark++) draft.Mark(read.Marks[mark].Mark);
            draft.Say(read.Words[i] with { Source = Span });
        }
    }
}

/// <summary>A way to read a stretch, as SSML's say-as names it. The text was checked when it was parsed.</summary>
sealed record SayAsInstruction(TextSpan Span, string As, string? Format) : ReadingInstruction(Span)
{
    /// <summary>The ways there are.</summary>
    public static readonly string[] Kinds = ["cardinal", "ordinal", "digits", "characters", "spell-out", "date", "time", "telephone", "currency"];

    internal override void Say(SentenceDraft draft, Normaliser normaliser)
    {
        var text = draft.Text.Substring(Span.Start, Span.Length).Trim();
        switch (As)
        {
            case "cardinal": draft.Say([.. text[0] is '-' or '−' ? ["minus"] : Array.Empty<string>(), .. NumberWords.Cardinal(Digits(text))]); break;
            case "ordinal": draft.Say(NumberWords.Ordinal(Digits(text))); break;
            case "digits": draft.Say(NumberWords.Digits(text)); break;
            case "telephone":
                foreach (var (i, group) in text.Split([' ', '-', '.', '(', ')', '/'], StringSplitOptions.RemoveEmptyEntries).Index())
                {
                    if (i > 0) draft.Mark(Phone.Comma);
                    if (group[0] == '+') draft.Say("plus");
                    draft.Say(NumberWords.Digits(group));
                }
                break;
            case "date" when Date(text, Format) is { } date:
                if (date.Month > 0) draft.Say(CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(date.Month).ToLowerInvariant());
                if (date.Day > 0) draft.Say(NumberWords.Ordinal(date.Day));
                if (date.Year >= 0) draft.Say(NumberWords.Year(date.Year));
                break;
            case "characters" or "spell-out":
                foreach (var c in Symbols.Fold(text))
                    if (char.IsAsciiLetterOrDigit(c)) draft.Spell(c.ToString());
                    else if (c == '.') draft.Say("dot");
                    else if (c == '-') draft.Say("dash");
                    else if (c == ' ') draft.Mark(Phone.Comma);
                    else if (Symbols.Name(c.ToString()) is { } name) draft.Say(name);
                    else draft.Skip("a character without a name");
                break;
            default:
                var read = normaliser.Read(draft.Text, Span);
                foreach (var word in read.Words) draft.Say(word);
                break;
        }
    }

    /// <summary>Why a text cannot be read so; null when it can.</summary>
    public static string? Refusal(string text, string kind, string? format)
    {
        text = text.Trim();
        return kind switch
        {
            "cardinal" when !IsNumber(text) => "is no whole number such as 1234",
            "ordinal" when !IsNumber(text.TrimEnd('s', 't', 'n', 'd', 'r', 'h')) => "is no whole number such as 3",
            "digits" or "telephone" when !text.Any(char.IsAsciiDigit) || text.Any(char.IsLetter) => "has no digits, or letters among them",
            "date" when format is not null && Date(text, format) is null => $"does not fit the format \"{format}\": separate its numbers by / - or .",
            "characters" or "spell-out" when text.Length == 0 => "is empty",
            _ => null,
        };
    }

    static bool IsNumber(string text) => text.TrimStart('-', '−') is { Length: > 0 } digits && digits.All(c => char.IsAsciiDigit(c) || c == ',');

    static string Digits(string text) => new([.. text.Where(char.IsAsciiDigit)]);

    /// <summary>The parts of a date by its format (letters y, m, d in their order); -1 and 0 for those it does not have.</summary>
    static (int Year, int Month, int Day)? Date(string text, string? format)
    {
        if (format is null) return null;
        var parts = text.Split(['/', '-', '.', ' '], StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != format.Length) return null;
        var (year, month, day) = (-1, 0, 0);
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
            switch (format[i])
            {
                case 'y': year = value; break;
                case 'm' when value is >= 1 and <= 12: month = value; break;
                case 'd' when value is >= 1 and <= 31: day = value; break;
                default: return null;
            }
        }
        return (year, month, day);
    }
}
