// Lets a request through only with a valid key: Authorization: Bearer, or x-api-key as Anthropic's clients send it.
// Everything is behind it but the two probes and endpoints marked as open, metrics and unknown routes included. Whose key it is travels on as a feature of the request.

using Maison.Api.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Keys;

/// <summary>Middleware that asks for a key.</summary>
sealed class KeyGate(KeyStore keys)
{
    public Task Invoke(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is Routes.Health or Routes.Ready || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null) return next(context);
        var sent = Sent(context.Request)
            ?? throw ApiException.InvalidKey("This route needs an API key: send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'. The first start printed one.");
        var key = keys.Accept(sent)
            ?? throw ApiException.InvalidKey($"The API key {Masked(sent)} is not valid here, or not any more. The first start printed one; `maison keys new` makes another.");
        if (!key.Scope.OpensRoute(context.Request.Path.Value ?? ""))
            throw ApiException.Forbidden($"This key does not open {context.Request.Path}. It opens {string.Join(", ", key.Scope.Routes!)}.", null);
        if (!key.Admin && (context.Request.Path.StartsWithSegments(Routes.Organization) || context.Request.Path.StartsWithSegments(Routes.Training)))
            throw ApiException.Forbidden($"{context.Request.Path} is administration, and this key is not made for it. Use a key made with --admin.", null);
        context.Features.Set(key);
        return next(context);
    }

    /// <summary>The key that a request carries.</summary>
    internal static string? Sent(HttpRequest request)
    {
        const string bearer = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)) return authorization[bearer.Length..].Trim();
        var plain = request.Headers["x-api-key"].ToString();
        return plain.Length > 0 ? plain : null;
    }

    static string Masked(string key) => key.Length < 12 ? "***" : $"{key[..3]}…{key[^4..]}";
}
