// A key's value and what is kept of it. Keys carry 256 random bits, so one salted SHA-256 is as good as a slow hash and costs microseconds.

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Maison.Api.Keys;

/// <summary>One stored key: never its value, only a salted SHA-256 of it.</summary>
public sealed record ApiKey
{
    /// <summary>Names the key in lists and when revoking it; no secret.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>16 random bytes, Base64.</summary>
    public required string Salt { get; init; }

    /// <summary>SHA-256 over salt and key, Base64.</summary>
    public required string Hash { get; init; }
    public required DateTimeOffset Created { get; init; }
    public DateTimeOffset? LastUsed { get; init; }

    /// <summary>A new key value: "mk-" and 256 random bits in Base64Url.</summary>
    public static string Generate() => "mk-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    internal static ApiKey Of(string value, string name, DateTimeOffset now)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return new()
        {
            Id = "key_" + RandomNumberGenerator.GetHexString(8, lowercase: true),
            Name = name,
            Salt = Convert.ToBase64String(salt),
            Hash = Convert.ToBase64String(HashOf(salt, value)),
            Created = now,
        };
    }

    /// <summary>Whether <paramref name="value"/> is this key, in a time that does not depend on how much of it is right.</summary>
    internal bool Matches(string value)
        => CryptographicOperations.FixedTimeEquals(HashOf(Convert.FromBase64String(Salt), value), Convert.FromBase64String(Hash));

    static byte[] HashOf(byte[] salt, string value) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(value)]);
}

/// <summary>What keys.json holds.</summary>
sealed record KeyFile(IReadOnlyList<ApiKey> Keys);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(KeyFile))]
sealed partial class KeyJson : JsonSerializerContext;
