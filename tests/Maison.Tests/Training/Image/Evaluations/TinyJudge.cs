using System.Text.Json;
using Maison.Models.Image;
using Maison.Training.Image.Evaluations;

namespace Maison.Tests.Training.Image.Evaluations;

/// <summary>A judge of random weights that knows a few names, with measures and real pictures that were made up.</summary>
static class TinyJudge
{
    static readonly JsonSerializerOptions json = new(JsonSerializerDefaults.Web);

    public static readonly JudgeConfig Config = new() { Side = 16, Channels = 4, Styles = ["emoji-3d-render", "photo", "pixel-art"], Names = ["balloon", "cube", "glass", "matte", "sphere", "star"] };

    /// <summary>Writes it and returns its folder.</summary>
    public static string Write(string folder)
    {
        var judge = new PictureJudge(Config);
        ImageInit.Initialise(judge, 5);
        ImageCheckpoint.Save(folder, judge);
        var measures = new JudgeMeasures(new Dictionary<string, CheckAccuracy> { ["colours/colour"] = new(10, 0.9, 0.02, "made up"), ["counts/count"] = new(4, 0.75, 0.1, "made up") }, [new("photo", 3, 1, 0, 0, 0)], 0.5, 0.25, 7, 0.125);
        File.WriteAllText(Path.Combine(folder, ImageJudge.MeasuresName), JsonSerializer.Serialize(measures, json));
        var random = new Random(2);
        File.WriteAllLines(Path.Combine(folder, ImageJudge.ReferencesName), Enumerable.Range(0, 6).Select(i => JsonSerializer.Serialize(
            new ReferencePicture("shapes", "emoji-flat", $"disc {i}", $"disc number {i}", ReferencePicture.Packed(Enumerable.Range(0, Config.Features).Select(_ => random.NextSingle()))), json)));
        return folder;
    }
}
