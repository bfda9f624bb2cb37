// What an evaluation of an image model found. One JSON file, which packing writes into the model's card.

using System.Text.Json;
using Maison.Training.Evaluations;

namespace Maison.Training.Image.Evaluations;

/// <summary>A category of checks.</summary>
/// <param name="Count">Checks.</param>
/// <param name="Real">Share of real pictures of the same prompts, or of the same kind, that pass: the most that a painter can be found to reach.</param>
/// <param name="Wrong">Share of real pictures that pass when something else is asked.</param>
public sealed record CategoryScore(string Name, int Count, Measured Passed, double? Real, double? Wrong);

/// <summary>A kind of sameness.</summary>
/// <param name="Painted">Mean cosine of the model's pictures.</param>
/// <param name="Real">Of real ones, where there are any.</param>
public sealed record SamenessScore(string Name, int Pictures, double Painted, double? Real);

/// <summary>All scores of one image model.</summary>
/// <param name="Model">The folder's name.</param>
/// <param name="Weights">SHA-256 of the weights of its flow.</param>
/// <param name="Judge">The judge's name.</param>
/// <param name="Seed">Of the first picture; others count on.</param>
/// <param name="Candidates">Seeds that each picture was chosen from.</param>
/// <param name="Categories">Checks by category.</param>
/// <param name="Groups">Checks by group of prompts and category: "counts/object".</param>
/// <param name="Overall">Mean of the categories, all with one weight.</param>
/// <param name="Right">Share of prompts of which everything is right.</param>
/// <param name="Frechet">Distance of pictures for real captions from the real pictures.</param>
/// <param name="Kernel">Likewise, unbiased.</param>
/// <param name="Compared">Pictures painted for that, and real ones.</param>
/// <param name="RealFrechet">Between halves of the real pictures.</param>
/// <param name="SecondsPerPicture">Wall time; of the pictures that were painted for this, not taken from an earlier run.</param>
/// <param name="CoreSecondsPerPicture">Processor time.</param>
/// <param name="Timed">Pictures that were timed.</param>
/// <param name="Captions">Pictures with whose captions the prompts were compared; 0 where they were not.</param>
/// <param name="Method">Version of prompts and checks; scores of different versions are not compared.</param>
public sealed record ImageScores(
    string Model, string Weights, string Judge, int Prompts, int Seed, int Side, int Steps, float Guidance, int Candidates, IReadOnlyList<CategoryScore> Categories, IReadOnlyList<CategoryScore> Groups, Measured Overall, Measured Right,
    double? Frechet, Measured? Kernel, IReadOnlyList<int> Compared, double? RealFrechet, double? RealKernel, IReadOnlyList<SamenessScore> Sameness,
    double? SecondsPerPicture, double? CoreSecondsPerPicture, int Timed, int Threads, int Parti, int Captions, int Method)
{
    /// <summary>The file in the folder of an evaluation.</summary>
    public const string FileName = "scores.json";

    /// <summary>Goes up whenever prompts or checks change.</summary>
    public const int CurrentMethod = 3;

    /// <summary>As indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JudgeJson.Default.ImageScores);

    /// <summary>Reads the scores of an evaluation.</summary>
    /// <exception cref="InvalidDataException">The folder holds none, or damaged ones.</exception>
    public static ImageScores Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing: give a folder in which `maison eval image --out` has finished.");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), JudgeJson.Default.ImageScores) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
