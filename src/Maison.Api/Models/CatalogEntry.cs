// What the catalogue tells of any served model, whatever it makes.

using Maison.Api.Requests;
using Maison.Wire;

namespace Maison.Api.Models;

/// <summary>A model in the catalogue.</summary>
public abstract record CatalogEntry
{
    /// <summary>The name in requests, such as maison-text-1.</summary>
    public required string Id { get; init; }
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UnixEpoch;
    public string OwnedBy { get; init; } = "maison";
    public string? License { get; init; }

    /// <summary>The card that lies beside the weights, Markdown.</summary>
    public string? CardText { get; init; }

    /// <summary>What it makes: text, audio or image.</summary>
    internal abstract string Output { get; }

    /// <summary>What each request field does, by route.</summary>
    internal abstract IReadOnlyDictionary<string, IRequestFields> Fields { get; }

    /// <summary>The wire's view of this model.</summary>
    internal virtual ModelCard Card => new() { Id = Id, Created = Created.ToUnixTimeSeconds(), OwnedBy = OwnedBy, License = License, OutputModalities = [Output] };
}
