using System.Globalization;
using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sound;
using Maison.Wire;

namespace Maison.Api.Briefings;

/// <summary>A briefing that is done, as the wire shows it.</summary>
public static class BriefingWire
{
    /// <summary>The title of one that was given none.</summary>
    public static string Title(DateOnly day) => $"Briefing of {day.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}";

    /// <summary>Fills in all that is known once it is spoken.</summary>
    /// <param name="about">Id, times and title.</param>
    public static BriefingBody Done(BriefingBody about, SpokenBriefing spoken)
    {
        var sources = spoken.Sources.ToDictionary(s => s.Id);
        BriefingPassage[] Passages(IReadOnlyList<PassageRef> of) => [.. of.Where(p => sources.TryGetValue(p.Source, out var s) && p.Passage >= 0 && p.Passage < s.Passages.Count).Select(p => new BriefingPassage(p.Source, p.Passage, sources[p.Source].Passages[p.Passage]))];
        return about with
        {
            Status = "completed",
            Progress = null,
            Seconds = Math.Round(spoken.Seconds, 2),
            SecondsAsked = Wording.Seconds(spoken.Order.Length),
            Notice = Wording.Notice,
            Chapters = [.. spoken.Chapters.Select(c => new BriefingChapter(c.Number, c.Title, Math.Round(c.Start, 2), Math.Round(c.End, 2), c.Publishers, c.Reasons) { Terms = c.Terms })],
            Script = [.. spoken.Lines.Select((l, i) => new BriefingLine(i + 1, l.Line.Chapter, spoken.Order.Voices[l.Line.Host].Name, Math.Round(l.Start, 3), Math.Round(l.End, 3), l.Line.Lead, l.Line.Claim, Passages(l.Line.Passages)))],
            Sources = [.. spoken.Sources.Select(s => new BriefingSource(s.Id, s.Title, s.Publisher, s.Url is { } url && url.StartsWith("http", StringComparison.OrdinalIgnoreCase) ? url : null, s.Published?.ToUnixTimeSeconds(), s.Rights.Kind.ToString().ToLowerInvariant(), s.Rights.Note))],
            Cut = [.. spoken.Cut.Select(c => new BriefingCut(c.Chapter, c.Claim, c.Fault.Kind, c.Fault.Reason, Passages(c.Passages)))],
            Notes = spoken.Notes,
        };
    }
}
