// Stands names in for personal data in what leaves the house, and puts the data back into what returns. One thing has one name throughout a
// request, so the answer can speak of it. A stream is unmasked as it comes: only what may be the beginning of a name waits.

using System.Globalization;
using System.Text;

namespace Maison.Api.Gateway;

/// <summary>The names of one request.</summary>
sealed class Mask(IReadOnlyList<string> names)
{
    readonly Dictionary<string, string> nameOf = new(StringComparer.Ordinal), valueOf = new(StringComparer.Ordinal);
    readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);
    int longest;

    /// <summary>How many different things of each kind were masked.</summary>
    public IReadOnlyDictionary<string, int> Counts => counts;

    /// <summary>The text with names instead of personal data.</summary>
    public string Hide(string text)
    {
        var spans = PersonalData.Find(text, names);
        if (spans.Count == 0) return text;
        var hidden = new StringBuilder();
        var last = 0;
        foreach (var (start, length, kind) in spans)
        {
            hidden.Append(text, last, start - last).Append(NameOf(kind, text.Substring(start, length)));
            last = start + length;
        }
        return hidden.Append(text, last, text.Length - last).ToString();
    }

    string NameOf(string kind, string value)
    {
        if (nameOf.TryGetValue(value, out var name)) return name;
        var number = counts[kind.ToLowerInvariant()] = counts.GetValueOrDefault(kind.ToLowerInvariant()) + 1;
        name = string.Create(CultureInfo.InvariantCulture, $"[{kind}_{number}]");
        (nameOf[value], valueOf[name]) = (name, value);
        longest = Math.Max(longest, name.Length);
        return name;
    }

    /// <summary>The text with the personal data back in place.</summary>
    public string Show(string text) => new Shower(this, value => value).Push(text, last: true);

    /// <summary>Unmasks one growing text.</summary>
    /// <param name="written">How a value is written where it goes, such as escaped inside JSON.</param>
    public Shower Stream(Func<string, string>? written = null) => new(this, written ?? (value => value));

    /// <summary>A text that is unmasked as it grows.</summary>
    public sealed class Shower(Mask mask, Func<string, string> written)
    {
        readonly StringBuilder held = new();

        /// <summary>Takes the next piece and returns what can be shown of all so far.</summary>
        /// <param name="last">Nothing comes after it.</param>
        public string Push(string piece, bool last = false)
        {
            if (mask.valueOf.Count == 0) return piece;
            held.Append(piece);
            var text = held.ToString();
            var shown = new StringBuilder();
            var at = 0;
            while (at < text.Length)
            {
                var open = text.IndexOf('[', at);
                if (open < 0)
                {
                    shown.Append(text, at, text.Length - at);
                    at = text.Length;
                    break;
                }
                shown.Append(text, at, open - at);
                at = open;
                var close = text.IndexOf(']', open);
                if (close >= 0 && mask.valueOf.TryGetValue(text[open..(close + 1)], out var value))
                {
                    shown.Append(written(value));
                    at = close + 1;
                }
                else if (close < 0 && !last && text.Length - open < mask.longest && mask.MayBecome(text.AsSpan(open))) break;
                else
                {
                    shown.Append('[');
                    at = open + 1;
                }
            }
            held.Clear();
            held.Append(text, at, text.Length - at);
            return shown.ToString();
        }
    }

    bool MayBecome(ReadOnlySpan<char> start)
    {
        foreach (var name in valueOf.Keys)
            if (name.AsSpan().StartsWith(start, StringComparison.Ordinal)) return true;
        return false;
    }
}
