// /v1/files.

using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A stored file.</summary>
public sealed record FileBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "file";
    public required long Bytes { get; init; }
    public required long CreatedAt { get; init; }
    public long? ExpiresAt { get; init; }
    public required string Filename { get; init; }
    public required string Purpose { get; init; }

    /// <summary>Files are whole when they are listed.</summary>
    public string Status { get; init; } = "processed";
}

/// <summary>A page of files.</summary>
public sealed record FileList(IReadOnlyList<FileBody> Data)
{
    public string Object { get; init; } = "list";
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public bool HasMore { get; init; }
}
