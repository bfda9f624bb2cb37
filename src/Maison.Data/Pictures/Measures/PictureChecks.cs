// Whether a picture shows what was asked for, as far as pixels tell: its colour, how many things, and which lies where.

namespace Maison.Data.Pictures.Measures;

/// <summary>Where one thing lies, seen from another.</summary>
public enum Bearing { LeftOf, RightOf, Above, Below }

/// <summary>Checks on the pixels of a picture.</summary>
public static class PictureChecks
{
    /// <summary>Share of what stands out that a colour needs.</summary>
    const double LeastColour = 0.12, LeastNeutral = 0.4;

    /// <summary>A piece counts as a thing from this share of the picture and of the largest piece.</summary>
    const double LeastArea = 0.004, LeastOfLargest = 0.2;

    /// <summary>Whether a colour is that of the picture's thing: the commonest hue; black, white or grey where it is commoner than every hue and makes up much.</summary>
    /// <param name="colour">Number of a name in <see cref="NamedColours.All"/>.</param>
    public static bool IsColour(PictureRegions regions, int colour)
    {
        var shares = regions.Colours();
        return shares[colour] >= (NamedColours.Hued(colour) ? LeastColour : LeastNeutral)
            && !Enumerable.Range(0, shares.Length).Any(i => i != colour && shares[i] > shares[colour] && (NamedColours.Hued(i) || !NamedColours.Hued(colour)));
    }

    /// <summary>Whether a picture shows a thing of a colour at all, whatever else it shows.</summary>
    public static bool HasColour(PictureRegions regions, int colour) => Things(regions.Of(colour)).Length > 0;

    /// <summary>How many things there are.</summary>
    /// <param name="colour">Of that colour only; null counts all that stands out.</param>
    public static int Count(PictureRegions regions, int? colour) => regions.Count(colour, LeastArea);

    /// <summary>Whether the largest thing of one colour lies so from the largest of another; null where one of them is not there.</summary>
    public static bool? Lies(PictureRegions regions, int colour, Bearing bearing, int other)
    {
        Region? one = Things(regions.Of(colour)).FirstOrDefault(), two = Things(regions.Of(other)).FirstOrDefault();
        if (one is null || two is null) return null;
        return bearing switch
        {
            Bearing.LeftOf => one.X < two.X,
            Bearing.RightOf => one.X > two.X,
            Bearing.Above => one.Y < two.Y,
            _ => one.Y > two.Y,
        };
    }

    static Region[] Things(IReadOnlyList<Region> regions) => [.. regions.Where(r => r.Area >= LeastArea && r.Area >= LeastOfLargest * regions[0].Area)];
}
