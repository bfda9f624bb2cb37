// How a picture was made, as it travels in the picture's own file: whoever has the file and the model can make it again.

using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Maison.Data.Pictures;

/// <summary>What made a picture, or a sheet of them.</summary>
/// <param name="Prompt">Several are separated by |; one that is in a prompt is written \|.</param>
/// <param name="Seed">Of the first picture; the next ones count on.</param>
/// <param name="Count">Pictures per prompt.</param>
/// <param name="Model">Name of the model's folder.</param>
/// <param name="Side">Pixels of a picture, down and across; 0 in files of before there was a choice, as it was painted.</param>
/// <param name="Upscaler">Name of the upscaler's folder; null where none was at work.</param>
/// <param name="Edit">The picture that it was painted from; null for none.</param>
/// <param name="Cut">Whether its plain background was cut out.</param>
public sealed partial record PictureRecipe(string Prompt, int Seed, int Count, int Steps, float Guidance, string Model, int Side = 0, string? Upscaler = null, EditRecipe? Edit = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Cut = false)
{
    /// <summary>The keyword of the note in a PNG file.</summary>
    public const string Keyword = "maison";

    /// <summary>Prompts as one text.</summary>
    public static string Joined(IEnumerable<string> prompts) => string.Join(" | ", prompts.Select(p => p.Replace("|", @"\|", StringComparison.Ordinal)));

    /// <summary>The prompts of a text, without the empty ones.</summary>
    public static string[] Split(string text) => [.. Separator().Split(text).Select(p => p.Replace(@"\|", "|", StringComparison.Ordinal).Trim()).Where(p => p.Length > 0)];

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Separator();

    /// <summary>The note that goes into a file.</summary>
    public IReadOnlyDictionary<string, string> Note() => new Dictionary<string, string> { [Keyword] = JsonSerializer.Serialize(this, PictureRecipeJson.Default.PictureRecipe) };

    /// <summary>The note as text, for files that have no keywords.</summary>
    public string Text() => Note()[Keyword];

    /// <summary>The recipe in a PNG, JPEG or WebP file.</summary>
    /// <exception cref="InvalidDataException">It carries none, or a damaged one.</exception>
    public static PictureRecipe Read(ReadOnlySpan<byte> file)
    {
        var text = (WebpFile.Knows(file) ? WebpFile.Note(file) : JpegNote.Knows(file) ? JpegNote.Of(file) : PngReader.Text(file, Keyword)) ?? throw new InvalidDataException("This file carries no recipe: it was not made by Maison, or it was changed since.");
        try
        {
            return JsonSerializer.Deserialize(text, PictureRecipeJson.Default.PictureRecipe) is { Prompt: not null, Model: not null, Count: > 0, Steps: > 0, Guidance: >= 1 } recipe ? recipe : throw new JsonException("a field is missing or out of range.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The recipe in this file is damaged: {e.Message}", e);
        }
    }
}

/// <summary>What a picture was painted from.</summary>
/// <param name="Source">SHA-256 of that picture's file, in hexadecimal.</param>
/// <param name="Mask">Of the mask's file; null without one.</param>
/// <param name="Width">Pixels of what came out.</param>
/// <param name="Area">What was opened in place of a mask, as <see cref="OpenedArea"/> is written.</param>
public sealed record EditRecipe(string Source, string? Mask, float Strength, int Width, int Height, string? Area = null)
{
    /// <summary>What a file is named by in a recipe.</summary>
    public static string Digest(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(SHA256.HashData(file));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PictureRecipe))]
sealed partial class PictureRecipeJson : JsonSerializerContext;
