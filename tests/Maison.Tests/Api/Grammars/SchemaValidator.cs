// JSON Schema read as its specification says it, slowly and without looking at the decoder: the judge of what the decoder writes.

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Maison.Tests.Api.Grammars;

/// <summary>Says why a value does not match; null when it does.</summary>
sealed class SchemaValidator(JsonElement document)
{
    public string? Fault(JsonElement value) => Fault(document, value, "$");

    string? Fault(JsonElement schema, JsonElement value, string at)
    {
        if (schema.ValueKind == JsonValueKind.True) return null;
        if (schema.ValueKind == JsonValueKind.False) return $"{at}: nothing is allowed";
        foreach (var keyword in schema.EnumerateObject())
            if (Fault(schema, keyword, value, at) is { } fault) return fault;
        return null;
    }

    string? Fault(JsonElement schema, JsonProperty keyword, JsonElement value, string at)
    {
        var k = keyword.Value;
        bool holds = keyword.Name switch
        {
            "type" => k.ValueKind == JsonValueKind.Array ? k.EnumerateArray().Any(t => Is(value, t.GetString()!)) : Is(value, k.GetString()!),
            "enum" => k.EnumerateArray().Any(c => JsonElement.DeepEquals(c, value)),
            "const" => JsonElement.DeepEquals(k, value),
            "$ref" => Fault(Resolve(k.GetString()!), value, at) is null,
            "allOf" => k.EnumerateArray().All(s => Fault(s, value, at) is null),
            "anyOf" => k.EnumerateArray().Any(s => Fault(s, value, at) is null),
            "oneOf" => k.EnumerateArray().Count(s => Fault(s, value, at) is null) == 1,
            "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() >= k.GetInt32(),
            "maxLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.EnumerateRunes().Count() <= k.GetInt32(),
            "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, k.GetString()!, RegexOptions.ECMAScript),
            "format" => value.ValueKind != JsonValueKind.String || HasFormat(value.GetString()!, k.GetString()!),
            "minimum" => value.ValueKind != JsonValueKind.Number || Number(value) >= Number(k),
            "maximum" => value.ValueKind != JsonValueKind.Number || Number(value) <= Number(k),
            "exclusiveMinimum" => value.ValueKind != JsonValueKind.Number || Number(value) > Number(k),
            "exclusiveMaximum" => value.ValueKind != JsonValueKind.Number || Number(value) < Number(k),
            "multipleOf" => value.ValueKind != JsonValueKind.Number || Number(value) % Number(k) == 0,
            "minItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= k.GetInt32(),
            "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= k.GetInt32(),
            "minProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Select(p => p.Name).Distinct().Count() >= k.GetInt32(),
            "maxProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().Select(p => p.Name).Distinct().Count() <= k.GetInt32(),
            "required" => value.ValueKind != JsonValueKind.Object || k.EnumerateArray().All(r => value.TryGetProperty(r.GetString()!, out _)),
            _ => true,
        };
        if (!holds) return $"{at}: {keyword.Name} {k.GetRawText()} does not hold for {value.GetRawText()}";
        if (value.ValueKind == JsonValueKind.Object) return keyword.Name switch
        {
            "properties" => value.EnumerateObject().Where(p => k.TryGetProperty(p.Name, out _)).Select(p => Fault(k.GetProperty(p.Name), p.Value, $"{at}.{p.Name}")).FirstOrDefault(f => f is not null),
            "additionalProperties" => value.EnumerateObject().Where(p => !schema.TryGetProperty("properties", out var named) || !named.TryGetProperty(p.Name, out _)).Select(p => Fault(k, p.Value, $"{at}.{p.Name}")).FirstOrDefault(f => f is not null),
            _ => null,
        };
        if (value.ValueKind == JsonValueKind.Array)
        {
            var first = schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0;
            return keyword.Name switch
            {
                "prefixItems" => value.EnumerateArray().Take(first).Select((v, i) => Fault(k[i], v, $"{at}[{i}]")).FirstOrDefault(f => f is not null),
                "items" => value.EnumerateArray().Skip(first).Select((v, i) => Fault(k, v, $"{at}[{first + i}]")).FirstOrDefault(f => f is not null),
                _ => null,
            };
        }
        return null;
    }

    JsonElement Resolve(string reference)
    {
        var at = document;
        foreach (var name in reference[1..].Split('/').Skip(1)) at = at.GetProperty(name);
        return at;
    }

    static bool Is(JsonElement value, string type) => type switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && Number(value) % 1 == 0,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind.ToString().Equals(type, StringComparison.OrdinalIgnoreCase),
    };

    /// <summary>What no decimal can hold is as large as one can be: here nothing is compared with more.</summary>
    static decimal Number(JsonElement value) => value.TryGetDecimal(out var exact) ? exact : (decimal)Math.Clamp(value.GetDouble(), -7e27, 7e27);

    static bool HasFormat(string text, string format) => format switch
    {
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) || text.StartsWith("0000-", StringComparison.Ordinal),
        "time" => DateTimeOffset.TryParse("2000-06-01T" + text, CultureInfo.InvariantCulture, out _) || text.Contains('+') || text.Contains('-'),
        "date-time" => text.Length > 19 && text[10] == 'T' && HasFormat(text[..10], "date") && HasFormat(text[11..], "time"),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "ipv4" or "ipv6" => System.Net.IPAddress.TryParse(text, out var ip) && ip.AddressFamily == (format == "ipv4" ? System.Net.Sockets.AddressFamily.InterNetwork : System.Net.Sockets.AddressFamily.InterNetworkV6),
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out _),
        "hostname" => Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4,
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "duration" => text[0] == 'P' && text.Length > 2,
        _ => throw new NotSupportedException(format),
    };
}
