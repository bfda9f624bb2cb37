// Words a scene in several ways: bare, short, long, with the style named, relations told from either side. Nothing is said that the scene
// does not hold; every wording is chosen by the scene's own random numbers.

using Maison.Data.Shards;

namespace Maison.Data.Pictures.Scenes;

public static class SceneCaptions
{
    const ulong Purpose = 0xCA97;

    /// <summary>Style of rendered scenes.</summary>
    public const string Style = "rendered-scene";
    static readonly string[] numbers = ["", "one", "two", "three", "four"];
    static readonly string[] renders = ["3D render", "rendered scene", "photo-like render"];

    /// <summary>Five wordings, the barest first.</summary>
    public static IReadOnlyList<string> Of(SceneAssets assets, SceneContents scene, ulong seed, long number)
    {
        var random = SplitMix64.For(seed, Purpose, (ulong)number);
        string where = Where(scene.Place, ref random), light = Light(scene, ref random), behind = Behind(assets, scene), view = Seen(scene.View, ref random), style = One(ref random, renders);
        var what = What(assets, scene, other: false, turned: false);
        return
        [
            $"{what} {where}{(scene.Sky.Length > 0 ? behind : "")}, {light}",
            $"{What(assets, scene, other: false, turned: random.Below(2) == 0)}, {style}",
            $"{One(ref random, renders)} of {What(assets, scene, other: random.Below(2) == 0, turned: false)} {where}{behind}",
            $"{Article(style)} of {What(assets, scene, other: random.Below(2) == 0, turned: true)} {where}{behind}, {Light(scene, ref random)}{view}",
            $"{style}: {What(assets, scene, other: true, turned: random.Below(2) == 0)} {Where(scene.Place, ref random)}, {Light(scene, ref random)}{view}",
        ];
    }

    /// <summary>The concept: what is there, without where and when.</summary>
    public static string Name(SceneAssets assets, SceneContents scene) => scene.Items.Count > 1 ? string.Join(" and ", scene.Items.Select(i => Plain(assets, i, false)))
        : scene.Count > 1 ? $"{numbers[scene.Count]} {Plural(Plain(assets, scene.Items[0], false))}"
        : Plain(assets, scene.Items[0], false);

    /// <summary>Single words for search and balance.</summary>
    public static IReadOnlyList<string> Tags(SceneContents scene) => [.. scene.Items.SelectMany(i => (string[])[i.Thing, i.Colour, i.Material]).Where(w => w.Length > 0).Append(scene.Place.ToString().ToLowerInvariant()).Append(scene.Daylight.ToString().ToLowerInvariant()).Distinct()];

    static string What(SceneAssets assets, SceneContents scene, bool other, bool turned)
    {
        var first = Sized(assets, scene.Items[0], other);
        if (scene.Items.Count == 1) return scene.Count > 1 ? $"{numbers[scene.Count]} {Plural(first)}" : Article(first);
        var second = Sized(assets, scene.Items[1], other);
        var (a, b) = (Article(first), Article(second));
        return (scene.Relation, turned) switch
        {
            (Relation.LeftOf, false) => $"{a} to the left of {b}",
            (Relation.LeftOf, true) => $"{b} to the right of {a}",
            (Relation.InFrontOf, false) => $"{a} in front of {b}",
            (Relation.InFrontOf, true) => $"{b} behind {a}",
            (Relation.On, false) => $"{a} on top of {b}",
            (Relation.On, true) => $"{b} with {a} on it",
            _ => $"{a} and {b}",
        };
    }

    static string Sized(SceneAssets assets, SceneItem item, bool other) => item.Size switch
    {
        Size.Small => (other ? "little " : "small ") + Plain(assets, item, other),
        Size.Large => (other ? "big " : "large ") + Plain(assets, item, other),
        _ => Plain(assets, item, other),
    };

    static string Plain(SceneAssets assets, SceneItem item, bool other)
    {
        var thing = assets.Shapes(item.Thing)[0];
        var material = Vocabulary.Materials.FirstOrDefault(m => m.Name == item.Material);
        return string.Join(' ', ((string?[])[item.Colour, other ? material?.Other : material?.Name, other ? thing.Other : thing.Name]).Where(w => !string.IsNullOrEmpty(w)));
    }

    static string Where(Place place, ref SplitMix64 random) => place switch
    {
        Place.WoodenTable => One(ref random, "on a wooden table", "on a table of wood"),
        Place.Window => One(ref random, "on a wooden table by a window", "on a wooden table in front of a window"),
        Place.StoneFloor => One(ref random, "on a stone floor", "on stone slabs"),
        Place.Grass => One(ref random, "on grass", "on a lawn"),
        Place.Tiles => One(ref random, "on a tiled floor", "on floor tiles"),
        Place.Cloth => One(ref random, "on a tablecloth", "on a table with a patterned cloth"),
        Place.Studio => One(ref random, "in a plain studio", "on a plain studio backdrop"),
        Place.Meadow => One(ref random, "in a meadow under the sky", "on a meadow below a wide sky"),
        Place.WoodenFloor => One(ref random, "on a wooden floor", "on floorboards"),
        Place.Sand => One(ref random, "on sand", "on a sandy beach"),
        _ => One(ref random, "on snow", "in the snow"),
    };

    /// <summary>What is behind, where the camera does not look down.</summary>
    static string Behind(SceneAssets assets, SceneContents scene) => scene.View is View.Above && scene.Place is not Place.Studio ? "" : scene.Sky.Length > 0 ? " " + assets.Skies.First(s => s.File == scene.Sky).Phrase
        : scene.Backdrop.Length == 0 ? "" : scene.Place is Place.Studio ? $", {scene.Backdrop} background" : $", {scene.Backdrop} wall";

    static string Light(SceneContents scene, ref SplitMix64 random) => scene.Daylight switch
    {
        Daylight.Morning => One(ref random, "morning light", "in the morning", "soft morning light"),
        Daylight.Noon => scene.Backdrop.Length > 0 ? One(ref random, "daylight", "at noon", "bright daylight") : One(ref random, "noon sun", "at noon", "bright sunshine"),
        Daylight.Evening => One(ref random, "evening light", "in the evening", "warm evening light"),
        Daylight.Overcast => One(ref random, "overcast light", "on a cloudy day", "soft grey light"),
        Daylight.Lamp => One(ref random, "at night by lamplight", "night, lit by a lamp", "lamplight at night"),
        Daylight.Indoor => One(ref random, "indoor light", "light of the room", "soft indoor light"),
        Daylight.Night => One(ref random, "at night", "night", "in the dark of night"),
        _ => One(ref random, "studio light", "studio lighting", "soft studio light"),
    };

    static string Seen(View view, ref SplitMix64 random) => view switch
    {
        View.Low => One(ref random, ", low camera", ", seen from low down"),
        View.Above => One(ref random, ", seen from above", ", high camera"),
        _ => One(ref random, "", ", at eye level"),
    };

    static string Article(string words) => ("aeiou".Contains(words[0], StringComparison.Ordinal) ? "an " : "a ") + words;

    /// <summary>Several of what one is called.</summary>
    internal static string Plural(string words) => words.EndsWith("fish", StringComparison.Ordinal) || words.EndsWith("deer", StringComparison.Ordinal) ? words
        : words.EndsWith("shelf", StringComparison.Ordinal) ? words[..^1] + "ves"
        : words.EndsWith("piece of wood", StringComparison.Ordinal) ? words.Replace("piece", "pieces", StringComparison.Ordinal)
        : (string[])["chest of", "head of", "boat with", "horse with", "book lying"] is var heads && heads.FirstOrDefault(h => words.Contains(h, StringComparison.Ordinal)) is { } head ? words.Replace(head, head.Insert(head.IndexOf(' '), "s"), StringComparison.Ordinal)
        : words.EndsWith('s') || words.EndsWith('x') || words.EndsWith("sh", StringComparison.Ordinal) || words.EndsWith("ch", StringComparison.Ordinal) ? words + "es"
        : words + "s";

    static string One(ref SplitMix64 random, params ReadOnlySpan<string> of) => of[random.Below(of.Length)];
}
