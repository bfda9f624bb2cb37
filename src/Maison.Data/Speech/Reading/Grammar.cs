// Reading is done in two steps, as in Kestrel (Ebden and Sproat 2015): a grammar classifies what stands at a place, then says it from the
// parts it found. The longest match wins, between equals the earlier grammar; one may decline, and the next is asked.

using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

/// <summary>A class of written forms.</summary>
/// <param name="Class">Its name, such as money.</param>
/// <param name="Begins">Whether a form may begin with this character.</param>
/// <param name="Pattern">Anchored at the place.</param>
/// <param name="Say">Says the match, or declines before it has said anything.</param>
sealed record Grammar(string Class, Func<char, bool> Begins, Regex Pattern, Func<Match, SentenceDraft, bool> Say)
{
    /// <summary>A number, after which a hyphen may mean "to".</summary>
    public bool IsNumber { get; init; }

    public static bool Digit(char c) => char.IsAsciiDigit(c);
    public static bool Signed(char c) => char.IsAsciiDigit(c) || c is '-' or '−' or '+' or '±' or '.' or '~' or '≈' or '<' or '>' or '≤' or '≥';
    public static bool Letter(char c) => char.IsAsciiLetter(c);
    public static bool Capital(char c) => char.IsAsciiLetterUpper(c);

    /// <summary>Words for what may stand before a number.</summary>
    public static string[] Sign(string sign) => sign switch
    {
        "-" or "−" => ["minus"],
        "+" => ["plus"],
        "±" => ["plus", "or", "minus"],
        "~" or "≈" => ["about"],
        "<" => ["less", "than"],
        ">" => ["more", "than"],
        "≤" => ["at", "most"],
        "≥" => ["at", "least"],
        _ => [],
    };

    /// <summary>Patterns for whole numbers and signs, to be put into others. A minus is one only after a blank or a bracket.</summary>
    public const string Whole = @"(?:\d{1,3}(?:,\d{3})+|\d+)", MaybeSign = @"(?<sign>(?<![\w.)\]])[-−+±]|(?<![\w)\]])[~≈<>≤≥])?";
}
