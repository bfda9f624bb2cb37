// One schema as its keywords, each with the JSON pointer where it stands, and the joining of schemas that hold at the same time (allOf,
// what stands beside $ref, anyOf or oneOf). What can not be joined exactly is refused where it stands.

using System.Text.Json;

namespace Maison.Api.Grammars;

/// <summary>A schema that can not be enforced: where, as a JSON pointer into it, and why.</summary>
sealed class SchemaException(string pointer, string reason) : Exception($"{(pointer.Length == 0 ? "the schema" : pointer)}: {reason}")
{
    public string Pointer { get; } = pointer;
    public string Reason { get; } = reason;
}

/// <summary>A keyword's value and where it stands.</summary>
readonly record struct Keyword(JsonElement Value, string Pointer);

/// <summary>The keywords of one schema object.</summary>
/// <param name="Pointer">Where the schema stands.</param>
sealed record SchemaNode(string Pointer, IReadOnlyDictionary<string, Keyword> Keywords)
{
    /// <summary>They tell people something and bind nobody.</summary>
    public static readonly HashSet<string> Annotations =
    [
        "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly", "$comment", "$id", "$schema", "$anchor", "$defs", "definitions",
        "contentMediaType", "contentEncoding",
    ];

    public static SchemaNode Of(JsonElement schema, string pointer)
    {
        var keywords = new Dictionary<string, Keyword>();
        foreach (var property in schema.EnumerateObject())
            if (!keywords.TryAdd(property.Name, new(property.Value, $"{pointer}/{Escaped(property.Name)}"))) throw new SchemaException($"{pointer}/{Escaped(property.Name)}", "stands there twice");
        return new(pointer, keywords);
    }

    public static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    public Keyword? this[string name] => Keywords.TryGetValue(name, out var keyword) ? keyword : null;

    public bool Has(params string[] names) => names.Any(Keywords.ContainsKey);

    /// <summary>Whether some keyword but these says something.</summary>
    public bool SaysMoreThan(params string[] names) => Keywords.Keys.Any(k => !Annotations.Contains(k) && !names.Contains(k));

    public SchemaNode Without(params string[] names)
        => this with { Keywords = Keywords.Where(k => !names.Contains(k.Key)).ToDictionary(k => k.Key, k => k.Value) };

    /// <summary>The schema that both together are.</summary>
    /// <exception cref="SchemaException">They can not be joined.</exception>
    public SchemaNode And(SchemaNode other)
    {
        RefuseForeignProperties(this, other);
        RefuseForeignProperties(other, this);
        var joined = Keywords.ToDictionary(k => k.Key, k => k.Value);
        foreach (var (name, theirs) in other.Keywords)
            joined[name] = joined.TryGetValue(name, out var ours) ? Join(name, ours, theirs) : theirs;
        return new(Pointer, joined);
    }

    /// <summary>additionalProperties speaks of the properties beside it only; joined with more of them it would say something else.</summary>
    static void RefuseForeignProperties(SchemaNode closed, SchemaNode other)
    {
        if (closed["additionalProperties"] is not { } additional || additional.Value.ValueKind == JsonValueKind.True || other["properties"] is not { } theirs) return;
        var ours = closed["properties"]?.Value;
        foreach (var property in theirs.Value.EnumerateObject())
            if (ours?.TryGetProperty(property.Name, out _) != true)
                throw new SchemaException(additional.Pointer, $"can not be enforced together with the property '{property.Name}' of {theirs.Pointer}. Put all properties into one schema");
    }

    static Keyword Join(string name, Keyword a, Keyword b)
    {
        if (Annotations.Contains(name) || JsonElement.DeepEquals(a.Value, b.Value)) return a;
        switch (name)
        {
            case "required":
                return a with { Value = Json(w => WriteArray(w, a.Value.EnumerateArray().Concat(b.Value.EnumerateArray()))) };
            case "type":
                var both = Types(a.Value).Where(t => Types(b.Value).Contains(t) || (t == "integer" && Types(b.Value).Contains("number")))
                    .Concat(Types(b.Value).Where(t => t == "integer" && Types(a.Value).Contains("number"))).Distinct().ToList();
                if (both.Count == 0) throw new SchemaException(b.Pointer, $"leaves no type, together with {a.Pointer}");
                return a with { Value = Json(w => WriteStrings(w, both)) };
            case "minimum" or "exclusiveMinimum" or "minLength" or "minItems" or "minProperties":
                return Number(a) >= Number(b) ? a : b;
            case "maximum" or "exclusiveMaximum" or "maxLength" or "maxItems" or "maxProperties":
                return Number(a) <= Number(b) ? a : b;
            case "properties":
                return a with { Value = Json(w => WriteProperties(w, a.Value, b.Value)) };
        }
        throw new SchemaException(b.Pointer, $"can not be enforced together with {a.Pointer}. Write one of them");
    }

    static double Number(Keyword k) => k.Value.ValueKind == JsonValueKind.Number ? k.Value.GetDouble() : throw new SchemaException(k.Pointer, "must be a number");

    static IEnumerable<string?> Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.ToString()) : [type.ToString()];

    static void WriteArray(Utf8JsonWriter writer, IEnumerable<JsonElement> items)
    {
        writer.WriteStartArray();
        foreach (var item in items) item.WriteTo(writer);
        writer.WriteEndArray();
    }

    static void WriteStrings(Utf8JsonWriter writer, IEnumerable<string?> items)
    {
        writer.WriteStartArray();
        foreach (var item in items) writer.WriteStringValue(item);
        writer.WriteEndArray();
    }

    static void WriteProperties(Utf8JsonWriter writer, JsonElement a, JsonElement b)
    {
        writer.WriteStartObject();
        foreach (var property in a.EnumerateObject())
        {
            writer.WritePropertyName(property.Name);
            if (!b.TryGetProperty(property.Name, out var theirs))
            {
                property.Value.WriteTo(writer);
                continue;
            }
            writer.WriteStartObject();
            writer.WritePropertyName("allOf");
            WriteArray(writer, [property.Value, theirs]);
            writer.WriteEndObject();
        }
        foreach (var property in b.EnumerateObject())
            if (!a.TryGetProperty(property.Name, out _)) property.WriteTo(writer);
        writer.WriteEndObject();
    }

    static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) write(writer);
        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }
}
