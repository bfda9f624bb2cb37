// What becomes of a picture: every check that its prompt asks for, passed or not. Things, styles and materials are told by the judge, as the likeliest of
// those that any prompt asks for; colours, counts and places by pixels alone.

using Maison.Data.Pictures;
using Maison.Data.Pictures.Measures;
using Maison.Inference.Pictures;

namespace Maison.Training.Image.Evaluations;

/// <summary>A picture's checks.</summary>
/// <param name="Saw">What the judge takes it for, likeliest first.</param>
/// <param name="SawStyle">The style that it takes it to be in.</param>
public sealed record PictureVerdict(string Prompt, string Group, ulong Seed, IReadOnlyDictionary<string, bool> Checks, IReadOnlyList<string> Saw, string SawStyle)
{
    /// <summary>Whether all is as asked.</summary>
    public bool Right => Checks.Values.All(c => c);
}

/// <summary>Checks pictures against their prompts.</summary>
public sealed class PictureReferee
{
    /// <summary>How much of a picture is looked at around a thing, in sizes of it; more shows its neighbour.</summary>
    static readonly double[] margins = [1.15, 1.3, 1.5];

    readonly ImageJudge judge;
    readonly Func<IReadOnlyList<Picture>, IReadOnlyList<Appraisal>> look;
    readonly (string Name, int[] Labels)[] things, materials;

    /// <param name="look">How one thing of a scene is looked at; null for the judge's own look.</param>
    public PictureReferee(ImageJudge judge, Func<IReadOnlyList<Picture>, IReadOnlyList<Appraisal>>? look = null)
    {
        this.judge = judge;
        this.look = look ?? (pictures => judge.Look(pictures));
        things = Labelled(ImagePrompts.Things.Concat(ImagePrompts.Solids));
        materials = Labelled(ImagePrompts.Materials);
    }

    // What the judge does not know cannot be chosen; a prompt that asks for it fails, and the judge's card says what it knows.
    (string, int[])[] Labelled(IEnumerable<string> names)
        => [.. names.Distinct().Select(n => (n, ImagePrompts.Labels(n).Select(judge.NameOf).Where(i => i >= 0).ToArray())).Where(p => p.Item2.Length > 0)];

    /// <summary>Checks a picture.</summary>
    /// <param name="picture">Of any size, three bytes a pixel.</param>
    public PictureVerdict Check(ImagePrompt prompt, ulong seed, Picture picture, Appraisal seen)
    {
        var regions = new PictureRegions(picture);
        var checks = new Dictionary<string, bool>();
        // A thing of a scene is looked at alone, since it is small; one of two where its colour is, so that a name belongs to its colour.
        if (prompt.Scene is not null && prompt.Things.Count == 1 && regions.Things() is [var largest, ..]) seen = Alone(picture, largest) with { Styles = seen.Styles };
        var likeliest = Likeliest(seen, things);
        checks[CheckNames.Object] = prompt.Things.Count == 1 ? likeliest.FirstOrDefault() == prompt.Things[0].Name
            : prompt.Things.All(t => regions.Of(Colour(t)) is [var piece, ..] && Likeliest(Alone(picture, piece), things).FirstOrDefault() == t.Name);
        var style = judge.Styles[IndexOfMost(seen.Styles)];
        if (prompt.Style is { } asked) checks[CheckNames.Style] = ImagePrompts.Styles.First(s => s.Words == asked).Labels.Contains(style);
        if (prompt.Things.All(t => t.Colour is not null)) checks[CheckNames.Colour] = prompt.Things.Count == 1 ? PictureChecks.IsColour(regions, Colour(prompt.Things[0])) : prompt.Things.All(t => PictureChecks.HasColour(regions, Colour(t)));
        if (prompt.Things is [{ Material: { } material }]) checks[CheckNames.Material] = Likeliest(seen, materials).FirstOrDefault() == material;
        if (prompt.Count is { } count) checks[CheckNames.Count] = PictureChecks.Count(regions, prompt.Things[0].Colour is null ? null : Colour(prompt.Things[0])) == count;
        if (prompt.Bearing is { } bearing) checks[CheckNames.Position] = PictureChecks.Lies(regions, Colour(prompt.Things[0]), bearing, Colour(prompt.Things[1])) == true;
        if (prompt.Things.Count > 1) checks[CheckNames.Composition] = checks.Values.All(c => c);
        return new(prompt.Text, prompt.Group, seed, checks, [.. likeliest.Take(3)], style);
    }

    /// <summary>What the judge makes of a piece of a picture.</summary>
    Appraisal Alone(Picture picture, Region piece) => Appraisal.Mean(look([.. margins.Select(m => piece.Around(picture, m))]));

    static int Colour(AskedThing thing) => NamedColours.Of(thing.Colour!);

    static string[] Likeliest(Appraisal seen, (string Name, int[] Labels)[] of) => [.. of.OrderByDescending(c => c.Labels.Max(l => seen.Names[l])).Select(c => c.Name)];

    static int IndexOfMost(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
            if (values[i] > values[best]) best = i;
        return best;
    }
}
