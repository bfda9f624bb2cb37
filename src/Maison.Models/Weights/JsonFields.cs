// Typed reading of one JSON object whose every complaint names the file and the field. Absent and null count as the same.

using System.Text.Json;

namespace Maison.Models.Weights;

/// <summary>The fields of a JSON object in a file.</summary>
sealed class JsonFields(string path, JsonElement root)
{
    const string Remedy = "Restore or download the file again";

    /// <summary>Parses a file that holds one object; duplicate fields are refused.</summary>
    public static JsonFields Open(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new() { AllowDuplicateProperties = false });
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonFields(path, json.RootElement.Clone())
                : throw new CheckpointFormatException(path, "JSON", "it is not an object", Remedy);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(path, "JSON", e.Message.TrimEnd('.'), Remedy, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFormatException(path, "file", $"it cannot be opened ({e.Message.TrimEnd('.')})", "Check the path and its permissions", e);
        }
    }

    public bool Has(string field) => Find(field) is not null;

    public JsonElement? Find(string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A whole number that must be there.</summary>
    public int Integer(string field) => Find(field) is { } value ? Integer(field, value) : throw Missing(field);

    public int Integer(string field, int otherwise) => Find(field) is { } value ? Integer(field, value) : otherwise;

    public double Real(string field, double otherwise)
    {
        if (Find(field) is not { } value) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Wrong(field, value, "a number");
    }

    public bool Truth(string field, bool otherwise)
    {
        if (Find(field) is not { } value) return otherwise;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(field, value, "true or false");
    }

    public string? Text(string field)
    {
        if (Find(field) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(field, value, "a string");
    }

    /// <summary>A list; empty when absent.</summary>
    public IReadOnlyList<JsonElement> List(string field)
    {
        if (Find(field) is not { } value) return [];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Wrong(field, value, "a list");
    }

    /// <summary>A list of whole numbers; empty when absent.</summary>
    public IReadOnlyList<int> Integers(string field) => [.. List(field).Select(item => Integer(field, item))];

    /// <summary>A nested object; null when absent.</summary>
    public JsonFields? Object(string field)
    {
        if (Find(field) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Object ? new JsonFields(path, value) : throw Wrong(field, value, "an object");
    }

    int Integer(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(field, value, "a whole number");

    public CheckpointFormatException Missing(string field) => new(path, field, "the field is missing", Remedy);

    public CheckpointFormatException Refused(string field, string problem, string remedy) => new(path, field, problem, remedy);

    CheckpointFormatException Wrong(string field, JsonElement value, string wanted)
    {
        var text = value.GetRawText();
        return new(path, field, $"{(text.Length > 60 ? text[..60] + "…" : text)} is not {wanted}", Remedy);
    }
}
