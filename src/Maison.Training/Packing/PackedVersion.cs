// What stood in a model's place before. Whoever packs a model over another carries on what that one's receipt said, so that a card tells what each
// version brought.

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Training.Packing;

/// <summary>A version that shipped before.</summary>
/// <param name="Weights">SHA-256 of its model.safetensors.</param>
/// <param name="Measures">What is compared between versions, with units, by the heading that it has on the card.</param>
public sealed record PackedVersion(DateTimeOffset Packed, string Weights, IReadOnlyDictionary<string, string> Measures)
{
    /// <summary>The versions before one that takes a folder's place, the first one first; null for none.</summary>
    /// <param name="weights">SHA-256 of its weights; a version in the folder that has the same is itself.</param>
    /// <param name="measures">Reads the measures of a receipt.</param>
    /// <exception cref="InvalidDataException">The folder's receipt cannot be read.</exception>
    internal static IReadOnlyList<PackedVersion>? Before(string weights, string folder, Func<JsonElement, IReadOnlyDictionary<string, string>> measures)
    {
        var path = Path.Combine(folder, ModelReceipt.FileName);
        if (!File.Exists(path)) return null;
        try
        {
            // By its fields, as what else a receipt says has changed over time; what does not tell a version adds none.
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var before = document.RootElement;
            var earlier = before.TryGetProperty("earlier", out var listed) ? listed.Deserialize(PackedVersionJson.Default.IReadOnlyListPackedVersion) : null;
            if (!before.TryGetProperty("weights", out var shipped) || shipped.GetString() is not { } old || old == weights || !before.TryGetProperty("packed", out var packed)) return earlier;
            return [.. earlier ?? [], new(packed.GetDateTimeOffset(), old, measures(before))];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} cannot be read, so its versions would be lost: {e.Message} Mend it, or move the folder away.", e);
        }
    }

    internal const string Heading = "Versions before";

    /// <summary>A card's section about them, with a blank line after it; nothing when there are none.</summary>
    internal static string Section(IReadOnlyList<PackedVersion>? earlier)
    {
        if (earlier is not { Count: > 0 }) return "";
        string[] headings = [.. earlier.SelectMany(v => v.Measures.Keys).Distinct()];
        var text = new StringBuilder($"## {Heading}\n\n| packed | {string.Concat(headings.Select(h => $"{h} | "))}weights |\n|---|---|{string.Concat(headings.Select(_ => "---|"))}\n");
        foreach (var v in earlier)
            text.Append(CultureInfo.InvariantCulture, $"| {v.Packed:yyyy-MM-dd HH:mm} | {string.Concat(headings.Select(h => $"{v.Measures.GetValueOrDefault(h, "–")} | "))}`{v.Weights[..12]}` |\n");
        return text.Append('\n').ToString();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<PackedVersion>))]
sealed partial class PackedVersionJson : JsonSerializerContext;
