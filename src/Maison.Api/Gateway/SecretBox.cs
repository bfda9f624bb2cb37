// Keys of third parties at rest: AES-256-GCM under a key of its own beside the store, readable by the owner alone, or given in MAISON_SECRET.
// A backup of the store without that file opens nothing.

using System.Security.Cryptography;
using System.Text;

namespace Maison.Api.Gateway;

/// <summary>Seals and opens small secrets.</summary>
sealed class SecretBox
{
    const string FileName = "secret.key";
    const int NonceBytes = 12, TagBytes = 16, KeyBytes = 32;

    readonly Lazy<byte[]> key;

    /// <param name="home">The data folder; its key file is made when it is first needed.</param>
    /// <param name="given">32 bytes in Base64 (MAISON_SECRET), or null for the file.</param>
    public SecretBox(string home, string? given) => key = new(() => given is null ? OfFile(Path.Combine(home, FileName)) : Decode(given, "MAISON_SECRET"));

    public string Seal(string secret)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.Value, TagBytes);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes));
        return Convert.ToBase64String(sealedBytes);
    }

    /// <exception cref="InvalidDataException">It was sealed under another key, or is damaged.</exception>
    public string Open(string sealedSecret)
    {
        try
        {
            var bytes = Convert.FromBase64String(sealedSecret);
            var cipher = bytes.AsSpan(NonceBytes + TagBytes);
            var plain = new byte[cipher.Length];
            using var aes = new AesGcm(key.Value, TagBytes);
            aes.Decrypt(bytes.AsSpan(0, NonceBytes), cipher, bytes.AsSpan(NonceBytes, TagBytes), plain);
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException($"A stored key of a provider can not be opened: {FileName} of the data folder, or MAISON_SECRET, is not the one it was sealed with. Restore it, or set the provider's key again.", e);
        }
    }

    static byte[] OfFile(string path)
    {
        if (!File.Exists(path))
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                using var file = new FileStream(path, options);
                file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))));
                file.Flush(flushToDisk: true);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another server of this folder made it first.
            }
        return Decode(File.ReadAllText(path).Trim(), path);
    }

    static byte[] Decode(string text, string from)
    {
        var bytes = new byte[KeyBytes + 1];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == KeyBytes ? bytes[..KeyBytes]
            : throw new InvalidDataException($"{from} must hold {KeyBytes} bytes in Base64.");
    }
}
