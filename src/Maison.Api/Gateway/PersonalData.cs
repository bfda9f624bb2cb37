// Finds what points to a person: e-mail addresses, phone numbers, payment cards (Luhn), bank accounts (IBAN, mod 97), and names it is given.
// Numbers that only look like cards or accounts fail their checksum and stay. It reads text alone: pictures are told of in the receipt.

using System.Text.RegularExpressions;

namespace Maison.Api.Gateway;

/// <summary>Something personal in a text.</summary>
readonly record struct PersonalSpan(int Start, int Length, string Kind);

/// <summary>The finder.</summary>
static partial class PersonalData
{
    const int FewestPhoneDigits = 8, MostPhoneDigits = 15, LongestIban = 34;

    /// <summary>All finds, in order, none overlapping.</summary>
    public static List<PersonalSpan> Find(string text, IReadOnlyList<string> names)
    {
        var found = new List<PersonalSpan>();
        // The strictest first: what is an account or a card is not a phone number too.
        foreach (Match m in Email().Matches(text)) Add(m.Index, m.Length, "EMAIL");
        foreach (Match m in IbanStart().Matches(text))
            if (IbanLength(text.AsSpan(m.Index)) is { } length) Add(m.Index, length, "IBAN");
        foreach (Match m in Digits().Matches(text))
        {
            var digits = m.Value.Count(char.IsAsciiDigit);
            if (digits is >= 13 and <= 19 && Card().IsMatch(m.Value) && Luhn(m.Value)) Add(m.Index, m.Length, "CARD");
            else if (IsPhone(m.Value, digits)) Add(m.Index, m.Length, "PHONE");
        }
        foreach (var name in names.Where(n => n.Length > 0).OrderByDescending(n => n.Length))
            for (var at = 0; (at = text.IndexOf(name, at, StringComparison.OrdinalIgnoreCase)) >= 0; at += name.Length)
                if (!IsLetter(at - 1) && !IsLetter(at + name.Length)) Add(at, name.Length, "NAME");
        found.Sort((a, b) => a.Start.CompareTo(b.Start));
        return found;

        bool IsLetter(int at) => at >= 0 && at < text.Length && char.IsLetterOrDigit(text[at]);

        void Add(int start, int length, string kind)
        {
            if (found.All(f => start + length <= f.Start || start >= f.Start + f.Length)) found.Add(new(start, length, kind));
        }
    }

    /// <summary>Written as people write phone numbers: a plus or a leading zero, or groups; never a bare number, a date or a decimal.</summary>
    static bool IsPhone(string text, int digits)
    {
        if (digits is < FewestPhoneDigits or > MostPhoneDigits || DateLike().IsMatch(text)) return false;
        return text.StartsWith('+') || text.StartsWith("(+", StringComparison.Ordinal) || text.StartsWith('0') || text.StartsWith("(0", StringComparison.Ordinal) || AmericanPhone().IsMatch(text);
    }

    internal static bool Luhn(string text)
    {
        var (sum, twice) = (0, false);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (!char.IsAsciiDigit(text[i])) continue;
            var digit = (text[i] - '0') * (twice ? 2 : 1);
            sum += digit > 9 ? digit - 9 : digit;
            twice = !twice;
        }
        return sum % 10 == 0 && text.Any(c => c is >= '1' and <= '9');
    }

    /// <summary>How long the account number is that begins here, spaces included; null where no length passes the checksum.</summary>
    static int? IbanLength(ReadOnlySpan<char> text)
    {
        var compact = new List<char>(LongestIban);
        int? best = null;
        for (var i = 0; i < text.Length && compact.Count < LongestIban; i++)
        {
            if (text[i] == ' ')
            {
                // Groups of four with single spaces between them.
                if (compact.Count % 4 != 0 || i + 1 == text.Length || !char.IsAsciiLetterOrDigit(text[i + 1])) break;
                continue;
            }
            if (!char.IsAsciiDigit(text[i]) && !char.IsAsciiLetterUpper(text[i])) break;
            compact.Add(text[i]);
            var ends = i + 1 == text.Length || !char.IsAsciiLetterOrDigit(text[i + 1]);
            if (ends && compact.Count >= 15 && Mod97(compact)) best = i + 1;
        }
        return best;
    }

    static bool Mod97(List<char> iban)
    {
        var rest = 0;
        for (var i = 0; i < iban.Count; i++)
        {
            var c = iban[(i + 4) % iban.Count];
            rest = char.IsAsciiDigit(c) ? (rest * 10 + c - '0') % 97 : (rest * 100 + c - 'A' + 10) % 97;
        }
        return rest == 1;
    }

    [GeneratedRegex(@"[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}{2,24}")]
    private static partial Regex Email();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?=[ A-Z0-9])")]
    private static partial Regex IbanStart();

    [GeneratedRegex(@"(?<![\w.,+/-])(?:\+|\(\+?|00)?[0-9](?:[ .\-/()]{0,2}[0-9]){6,21}(?![\w]|[.,][0-9])")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^[1-9][0-9]*(?:[ -][0-9]+)*$")]
    private static partial Regex Card();

    [GeneratedRegex(@"^(?:[0-9]{4}[-./ ][0-9]{1,2}[-./ ][0-9]{1,2}|[0-9]{1,2}[-./ ][0-9]{1,2}[-./ ][0-9]{4})(?:[ T].*)?$")]
    private static partial Regex DateLike();

    [GeneratedRegex(@"^\(?[2-9][0-9]{2}\)?[ .\-][0-9]{3}[ .\-][0-9]{4}$")]
    private static partial Regex AmericanPhone();
}
