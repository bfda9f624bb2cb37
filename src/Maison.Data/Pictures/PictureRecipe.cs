// How a picture was made, as it travels in the picture's own file: whoever has the file and the model can make it again.

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
public sealed partial record PictureRecipe(string Prompt, int Seed, int Count, int Steps, float Guidance, string Model, int Side = 0, string? Upscaler = null)
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

    /// <summary>The recipe in a PNG file.</summary>
    /// <exception cref="InvalidDataException">It carries none, or a damaged one.</exception>
    public static PictureRecipe Read(ReadOnlySpan<byte> png)
    {
        var text = PngReader.Text(png, Keyword) ?? throw new InvalidDataException("This PNG file carries no recipe: it was not made by Maison, or it was changed since.");
        try
        {
            return JsonSerializer.Deserialize(text, PictureRecipeJson.Default.PictureRecipe) is { Prompt: not null, Model: not null, Count: > 0, Steps: > 0, Guidance: >= 1 } recipe ? recipe : throw new JsonException("a field is missing or out of range.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The recipe in this PNG file is damaged: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PictureRecipe))]
sealed partial class PictureRecipeJson : JsonSerializerContext;
