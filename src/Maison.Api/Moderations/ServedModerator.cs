// A model that tells which categories of harm a text belongs to, as the API serves it.

using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Inference;

namespace Maison.Api.Moderations;

/// <summary>A loaded moderation classifier under the name that requests call it by.</summary>
public sealed record ServedModerator : CatalogEntry
{
    /// <summary>Judges one text; safe from any thread.</summary>
    public required Func<string, ModerationVerdict> Judge { get; init; }

    internal override string Output => "moderation";

    internal override IReadOnlyDictionary<string, IRequestFields> Fields => new Dictionary<string, IRequestFields> { [Routes.Moderations] = ModerationEndpoint.Fields };
}
