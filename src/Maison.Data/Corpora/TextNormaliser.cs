// One spelling for what looks the same: line ends, invisible characters, spaces. It knows nothing about languages.
// It never guesses at words: mojibake stays as it is, case and punctuation stay, indentation of code stays. Unicode form C is
// computed by the house's own tables, because the runtime's string.Normalize does nothing in invariant mode.

using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Data.Corpora;

/// <summary>Normalises the text of documents.</summary>
public static class TextNormaliser
{
    const int LongestIndent = 64;

    /// <summary>Normalised text: \n as line end, at most one blank line in a row, no trailing spaces, single spaces inside lines,
    /// no control or zero-width characters (joiners stay), lone surrogates as U+FFFD, Unicode form C.</summary>
    public static string Normalise(string text)
    {
        var clean = new StringBuilder(text.Length);
        var indent = new StringBuilder();
        var lines = 0;
        var gap = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\r')
            {
                if (i + 1 < text.Length && text[i + 1] == '\n') continue;
                c = '\n';
            }
            else if (c is '\v' or '\f' or '\u0085' or '\u2028' or '\u2029') c = '\n';
            else if (IsSpace(c)) c = ' ';
            else if (IsInvisible(c)) continue;

            if (c == '\n')
            {
                lines++;
                indent.Clear();
                gap = '\0';
                continue;
            }
            if (c is ' ' or '\t')
            {
                if (lines == 0) gap = gap == '\0' ? c : ' ';
                else if (indent.Length < LongestIndent) indent.Append(c);
                continue;
            }
            if (clean.Length > 0)
            {
                if (lines > 0) clean.Append('\n', Math.Min(lines, 2)).Append(indent);
                else if (gap != '\0') clean.Append(gap);
            }
            (lines, gap) = (0, '\0');
            indent.Clear();
            if (!char.IsSurrogate(c)) clean.Append(c);
            else if (i + 1 < text.Length && char.IsSurrogatePair(c, text[i + 1])) clean.Append(c).Append(text[++i]);
            else clean.Append('\uFFFD');
        }
        return FormC(clean.ToString());
    }

    // Characters below U+0300 neither combine nor change under form C.
    static string FormC(string text) => text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF')
        ? Encoding.UTF8.GetString(Nfc.Normalize(Encoding.UTF8.GetBytes(text)))
        : text;

    static bool IsSpace(char c) => c is '\u00A0' or '\u1680' or (>= '\u2000' and <= '\u200A') or '\u202F' or '\u205F' or '\u3000';

    static bool IsInvisible(char c) => c is (< ' ' and not '\n' and not '\t') or (>= '\u007F' and <= '\u009F') or '\u00AD' or '\u200B' or '\u2060' or '\uFEFF';
}
