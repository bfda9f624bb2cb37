// What a request says of the answer's form and of tools: response_format, tools, and calls that are sent back. The same records serve
// chat, where a function's fields stand inside `function`, and responses, where they stand beside `type`.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>The form that an answer has to have.</summary>
public sealed record ResponseFormat
{
    /// <summary>text, json_object, json_schema; and here also regex and grammar.</summary>
    public string? Type { get; init; }
    public JsonSchemaFormat? JsonSchema { get; init; }

    /// <summary>Of type regex: the whole answer has to match it.</summary>
    public string? Regex { get; init; }

    /// <summary>Of type grammar: GBNF, as llama.cpp writes it.</summary>
    public string? Grammar { get; init; }

    /// <summary>In /v1/responses the schema's fields stand here.</summary>
    public string? Name { get; init; }
    public string? Description { get; init; }
    public JsonElement? Schema { get; init; }
    public bool? Strict { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A JSON schema with its name.</summary>
public sealed record JsonSchemaFormat
{
    public string? Name { get; init; }
    public string? Description { get; init; }
    public JsonElement? Schema { get; init; }
    public bool? Strict { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A tool that may be called.</summary>
public sealed record RequestTool
{
    public string? Type { get; init; }
    public RequestFunction? Function { get; init; }

    /// <summary>In /v1/responses the function's fields stand here.</summary>
    public string? Name { get; init; }
    public string? Description { get; init; }
    public JsonElement? Parameters { get; init; }
    public bool? Strict { get; init; }

    /// <summary>What other kinds of tools carry, and fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A function as a tool.</summary>
public sealed record RequestFunction
{
    public string? Name { get; init; }
    public string? Description { get; init; }

    /// <summary>The JSON schema of its arguments.</summary>
    public JsonElement? Parameters { get; init; }
    public bool? Strict { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A call in an assistant's message that is sent back.</summary>
public sealed record SentCall
{
    public string? Id { get; init; }
    public string? Type { get; init; }
    public SentFunction? Function { get; init; }

    /// <summary>As it stands in a streamed answer; without meaning here.</summary>
    public int? Index { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The function of a call that is sent back.</summary>
public sealed record SentFunction
{
    public string? Name { get; init; }
    public string? Arguments { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}
