// "Obeyed or refused", as data: each route states for every field of its schema what it does with it. The same table answers requests
// and is shown by GET /v1/models/{id}, so neither can say what the other does not do.

using System.Text.Json;
using Maison.Api.Errors;
using Maison.Wire;

namespace Maison.Api.Requests;

/// <summary>A field that is only taken with values that ask for nothing.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Value">Finds it in a request.</param>
/// <param name="Neutral">The values, as JSON, that change nothing and therefore pass.</param>
/// <param name="Remedy">What the caller can do instead: a sentence.</param>
sealed record RefusedField<TRequest>(string Name, Func<TRequest, JsonElement?> Value, string[] Neutral, string Remedy)
{
    readonly JsonElement[] neutral = [.. Neutral.Select(n => JsonDocument.Parse(n).RootElement)];

    /// <exception cref="ApiException">400 unsupported_parameter for any value that is not neutral.</exception>
    public void Check(TRequest request, string prefix = "")
    {
        if (Value(request) is not { } value || value.ValueKind == JsonValueKind.Null || neutral.Any(n => JsonElement.DeepEquals(n, value))) return;
        var allowed = Neutral.Length == 0 ? "" : $" Only {string.Join(" or ", Neutral)} is taken.";
        throw ApiException.Unsupported(prefix + Name, $"'{prefix}{Name}' is not supported with this value. {Remedy}{allowed}");
    }
}

/// <summary>What one route does with each field, whatever its request is called.</summary>
interface IRequestFields
{
    ParameterSupport Support { get; }

    /// <summary>The refused fields, the values of each that pass as JSON, and what to do instead.</summary>
    IReadOnlyList<(string Name, IReadOnlyList<string> Neutral, string Remedy)> Refusals { get; }
}

/// <summary>What one route does with each field of its schema.</summary>
/// <param name="Obeyed">Fields that change the answer as documented.</param>
/// <param name="Accepted">Fields that are taken and change nothing, because nothing here depends on them.</param>
/// <param name="Refused">Fields that are refused unless their value is neutral.</param>
sealed record RequestFields<TRequest>(string[] Obeyed, string[] Accepted, RefusedField<TRequest>[] Refused) : IRequestFields
{
    public IReadOnlyList<(string Name, IReadOnlyList<string> Neutral, string Remedy)> Refusals => [.. Refused.Select(r => (r.Name, (IReadOnlyList<string>)r.Neutral, r.Remedy))];

    public ParameterSupport Support => new(Obeyed, Accepted, [.. Refused.Select(r => r.Name)]);

    public void Check(TRequest request, IDictionary<string, JsonElement>? unknown)
    {
        RequestFields.RefuseUnknown(unknown, "");
        foreach (var field in Refused) field.Check(request);
    }
}

/// <summary>What holds for the fields of all routes.</summary>
static class RequestFields
{
    /// <exception cref="ApiException">400 unknown_parameter for the first field that nobody knows.</exception>
    public static void RefuseUnknown(IDictionary<string, JsonElement>? unknown, string prefix)
    {
        if (unknown is { Count: > 0 }) throw ApiException.Unknown(prefix + unknown.Keys.First());
    }
}
