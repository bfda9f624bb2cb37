// Subtitles from word times: SubRip (SRT) and WebVTT. Words are gathered into cues of at most two lines and seven seconds; a cue ends at
// a pause or behind the end of a sentence where it is long enough, and stays until the next begins if that is soon. In WebVTT every
// word may carry its own time, for reading along. It knows nothing about how times were found.

using System.Globalization;
using System.Text;

namespace Maison.Data.Audio;

/// <summary>A word and when it is spoken, from the beginning of the sound.</summary>
public readonly record struct TimedWord(string Text, double StartSeconds, double EndSeconds);

/// <summary>Writes subtitle files.</summary>
public static class Subtitles
{
    const int LineChars = 42, MostChars = 2 * LineChars, LeastChars = 24;
    const double MostSeconds = 7, PauseSeconds = 0.7, LingerSeconds = 0.5;

    /// <summary>A SubRip file.</summary>
    /// <exception cref="ArgumentException">A time is no time, or words go back in time; the word is named.</exception>
    public static string Srt(IReadOnlyList<TimedWord> words)
    {
        var file = new StringBuilder();
        var number = 0;
        foreach (var (cue, end) in Cues(words))
            file.Append(CultureInfo.InvariantCulture, $"{++number}\n{Clock(cue[0].StartSeconds, ',')} --> {Clock(end, ',')}\n").Append(string.Join('\n', Lines(cue).Select(line => string.Join(' ', line.Select(w => w.Text))))).Append("\n\n");
        return file.ToString();
    }

    /// <summary>A WebVTT file.</summary>
    /// <param name="words">Words in order.</param>
    /// <param name="wordTimes">Whether each word carries its time.</param>
    /// <exception cref="ArgumentException">A time is no time, or words go back in time; the word is named.</exception>
    public static string Vtt(IReadOnlyList<TimedWord> words, bool wordTimes = false)
    {
        var file = new StringBuilder("WEBVTT\n\n");
        foreach (var (cue, end) in Cues(words))
        {
            file.Append(CultureInfo.InvariantCulture, $"{Clock(cue[0].StartSeconds, '.')} --> {Clock(end, '.')}\n");
            var first = true;
            file.Append(string.Join('\n', Lines(cue).Select(line => string.Join(' ', line.Select(w =>
            {
                var timed = wordTimes && !first ? $"<{Clock(w.StartSeconds, '.')}>" : "";
                first = false;
                return timed + w.Text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
            }))))).Append("\n\n");
        }
        return file.ToString();
    }

    static IEnumerable<(List<TimedWord> Words, double End)> Cues(IReadOnlyList<TimedWord> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (!(word.StartSeconds >= 0 && word.EndSeconds >= word.StartSeconds) || (i > 0 && word.StartSeconds < words[i - 1].StartSeconds))
                throw new ArgumentException(FormattableString.Invariant($"Word {i}, '{word.Text}', is spoken from {word.StartSeconds} to {word.EndSeconds} s: give times that do not go back."));
        }
        List<TimedWord> cue = [];
        var chars = 0;
        for (var i = 0; i < words.Count; i++)
        {
            if (cue.Count > 0 && (chars + 1 + words[i].Text.Length > MostChars || words[i].EndSeconds - cue[0].StartSeconds > MostSeconds || words[i].StartSeconds - cue[^1].EndSeconds > PauseSeconds
                || (chars >= LeastChars && cue[^1].Text.TrimEnd('"', '”', ')', '\'') is [.., '.' or '?' or '!' or '…'])))
            {
                yield return (cue, Math.Min(words[i].StartSeconds, cue[^1].EndSeconds + LingerSeconds));
                (cue, chars) = ([], 0);
            }
            chars += words[i].Text.Length + (cue.Count > 0 ? 1 : 0);
            cue.Add(words[i]);
        }
        if (cue.Count > 0) yield return (cue, cue[^1].EndSeconds + LingerSeconds);
    }

    // One line if it fits, else two as even as the words allow.
    static IEnumerable<List<TimedWord>> Lines(List<TimedWord> cue)
    {
        var whole = Length(cue);
        if (whole <= LineChars || cue.Count == 1) return [cue];
        var cut = Enumerable.Range(1, cue.Count - 1).MinBy(c => Math.Max(Length(cue[..c]), Length(cue[c..])));
        return [cue[..cut], cue[cut..]];

        static int Length(List<TimedWord> words) => words.Sum(w => w.Text.Length) + words.Count - 1;
    }

    static string Clock(double seconds, char point)
    {
        var ms = (long)Math.Round(seconds * 1000);
        return string.Create(CultureInfo.InvariantCulture, $"{ms / 3_600_000:D2}:{ms / 60_000 % 60:D2}:{ms / 1000 % 60:D2}{point}{ms % 1000:D3}");
    }
}
