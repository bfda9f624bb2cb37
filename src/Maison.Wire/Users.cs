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

    /// <summary>Who they are where they sign in: an issuer and its subject; null for a name and a password here.</summary>
    public string? Identity { get; init; }
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

    /// <summary>In place of a name and a password: what the identity provider gave, and what it was asked with.</summary>
    public string? Code { get; init; }
    public string? CodeVerifier { get; init; }
    public string? Nonce { get; init; }
    public string? RedirectUri { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Where people sign in instead, with OpenID Connect: what a client needs to take them there.</summary>
public sealed record SessionProviderBody
{
    public string Object { get; init; } = "session.provider";
    public required string Name { get; init; }
    public required string AuthorizationEndpoint { get; init; }
    public required string ClientId { get; init; }
    public required string Scope { get; init; }

    /// <summary>Where the provider sends them back; null leaves it to the client.</summary>
    public string? RedirectUri { get; init; }
}

/// <summary>A session: the value of a key that is good until it ends.</summary>
public sealed record SessionBody(string Key, string Name, string Role, long ExpiresAt)
{
    public string Object { get; init; } = "session";
}
