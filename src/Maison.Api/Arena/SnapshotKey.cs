// The key that this house signs its snapshots with: ECDSA over P-256, made when it is first needed, kept in the data folder for the owner alone. Whoever
// has the fingerprint from the method's page knows whose snapshot it is.

using System.Security.Cryptography;

namespace Maison.Api.Arena;

/// <summary>Signs; safe from any thread.</summary>
/// <param name="home">The data folder.</param>
sealed class SnapshotKey(string home)
{
    const string FileName = "arena.key";

    readonly Lazy<byte[]> pem = new(() => ReadOrMake(Path.Combine(home, FileName)));

    /// <summary>Signature of a hash in DER, and the public key (SubjectPublicKeyInfo), both in base 64.</summary>
    public (string Signature, string PublicKey) Sign(ReadOnlySpan<byte> sha256)
    {
        using var key = Open();
        return (Convert.ToBase64String(key.SignHash(sha256, DSASignatureFormat.Rfc3279DerSequence)), Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>A short name of the public key.</summary>
    public string Fingerprint
    {
        get
        {
            using var key = Open();
            return FingerprintOf(key.ExportSubjectPublicKeyInfo());
        }
    }

    public static string FingerprintOf(ReadOnlySpan<byte> publicKey) => Convert.ToHexStringLower(SHA256.HashData(publicKey))[..32];

    public static bool Verifies(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            return key.VerifyHash(sha256, signature, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    ECDsa Open()
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(System.Text.Encoding.ASCII.GetString(pem.Value));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new InvalidDataException($"{Path.Combine(home, FileName)} is damaged: it must hold a PEM private key. Restore it from a backup; another key would be another house.", e);
        }
    }

    static byte[] ReadOrMake(string path)
    {
        if (!File.Exists(path))
            try
            {
                using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                using var file = new FileStream(path, options);
                file.Write(System.Text.Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem()));
                file.Flush(flushToDisk: true);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another server of this folder made it first.
            }
        return File.ReadAllBytes(path);
    }
}
