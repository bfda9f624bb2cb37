// What is measured of an output besides how good it is, and how two measures become a covariate of a vote: counts as (a − b) / (a + b + 1), levels
// as a − b, each divided by its scatter, so that weights can be compared. A board with style control says how good a contestant is at equal
// length, loudness or contrast; how much each of them was worth to voters is shown beside it.

namespace Maison.Battles;

/// <summary>One measure.</summary>
/// <param name="Name">As a board shows it.</param>
/// <param name="IsCount">Whether it counts something, so that its share matters and not its difference.</param>
public sealed record StyleMeasure(string Name, bool IsCount);

/// <summary>Style by modality.</summary>
public static class StyleControl
{
    static readonly Dictionary<string, StyleMeasure[]> Measures = new()
    {
        ["text"] = [new("length", true), new("headings", true), new("bold", true), new("lists", true), new("code", true)],
        ["voice"] = [new("duration", true), new("loudness", false)],
        ["briefing"] = [new("length", true), new("stories", true), new("publishers", true)],
        ["image"] = [new("brightness", false), new("contrast", false), new("colour", false)],
    };

    /// <summary>The measures of a modality, in the order in which votes carry them; none for one that is not known.</summary>
    public static IReadOnlyList<StyleMeasure> Of(string modality) => Measures.GetValueOrDefault(modality, []);

    /// <summary>Covariates of each vote, scaled to a scatter of 1; 0 where a vote carries no measures.</summary>
    public static IReadOnlyList<double[]> Differences(string modality, IReadOnlyList<Vote> votes)
    {
        var measures = Of(modality);
        var rows = votes.Select(v => Difference(measures, v)).ToList();
        for (var k = 0; k < measures.Count; k++)
        {
            // Around 0, not around the mean: seats are drawn by lot, and equal styles must weigh nothing.
            var scatter = Math.Sqrt(rows.Sum(r => r[k] * r[k]) / Math.Max(1, rows.Count));
            foreach (var row in rows) row[k] = scatter > 1e-9 ? row[k] / scatter : 0;
        }
        return rows;
    }

    static double[] Difference(IReadOnlyList<StyleMeasure> measures, Vote vote)
    {
        var row = new double[measures.Count];
        if (vote.StyleA.Count != row.Length || vote.StyleB.Count != row.Length) return row;
        for (var k = 0; k < row.Length; k++)
        {
            double a = vote.StyleA[k], b = vote.StyleB[k], d = measures[k].IsCount ? (a - b) / (a + b + 1) : a - b;
            if (double.IsFinite(d)) row[k] = d;
        }
        return row;
    }
}
