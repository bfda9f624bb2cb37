// Signing in at an identity provider: the browser is sent there with a secret's digest (PKCE) and names for this try, and comes back with a code
// that the API redeems. What a try was begun with stays here; the browser that comes back must be the one that left.

using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Maison.App.SignIn;

/// <summary>The way there and back.</summary>
sealed class SignInElsewhere(SignInPages pages, Lazy<HttpClient> http, TimeProvider clock)
{
    public const string Path = "/sign-in/elsewhere", Back = "/sign-in/back";
    const string Cookie = "maison_signing_in";
    const int MostTries = 10_000;
    static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    sealed record Try(string Verifier, string Nonce, string RedirectUri, DateTimeOffset Ends);

    readonly ConcurrentDictionary<string, Try> tries = new();

    /// <summary>Sends a browser to the provider.</summary>
    public async Task Ask(HttpContext context)
    {
        if (await new ApiClient(http.Value, "").SessionProvider(context.RequestAborted) is not { } provider)
        {
            SignInPages.Ask(context);
            return;
        }
        foreach (var (old, begun) in tries)
            if (begun.Ends <= clock.GetUtcNow() || tries.Count > MostTries) tries.TryRemove(old, out _);
        var (state, verifier, nonce) = (Sessions.Random(), Sessions.Random(), Sessions.Random());
        var redirect = provider.RedirectUri ?? $"{context.Request.Scheme}://{context.Request.Host}{Back}";
        tries[state] = new(verifier, nonce, redirect, clock.GetUtcNow() + Life);
        // Lax, since the way back comes from another site.
        context.Response.Cookies.Append(Cookie, state, Options(context, Life));
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = QueryHelpers.AddQueryString(provider.AuthorizationEndpoint, new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = provider.ClientId,
            ["redirect_uri"] = redirect,
            ["scope"] = provider.Scope,
            ["state"] = state,
            ["nonce"] = nonce,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        });
    }

    /// <summary>Takes back whoever the provider sends.</summary>
    public async Task Return(HttpContext context)
    {
        var (query, texts) = (context.Request.Query, MaisonApp.TextsOf(context));
        var state = query["state"].ToString();
        var left = context.Request.Cookies[Cookie];
        context.Response.Cookies.Append(Cookie, "", Options(context, TimeSpan.Zero));
        if (left is null || left != state || !tries.TryRemove(state, out var begun) || begun.Ends <= clock.GetUtcNow())
        {
            await pages.Page(context, StatusCodes.Status400BadRequest, texts.SignInAgain);
            return;
        }
        if (query["code"].ToString() is not { Length: > 0 } code)
        {
            await pages.Page(context, StatusCodes.Status403Forbidden, texts.SignInDenied);
            return;
        }
        try
        {
            var session = await new ApiClient(http.Value, "").NewSession(new SessionRequest { Code = code, CodeVerifier = begun.Verifier, Nonce = begun.Nonce, RedirectUri = begun.RedirectUri }, context.RequestAborted);
            await pages.Begin(context, session.Key);
        }
        catch (ApiProblem problem)
        {
            await pages.Page(context, problem.Status, problem.Message);
            return;
        }
        // A page in between: the session's cookie does not go with a redirect that began on another site.
        await Rendering.Page<SignedInPage>(context, StatusCodes.Status200OK, new() { ["Texts"] = texts });
    }

    static CookieOptions Options(HttpContext context, TimeSpan life)
        => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = SignInPages.Path, MaxAge = life };
}
