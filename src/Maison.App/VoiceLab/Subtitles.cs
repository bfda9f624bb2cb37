using System.Globalization;
using System.Text;
using Maison.Wire;

namespace Maison.App.VoiceLab;

/// <summary>Words with their times as SubRip subtitles: a caption ends with a sentence, or before it gets too long to read.</summary>
static class Subtitles
{
    const int LongestCaption = 42;

    public static string Of(IReadOnlyList<SpokenWordTime> words)
    {
        var text = new StringBuilder();
        var (count, caption, start, end) = (0, "", 0.0, 0.0);
        foreach (var word in words)
        {
            // Further words of what is written as one ("$5") only make it last longer.
            if (word.Written.Length == 0)
            {
                end = word.End;
                continue;
            }
            if (caption.Length > 0 && (caption.Length + word.Written.Length >= LongestCaption || caption[^1] is '.' or '!' or '?' or '…')) Write();
            if (caption.Length == 0) start = word.Start;
            caption += (caption.Length > 0 ? " " : "") + word.Written.Trim();
            end = word.End;
        }
        Write();
        return text.ToString();

        void Write()
        {
            if (caption.Length > 0) text.Append(CultureInfo.InvariantCulture, $"{++count}\n{Time(start)} --> {Time(end)}\n{caption}\n\n");
            caption = "";
        }
    }

    static string Time(double seconds) => TimeSpan.FromMilliseconds(Math.Round(seconds * 1000)).ToString(@"hh\:mm\:ss\,fff", CultureInfo.InvariantCulture);
}
