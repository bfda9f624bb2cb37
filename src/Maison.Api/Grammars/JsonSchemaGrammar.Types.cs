// The keywords of each type: objects, arrays, strings and numbers; and whether two schemas can have a value in common.

using System.Text.Json;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

sealed partial class JsonSchemaGrammar
{
    const int MostRepetitions = 10_000;

    Syntax ObjectOf(SchemaNode node)
    {
        var properties = Properties(node);
        var required = Required(node);
        var listed = properties.Select(p => p.Name).ToHashSet();
        var additional = Additional(node, listed);
        foreach (var name in required.Where(name => !listed.Contains(name)))
        {
            if (node["additionalProperties"] is { Value.ValueKind: JsonValueKind.False }) throw new SchemaException(node["required"]!.Value.Pointer, $"'{name}' is required but not allowed by additionalProperties");
            properties.Add((name, Schema(node["additionalProperties"]?.Value is { ValueKind: JsonValueKind.Object } schema ? schema : True, $"{node.Pointer}/additionalProperties")));
            listed.Add(name);
        }
        if (additional is not null) additional = JsonSyntax.Member(JsonSyntax.StringBut(listed), additional);
        var (min, max) = (Count(node, "minProperties") ?? 0, Count(node, "maxProperties"));
        // Keys that come twice count once; so what has to be there must be named or be the only one.
        if (min > required.Count && !(properties.Count == 0 && min == 1 && additional is not null)) Refuse(node["minProperties"]!.Value.Pointer, "can only be enforced as far as properties are required. Name them in required");
        if (max < required.Count) throw new SchemaException(node["maxProperties"]!.Value.Pointer, "is less than the required properties");
        if (properties.Count == 0) return Braces(additional is null ? Syntax.Empty : JsonSyntax.List(additional, Math.Min(min, 1), max));
        if (max is not null && (additional is not null || max < properties.Count)) Refuse(node["maxProperties"]!.Value.Pointer, "can not be enforced together with optional properties. Take it away");
        var name0 = $"{prefix}{node.Pointer}#{++lastRule}.";
        for (var i = 0; i < properties.Count; i++)
        {
            var member = JsonSyntax.Member(JsonSyntax.Text(properties[i].Name), properties[i].Value);
            foreach (var first in (bool[])[true, false])
            {
                var with = Syntax.All(first ? JsonSyntax.Space : JsonSyntax.Comma, member, new Call($"{name0}{i + 1}n"));
                rules[Place(i, first)] = required.Contains(properties[i].Name) ? with : Syntax.Any(with, new Call(Place(i + 1, first)));
            }
        }
        rules[Place(properties.Count, true)] = additional is null ? Syntax.Empty : JsonSyntax.List(additional, 0, null);
        rules[Place(properties.Count, false)] = additional is null ? Syntax.Empty : Syntax.Star(Syntax.All(JsonSyntax.Comma, additional));
        return Braces(new Call(Place(0, true)));

        string Place(int i, bool first) => $"{name0}{i}{(first ? 'f' : 'n')}";
    }

    static readonly JsonElement True = JsonDocument.Parse("true").RootElement;

    static Syntax Braces(Syntax members) => Syntax.All(Syntax.Text("{"), members, JsonSyntax.Space, Syntax.Text("}"));

    List<(string Name, Syntax Value)> Properties(SchemaNode node)
    {
        if (node["properties"] is not { } properties) return [];
        if (properties.Value.ValueKind != JsonValueKind.Object) throw new SchemaException(properties.Pointer, "must be an object");
        var required = Required(node);
        var list = new List<(string, Syntax)>();
        foreach (var property in properties.Value.EnumerateObject())
        {
            // false forbids the property; an optional one is then simply never written.
            if (property.Value.ValueKind == JsonValueKind.False && !required.Contains(property.Name)) continue;
            var pointer = $"{properties.Pointer}/{SchemaNode.Escaped(property.Name)}";
            // Joined schemas hold parts of other places; only what stands in the document has a pointer of its own.
            list.Add((property.Name, IsOfDocument(property.Value, pointer) ? Reference(pointer, property.Value) : Schema(property.Value, pointer)));
        }
        return list;
    }

    bool IsOfDocument(JsonElement schema, string pointer)
    {
        var at = document;
        foreach (var segment in pointer.Split('/').Skip(1))
        {
            var name = segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index < at.GetArrayLength()) at = at[index];
            else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return false;
        }
        return JsonElement.DeepEquals(at, schema);
    }

    static HashSet<string> Required(SchemaNode node)
    {
        if (node["required"] is not { } required) return [];
        if (required.Value.ValueKind != JsonValueKind.Array || required.Value.EnumerateArray().Any(r => r.ValueKind != JsonValueKind.String)) throw new SchemaException(required.Pointer, "must be an array of strings");
        return [.. required.Value.EnumerateArray().Select(r => r.GetString()!)];
    }

    /// <summary>What further properties may hold; null for none.</summary>
    Syntax? Additional(SchemaNode node, HashSet<string> listed)
    {
        // Names that are forbidden by false must not come in as additional ones either.
        if (node["properties"]?.Value is { ValueKind: JsonValueKind.Object } properties) listed.UnionWith(properties.EnumerateObject().Select(p => p.Name));
        if (node["additionalProperties"] is { } additional) return additional.Value.ValueKind == JsonValueKind.False ? null : Schema(additional.Value, additional.Pointer);
        return node.Has("properties", "required") ? null : JsonSyntax.Value;
    }

    Syntax ArrayOf(SchemaNode node)
    {
        var (prefix, rest) = Items(node);
        var (min, max) = (Count(node, "minItems") ?? 0, Count(node, "maxItems"));
        if (max < min) throw new SchemaException(node["maxItems"]!.Value.Pointer, "is less than minItems");
        if (node["uniqueItems"] is { Value.ValueKind: JsonValueKind.True } unique && max is not (0 or 1)) Refuse(unique.Pointer, "can not be enforced. Take it away");
        if (prefix.Count == 0) return Brackets(rest is null ? Empty() : JsonSyntax.List(rest, min, max));
        if (max < prefix.Count) prefix = prefix[..max.Value];
        if (rest is null && min > prefix.Count) throw new SchemaException(node["minItems"]!.Value.Pointer, "is more than the items that are allowed");
        var parts = prefix.SelectMany((item, i) => (Syntax[])[i == 0 ? JsonSyntax.Space : JsonSyntax.Comma, item]).ToList();
        if (rest is not null) parts.Add(new Repeated(Syntax.All(JsonSyntax.Comma, rest), Math.Max(0, min - prefix.Count), max - prefix.Count));
        return Brackets(Syntax.All(parts));

        Syntax Empty() => min == 0 ? Syntax.Empty : throw new SchemaException(node["minItems"]!.Value.Pointer, "asks for items that are not allowed");
    }

    static Syntax Brackets(Syntax items) => Syntax.All(Syntax.Text("["), items, JsonSyntax.Space, Syntax.Text("]"));

    (List<Syntax> Prefix, Syntax? More) Items(SchemaNode node)
    {
        var tuple = node["prefixItems"] ?? (node["items"] is { Value.ValueKind: JsonValueKind.Array } old ? old : null);
        var rest = node["prefixItems"] is null && tuple is not null ? node["additionalItems"] : node["items"];
        if (tuple is null && node["additionalItems"] is { } stray) Refuse(stray.Pointer, "only has a meaning beside an array of items");
        var schemas = tuple is { } t ? Elements(t).Select((schema, i) => Schema(schema, $"{t.Pointer}/{i}")).ToList() : [];
        if (rest is { } more) return (schemas, more.Value.ValueKind == JsonValueKind.False ? null : Schema(more.Value, more.Pointer));
        return (schemas, tuple is null ? JsonSyntax.Value : null);
    }

    Syntax StringOf(SchemaNode node)
    {
        var (min, max) = (Count(node, "minLength") ?? 0, Count(node, "maxLength"));
        if (max < min) throw new SchemaException(node["maxLength"]!.Value.Pointer, "is less than minLength");
        var format = Format(node);
        if (node["pattern"] is { } pattern)
        {
            if (format is not null) Refuse(pattern.Pointer, "can not be enforced together with format. Write one of them");
            if ((node["minLength"] ?? node["maxLength"]) is { } length) Refuse(length.Pointer, "can not be enforced together with pattern. Write the length into the pattern, as in ^[a-z]{2,5}$");
            if (pattern.Value.ValueKind != JsonValueKind.String) throw new SchemaException(pattern.Pointer, "must be a string");
            return JsonSyntax.Quoted(Pattern(pattern.Value.GetString()!, pattern.Pointer, anywhere: true));
        }
        if (format is not null)
        {
            if ((node["minLength"] ?? node["maxLength"]) is { } length) Refuse(length.Pointer, "can not be enforced together with format. Write one of them");
            return JsonSyntax.Quoted(Pattern(format, node["format"]!.Value.Pointer, anywhere: false));
        }
        return JsonSyntax.Quoted(new Repeated(JsonSyntax.AnyCharacter, min, max));
    }

    string? Format(SchemaNode node)
    {
        if (node["format"] is not { } format) return null;
        var pattern = format.Value.ValueKind == JsonValueKind.String ? StringFormats.Pattern(format.Value.GetString()!) : null;
        if (pattern is null) Refuse(format.Pointer, $"{format.Value.GetRawText()} is no format that can be enforced. Known: {StringFormats.Known}");
        return pattern;
    }

    static Syntax Pattern(string pattern, string pointer, bool anywhere)
    {
        try
        {
            return RegexGrammar.Read(pattern, JsonSyntax.Character, anywhere);
        }
        catch (PatternException e)
        {
            throw new SchemaException(pointer, e.Message);
        }
    }

    Syntax NumberOf(SchemaNode node, bool integer)
    {
        var min = Tighter(Bound(node, "minimum", false), Bound(node, "exclusiveMinimum", true), 1);
        var max = Tighter(Bound(node, "maximum", false), Bound(node, "exclusiveMaximum", true), -1);
        var step = 1;
        var fraction = integer ? 0 : Math.Max(JsonSyntax.MostDigits, 1 + Math.Max(min?.Value.Scale ?? 0, max?.Value.Scale ?? 0));
        if (node["multipleOf"] is { } multiple)
        {
            var value = Number(multiple);
            if (value is { Scale: 0 } && value.Digits > 0 && value.Digits <= NumberSyntax.MostStep) (step, fraction) = ((int)value.Digits, 0);
            else if (value is { Scale: > 0, Digits.IsOne: true }) fraction = Math.Min(fraction, value.Scale);
            else Refuse(multiple.Pointer, $"can only be enforced for whole numbers up to {NumberSyntax.MostStep} and for 0.1, 0.01 and so on");
        }
        if (min is null && max is null && step == 1 && fraction is 0 or JsonSyntax.MostDigits) return integer || fraction == 0 ? JsonSyntax.Integer : JsonSyntax.Number;
        return NumberSyntax.Between(rules, $"{prefix}{node.Pointer}#{++lastRule}", min, max, fraction, step);
    }

    static Bound? Bound(SchemaNode node, string name, bool excluded)
    {
        if (node[name] is not { } keyword) return null;
        // Draft 4 wrote exclusiveMinimum: true.
        if (keyword.Value.ValueKind is JsonValueKind.True or JsonValueKind.False) throw new SchemaException(keyword.Pointer, "must be a number, as since draft 6");
        return new(Number(keyword), excluded);
    }

    static Bound? Tighter(Bound? a, Bound? b, int sign)
    {
        if (a is not { } x || b is not { } y) return a ?? b;
        var order = x.Value.CompareTo(y.Value) * sign;
        return order > 0 || (order == 0 && x.Excluded) ? x : y;
    }

    static ExactNumber Number(Keyword keyword)
    {
        if (keyword.Value.ValueKind != JsonValueKind.Number) throw new SchemaException(keyword.Pointer, "must be a number");
        return ExactNumber.Read(keyword.Value.GetRawText()) ?? throw new SchemaException(keyword.Pointer, "has more digits than can be enforced");
    }

    static int? Count(SchemaNode node, string name)
    {
        if (node[name] is not { } keyword) return null;
        if (keyword.Value.ValueKind != JsonValueKind.Number || ExactNumber.Read(keyword.Value.GetRawText()) is not { Scale: 0, Digits.Sign: >= 0 } count) throw new SchemaException(keyword.Pointer, "must be a whole number, 0 or more");
        if (count.Digits <= MostRepetitions) return (int)count.Digits;
        // A lower ceiling keeps the promise of a higher one.
        return name.StartsWith("max", StringComparison.Ordinal) ? MostRepetitions : throw new SchemaException(keyword.Pointer, $"is more than the {MostRepetitions} that can be enforced");
    }

    /// <summary>Whether it is certain that no value matches both.</summary>
    bool Disjoint(SchemaNode a, SchemaNode b, int depth)
    {
        if (depth > 8) return false;
        (a, b) = (Resolved(a), Resolved(b));
        if (Constants(a) is { } these && Constants(b) is { } those) return !these.Any(x => those.Any(y => JsonElement.DeepEquals(x, y)));
        var common = Kinds(a).Intersect(Kinds(b)).ToList();
        if (common.Count == 0) return true;
        if (common is not ["object"]) return false;
        return Apart(a, b) || Apart(b, a);

        // An object of a has the property; one of b can not have it, or not with such a value.
        bool Apart(SchemaNode a, SchemaNode b)
        {
            foreach (var name in Required(a))
            {
                var (ours, theirs) = (Property(a, name), Property(b, name));
                if (theirs is null && b["additionalProperties"] is { Value.ValueKind: JsonValueKind.False }) return true;
                if (ours is not null && theirs is not null && Disjoint(ours, theirs, depth + 1)) return true;
            }
            return false;
        }
    }

    SchemaNode Resolved(SchemaNode node)
    {
        for (var i = 0; i < DeepestJoin && node["$ref"] is { } reference; i++)
        {
            var (target, at) = Resolve(reference);
            node = node.Without("$ref").And(Object(target, at));
        }
        return node;
    }

    static SchemaNode? Property(SchemaNode node, string name)
        => node["properties"] is { } properties && properties.Value.TryGetProperty(name, out var schema) && schema.ValueKind == JsonValueKind.Object ? SchemaNode.Of(schema, $"{properties.Pointer}/{SchemaNode.Escaped(name)}") : null;

    static IReadOnlyList<JsonElement>? Constants(SchemaNode node) => node["const"] is { } one ? [one.Value] : node["enum"] is { } some ? Elements(some) : null;

    /// <summary>The kinds of values that a schema allows, whole numbers being numbers.</summary>
    static IEnumerable<string> Kinds(SchemaNode node)
    {
        if (Constants(node) is { } values) return values.Select(v => v.ValueKind switch { JsonValueKind.True or JsonValueKind.False => "boolean", var kind => kind.ToString().ToLowerInvariant() }).Distinct();
        if (node["type"] is not null) return Types(node).Select(t => t == "integer" ? "number" : t).Distinct();
        return ["object", "array", "string", "number", "boolean", "null"];
    }
}
