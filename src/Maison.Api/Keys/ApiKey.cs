// What is kept of an API key: who it belongs to, what it opens, what it may spend. Its value is shown once and never kept.

namespace Maison.Api.Keys;

/// <summary>One key. Null scopes and limits mean no restriction.</summary>
public sealed record ApiKey
{
    /// <summary>Names the key in lists and when changing it; no secret.</summary>
    public required string Id { get; init; }
    public required string ProjectId { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>To the minute.</summary>
    public DateTimeOffset? LastUsed { get; init; }
    public DateTimeOffset? Expires { get; init; }
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>Whether it opens the administrative routes.</summary>
    public bool Admin { get; init; }
    public KeyScope Scope { get; init; } = new();
    public Limits Limits { get; init; } = new();

    /// <summary>Whether personal data is masked in what leaves the house on behalf of this key.</summary>
    public bool MaskPersonalData { get; init; } = true;
}

/// <summary>What a key opens; null opens all.</summary>
/// <param name="Models">Names of models; one that ends in * stands for all that begin so, such as openai/*.</param>
/// <param name="Routes">Paths, such as /v1/chat/completions; one that ends in * stands for all that begin so.</param>
/// <param name="Modalities">Of text, image, audio, embeddings.</param>
public sealed record KeyScope(IReadOnlyList<string>? Models = null, IReadOnlyList<string>? Routes = null, IReadOnlyList<string>? Modalities = null)
{
    public static readonly IReadOnlyList<string> KnownModalities = ["text", "embeddings", "image", "audio"];

    public bool OpensModel(string model) => Opens(Models, model);

    public bool OpensRoute(string path) => Opens(Routes, path);

    public bool OpensModality(string modality) => Opens(Modalities, modality);

    static bool Opens(IReadOnlyList<string>? allowed, string asked)
        => allowed is null || allowed.Any(a => a.EndsWith('*') ? asked.StartsWith(a[..^1], StringComparison.Ordinal) : a == asked);
}

/// <summary>Most that a key or a project may take; null is without limit.</summary>
/// <param name="BudgetDay">Micro-euros per day, UTC.</param>
/// <param name="BudgetMonth">Micro-euros per calendar month, UTC.</param>
public sealed record Limits(long? RequestsPerMinute = null, long? TokensPerMinute = null, long? BudgetDay = null, long? BudgetMonth = null);

/// <summary>A group of keys with limits of its own.</summary>
public sealed record Project
{
    /// <summary>The project of keys that name none.</summary>
    public const string Default = "proj_default";

    public required string Id { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>Keys of an archived project open nothing.</summary>
    public DateTimeOffset? Archived { get; init; }
    public Limits Limits { get; init; } = new();
}
