// JSON Schema (2020-12, and what draft 7 spells differently) as grammar rules. Every text of the grammar is valid under the schema; not
// every valid text is in the grammar. What is left out is what nobody would miss: properties come in the schema's order; names that the
// schema does not list only come where additionalProperties allows them in so many words, and items after prefixItems only where items
// does; strings, numbers and white space as JsonSyntax has them. What can not be enforced is refused with its JSON pointer.
// A lenient reading, for tools that do not ask for strictness, skips such keywords instead.

using System.Text.Json;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>Translates one schema.</summary>
sealed partial class JsonSchemaGrammar
{
    const int DeepestJoin = 64, DeepestNesting = 100;

    static readonly string[] ObjectWords = ["properties", "required", "additionalProperties", "minProperties", "maxProperties"];
    static readonly string[] ArrayWords = ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"];
    static readonly string[] StringWords = ["minLength", "maxLength", "pattern", "format"];
    static readonly string[] NumberWords = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
    static readonly HashSet<string> Known = [.. ObjectWords, .. ArrayWords, .. StringWords, .. NumberWords, "type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"];

    readonly JsonElement document;
    readonly bool lenient;
    readonly string prefix;
    readonly Dictionary<string, Syntax> rules;
    int lastRule, nesting;

    JsonSchemaGrammar(JsonElement document, bool lenient, string prefix, Dictionary<string, Syntax> rules)
        => (this.document, this.lenient, this.prefix, this.rules) = (document, lenient, prefix, rules);

    /// <summary>Adds the rules of a schema to a table that has <see cref="JsonSyntax.Rules"/>; returns what matches its values.</summary>
    /// <param name="schema">An object, true or false.</param>
    /// <param name="lenient">Whether keywords that can not be enforced are skipped.</param>
    /// <param name="prefix">What the names of its rules begin with; no two schemas of one table may share it.</param>
    /// <exception cref="SchemaException">Names the place and the reason.</exception>
    public static Syntax Add(JsonElement schema, bool lenient, string prefix, Dictionary<string, Syntax> rules)
        => new JsonSchemaGrammar(schema, lenient, prefix, rules).Reference("", schema);

    /// <summary>The rule of the schema at a pointer, made when it is first asked for: so schemas may contain themselves.</summary>
    Syntax Reference(string pointer, JsonElement schema)
    {
        var name = $"{prefix}{pointer}#";
        if (rules.TryAdd(name, Syntax.Empty)) rules[name] = Schema(schema, pointer);
        return new Call(name);
    }

    Syntax Schema(JsonElement schema, string pointer)
    {
        if (nesting == DeepestNesting) throw new SchemaException(pointer, $"lies deeper than {DeepestNesting} schemas. Name the inner ones in $defs");
        nesting++;
        try
        {
            return schema.ValueKind switch
            {
                JsonValueKind.True => JsonSyntax.Value,
                JsonValueKind.False => new OneOf([]),
                JsonValueKind.Object => Lenient(SchemaNode.Of(schema, pointer)),
                _ => throw new SchemaException(pointer, "must be an object, true or false"),
            };
        }
        finally
        {
            nesting--;
        }
    }

    Syntax Lenient(SchemaNode node)
    {
        if (!lenient) return Node(node, 0);
        try
        {
            return Node(node, 0);
        }
        catch (SchemaException)
        {
            return node["type"] is { Value.ValueKind: JsonValueKind.String } type ? Plain(type.Value.GetString()!) ?? JsonSyntax.Value : JsonSyntax.Value;
        }
    }

    Syntax Node(SchemaNode node, int depth)
    {
        if (depth > DeepestJoin) throw new SchemaException(node.Pointer, "refers to itself without end");
        foreach (var (name, keyword) in node.Keywords)
            if (!Known.Contains(name) && !SchemaNode.Annotations.Contains(name) && !name.StartsWith("x-", StringComparison.Ordinal))
                Refuse(keyword.Pointer, $"'{name}' can not be enforced. Take it away");
        if (node["$ref"] is { } reference)
        {
            var (target, at) = Resolve(reference);
            if (!node.SaysMoreThan("$ref")) return Reference(at, target);
            return Node(node.Without("$ref").And(Object(target, at)), depth + 1);
        }
        if (node["allOf"] is { } all) return Node(Branches(all).Aggregate(node.Without("allOf"), (a, b) => a.And(b)), depth + 1);
        if (node["anyOf"] is { } any)
        {
            var rest = node.Without("anyOf");
            if (!rest.SaysMoreThan()) return Syntax.Any([.. Elements(any).Select((schema, i) => Schema(schema, $"{any.Pointer}/{i}"))]);
            return Syntax.Any([.. Branches(any).Select(b => Node(rest.And(b), depth + 1))]);
        }
        if (node["oneOf"] is { } one)
        {
            var rest = node.Without("oneOf");
            var branches = Branches(one).ToList();
            for (var i = 0; i < branches.Count; i++)
                for (var j = 0; j < i; j++)
                    if (!Disjoint(rest.And(branches[i]), rest.And(branches[j]), 0))
                        Refuse(branches[i].Pointer, $"a value may match this and {branches[j].Pointer}, so that oneOf can not be enforced. Use anyOf, or give each a property with its own const");
            return Syntax.Any([.. branches.Select(b => Node(rest.And(b), depth + 1))]);
        }
        if (node["const"] is { } constant) return Values(node, [constant.Value], constant.Pointer);
        if (node["enum"] is { } choices) return Values(node, Elements(choices), choices.Pointer);
        return Syntax.Any([.. Types(node).Select(type => Typed(node, type))]);
    }

    Syntax Typed(SchemaNode node, string type) => type switch
    {
        "object" => node.Has(ObjectWords) ? ObjectOf(node) : JsonSyntax.Object,
        "array" => node.Has(ArrayWords) ? ArrayOf(node) : JsonSyntax.Array,
        "string" => node.Has(StringWords) ? StringOf(node) : JsonSyntax.String,
        "number" or "integer" => node.Has(NumberWords) ? NumberOf(node, type == "integer") : Plain(type)!,
        _ => Plain(type) ?? throw new SchemaException(node["type"]!.Value.Pointer, $"'{type}' is no type of JSON"),
    };

    static Syntax? Plain(string type) => type switch
    {
        "object" => JsonSyntax.Object,
        "array" => JsonSyntax.Array,
        "string" => JsonSyntax.String,
        "number" => JsonSyntax.Number,
        "integer" => JsonSyntax.Integer,
        "boolean" => JsonSyntax.Boolean,
        "null" => JsonSyntax.Null,
        _ => null,
    };

    /// <summary>The types to generate: those that are named, or those that the keywords speak of, or all.</summary>
    static IReadOnlyList<string> Types(SchemaNode node)
    {
        if (node["type"] is { } type)
        {
            if (type.Value.ValueKind == JsonValueKind.String) return [type.Value.GetString()!];
            return [.. Elements(type).Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : throw new SchemaException(type.Pointer, "must be a string or an array of strings"))];
        }
        var meant = new List<string>();
        if (node.Has(ObjectWords)) meant.Add("object");
        if (node.Has(ArrayWords)) meant.Add("array");
        if (node.Has(StringWords)) meant.Add("string");
        if (node.Has(NumberWords)) meant.Add("number");
        return meant.Count > 0 ? meant : ["object", "array", "string", "number", "boolean", "null"];
    }

    Syntax Values(SchemaNode node, IReadOnlyList<JsonElement> values, string pointer)
    {
        foreach (var (name, keyword) in node.Keywords)
            if (name is not ("const" or "enum" or "type") && Known.Contains(name)) Refuse(keyword.Pointer, "can not be enforced beside const or enum. Take away the values that it forbids, and it");
        var allowed = node["type"] is null ? values : [.. values.Where(v => Types(node).Any(t => IsOf(v, t)))];
        if (node.Has("const", "enum") && node["enum"] is { } choices) allowed = [.. allowed.Where(v => Elements(choices).Any(c => JsonElement.DeepEquals(c, v)))];
        return allowed.Count > 0 ? Syntax.Any([.. allowed.Select(JsonSyntax.Literal)]) : throw new SchemaException(pointer, "leaves no value");
    }

    static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && ExactNumber.Read(value.GetRawText()) is { Scale: 0 },
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };

    (JsonElement Schema, string Pointer) Resolve(Keyword reference)
    {
        if (reference.Value.ValueKind != JsonValueKind.String) throw new SchemaException(reference.Pointer, "must be a string");
        var text = reference.Value.GetString()!;
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal)) throw new SchemaException(reference.Pointer, $"'{text}' is no pointer into this schema, such as #/$defs/name");
        var at = document;
        var pointer = Uri.UnescapeDataString(text[1..]);
        foreach (var segment in pointer.Split('/').Skip(1))
        {
            var name = segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out var inside)) at = inside;
            else if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < at.GetArrayLength()) at = at[index];
            else throw new SchemaException(reference.Pointer, $"'{text}' points at nothing");
        }
        return (at, pointer);
    }

    static SchemaNode Object(JsonElement schema, string pointer) => schema.ValueKind switch
    {
        JsonValueKind.Object => SchemaNode.Of(schema, pointer),
        JsonValueKind.True => new(pointer, new Dictionary<string, Keyword>()),
        _ => throw new SchemaException(pointer, "must be an object here"),
    };

    static IEnumerable<SchemaNode> Branches(Keyword list) => Elements(list).Select((schema, i) => Object(schema, $"{list.Pointer}/{i}"));

    static IReadOnlyList<JsonElement> Elements(Keyword list)
        => list.Value.ValueKind == JsonValueKind.Array && list.Value.GetArrayLength() > 0 ? [.. list.Value.EnumerateArray()] : throw new SchemaException(list.Pointer, "must be an array with something in it");

    void Refuse(string pointer, string reason)
    {
        if (!lenient) throw new SchemaException(pointer, reason);
    }
}
