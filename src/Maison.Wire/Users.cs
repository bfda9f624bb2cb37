// /v1/organization/users and /v1/sessions: people with a name, a password and a role, and what they sign in with. Maison's own.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A person. A password goes in and never comes out.</summary>
public sealed record UserBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "organization.user";
    public required string Name { get; init; }

    /// <summary>admin or member.</summary>
    public required string Role { get; init; }
    public required string ProjectId { get; init; }
    public required string KeyId { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long AddedAt { get; init; }
}

/// <summary>All users, by name.</summary>
public sealed record UserList(IReadOnlyList<UserBody> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>The body that adds or changes a user.</summary>
public sealed record UserRequest
{
    public string? Name { get; init; }
    public string? Password { get; init; }
    public string? Role { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>The body of POST /v1/sessions.</summary>
public sealed record SessionRequest
{
    public string? Name { get; init; }
    public string? Password { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A session: the value of a key that is good until it ends.</summary>
public sealed record SessionBody(string Key, string Name, string Role, long ExpiresAt)
{
    public string Object { get; init; } = "session";
}
