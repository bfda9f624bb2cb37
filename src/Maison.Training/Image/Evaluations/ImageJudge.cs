// A judge of pictures where it lies: its network, the features of real pictures to compare with, and how right its checks are on real pictures, which
// stands beside every score.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Training.Image.Evaluations;

/// <summary>How right a check is on real pictures.</summary>
/// <param name="Pictures">How many were checked.</param>
/// <param name="Accepted">Share of them that pass when asked for what they show.</param>
/// <param name="Wrong">Share that pass when asked for something else; null where that was not measured.</param>
/// <param name="On">Which pictures.</param>
public sealed record CheckAccuracy(int Pictures, double Accepted, double? Wrong, string On);

/// <summary>What real pictures give, to hold a model's against.</summary>
/// <param name="Checks">By the group of prompts and the check: "colours/object".</param>
/// <param name="Styles">Right styles and things per style, of pictures that the judge never saw.</param>
/// <param name="SameThing">Mean cosine of different photographs of one thing; null where none is photographed twice.</param>
/// <param name="SameThingInStyles">Mean cosine of one thing in different styles; null where none is.</param>
/// <param name="Frechet">Between two halves of the real held-out pictures.</param>
/// <param name="Kernel">Likewise.</param>
public sealed record JudgeMeasures(IReadOnlyDictionary<string, CheckAccuracy> Checks, IReadOnlyList<StyleAccuracy> Styles, double? SameThing, double? SameThingInStyles, double Frechet, double Kernel);

/// <summary>How right the judge is in a style.</summary>
/// <param name="Pictures">Of the style, never seen by the judge.</param>
/// <param name="Style">Share whose style it tells.</param>
/// <param name="Named">Pictures among them whose thing it could know.</param>
/// <param name="Thing">Share of those whose thing comes first among all that it knows.</param>
/// <param name="AmongFive">Share of those whose thing is among the first five.</param>
public sealed record StyleAccuracy(string Name, int Pictures, double Style, int Named, double Thing, double AmongFive);

/// <summary>A real picture of a concept that no painter learned from.</summary>
/// <param name="Caption">Its given caption.</param>
/// <param name="Features">Half-precision numbers, little-endian.</param>
public sealed record ReferencePicture(string Corpus, string Style, string Concept, string Caption, byte[] Features)
{
    /// <summary>The features as numbers.</summary>
    public float[] Values() => [.. Enumerable.Range(0, Features.Length / 2).Select(i => (float)BitConverter.ToHalf(Features, 2 * i))];

    /// <summary>Numbers as they are kept.</summary>
    public static byte[] Packed(IEnumerable<float> values) => [.. values.SelectMany(v => BitConverter.GetBytes((Half)v))];
}

/// <summary>A loaded judge; one caller at a time.</summary>
public sealed class ImageJudge : IDisposable
{
    /// <summary>The judge that comes with Maison.</summary>
    public const string Shipped = "maison-judge-1";

    /// <summary>Features and captions of real pictures, a line each.</summary>
    public const string ReferencesName = "references.jsonl";

    /// <summary>Its <see cref="JudgeMeasures"/>.</summary>
    public const string MeasuresName = "measures.json";

    readonly PictureJudge judge;
    readonly PictureAppraiser appraiser;
    readonly Dictionary<string, int> names;

    ImageJudge(string folder, PictureJudge judge, JudgeMeasures? measures, IReadOnlyList<ReferencePicture> references, Gang gang)
    {
        (Name, this.judge, Measures, References) = (Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))), judge, measures, references);
        appraiser = new(judge, gang);
        names = judge.Config.Names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
    }

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    /// <summary>Styles, in the order of an appraisal.</summary>
    public IReadOnlyList<string> Styles => judge.Config.Styles;

    /// <summary>Names, in the order of an appraisal.</summary>
    public IReadOnlyList<string> Names => judge.Config.Names;

    /// <summary>What real pictures give; null before that was measured.</summary>
    public JudgeMeasures? Measures { get; }

    public IReadOnlyList<ReferencePicture> References { get; }

    /// <summary>Whether a folder holds a judge, as far as a look tells.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, SafetensorsFile.ModelName)) && File.Exists(Path.Combine(folder, MeasuresName));

    /// <summary>Loads a judge. The gang stays the caller's.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one; names file and remedy.</exception>
    public static ImageJudge Load(string folder, Gang gang)
    {
        var judge = ImageCheckpoint.LoadJudge(folder);
        string measures = Path.Combine(folder, MeasuresName), references = Path.Combine(folder, ReferencesName);
        if (!File.Exists(measures)) return new(folder, judge, null, [], gang);
        try
        {
            ReferencePicture[] pictures = [.. File.ReadLines(references).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize(l, JudgeLinesJson.Default.ReferencePicture)!)];
            if (pictures.FirstOrDefault(p => p?.Features is null || p.Features.Length != 2 * judge.Config.Features) is not null) throw new JsonException($"a picture has not the {judge.Config.Features} features of this judge");
            return new(folder, judge, JsonSerializer.Deserialize(File.ReadAllBytes(measures), JudgeJson.Default.JudgeMeasures) ?? throw new JsonException("it is empty"), pictures, gang);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            throw new CheckpointFormatException(folder, $"{MeasuresName} and {ReferencesName}", $"cannot be read: {e.Message}", "restore them, or pack the judge again", e);
        }
    }

    /// <summary>Number of a name in <see cref="Names"/>; −1 for what the judge does not know.</summary>
    public int NameOf(string name) => names.GetValueOrDefault(name, -1);

    /// <summary>Appraisals of pictures of three bytes a pixel, of any size: styles and names as a picture and its mirror image say together, features of the picture.</summary>
    public IReadOnlyList<Appraisal> Look(IReadOnlyList<Picture> pictures, Action<int>? onPictures = null, CancellationToken stop = default)
    {
        Picture[] squares = [.. pictures.Select(p => PictureFile.Square(p, judge.Config.Side, nearest: false))];
        var seen = appraiser.Look([.. squares.SelectMany(p => new[] { p.Pixels, PictureFile.Mirrored(p).Pixels })], n => onPictures?.Invoke(n / 2), stop);
        return [.. seen.Chunk(2).Select(both => Appraisal.Mean(both) with { Features = both[0].Features })];
    }

    public void Dispose()
    {
        appraiser.Dispose();
        foreach (var slot in ModelWeights.Slots(judge)) (slot.Weight as IDisposable)?.Dispose();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(JudgeMeasures))]
[JsonSerializable(typeof(ImageScores))]
sealed partial class JudgeJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReferencePicture))]
[JsonSerializable(typeof(PictureVerdict))]
sealed partial class JudgeLinesJson : JsonSerializerContext;
