// The prompts of rendered scenes: the renderer's own words in pairs that it never shows in training. Every colour differs from what it stands on and
// from the wall behind, or no pixel could tell whether it is there.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Scenes;

namespace Maison.Training.Image.Evaluations;

public static partial class ImagePrompts
{
    const int Singles = 48, PerCount = 9, MostCount = 4, PerRelation = 12;

    /// <summary>Where scenes are set, and the colours that could not be seen there.</summary>
    static readonly Set[] sets =
    [
        new(Place.Studio, "light grey", Daylight.Studio, "in a plain studio", "light grey background", "studio light", ["grey", "white"]),
        new(Place.WoodenTable, "white", Daylight.Noon, "on a wooden table", "white wall", "daylight", ["brown", "orange", "white", "yellow", "grey"]),
        new(Place.Snow, "", Daylight.Noon, "on snow", "", "noon sun", ["white", "grey", "blue"]),
        new(Place.Studio, "light blue", Daylight.Studio, "in a plain studio", "light blue background", "studio light", ["blue", "white", "grey"]),
        new(Place.Grass, "", Daylight.Noon, "on grass", "", "bright sunshine", ["green", "blue", "brown"]),
        new(Place.WoodenFloor, "light green", Daylight.Morning, "on a wooden floor", "light green wall", "morning light", ["brown", "orange", "green", "yellow", "grey"]),
        new(Place.Studio, "white", Daylight.Studio, "on a plain studio backdrop", "white background", "soft studio light", ["white", "grey"]),
        new(Place.Sand, "", Daylight.Overcast, "on sand", "", "overcast light", ["yellow", "brown", "orange", "white", "grey", "blue"]),
    ];

    /// <summary>A set in the renderer's terms and in words.</summary>
    /// <param name="Unseen">Colours that could not be told from it.</param>
    sealed record Set(Place Place, string Backdrop, Daylight Daylight, string Where, string Behind, string Light, string[] Unseen)
    {
        /// <summary>All of it in words; from above no wall is seen, only the ground of a studio.</summary>
        public string Words(bool above) => string.Join(", ", new[] { Where, above && Place is not Place.Studio ? "" : Behind, Light, above ? "seen from above" : "" }.Where(w => w.Length > 0));
    }

    /// <summary>Solids, by the names that scenes use.</summary>
    public static IReadOnlyList<string> Solids { get; } = [.. Vocabulary.Things.Select(t => t.Name)];

    /// <summary>What solids are made of.</summary>
    public static IReadOnlyList<string> Materials { get; } = [.. Vocabulary.Materials.Select(m => m.Name)];

    /// <summary>Materials whose colour is plain to see.</summary>
    static readonly string[] plain = ["matte", "glossy", "stone", "fabric", "wooden"];

    static readonly string[] numbers = ["no", "one", "two", "three", "four"];

    static (string Thing, string Colour)[] UnseenThings() => [.. NamedColours.All.SelectMany(c => Solids.Where(t => HeldOutPairs.Thing(t, c)).Select(t => (t, c)))];

    static IEnumerable<ImagePrompt> Scenes()
    {
        var pairs = UnseenThings();
        var lying = pairs.Where(p => p.Thing is not ("star" or "heart")).ToArray();
        (string Material, string Colour)[] coats = [.. Materials.SelectMany(m => NamedColours.All.Where(c => HeldOutPairs.Material(m, c)).Select(c => (m, c)))];
        for (var i = 0; i < Singles; i++)
        {
            // By turns a thing in a colour, and a material in a colour, that were never shown together.
            var (pair, coat, turn) = (pairs[i / 2 % pairs.Length], coats[i / 2 % coats.Length], i / 2);
            var item = i % 2 == 0 ? Item(pair.Thing, pair.Colour, Materials[(turn + turn / pairs.Length) % Materials.Count]) : Item(Solids[(5 * turn + turn / Solids.Count) % Solids.Count], coat.Colour, coat.Material);
            yield return Scene(Single, Article(item), [item], [Asked(item, material: true)], 1, Relation.None, i, checkCount: false);
        }
        for (var i = 0; i < PerCount * MostCount; i++)
        {
            // Stars and hearts stand, and are not known from above.
            var (thing, colour) = lying[7 * i % lying.Length];
            var item = Item(thing, colour, plain[(i + i / lying.Length) % plain.Length]);
            var count = i % MostCount + 1;
            yield return Scene(Counted, count == 1 ? Article(item) : $"{numbers[count]} {Words(item)}{(item.Thing.EndsWith('s') ? "es" : "s")}", [item], [Asked(item)], count, Relation.None, i + 1, checkCount: true);
        }
        for (var i = 0; i < 5 * PerRelation; i++) yield return Related(i, pairs);
    }

    static ImagePrompt Related(int i, (string Thing, string Colour)[] pairs)
    {
        var (thing, colour) = pairs[(3 * i + 1) % pairs.Length];
        var a = Item(thing, colour, plain[i % plain.Length]);
        string[] others = i % 5 == 4 ? [.. Vocabulary.Things.Where(t => t.Carries && t.Name != thing).Select(t => t.Name)] : [.. Solids.Where(s => s != thing)];
        // The other thing takes a colour that tells them apart and is seen where they are.
        var open = NamedColours.All.Where(c => c != colour && !SetOf(i, colour).Unseen.Contains(c)).ToArray();
        var b = Item(others[(i + i / 4) % others.Length], open[(2 * i + i / 3) % open.Length], plain[(i + 2) % plain.Length]);
        AskedThing[] asked = [Asked(a), Asked(b)];
        string one = Article(a), two = Article(b);
        return (i % 5) switch
        {
            0 => Scene(TwoSolids, $"{one} to the left of {two}", [a, b], asked, 1, Relation.LeftOf, i, bearing: Bearing.LeftOf),
            1 => Scene(TwoSolids, $"{one} to the right of {two}", [b, a], asked, 1, Relation.LeftOf, i, bearing: Bearing.RightOf),
            2 => Scene(TwoSolids, $"{one} in front of {two}", [a, b], asked, 1, Relation.InFrontOf, i, bearing: Bearing.Below),
            3 => Scene(TwoSolids, $"{one} behind {two}", [b, a], asked, 1, Relation.InFrontOf, i, bearing: Bearing.Above),
            _ => Scene(TwoSolids, $"{one} on top of {two}", [a with { Size = Size.Small }, b], asked, 1, Relation.On, i, bearing: Bearing.Above),
        };
    }

    static ImagePrompt Scene(string group, string what, IReadOnlyList<SceneItem> items, IReadOnlyList<AskedThing> asked, int count, Relation relation, int number, bool checkCount = false, Bearing? bearing = null)
    {
        var set = SetOf(number, asked[0].Colour!);
        // From above, things hide each other less.
        var above = count > 1;
        return new($"{what} {set.Words(above)}", group, null, asked, checkCount ? count : null, bearing, new(items, count, relation, set.Place, set.Daylight, above ? View.Above : View.Eye, set.Backdrop, ""));
    }

    /// <summary>The set of a prompt: the next one in which its colour is seen.</summary>
    static Set SetOf(int number, string colour) => Enumerable.Range(number, sets.Length).Select(n => sets[n % sets.Length]).First(s => !s.Unseen.Contains(colour));

    static SceneItem Item(string thing, string colour, string material) => new(thing, colour, material, Size.Middle);

    static AskedThing Asked(SceneItem item, bool material = false) => new(item.Thing, item.Colour, material ? item.Material : null);

    static string Words(SceneItem item) => $"{item.Colour} {item.Material} {item.Thing}";

    static string Article(SceneItem item) => ("aeiou".Contains(item.Colour[0], StringComparison.Ordinal) ? "an " : "a ") + Words(item);
}
