// A key's value and what is kept of it. Keys carry 256 random bits, so one salted SHA-256 is as good as a slow hash and costs microseconds.

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Maison.Api.Keys;

/// <summary>A stored secret: never the value, only a salted SHA-256 of it.</summary>
/// <param name="Salt">16 random bytes.</param>
/// <param name="Hash">SHA-256 over salt and value.</param>
/// <param name="Expires">Set when the key was rotated and the old value is still good for a while.</param>
sealed record Secret(string KeyId, byte[] Salt, byte[] Hash, DateTimeOffset? Expires)
{
    /// <summary>A new value: "mk-" and 256 random bits in Base64Url.</summary>
    public static string Generate() => "mk-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static Secret Of(string keyId, string value)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return new(keyId, salt, HashOf(salt, value), null);
    }

    /// <summary>Whether <paramref name="value"/> is this secret, in a time that does not depend on how much of it is right.</summary>
    public bool Matches(string value) => CryptographicOperations.FixedTimeEquals(HashOf(Salt, value), Hash);

    static byte[] HashOf(byte[] salt, string value) => SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(value)]);
}
