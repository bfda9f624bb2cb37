// An identity provider of tests: discovery, keys, the page that sends people back with a code, and the token for it, signed by hand. It checks
// what a real one checks (client, secret, address, PKCE, a code only once), and what it puts into a token can be changed.

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Maison.Tests.App;

sealed class StandInProvider : IAsyncDisposable
{
    public const string Client = "maison", Secret = "a secret: with signs";

    /// <summary>Made once, since it takes a while.</summary>
    static readonly Lazy<RSA> First = new(() => RSA.Create(2048));

    readonly WebApplication app;
    readonly Dictionary<string, (string Challenge, string Nonce, string Redirect)> codes = [];

    /// <summary>The key that signs, and its name; replaced when the provider changes keys.</summary>
    public (RSA Key, string Id) Signing { get; set; } = (First.Value, "first");

    /// <summary>The keys that are published; the one that signs where it is null.</summary>
    public (RSA Key, string Id)? Published { get; set; }

    /// <summary>What a token says besides, or instead.</summary>
    public Dictionary<string, JsonNode?> Claims { get; } = new() { ["sub"] = "u-1", ["preferred_username"] = "Ada" };

    /// <summary>Makes a whole token of its claims; null signs with RS256.</summary>
    public Func<JsonObject, string>? Forge { get; set; }

    /// <summary>What was asked wrongly.</summary>
    public List<string> Refusals { get; } = [];

    public string Issuer => app.Urls.Single();

    StandInProvider(WebApplication app) => this.app = app;

    public static async Task<StandInProvider> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new StandInProvider(builder.Build());
        provider.app.MapGet("/.well-known/openid-configuration", provider.Discovery);
        provider.app.MapGet("/keys", provider.Keys);
        provider.app.MapGet("/authorize", provider.Authorize);
        provider.app.MapPost("/token", provider.Token);
        await provider.app.StartAsync();
        return provider;
    }

    /// <summary>What a server's environment names.</summary>
    public string? Variable(string name) => name switch
    {
        "MAISON_OIDC_ISSUER" => Issuer,
        "MAISON_OIDC_CLIENT_ID" => Client,
        "MAISON_OIDC_CLIENT_SECRET" => Secret,
        "MAISON_OIDC_NAME" => "Our directory",
        "MAISON_OIDC_ADMINS" => "groups=keepers",
        _ => null,
    };

    Task Discovery(HttpContext context) => context.Response.WriteAsJsonAsync(new { issuer = Issuer, authorization_endpoint = Issuer + "/authorize", token_endpoint = Issuer + "/token", jwks_uri = Issuer + "/keys" });

    Task Keys(HttpContext context)
    {
        var (key, id) = Published ?? Signing;
        var numbers = key.ExportParameters(false);
        return context.Response.WriteAsJsonAsync(new { keys = new[] { new { kty = "RSA", use = "sig", kid = id, n = Base64Url.EncodeToString(numbers.Modulus), e = Base64Url.EncodeToString(numbers.Exponent) } } });
    }

    void Authorize(HttpContext context)
    {
        var query = context.Request.Query;
        var code = RandomNumberGenerator.GetHexString(16);
        codes[code] = (query["code_challenge"]!, query["nonce"]!, query["redirect_uri"]!);
        if (query["client_id"] != Client || query["response_type"] != "code" || query["code_challenge_method"] != "S256") Refusals.Add("authorize");
        context.Response.Redirect($"{query["redirect_uri"]}?code={code}&state={query["state"]}");
    }

    async Task Token(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Client}:{Uri.EscapeDataString(Secret)}"));
        if (!codes.Remove(form["code"]!, out var asked) || context.Request.Headers.Authorization != basic || form["redirect_uri"] != asked.Redirect
            || Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"]!))) != asked.Challenge)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = "invalid_grant" });
            return;
        }
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new JsonObject { ["iss"] = Issuer, ["aud"] = Client, ["iat"] = now, ["exp"] = now + 300, ["nonce"] = asked.Nonce };
        foreach (var (name, value) in Claims) claims[name] = value?.DeepClone();
        await context.Response.WriteAsJsonAsync(new { access_token = "x", token_type = "Bearer", id_token = Forge?.Invoke(claims) ?? Signed(claims) });
    }

    public string Signed(JsonObject claims)
    {
        var begin = Begin("RS256", claims);
        return $"{begin}.{Base64Url.EncodeToString(Signing.Key.SignData(Encoding.ASCII.GetBytes(begin), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public string Begin(string algorithm, JsonObject claims)
        => $"{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = algorithm, typ = "JWT", kid = Signing.Id }))}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
