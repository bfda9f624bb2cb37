// What scenes take from files: photographed skies as light and backdrop. All of it is optional, since what is painted and made by rule is enough
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
    const string SkyFolder = "hdri_sky/hdr";

    /// <summary>No files: everything is made by rule.</summary>
    public static SceneAssets None { get; } = new([]);

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

    SceneAssets(PhotographedSky[] skies) => Skies = skies;

    internal IReadOnlyList<PhotographedSky> Skies { get; }

    /// <summary>What is used, for a licence; empty without any.</summary>
    public string Used => Skies.Count == 0 ? "" : $"{Skies.Count} photographed skies of Poly Haven (polyhaven.com, CC0)";

    /// <summary>Reads a folder that holds hdri_sky/hdr.</summary>
    /// <exception cref="FileNotFoundException">It holds nothing of use.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static SceneAssets Read(string folder)
    {
        List<PhotographedSky> skies = [];
        foreach (var (file, phrase, daylight, inside) in catalogue)
        {
            var path = Path.Combine(folder, SkyFolder, file + ".hdr");
            if (!File.Exists(path)) continue;
            try
            {
                var (width, height, pixels) = HdrFile.Read(File.ReadAllBytes(path));
                var map = new EnvironmentMap(width, height, pixels);
                skies.Add(new(file, phrase, daylight, inside, map.Scaled(1 / MathF.Max(1e-4f, EnvironmentMap.Luminance(map.OnGround())))));
            }
            catch (InvalidDataException e) { throw new InvalidDataException($"{path}: {e.Message}", e); }
        }
        return skies.Count > 0 ? new([.. skies]) : throw new FileNotFoundException($"{folder} holds no {SkyFolder}/NAME.hdr that scenes know. Name the folder of the assets, or none.");
    }
}
