// Passwords as they are kept: PBKDF2 with SHA-256, 600,000 rounds (OWASP's advice of 2023), a salt of its own for each. The rounds stand
// in the text, so that they can be raised later.

using System.Globalization;
using System.Security.Cryptography;

namespace Maison.Api.Users;

/// <summary>Makes and compares what is kept of a password.</summary>
static class Password
{
    public const int Shortest = 10, Longest = 200;
    const int Rounds = 600_000, SaltBytes = 16, HashBytes = 32;

    /// <summary>Takes as long to compare as any other, and matches nothing.</summary>
    public static readonly string Nobody = $"{Rounds}.{Convert.ToBase64String(new byte[SaltBytes])}.{Convert.ToBase64String(new byte[HashBytes])}";

    public static string Keep(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return $"{Rounds}.{Convert.ToBase64String(salt)}.{Convert.ToBase64String(Hash(password, salt, Rounds))}";
    }

    public static bool Matches(string password, string kept)
    {
        var parts = kept.Split('.');
        return CryptographicOperations.FixedTimeEquals(Hash(password, Convert.FromBase64String(parts[1]), int.Parse(parts[0], CultureInfo.InvariantCulture)), Convert.FromBase64String(parts[2]));
    }

    static byte[] Hash(string password, byte[] salt, int rounds) => Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA256, HashBytes);
}
