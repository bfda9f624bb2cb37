// Who is signed in. The key stays here and never goes to the browser, which holds a random name for it that scripts can not read. Sessions
// live in memory: after a restart of the server one signs in again.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
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
sealed class Sessions(TimeProvider clock)
{
    public const string Cookie = "maison_session";
    static readonly TimeSpan Life = TimeSpan.FromDays(14);

    readonly ConcurrentDictionary<string, Session> open = new();
    readonly ConcurrentDictionary<string, bool> links = new();

    public Session? Of(HttpRequest request)
        => request.Cookies[Cookie] is { } name && open.TryGetValue(name, out var session) && session.Ends > clock.GetUtcNow() ? session : null;

    public void Begin(HttpContext context, string key, bool administers)
    {
        foreach (var (old, session) in open)
            if (session.Ends <= clock.GetUtcNow()) open.TryRemove(old, out _);
        var name = Random();
        open[name] = new(key, administers, Random(), clock.GetUtcNow() + Life);
        context.Response.Cookies.Append(Cookie, name, Options(context, Life));
    }

    public void End(HttpContext context)
    {
        if (context.Request.Cookies[Cookie] is { } name) open.TryRemove(name, out _);
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

    static CookieOptions Options(HttpContext context, TimeSpan life)
        => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = life };

    static string Random() => RandomNumberGenerator.GetHexString(48, lowercase: true);
}
