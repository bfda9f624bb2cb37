// Pauses that a speaker made where the text has no mark: heard by the energy gate near the border of two words, and put into the tokens as
// sp, so that a second alignment does not stretch a phone over them.

using Maison.Data.Speech;

namespace Maison.Training.Voice;

/// <summary>Puts heard pauses between words.</summary>
public static class PauseInsertion
{
    /// <summary>How far from a pause the border of two words may have been found, in frames.</summary>
    const int Reach = 12;

    /// <summary>The tokens with sp wherever a pause is within reach of a border of two words that no mark separates; every pause is used once, by the nearest border.</summary>
    public static PhoneToken[] Insert(AlignedExample aligned)
    {
        var (example, counts) = (aligned.Example, aligned.Counts);
        var borders = new List<(int After, int Frame)>();
        for (int n = 0, end = 0; n + 1 < counts.Length; n++)
        {
            end += counts[n];
            if (example.Tokens[n].Word != example.Tokens[n + 1].Word) borders.Add((n, end));
        }
        var after = new HashSet<int>();
        foreach (var (first, length) in example.Pauses)
        {
            // Marks have a border on either side: a pause at a mark is the mark's.
            var nearest = borders.MinBy(b => Distance(b.Frame, first, length));
            if (borders.Count == 0 || Distance(nearest.Frame, first, length) > Reach) continue;
            if (example.Tokens[nearest.After].Word >= 0 && example.Tokens[nearest.After + 1].Word >= 0) after.Add(nearest.After);
        }
        var tokens = new List<PhoneToken>();
        for (var n = 0; n < counts.Length; n++)
        {
            tokens.Add(example.Tokens[n]);
            if (after.Contains(n)) tokens.Add(new(Phone.ShortPause, -1, false, false));
        }
        return [.. tokens];
    }

    static int Distance(int frame, int first, int length) => Math.Max(0, Math.Max(first - frame, frame - (first + length)));
}
