// The scores of an image model as its card tells them.

using System.Globalization;
using System.Text;
using Maison.Training.Evaluations;
using Maison.Training.Packing;

namespace Maison.Training.Image.Evaluations;

static class ImageScoreCard
{
    /// <summary>Pages of the evaluation that stand in the card.</summary>
    public static readonly string[] Pages = [ImageEvaluation.SmallVerdictsPage, ImageEvaluation.PartiPage];

    /// <summary>The section's heading.</summary>
    public const string Heading = "How well prompts are followed";

    /// <summary>A card with these scores, before the versions and limits it ends with, in place of others.</summary>
    public static string Into(string card, ImageScores scores) => CardSections.With(CardSections.Without(card, Heading), Section(scores), PackedVersion.Heading, ImageCard.LimitsHeading);

    static string Section(ImageScores s)
    {
        var text = new StringBuilder($"## {Heading}\n");
        text.Append(CultureInfo.InvariantCulture, $"""

            `maison eval image`, method {s.Method}: {s.Prompts} prompts composed of parts that it knows, none of them a caption of the {s.Captions:N0} pictures that they were compared with; {s.Side} × {s.Side} pixels, {s.Steps} steps{(s.Guidance > 1 ? string.Create(CultureInfo.InvariantCulture, $", guidance {s.Guidance:0.##}") : "")}, seeds from {s.Seed}{(s.Candidates > 1 ? $", each picture the best of {s.Candidates} seeds by {PictureChooser.Shipped}, as when nobody tells one" : "")}. Things, styles and
            materials are told by [{s.Judge}](../{s.Judge}/card.md), which learned from drawings, photographs and renderings, never from what a model painted; colours, counts and places by pixels. ± is one standard error. Real pictures: how many of those that do show
            it pass the same check, the most that could be found here. Wrong ones: how many pass that show something else.

            | check | n | passed | real pictures | wrong ones |
            |---|---|---|---|---|

            """);
        foreach (var c in s.Categories) Row(c);
        text.Append(CultureInfo.InvariantCulture, $"| **overall** (mean of the checks) | | {Percent(s.Overall)} | | |\n| all of a prompt is right | {s.Prompts} | {Percent(s.Right)} | | |\n");
        text.Append("\nBy prompts:\n\n| prompts/check | n | passed | real pictures | wrong ones |\n|---|---|---|---|---|\n");
        foreach (var c in s.Groups) Row(c);
        text.Append("\n| | painted | real pictures |\n|---|---|---|\n");
        if (s.Frechet is { } f) text.Append(CultureInfo.InvariantCulture, $"| Fréchet distance from real held-out pictures | {f:F1} | {s.RealFrechet:F1} between their halves |\n");
        if (s.Kernel is { } k) text.Append(CultureInfo.InvariantCulture, $"| kernel distance (unbiased) | {k.Value:F3} ± {k.Error:F3} | {s.RealKernel:F3} between their halves |\n");
        foreach (var n in s.Sameness) text.Append(CultureInfo.InvariantCulture, $"| sameness, {n.Name} | {n.Painted:F2} | {n.Real:F2} |\n");
        if (s.SecondsPerPicture is { } seconds) text.Append(CultureInfo.InvariantCulture, $"| seconds a picture | {seconds:F2}, {s.CoreSecondsPerPicture:F2} core-seconds | |\n");
        text.Append(CultureInfo.InvariantCulture, $"""

            Distances are of {s.Compared[0]} pictures, painted for captions of held-out concepts, from {s.Compared[1]} real ones of such concepts: few, so the Fréchet distance is too large and compares only with others of as many. Sameness is the
            mean cosine of pictures that should differ, in the judge's features; more than that of real ones is a lack of variety.

            Every prompt's picture, in the order of the prompts; green frames are wholly right; squares below are the checks in the order of the table.

            ![All pictures]({ImageEvaluation.SmallVerdictsPage})


            """);
        if (s.Parti > 0) text.Append(CultureInfo.InvariantCulture, $"PartiPrompts, {s.Parti} taken by index, not scored:\n\n![PartiPrompts]({ImageEvaluation.PartiPage})\n\n");
        return text.ToString();

        void Row(CategoryScore c) => text.Append(CultureInfo.InvariantCulture, $"| {c.Name} | {c.Count} | {Percent(c.Passed)} | {Share(c.Real)} | {Share(c.Wrong)} |\n");
    }

    static string Percent(Measured m) => string.Create(CultureInfo.InvariantCulture, $"{100 * m.Value:F1} %") + (m.Error is { } e ? string.Create(CultureInfo.InvariantCulture, $" ± {100 * e:F1}") : "");

    static string Share(double? share) => share is { } s ? string.Create(CultureInfo.InvariantCulture, $"{100 * s:F1} %") : "";
}
