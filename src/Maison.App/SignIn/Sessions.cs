// Who is signed in. The key stays here and never goes to the browser, which holds a random name for it that scripts can not read. Sessions outlive
// the server in a file of the data folder that opens nothing by itself: it holds digests of names, and each key sealed with its own name.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Maison.App.SignIn;

/// <summary>A signed-in browser.</summary>
/// <param name="Administers">Whether its key did when it signed in; pages show the way by it, the API decides.</param>
public sealed record Session(string Key, bool Administers, string Token, DateTimeOffset Ends)
{
    /// <summary>Whether a form carries this session's token; takes the same time for any other.</summary>
    public bool Owns(string token) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(Token));
}

/// <summary>The sessions and one-time links of one server; safe from any thread.</summary>
sealed class Sessions
{
    public const string Cookie = "maison_session", FileName = "browser-sessions.json";
    static readonly TimeSpan Life = TimeSpan.FromDays(14);

    readonly TimeProvider clock;
    readonly string? file;
    readonly Lock writing = new();
    readonly ConcurrentDictionary<string, Kept> kept = new();
    readonly ConcurrentDictionary<string, Session> open = new();
    readonly ConcurrentDictionary<string, bool> links = new();

    /// <summary>What the file holds of a session, under the digest of its name.</summary>
    sealed record Kept(byte[] Sealed, bool Administers, long Ends);

    /// <param name="folder">The data folder; null remembers nothing.</param>
    public Sessions(TimeProvider clock, string? folder)
    {
        (this.clock, file) = (clock, folder is null ? null : Path.Combine(folder, FileName));
        if (file is null || !File.Exists(file)) return;
        try
        {
            foreach (var (digest, session) in JsonSerializer.Deserialize<Dictionary<string, Kept>>(File.ReadAllBytes(file)) ?? []) kept[digest] = session;
        }
        catch (JsonException)
        {
            // Damaged, so nobody is signed in; the next one who is writes it anew.
        }
    }

    public Session? Of(HttpRequest request)
    {
        if (request.Cookies[Cookie] is not { Length: > 0 and < 200 } name || !kept.TryGetValue(Digest(name), out var session) || Ended(session)) return null;
        return open.TryGetValue(name, out var known) ? known : Open(name, session) is { } opened ? open[name] = opened : null;
    }

    public void Begin(HttpContext context, string key, bool administers)
    {
        var name = Random();
        kept[Digest(name)] = new(Seal(name, key), administers, (clock.GetUtcNow() + Life).ToUnixTimeSeconds());
        foreach (var (old, session) in kept)
            if (Ended(session)) kept.TryRemove(old, out _);
        foreach (var old in open.Keys)
            if (!kept.ContainsKey(Digest(old))) open.TryRemove(old, out _);
        Write();
        context.Response.Cookies.Append(Cookie, name, Options(context, Life));
    }

    public void End(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { } name)
        {
            open.TryRemove(name, out _);
            if (kept.TryRemove(Digest(name), out _)) Write();
        }
        context.Response.Cookies.Append(Cookie, "", Options(context, TimeSpan.Zero));
    }

    /// <summary>A secret that signs in once.</summary>
    public string NewLink()
    {
        var link = Random();
        links[link] = true;
        return link;
    }

    public bool UseLink(string link) => links.TryRemove(link, out _);

    /// <summary>False when a browser says that another site sent the request.</summary>
    public static bool SameSite(HttpRequest request) => request.Headers["sec-fetch-site"].ToString() is "" or "same-origin" or "none";

    /// <summary>A name that nobody guesses.</summary>
    internal static string Random() => RandomNumberGenerator.GetHexString(48, lowercase: true);

    bool Ended(Kept session) => session.Ends <= clock.GetUtcNow().ToUnixTimeSeconds();

    static CookieOptions Options(HttpContext context, TimeSpan life)
        => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = life };

    static string Digest(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>What a name is good for besides finding its session: sealing the key, and the token of forms.</summary>
    static byte[] Derive(string name, string use) => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(name), 32, info: Encoding.UTF8.GetBytes(use));

    static byte[] Seal(string name, string key)
    {
        var (plain, nonce) = (Encoding.UTF8.GetBytes(key), RandomNumberGenerator.GetBytes(AesGcm.NonceByteSizes.MaxSize));
        byte[] text = new byte[plain.Length], tag = new byte[AesGcm.TagByteSizes.MaxSize];
        using var cipher = new AesGcm(Derive(name, "key"), tag.Length);
        cipher.Encrypt(nonce, plain, text, tag);
        return [.. nonce, .. tag, .. text];
    }

    static Session? Open(string name, Kept session)
    {
        var (nonceBytes, tagBytes) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        if (session.Sealed.Length < nonceBytes + tagBytes) return null;
        var plain = new byte[session.Sealed.Length - nonceBytes - tagBytes];
        try
        {
            using var cipher = new AesGcm(Derive(name, "key"), tagBytes);
            cipher.Decrypt(session.Sealed.AsSpan(0, nonceBytes), session.Sealed.AsSpan(nonceBytes + tagBytes), session.Sealed.AsSpan(nonceBytes, tagBytes), plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        return new(Encoding.UTF8.GetString(plain), session.Administers, Convert.ToHexStringLower(Derive(name, "forms")), DateTimeOffset.FromUnixTimeSeconds(session.Ends));
    }

    /// <summary>Writes the file before anybody is answered, whole or not at all.</summary>
    void Write()
    {
        if (file is null) return;
        lock (writing)
        {
            var next = file + ".new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(next, options))
                JsonSerializer.Serialize(stream, kept.ToDictionary());
            File.Move(next, file, overwrite: true);
        }
    }
}
