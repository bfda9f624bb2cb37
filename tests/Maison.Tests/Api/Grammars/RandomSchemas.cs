// Schemas drawn at random from everything that is said to be enforced.

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Maison.Tests.Api.Grammars;

sealed class RandomSchemas(int seed)
{
    static readonly string[] Patterns = ["^[a-z]{1,4}$", "^a+b?$", "[0-9]", "^(foo|bar)-\\d{2,3}$", "x|^y$", "^[^a-z\"]{2}", "^\\u00e9\\.$", "^(?:ab)*$"];
    static readonly string[] Formats = ["date", "time", "date-time", "uuid", "ipv4", "ipv6", "email", "hostname", "uri", "duration"];
    static readonly string[] Names = ["a", "b", "ab", "name", "é", "q\"", "x y", "né", "\\"];

    readonly Random random = new(seed);
    bool recursive;

    public JsonElement Next()
    {
        recursive = random.Next(4) == 0;
        var schema = Schema(random.Next(1, 4));
        if (recursive) schema["$defs"] = new JsonObject { ["leaf"] = Leaf(), ["tree"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["left"] = Ref("tree"), ["right"] = Ref("leaf") }, ["required"] = new JsonArray("right") } };
        recursive = false;
        return JsonSerializer.SerializeToElement<JsonNode>(schema);
    }

    static JsonObject Ref(string name) => new() { ["$ref"] = $"#/$defs/{name}" };

    JsonObject Schema(int depth)
    {
        if (recursive && random.Next(3) == 0) return Ref(random.Next(2) == 0 ? "leaf" : "tree");
        if (depth == 0) return Leaf();
        return random.Next(8) switch
        {
            0 or 1 or 2 => Object(depth),
            3 or 4 => Array(depth),
            5 => new() { ["anyOf"] = new JsonArray(Schema(depth - 1), Schema(depth - 1)) },
            6 => new() { ["oneOf"] = new JsonArray(Tagged("one", depth), Tagged("two", depth)) },
            _ => Leaf(),
        };
    }

    JsonObject Tagged(string tag, int depth)
    {
        var schema = Object(depth);
        schema["properties"]!["kind"] = new JsonObject { ["const"] = tag };
        schema["required"]!.AsArray().Add("kind");
        return schema;
    }

    JsonObject Object(int depth)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var name in Names.OrderBy(_ => random.Next()).Take(random.Next(0, 5)))
        {
            properties[name] = Schema(depth - 1);
            if (random.Next(2) == 0) required.Add(name);
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required };
        if (random.Next(4) == 0) schema["additionalProperties"] = random.Next(2) == 0 ? false : Schema(0);
        if (random.Next(4) == 0) schema["description"] = "anything";
        return schema;
    }

    JsonObject Array(int depth)
    {
        var schema = new JsonObject { ["type"] = "array" };
        var (min, max) = Range(0, 4);
        if (random.Next(4) == 0)
        {
            schema["prefixItems"] = new JsonArray(Schema(depth - 1), Schema(depth - 1));
            if (random.Next(2) == 0) return schema;
            (min, max) = (random.Next(3), random.Next(2, 5));
        }
        schema["items"] = Schema(depth - 1);
        if (random.Next(2) == 0) schema["minItems"] = min;
        if (random.Next(2) == 0) schema["maxItems"] = max;
        return schema;
    }

    JsonObject Leaf()
    {
        switch (random.Next(9))
        {
            case 0: return new() { ["type"] = random.Next(2) == 0 ? "boolean" : "null" };
            case 1: return new() { ["enum"] = new JsonArray("red", 3, null, true, new JsonObject { ["k"] = new JsonArray(1, "\n") }, "é\u0001") };
            case 2: return new() { ["const"] = random.Next(2) == 0 ? "fixed" : -1.5 };
            case 3: return new() { ["type"] = "string", ["pattern"] = Patterns[random.Next(Patterns.Length)] };
            case 4: return new() { ["type"] = "string", ["format"] = Formats[random.Next(Formats.Length)] };
            case 5:
                var (min, max) = Range(0, 12);
                return new() { ["type"] = "string", ["minLength"] = min, ["maxLength"] = max };
            case 6: return Number("integer");
            case 7: return Number("number");
            default: return new() { ["type"] = new JsonArray("string", "null", "number") };
        }
    }

    JsonObject Number(string type)
    {
        var schema = new JsonObject { ["type"] = type };
        decimal Bound() => type == "integer" && random.Next(2) == 0 ? random.Next(-300, 300) : random.Next(-30000, 30000) / 100m;
        var (a, b) = (Bound(), Bound());
        var (low, high) = (Math.Min(a, b) - 3, Math.Max(a, b) + 3);
        if (random.Next(3) > 0) schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        if (random.Next(3) > 0) schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = high;
        if (random.Next(5) == 0) schema["multipleOf"] = type == "integer" ? random.Next(1, 3) : 0.01m;
        return schema;
    }

    (int Min, int Max) Range(int low, int high)
    {
        var (a, b) = (random.Next(low, high), random.Next(low, high));
        return (Math.Min(a, b), Math.Max(a, b));
    }
}
