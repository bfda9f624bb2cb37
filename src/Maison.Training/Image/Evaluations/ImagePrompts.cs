// The prompts of the evaluation, made of parts that an image model has met: things, colours, styles, solids, materials, counts, places. No whole is one
// that it was taught: colours that a thing never has (no view of its pictures is dyed, see HeldOutColours), styles in which nobody drew it, and in scenes
// pairs of words that the renderer keeps out of training. The list follows from the tables alone. `maison eval image --data` and packing compare it with
// the captions that were learned from.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;

namespace Maison.Training.Image.Evaluations;

/// <summary>A style as a prompt words it, and the judge's names for it.</summary>
public sealed record AskedStyle(string Words, IReadOnlyList<string> Labels);

/// <summary>All prompts.</summary>
public static partial class ImagePrompts
{
    /// <summary>How many there are; a command line can say so without making them.</summary>
    public const int Count = 240;

    /// <summary>Groups of prompts.</summary>
    public const string Colours = "colours", StylesOfThings = "styles", Single = "one solid", Counted = "counts", TwoSolids = "two solids";

    /// <summary>Styles that are asked for. Some are told apart by nobody but their makers, so the families count as one.</summary>
    public static IReadOnlyList<AskedStyle> Styles { get; } =
    [
        new("3D emoji", ["emoji-3d-render"]),
        new("gradient emoji", ["emoji-gradient"]),
        new("flat emoji", ["emoji-flat", "emoji-twemoji", "emoji-fxemoji"]),
        new("cartoon emoji", ["emoji-noto"]),
        new("outlined emoji", ["emoji-outline"]),
        new("pixel art", ["pixel-art"]),
        new("silhouette icon", ["icon-silhouette"]),
        new("low-poly 3D render", ["3d-lowpoly", "3d-lowpoly-isometric"]),
        new("photograph", ["photo", "photo-animal", "photo-food"]),
    ];

    static readonly string[] coloured = [.. HeldOutColours.Things];

    /// <summary>Things per style that no picture of the collection shows in it.</summary>
    static readonly (string Style, string[] Things)[] undrawn =
    [
        ("pixel art", ["guitar", "automobile", "crown", "key", "hamburger", "doughnut", "hammer", "camera", "rocket", "sailboat", "trophy", "cactus"]),
        ("silhouette icon", ["automobile", "bicycle", "doughnut", "tent", "bell", "balloon", "running shoe", "hammer", "axe", "candle", "camera", "palm tree"]),
        ("low-poly 3D render", ["rocket", "sailboat", "castle", "guitar", "crown", "snowman", "cactus", "bicycle", "airplane", "penguin", "drum", "anchor"]),
        ("photograph", ["strawberry", "guitar", "bicycle", "teapot", "chair", "rose", "sunflower", "cactus", "key", "crown", "automobile", "pizza"]),
    ];

    /// <summary>Names that count as another, where the collection has none of the plain one.</summary>
    static readonly Dictionary<string, string[]> kinds = new()
    {
        ["automobile"] = ["sedan", "sports sedan", "city car"],
    };

    /// <summary>Things that are asked for in drawn and photographed styles.</summary>
    public static IReadOnlyList<string> Things { get; } = [.. coloured.Concat(undrawn.SelectMany(u => u.Things)).Distinct()];

    // Made when they are asked for, since the tables of both files must be there first.
    static readonly Lazy<IReadOnlyList<ImagePrompt>> all = new(() => [.. ColouredThings(), .. ThingsInStyles(), .. Scenes()]);

    /// <summary>All prompts, in the order of their groups.</summary>
    public static IReadOnlyList<ImagePrompt> All => all.Value;

    /// <summary>The judge's names for a thing.</summary>
    public static IEnumerable<string> Labels(string name) => kinds.GetValueOrDefault(name, []).Prepend(name);

    /// <summary>So many of the prompts, spread over all groups.</summary>
    public static IReadOnlyList<ImagePrompt> Some(int count) => count >= All.Count ? All : [.. Enumerable.Range(0, count).Select(i => All[(int)((2L * i + 1) * All.Count / (2 * count))])];

    /// <summary>Prompts that are captions of some pictures, word for word, views of them counted.</summary>
    public static IReadOnlyList<string> Taught(PreparedPictures pictures)
    {
        var captions = pictures.All.SelectMany(p => p.Wordings).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. All.Select(p => p.Text).Where(captions.Contains)];
    }

    static IEnumerable<ImagePrompt> ColouredThings()
    {
        // White is no colour on a white ground; every thing comes twice, in colours and styles of other steps.
        string[] colours = [.. NamedColours.All.Where(c => c != "white")];
        string[] styles = ["3D emoji", "gradient emoji", "flat emoji", "cartoon emoji", "outlined emoji"];
        for (var i = 0; i < 2 * coloured.Length; i++)
        {
            string thing = coloured[i % coloured.Length], style = styles[i % styles.Length];
            var own = usual.GetValueOrDefault(thing, []);
            var colour = Enumerable.Range(0, colours.Length).Select(k => colours[(3 * i + i / coloured.Length + k) % colours.Length]).First(c => !own.Contains(c));
            yield return new($"{colour} {thing}, {style}", Colours, style, [new(thing, colour)]);
        }
    }

    /// <summary>Colours in which things are drawn anyway.</summary>
    static readonly Dictionary<string, string[]> usual = new()
    {
        ["automobile"] = ["red", "blue", "orange"],
        ["balloon"] = ["red"],
        ["mushroom"] = ["red", "brown", "orange"],
        ["star"] = ["yellow", "orange"],
        ["butterfly"] = ["blue", "orange", "purple"],
        ["fish"] = ["blue", "green", "orange"],
        ["house"] = ["brown", "orange", "red", "grey"],
        ["guitar"] = ["red", "brown", "orange"],
        ["rose"] = ["red", "pink", "green"],
        ["tent"] = ["orange", "brown", "yellow", "green"],
        ["bicycle"] = ["red", "blue", "grey", "black"],
        ["key"] = ["yellow", "grey", "orange"],
        ["crown"] = ["yellow", "orange"],
        ["running shoe"] = ["red", "blue", "grey"],
        ["cupcake"] = ["pink", "brown", "purple"],
        ["top hat"] = ["black", "grey", "purple", "blue"],
        ["rocket"] = ["red", "grey", "blue"],
        ["sailboat"] = ["blue", "red", "brown", "orange"],
        ["elephant"] = ["grey", "blue", "purple"],
        ["owl"] = ["brown", "orange", "grey"],
        ["banana"] = ["yellow", "orange", "green"],
        ["carrot"] = ["orange", "green", "red"],
        ["turtle"] = ["green", "brown", "yellow"],
        ["teapot"] = ["grey", "green", "blue", "brown", "red"],
    };

    static IEnumerable<ImagePrompt> ThingsInStyles()
        => undrawn.SelectMany(u => u.Things.Select(thing => new ImagePrompt($"{thing}, {u.Style}", StylesOfThings, u.Style, [new(thing)])));
}
