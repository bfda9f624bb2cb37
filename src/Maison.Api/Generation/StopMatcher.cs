// Ends a text at the first stop string, however the text is cut into pieces, and never lets out a part of one: characters that may still
// become a stop string wait until they can not. The result depends on the joined text alone: of several matches, the one that is
// complete first ends the text, and of those the longest.

using System.Text;

namespace Maison.Api.Generation;

/// <summary>A filter over one growing text.</summary>
sealed class StopMatcher(IReadOnlyList<string> stops)
{
    readonly StringBuilder held = new();

    /// <summary>Whether a stop string was met; nothing comes after it.</summary>
    public bool Stopped => StoppedBy is not null;

    /// <summary>The stop string that was met.</summary>
    public string? StoppedBy { get; private set; }

    /// <summary>Takes the next piece and returns what can be shown of all so far.</summary>
    public string Push(string piece)
    {
        if (Stopped || piece.Length == 0) return "";
        if (stops.Count == 0) return piece;
        held.Append(piece);
        var text = held.ToString();
        if (FirstMatch(text) is var (start, stop))
        {
            StoppedBy = stop;
            held.Clear();
            return text[..start];
        }
        var shown = text.Length - PendingLength(text);
        held.Remove(0, shown);
        return text[..shown];
    }

    /// <summary>The text is over: what was held back was no stop string after all.</summary>
    public string Flush()
    {
        var rest = held.ToString();
        held.Clear();
        return rest;
    }

    (int Start, string Stop)? FirstMatch(string text)
    {
        (int Start, string Stop)? first = null;
        var end = int.MaxValue;
        foreach (var stop in stops)
        {
            var at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at < 0 || at + stop.Length > end || (at + stop.Length == end && at > first?.Start)) continue;
            (first, end) = ((at, stop), at + stop.Length);
        }
        return first;
    }

    /// <summary>The length of the longest end of the text that a stop string begins with.</summary>
    int PendingLength(string text)
    {
        var longest = 0;
        foreach (var stop in stops)
            for (var length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
                if (string.CompareOrdinal(text, text.Length - length, stop, 0, length) == 0) longest = length;
        return longest;
    }
}
