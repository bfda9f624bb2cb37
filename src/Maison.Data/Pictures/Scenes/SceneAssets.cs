// What scenes take from files: photographed skies as light and backdrop, and models of things. All of it is optional, since what is painted and made by rule is enough
// for a scene. A folder that is named but holds none of it is an error, not a poorer corpus.

using System.Numerics;
using Maison.Data.Pictures.Rendering;

namespace Maison.Data.Pictures.Scenes;

/// <summary>Surroundings that were photographed.</summary>
/// <param name="File">Name without its ending.</param>
/// <param name="Phrase">Where that is.</param>
/// <param name="Inside">Whether it has a roof.</param>
sealed record PhotographedSky(string File, string Phrase, Daylight Daylight, bool Inside, EnvironmentMap Light);

/// <summary>Files that scenes use.</summary>
public sealed class SceneAssets
{
    const string SkyFolder = "hdri_sky/hdr", ModelFolder = "models3d_quaternius/glb";

    /// <summary>No files: everything is made by rule.</summary>
    public static SceneAssets None { get; } = new([], []);

    static readonly (string File, string Phrase, Daylight Daylight, bool Inside)[] catalogue =
    [
        ("adams_place_bridge", "in a glass footbridge", Daylight.Indoor, true), ("aristea_wreck_puresky", "by the sea", Daylight.Evening, false), ("autoshop_01", "in an empty hall", Daylight.Indoor, true),
        ("brown_photostudio_02", "in a bright loft", Daylight.Indoor, true), ("brown_photostudio_06", "in a sunlit room", Daylight.Indoor, true), ("chinese_garden", "in a garden", Daylight.Noon, false),
        ("dikhololo_night", "under a starry sky", Daylight.Night, false), ("empty_warehouse_01", "in a warehouse", Daylight.Indoor, true), ("forest_slope", "in a pine forest", Daylight.Noon, false),
        ("hilly_terrain_01", "among green hills", Daylight.Noon, false), ("immenstadter_horn", "on a mountain", Daylight.Noon, false), ("kiara_1_dawn", "among rocky hills", Daylight.Morning, false),
        ("kloppenheim_05", "by a field", Daylight.Noon, false), ("leadenhall_market", "in a market hall", Daylight.Indoor, true), ("modern_buildings_2", "between modern buildings", Daylight.Noon, false),
        ("noon_grass", "in a park", Daylight.Noon, false), ("peppermint_powerplant", "in an old factory", Daylight.Indoor, true), ("phalzer_forest_01", "in a forest", Daylight.Overcast, false),
        ("potsdamer_platz", "between office towers", Daylight.Overcast, false), ("rooitou_park", "in a park", Daylight.Evening, false), ("royal_esplanade", "in a lobby", Daylight.Indoor, true),
        ("sky", "under a blue sky with clouds", Daylight.Noon, false), ("spruit_sunrise", "in a misty field", Daylight.Morning, false), ("st_fagans_interior", "in a lobby", Daylight.Indoor, true),
        ("st_peters_square_night", "on a city square", Daylight.Night, false), ("studio_small_03", "in a photo studio", Daylight.Studio, true), ("studio_small_05", "in a photo studio", Daylight.Studio, true),
        ("venice", "on a palace square", Daylight.Evening, false), ("venice_sunset", "by a lagoon", Daylight.Evening, false), ("workshop", "in a workshop", Daylight.Indoor, true),
    ];

    /// <summary>Models that look like their names when they are small: name, another name, whether their largest part may have any colour, files.</summary>
    static readonly (string Name, string Other, bool Painted, string[] Files)[] models =
    [
        ("alpaca", "llama", false, ["animals_pack-Alpaca"]), ("bull", "ox", false, ["animals_pack-Bull"]), ("cow", "dairy cow", false, ["animals_pack-Cow"]), ("deer", "stag", false, ["animals_pack-Deer"]),
        ("donkey", "grey donkey", false, ["animals_pack-Donkey"]), ("fox", "red fox", false, ["animals_pack-Fox"]), ("horse", "brown horse", false, ["animals_pack-Horse"]), ("white horse", "horse with white fur", false, ["animals_pack-Horse_White"]),
        ("carrot", "fresh carrot", false, ["crops_pack-Carrot_Crop"]), ("apple", "ripe apple", false, ["crops_pack-Apple_Crop"]), ("lettuce", "head of lettuce", false, ["crops_pack-Lettuce_Crop"]), ("mushroom", "toadstool", false, ["crops_pack-Mushroom_2"]),
        ("cactus", "green cactus", false, ["nature_pack-Cactus_1", "nature_pack-Cactus_3", "crops_pack-Cactus_3"]), ("bush", "green bush", false, ["nature_pack-Bush_1", "simple_nature_pack-Bush2"]), ("tree", "small tree", false, ["simple_nature_pack-Tree1", "simple_nature_pack-Tree2", "simple_nature_pack-Tree3"]),
        ("houseplant", "potted plant", false, ["house_interior_pack-Houseplant_1", "house_interior_pack-Houseplant_2", "house_interior_pack-Houseplant_5", "house_interior_pack-Houseplant_7"]), ("rock", "boulder", false, ["nature_pack-Rock_1", "nature_pack-Rock_3", "nature_pack-Rock_5"]),
        ("fish", "small fish", false, ["fish_pack-Fish1", "fish_pack-Fish2", "fish_pack-Fish3"]), ("dolphin", "leaping dolphin", false, ["fish_pack-Dolphin"]), ("shark", "grey shark", false, ["fish_pack-Shark"]), ("whale", "blue whale", false, ["fish_pack-Whale"]),
        ("chair", "seat", true, ["house_interior_pack-Chair_1", "house_interior_pack-Chair_2", "house_interior_pack-Chair_3", "house_interior_pack-Chair_4"]), ("couch", "sofa", true, ["house_interior_pack-Couch_Small1", "house_interior_pack-Couch_Medium1", "house_interior_pack-Couch_Medium2"]),
        ("bed", "double bed", false, ["house_interior_pack-Bed_King"]), ("chest of drawers", "dresser", true, ["house_interior_pack-Drawer_1", "house_interior_pack-Drawer_2", "house_interior_pack-Drawer_4"]), ("bookshelf", "shelf", true, ["house_interior_pack-Bookshelf"]),
        ("bathtub", "bath", false, ["house_interior_pack-Bathroom_Bathtub"]), ("toilet", "lavatory", false, ["house_interior_pack-Bathroom_Toilet"]), ("washing machine", "washer", false, ["house_interior_pack-Bathroom_WashingMachine"]), ("fridge", "refrigerator", false, ["house_interior_pack-Kitchen_Fridge"]),
        ("oven", "kitchen oven", false, ["house_interior_pack-Kitchen_Oven"]), ("book", "closed book", false, ["rpg_items_pack-Book1_Closed", "rpg_items_pack-Book2_Closed"]), ("open book", "book lying open", false, ["rpg_items_pack-Book1_Open"]), ("chalice", "goblet", true, ["rpg_items_pack-Chalice"]),
        ("crown", "golden crown", false, ["rpg_items_pack-Crown"]), ("crystal", "gem", true, ["rpg_items_pack-Crystal1", "rpg_items_pack-Crystal2", "rpg_items_pack-Crystal4"]), ("chicken leg", "drumstick", false, ["rpg_items_pack-ChickenLeg"]), ("boat", "rowing boat", true, ["ships_pack-Boat"]),
        ("sailing boat", "boat with a sail", false, ["ships_pack-BoatWSail"]), ("ship", "cruise ship", false, ["ships_pack-CruiseShip"]), ("stop sign", "red stop sign", false, ["street_pack-Sign_Stop"]), ("traffic light", "signal light", false, ["street_pack-TrafficLight"]),
        ("axe", "hatchet", false, ["survival_pack-Axe"]), ("campfire", "bonfire", false, ["survival_pack-Bonfire"]), ("tin can", "can", false, ["survival_pack-Can_Closed"]), ("first aid kit", "first aid box", false, ["survival_pack-FirstAidKit_Hard"]), ("cooking pot", "pot", false, ["survival_pack-Pot"]),
        ("frying pan", "pan", false, ["survival_pack-Pan"]), ("radio", "old radio", false, ["survival_pack-Radio"]), ("shovel", "spade", false, ["survival_pack-Shovel"]), ("water bottle", "drinking bottle", false, ["survival_pack-WaterBottle_2"]), ("log", "piece of wood", false, ["survival_pack-WoodLog"]),
    ];

    readonly Dictionary<string, NamedThing[]> byName;

    SceneAssets(PhotographedSky[] skies, NamedThing[] models)
    {
        Skies = skies;
        Models = [.. models.Select(m => m.Name).Distinct()];
        byName = Vocabulary.Things.Concat(models).GroupBy(t => t.Name).ToDictionary(g => g.Key, g => g.ToArray());
    }

    /// <summary>Names of models.</summary>
    internal IReadOnlyList<string> Models { get; }

    /// <summary>The shapes of a name; a model may have several.</summary>
    internal IReadOnlyList<NamedThing> Shapes(string name) => byName[name];

    internal IReadOnlyList<PhotographedSky> Skies { get; }

    /// <summary>What is used, for a licence; empty without any.</summary>
    public string Used => string.Join(" and ", ((string[])
    [
        Skies.Count > 0 ? $"{Skies.Count} photographed skies of Poly Haven (polyhaven.com, CC0)" : "",
        Models.Count > 0 ? $"models of {Models.Count} things by Quaternius (quaternius.com, CC0)" : "",
    ]).Where(u => u.Length > 0));

    /// <summary>Reads a folder that holds hdri_sky/hdr, models3d_quaternius/glb, or both.</summary>
    /// <exception cref="FileNotFoundException">It holds nothing of use.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static SceneAssets Read(string folder)
    {
        List<PhotographedSky> skies = [];
        foreach (var (file, phrase, daylight, inside) in catalogue)
            if (Found<(int Width, int Height, Vector3[] Pixels)?>(folder, SkyFolder, file + ".hdr", bytes => HdrFile.Read(bytes)) is { } picture)
            {
                var map = new EnvironmentMap(picture.Width, picture.Height, picture.Pixels);
                skies.Add(new(file, phrase, daylight, inside, map.Scaled(1 / MathF.Max(1e-4f, EnvironmentMap.Luminance(map.OnGround())))));
            }
        List<NamedThing> things = [];
        foreach (var (name, other, painted, files) in models)
            foreach (var file in files)
                if (Found<Model>(folder, ModelFolder, file + ".glb", bytes => GlbFile.Read(bytes)) is { } model) things.Add(Thing(name, other, painted, model));
        return skies.Count + things.Count > 0 ? new([.. skies], [.. things]) : throw new FileNotFoundException($"{folder} holds neither {SkyFolder}/NAME.hdr nor {ModelFolder}/NAME.glb that scenes know. Name the folder of the assets, or none.");
    }

    static T? Found<T>(string folder, string under, string file, Func<byte[], T> read)
    {
        var path = Path.Combine(folder, under, file);
        if (!File.Exists(path)) return default;
        try { return read(File.ReadAllBytes(path)); }
        catch (InvalidDataException e) { throw new InvalidDataException($"{path}: {e.Message}", e); }
    }

    /// <summary>A model brought to unit size over the origin.</summary>
    static NamedThing Thing(string name, string other, bool painted, Model model)
    {
        var (low, high) = model.Mesh.Bounds();
        var size = high - low;
        var middle = (low + high) / 2;
        var mesh = model.Mesh.Moved(Matrix4x4.CreateTranslation(-middle.X, -low.Y, -middle.Z) * Matrix4x4.CreateScale(1.1f / MathF.Max(size.X, MathF.Max(size.Y, size.Z))));
        var areas = new float[model.Colours.Length];
        for (var t = 0; t < mesh.Triangles; t++)
        {
            Vector3 a = mesh.Positions[mesh.Corners[3 * t]], b = mesh.Positions[mesh.Corners[3 * t + 1]], c = mesh.Positions[mesh.Corners[3 * t + 2]];
            areas[mesh.Parts![t]] += Vector3.Cross(b - a, c - a).Length();
        }
        return new(name, other, mesh, Parts: model.Colours, Painted: painted ? Array.IndexOf(areas, areas.Max()) : -1);
    }
}
