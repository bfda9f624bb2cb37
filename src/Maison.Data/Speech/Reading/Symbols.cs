// Characters that are neither letters of English nor digits: what they are called, which plain letters accented ones stand for, and to
// which script letters of others belong.

using System.Text;

namespace Maison.Data.Speech.Reading;

static class Symbols
{
    static readonly Dictionary<string, string> Names = """
        & and|@ at|% percent|‰ per mille|+ plus|= equals|≠ is not equal to|≈ is approximately|≤ is at most|≥ is at least|< less than|> greater than|× times|÷ divided by|± plus or minus|− minus|√ square root of|∞ infinity
        ° degrees|§ section|¶ paragraph|© copyright|® registered|™ trademark|№ number|# hash|$ dollars|€ euros|£ pounds|¥ yen|¢ cents|* asterisk|^ caret|~ tilde|\ backslash|/ slash|_ underscore
        → to|← from|↑ up|↓ down|⇒ implies|↔ to and from|✓ check|✔ check|✗ cross|✘ cross|☐ open box|☑ checked box|★ star|☆ star|♥ heart|♦ diamond|♠ spade|♣ club|♪ note|♫ notes|† dagger|‡ double dagger|² squared|³ cubed|¹ one|ⁿ to the n|ª|º
        α alpha|β beta|γ gamma|δ delta|ε epsilon|ζ zeta|η eta|θ theta|ι iota|κ kappa|λ lambda|μ mu|µ micro|ν nu|ξ xi|ο omicron|π pi|ρ rho|σ sigma|τ tau|υ upsilon|φ phi|χ chi|ψ psi|ω omega
        Γ gamma|Δ delta|Θ theta|Λ lambda|Ξ xi|Π pi|Σ sigma|Φ phi|Ψ psi|Ω omega|∂ partial|∑ sum of|∏ product of|∫ integral of|∈ in|∉ not in|∀ for all|∃ there is|∅ the empty set|∪ union|∩ intersection|⊂ subset of
        """.Split(['|', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(e => e.Split(' ', 2)).Where(e => e.Length == 2).ToDictionary(e => e[0], e => e[1]);

    static readonly Dictionary<char, string> Folded = ReadFolding("""
        a àáâãäåāăąǎ|ae æ|c çćĉċč|d ďđð|e èéêëēĕėęě|g ĝğġģ|h ĥħ|i ìíîïĩīĭįıǐ|j ĵ|k ķ|l ĺļľŀł|n ñńņňŋ|o òóôõöøōŏőǒ|oe œ|r ŕŗř|s śŝşšș|ss ß|t ţťŧț|th þ|u ùúûüũūŭůűųǔ|w ŵ|y ýÿŷ|z źżž|ff ﬀ|fi ﬁ|fl ﬂ
        """);

    /// <summary>The words of a symbol; null when it has none.</summary>
    public static string[]? Name(string symbol) => Names.TryGetValue(symbol, out var name) ? name.Split(' ') : null;

    /// <summary>Text with accents taken off and ligatures opened; letters that are no Latin ones stay.</summary>
    public static string Fold(string text)
    {
        StringBuilder? made = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var plain = c < 128 ? null : c is '’' or 'ʼ' or '‘' or '´' ? "'" : char.IsBetween(c, '\u0300', '\u036f') ? "" : FoldedLetter(c);
            if (plain is not null && made is null) made = new StringBuilder(text, 0, i, text.Length + 4);
            if (made is not null) _ = plain is null ? made.Append(c) : made.Append(plain);
        }
        return made?.ToString() ?? text;
    }

    /// <summary>A letter that English words are written with, accents included; the marks that put accents on them too.</summary>
    public static bool IsLatin(char c) => char.IsAsciiLetter(c) || char.IsBetween(c, '\u0300', '\u036f') || c > 127 && FoldedLetter(c) is not null;

    static string? FoldedLetter(char c)
    {
        if (Folded.TryGetValue(c, out var plain)) return plain;
        return Folded.TryGetValue(char.ToLowerInvariant(c), out plain) ? char.ToUpperInvariant(plain[0]) + plain[1..] : null;
    }

    /// <summary>What kind of thing stands at a place that nothing else could read; for the report of what was skipped.</summary>
    public static string Describe(Rune rune) => rune.Value switch
    {
        < 0x20 or (>= 0x7f and < 0xa0) => "a control character",
        >= 0x370 and < 0x400 => "Greek letters",
        >= 0x400 and < 0x530 => "Cyrillic letters",
        >= 0x590 and < 0x600 => "Hebrew letters",
        (>= 0x600 and < 0x780) or (>= 0xfb50 and < 0xfe00) or (>= 0xfe70 and < 0xff00) => "Arabic letters",
        >= 0x900 and < 0xe00 => "Indic letters",
        >= 0xe00 and < 0xe80 => "Thai letters",
        (>= 0x1100 and < 0x1200) or (>= 0xac00 and < 0xd7b0) => "Korean letters",
        >= 0x3040 and < 0x3100 => "Japanese letters",
        (>= 0x3400 and < 0xa000) or (>= 0x20000 and < 0x32000) or (>= 0xf900 and < 0xfb00) => "Chinese characters",
        >= 0xd800 and < 0xe000 => "half of a character",
        0xfffd => "a character that was lost before",
        >= 0xe000 and < 0xf900 => "a private character",
        >= 0x200b and < 0x2010 or 0xfeff or 0x2060 or 0xad => "an invisible character",
        _ => Rune.IsLetter(rune) ? "letters of another script" : "a symbol without a name",
    };

    static Dictionary<char, string> ReadFolding(string table)
        => table.Split('|', StringSplitOptions.TrimEntries).Select(e => e.Split(' ')).SelectMany(e => e[1].Select(c => (c, e[0]))).ToDictionary();
}
