// What is typed rather than written: web and mail addresses, @handles, #tags, telephone numbers. Their parts are said as words where they can be
// said, else spelled; the scheme of a web address is not spoken.

using System.Text;
using System.Text.RegularExpressions;

namespace Maison.Data.Speech.Reading;

static partial class Addresses
{
    static readonly Dictionary<char, string> Names = new()
    {
        ['.'] = "dot",
        ['/'] = "slash",
        ['-'] = "dash",
        ['_'] = "underscore",
        ['@'] = "at",
        [':'] = "colon",
        ['?'] = "question mark",
        ['='] = "equals",
        ['&'] = "and",
        ['#'] = "hash",
        ['%'] = "percent",
        ['+'] = "plus",
        ['~'] = "tilde",
        ['\\'] = "backslash",
        [','] = "comma",
        [';'] = "semicolon",
        ['!'] = "exclamation mark",
        ['*'] = "star",
        ['$'] = "dollar",
        ['('] = "open parenthesis",
        [')'] = "close parenthesis",
        ['\''] = "apostrophe",
        ['['] = "open bracket",
        [']'] = "close bracket",
        ['|'] = "bar",
    };

    static readonly HashSet<string> SpelledDomains = ["io", "uk", "de", "fr", "ca", "eu", "tv", "ai", "co", "us", "jp", "cn", "ch", "au", "nz", "www", "html", "htm", "php", "http", "https", "ftp", "pdf", "id", "api", "xml", "url"];

    public static IReadOnlyList<Grammar> All { get; } =
    [
        new("e-mail", char.IsLetterOrDigit, MailPattern(), (m, d) => { Parts(m.Value, m.Index, d); return true; }),
        new("web address", Grammar.Letter, SchemePattern(), (m, d) =>
        {
            if (m.Groups["scheme"] is { Success: true } scheme)
            {
                d.Token = new(m.Index, scheme.Length);
                d.Skip("the scheme of a web address");
            }
            Parts(m.Groups["rest"].Value, m.Groups["rest"].Index, d);
            return true;
        }),
        new("web address", char.IsLetterOrDigit, DomainPattern(), (m, d) => { Parts(m.Value, m.Index, d); return true; }),
        new("path", c => c is '/' or '~' or '.', PathPattern(), (m, d) => { Parts(m.Value, m.Index, d); return true; }),
        new("handle", c => c == '@', HandlePattern(), (m, d) => { Parts(m.Value, m.Index, d); return true; }),
        new("tag", c => c == '#', TagPattern(), (m, d) =>
        {
            d.Token = new(m.Index, 1);
            d.Say("hashtag");
            Parts(m.Value[1..], m.Index + 1, d);
            return true;
        }),
        new("telephone", c => Grammar.Digit(c) || c is '+' or '(', TelephonePattern(), Telephone),
        new("telephone", Grammar.Digit, ShortTelephonePattern(), Telephone),
    ];

    static bool Telephone(Match m, SentenceDraft d)
    {
        var groups = GroupPattern().Matches(m.Value);
        foreach (var (i, group) in groups.Index())
        {
            if (i > 0) d.Mark(Phone.Comma);
            d.Token = new(m.Index + group.Index, group.Length);
            if (i == 0 && m.Value[0] == '+') d.Say("plus");
            if (group.Value == "800") d.Say("eight", "hundred");
            else d.Say(NumberWords.Digits(group.Value));
        }
        return true;
    }

    /// <summary>Says the pieces of an address: words, numbers, and the names of the characters between them.</summary>
    static void Parts(string text, int start, SentenceDraft d)
    {
        foreach (Match piece in PiecePattern().Matches(text))
        {
            d.Token = new(start + piece.Index, piece.Length);
            var value = piece.Value;
            if (char.IsAsciiDigit(value[0])) d.Say(value.Length <= 2 ? NumberWords.Cardinal(value) : value.Length == 4 ? NumberWords.Pairs(value) : NumberWords.Digits(value));
            else if (char.IsLetter(value[0]))
            {
                var lower = Symbols.Fold(value).ToLowerInvariant();
                if (!lower.All(char.IsAsciiLetter))
                {
                    Rune.DecodeFromUtf16(value, out var rune, out _);
                    d.Skip(Symbols.Describe(rune));
                }
                else if (lower.Length == 1 || SpelledDomains.Contains(lower) || !lower.Any(c => "aeiouy".Contains(c)) || value == value.ToUpperInvariant() && value.Length <= 5 && !Acronyms.IsPronounced(value)) d.Spell(lower);
                else d.Say(lower);
            }
            else if (Names.TryGetValue(value[0], out var name)) d.Say(name.Split(' '));
            else d.Skip("a character without a name in an address");
        }
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\G[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", Options)]
    private static partial Regex MailPattern();

    [GeneratedRegex(@"\G(?<scheme>(?:https?|ftp|file)://)?(?<rest>(?<=://)[^\s<>""“”]*[\w/]|www\.[^\s<>""“”]*[\w/])", Options)]
    private static partial Regex SchemePattern();

    [GeneratedRegex(@"\G(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+(?:com|org|net|edu|gov|io|dev|co|uk|de|fr|info|ai|app|tv|ca|eu|html|php)(?![\w])(?:/[^\s<>""“”]*[\w/])?", Options)]
    private static partial Regex DomainPattern();

    [GeneratedRegex(@"\G(?<=(?:^|\s|[(""“'])(?=.))(?:~|\.{1,2})?(?:/[\w.@-]+){2,}/?(?!\w)|\G(?<=(?:^|\s)(?=.))(?:~|\.{1,2})/[\w.-]+", Options)]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\G@\w+(?:[.-]\w+)*", Options)]
    private static partial Regex HandlePattern();

    [GeneratedRegex(@"\G#[A-Za-z_]\w*", Options)]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"\G(?:(?:\+?1[-. ])?(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}|\+\d{1,3}(?:[ -]?\(?\d{1,4}\)?){2,5}|1-\d{3}-\d{3}-\d{4})(?![\w])", Options)]
    private static partial Regex TelephonePattern();

    [GeneratedRegex(@"\G\d{3}-\d{4}(?![\w-])", Options)]
    private static partial Regex ShortTelephonePattern();

    [GeneratedRegex(@"\d+", Options)]
    private static partial Regex GroupPattern();

    [GeneratedRegex(@"\d+|\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{L}+|[^\s]", Options)]
    private static partial Regex PiecePattern();
}
