// Lets a request through only with a valid key: Authorization: Bearer, or x-api-key as Anthropic's clients send it.
// Everything is behind it but the two probes, metrics and unknown routes included.

using Maison.Api.Errors;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Keys;

/// <summary>Middleware that asks for a key.</summary>
sealed class KeyGate(KeyStore keys)
{
    public Task Invoke(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is Routes.Health or Routes.Ready) return next(context);
        var sent = Sent(context.Request)
            ?? throw ApiException.InvalidKey("This route needs an API key: send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'. The first start printed one.");
        if (!keys.Accepts(sent))
            throw ApiException.InvalidKey($"The API key {Masked(sent)} is not valid here. The first start printed one; its hash is in keys.json of the data folder.");
        return next(context);
    }

    static string? Sent(HttpRequest request)
    {
        const string bearer = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)) return authorization[bearer.Length..].Trim();
        var plain = request.Headers["x-api-key"].ToString();
        return plain.Length > 0 ? plain : null;
    }

    static string Masked(string key) => key.Length < 12 ? "***" : $"{key[..3]}…{key[^4..]}";
}
