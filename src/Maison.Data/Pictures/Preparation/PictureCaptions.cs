// What a picture is called in training: its caption in several wordings, long and short, with the colours that are measured in it. Style and
// thing are separate phrases, so that one concept in eight styles shares its words. No wording is invented beyond what is known, and
// wordings that came with the picture are taken as they are.

using System.Text.RegularExpressions;
using Maison.Data.Pictures.Measures;

namespace Maison.Data.Pictures.Preparation;

public static partial class PictureCaptions
{
    /// <summary>Short names of styles; others are named by their own words.</summary>
    static readonly Dictionary<string, string> styles = new()
    {
        ["emoji-3d-render"] = "3D emoji",
        ["emoji-gradient"] = "gradient emoji",
        ["emoji-flat"] = "flat emoji",
        ["emoji-noto"] = "cartoon emoji",
        ["emoji-outline"] = "outlined emoji",
        ["emoji-twemoji"] = "simple flat emoji",
        ["emoji-fxemoji"] = "flat cartoon emoji",
        ["icon-black-white"] = "black and white icon",
        ["icon-silhouette"] = "silhouette icon",
        ["pixel-art"] = "pixel art",
        ["3d-lowpoly"] = "low-poly 3D render",
        ["3d-lowpoly-isometric"] = "isometric low-poly 3D render",
        ["photo"] = "photograph",
        ["photo-animal"] = "photograph",
        ["photo-food"] = "photograph",
        ["photo-scene"] = "photograph",
        ["artwork"] = "painting",
    };

    /// <summary>The wordings of a picture, the given one first.</summary>
    /// <param name="colours">Names of its colours, the most frequent first.</param>
    /// <param name="background">The colour a transparent picture was laid on; null for opaque ones.</param>
    public static IReadOnlyList<string> Of(CaptionedPicture picture, IReadOnlyList<string> colours, string? background)
    {
        if (picture.Captions.Count > 0) return [.. picture.Captions.Prepend(picture.Caption).Distinct()];
        List<string> all = [.. Plain(picture, background)];
        var (given, style) = (all[0], Style(picture));
        if (colours.Count > 0)
        {
            var palette = string.Join(" and ", colours.Take(2));
            all.Add($"{given}, mostly {palette}");
            all.Add($"{palette} {picture.Name}, {style}");
        }
        string[] tags = [.. picture.Tags.Where(t => !given.Contains(t, StringComparison.OrdinalIgnoreCase)).Take(3)];
        if (tags.Length > 0) all.Add($"{style} of {picture.Name}, {string.Join(", ", tags)}{(colours.Count > 0 ? $", {string.Join(", ", colours)}" : "")}");
        return [.. all.Distinct()];
    }

    static string Style(CaptionedPicture picture) => StyleWords(picture.Style);

    /// <summary>How captions name a style.</summary>
    public static string StyleWords(string style) => styles.GetValueOrDefault(style) ?? style.Replace('-', ' ');

    /// <summary>Thing and style, nothing measured.</summary>
    static IEnumerable<string> Plain(CaptionedPicture picture, string? background)
    {
        var (style, given) = (Style(picture), picture.Caption);
        if (background is not null and not "white") given = given.Replace("white background", background + " background", StringComparison.Ordinal);
        if (background is not null && !given.Contains("background", StringComparison.Ordinal)) given += $", {background} background";
        return [given, $"{picture.Name}, {style}", $"{style} of {picture.Name}"];
    }

    /// <summary>The wordings of a picture whose thing is of one colour, with that colour in front of its name in place of those that the name says.</summary>
    public static IReadOnlyList<string> Coloured(CaptionedPicture picture, string colour, string? background)
    {
        var name = $"{colour} {NamedColours.Without(picture.Name)}";
        // The given caption only where it holds the name, with the article that fits.
        var given = picture.Caption.IndexOf(picture.Name, StringComparison.Ordinal) is >= 0 and var at ? Fitting(picture.Caption[..at], name) + name + picture.Caption[(at + picture.Name.Length)..] : null;
        return [.. Plain(picture with { Name = name, Caption = given ?? $"{name}, {Style(picture)}" }, background).Distinct()];
    }

    static string Fitting(string before, string name)
    {
        if (before.EndsWith(" an ", StringComparison.Ordinal) || before == "an ") before = before[..^2] + " ";
        return before.EndsWith(" a ", StringComparison.Ordinal) || before == "a " ? (name[0] == 'o' ? before[..^1] + "n " : before) : before;
    }

    /// <summary>Wordings of a mirrored picture.</summary>
    public static IReadOnlyList<string> Mirrored(IReadOnlyList<string> captions)
        => [.. captions.Where(c => !c.Contains(", view ", StringComparison.Ordinal)).Select(c => Side().Replace(c, m => m.Value == "left" ? "right" : "left")).Distinct()];

    [GeneratedRegex(@"\b(left|right)\b")]
    private static partial Regex Side();
}
