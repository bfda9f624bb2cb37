// Signing in somewhere else: one OpenID Connect provider, named by the environment. A client takes its people there (authorization code with
// PKCE) and brings the code back; here it is redeemed with the client's secret, and the token that comes for it is believed only when it is signed
// by the provider, made for this client and this try, and not over. Discovery, keys and the token's checks are Microsoft.IdentityModel's.

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Api.Errors;
using Maison.Wire;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Maison.Api.Users;

/// <summary>Who somebody is at the provider.</summary>
/// <param name="Id">Issuer and subject: the same for ever.</param>
/// <param name="Role">The role that their claims give them; null where claims give none.</param>
sealed record Identity(string Id, string Name, string? Role);

/// <summary>The provider of one server.</summary>
sealed class IdentityProvider
{
    const string Prefix = "MAISON_OIDC_", UsualScope = "openid profile email";
    const int LongestName = 60;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Skew = TimeSpan.FromMinutes(1);
    static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384];

    readonly string issuer, client, name, scope;
    readonly string? secret, redirect;
    readonly (string Claim, string Value)? admins, members;
    readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) }) { Timeout = Patience };
    readonly Func<ConfigurationManager<OpenIdConnectConfiguration>> fresh;
    volatile ConfigurationManager<OpenIdConnectConfiguration> discovery;
    readonly JsonWebTokenHandler tokens = new() { MapInboundClaims = false };

    IdentityProvider(Uri address, Func<string, string?> variable)
    {
        issuer = address.OriginalString.TrimEnd('/');
        client = variable(Prefix + "CLIENT_ID") is { Length: > 0 } id ? id : throw new ArgumentException($"{Prefix}ISSUER is set, but {Prefix}CLIENT_ID is not. Set it to the client's name at the provider, or unset both.");
        (secret, redirect) = (Given("CLIENT_SECRET"), Given("REDIRECT"));
        (name, scope) = (Given("NAME") ?? address.Host, Given("SCOPE") ?? UsualScope);
        if (!scope.Split(' ').Contains("openid")) throw new ArgumentException($"{Prefix}SCOPE is '{scope}', but must have the word openid in it.");
        (admins, members) = (Claim("ADMINS"), Claim("MEMBERS"));
        fresh = () => new($"{issuer}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever(http) { RequireHttps = !address.IsLoopback });
        discovery = fresh();

        string? Given(string part) => variable(Prefix + part) is { Length: > 0 } value ? value : null;

        (string, string)? Claim(string part)
        {
            if (Given(part) is not { } rule) return null;
            var at = rule.IndexOf('=');
            return at > 0 && at < rule.Length - 1 ? (rule[..at], rule[(at + 1)..]) : throw new ArgumentException($"{Prefix}{part} is '{rule}', but must be a claim and its value, such as groups=maison-admins.");
        }
    }

    /// <summary>The provider that the environment names; null for none.</summary>
    /// <exception cref="ArgumentException">A variable is missing or can not be read; names it.</exception>
    public static IdentityProvider? From(Func<string, string?> variable)
    {
        if (variable(Prefix + "ISSUER") is not { Length: > 0 } issuer) return null;
        return Uri.TryCreate(issuer, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)
            ? new(address, variable) : throw new ArgumentException($"{Prefix}ISSUER is '{issuer}', but must be the provider's https address.");
    }

    /// <summary>What a client needs to take somebody there.</summary>
    public async Task<SessionProviderBody> Describe(CancellationToken stop)
    {
        var found = await Discovered(stop);
        return new() { Name = name, AuthorizationEndpoint = found.AuthorizationEndpoint, ClientId = client, Scope = scope, RedirectUri = redirect };
    }

    /// <summary>Who the code is about.</summary>
    /// <exception cref="ApiException">The provider does not give a token for it, or the token is not to be believed; says why.</exception>
    public async Task<Identity> Redeem(string code, string verifier, string nonce, string redirectUri, CancellationToken stop)
    {
        var found = await Discovered(stop);
        var token = await Token(found, code, verifier, redirectUri, stop);
        var result = await Validate(found, token);
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // The provider may have changed its keys since they were read; the library's own refresh would come after this answer.
            discovery = fresh();
            result = await Validate(await Discovered(stop), token);
        }
        if (!result.IsValid) throw Refused(result.Exception is SecurityTokenExpiredException ? "its token is over; check the clocks of both machines" : "its token is not valid here: " + (result.Exception?.Message.Split('\n')[0] ?? "unknown"));
        var read = (JsonWebToken)result.SecurityToken;
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Text(read, "nonce") ?? ""), Encoding.UTF8.GetBytes(nonce))) throw Refused("its token belongs to another try");
        if (Text(read, "azp") is { } party && party != client) throw Refused("its token was made for another client");
        if (read.Subject is not { Length: > 0 } subject) throw Refused("its token does not say about whom it is");
        var role = admins is { } rule && Has(read, rule) ? User.Admin : admins is not null ? User.Member : null;
        if (members is { } open && role != User.Admin && !Has(read, open)) throw ApiException.Forbidden($"You are known to {name}, but not let in here: your claim '{open.Claim}' does not hold '{open.Value}'. Ask who keeps the accounts there.", null);
        var called = new[] { Text(read, "preferred_username"), Text(read, "name"), Text(read, "email"), subject }.First(n => !string.IsNullOrWhiteSpace(n))!.Trim();
        return new($"{issuer} {subject}", called.Length <= LongestName ? called : called[..LongestName], role);
    }

    /// <summary>How a person's name is told apart from another's.</summary>
    public string Mark => name;

    async Task<string> Token(OpenIdConnectConfiguration found, string code, string verifier, string redirectUri, CancellationToken stop)
    {
        var fields = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["client_id"] = client, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, found.TokenEndpoint);
        if (secret is not null)
        {
            if (found.TokenEndpointAuthMethodsSupported.Count > 0 && !found.TokenEndpointAuthMethodsSupported.Contains("client_secret_basic")) fields["client_secret"] = secret;
            else request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(client)}:{Uri.EscapeDataString(secret)}")));
        }
        request.Content = new FormUrlEncodedContent(fields);
        JsonElement answer;
        try
        {
            using var sent = await http.SendAsync(request, stop);
            answer = await sent.Content.ReadFromJsonAsync<JsonElement>(stop);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidOperationException || e is TaskCanceledException && !stop.IsCancellationRequested)
        {
            throw Unreachable(e);
        }
        if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("id_token", out var token) && token.ValueKind == JsonValueKind.String) return token.GetString()!;
        throw Refused(answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var error) ? $"it says '{error}'" : "it gave no token");
    }

    Task<TokenValidationResult> Validate(OpenIdConnectConfiguration found, string token) => tokens.ValidateTokenAsync(token, new TokenValidationParameters
    {
        ValidIssuer = found.Issuer,
        ValidAudience = client,
        IssuerSigningKeys = found.SigningKeys,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ClockSkew = Skew,
    });

    async Task<OpenIdConnectConfiguration> Discovered(CancellationToken stop)
    {
        OpenIdConnectConfiguration found;
        try
        {
            found = await discovery.GetConfigurationAsync(stop);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or ArgumentException)
        {
            throw Unreachable(e);
        }
        return found.Issuer?.TrimEnd('/') == issuer ? found : throw ApiException.Unavailable($"{issuer} says that it is '{found.Issuer}'. Set {Prefix}ISSUER to that address if it is the one that is meant.", "identity_provider");
    }

    static string? Text(JsonWebToken token, string claim) => token.Claims.FirstOrDefault(c => c.Type == claim)?.Value;

    /// <summary>A claim is one value, several of the same name, or words between spaces.</summary>
    static bool Has(JsonWebToken token, (string Claim, string Value) rule) => token.Claims.Any(c => c.Type == rule.Claim && (c.Value == rule.Value || c.Value.Split(' ').Contains(rule.Value)));

    ApiException Refused(string why) => ApiException.InvalidKey($"{name} did not sign you in: {why}. Begin again.");

    ApiException Unreachable(Exception e) => ApiException.Unavailable($"{name} does not answer: {(e.InnerException ?? e).Message} Sign in with a name and a password, or try again later.", "identity_provider");
}
