// Signing in at an identity provider: the way there and back, who one is afterwards, and every token and every way back that is not to be believed.

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Buffers.Text;
using Maison.Api.Users;
using Maison.App.SignIn;
using Maison.Tests.Api;
using Microsoft.AspNetCore.WebUtilities;

namespace Maison.Tests.App;

public sealed class SignInElsewhereTests
{
    static Task<ApiServer> Serve(StandInProvider provider, Func<string, string?>? variable = null)
        => ApiServer.Start(options => options with { Environment = variable ?? provider.Variable }, new ScriptedModel("Hello").Served);

    /// <summary>To the provider and back; returns the address that it sends the browser to.</summary>
    static async Task<string> There(Browser browser)
    {
        using var sent = await browser.Get(SignInElsewhere.Path);
        Assert.Equal(HttpStatusCode.SeeOther, sent.StatusCode);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var back = await http.GetAsync(sent.Headers.Location);
        return back.Headers.Location!.PathAndQuery;
    }

    static async Task<(HttpStatusCode Status, string Page)> ThereAndBack(Browser browser)
    {
        using var answer = await browser.Get(await There(browser));
        return (answer.StatusCode, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task WhoeverTheProviderKnowsIsSignedInAndStaysThemselves()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        using var browser = new Browser(server);
        Assert.Contains("Sign in with Our directory", await browser.Page("/sign-in"));
        var (status, page) = await ThereAndBack(browser);
        Assert.Equal((HttpStatusCode.OK, true), (status, page.Contains("You are signed in", StringComparison.Ordinal)));
        Assert.Empty(provider.Refusals);
        var chat = await browser.Say("Hi");
        Assert.Contains("Hello", await browser.Page(chat));
        Assert.DoesNotContain("href=\"/admin\"", await browser.Source("/"));

        // The same person in another browser has the same chats, also under another name; another person has none.
        provider.Claims["preferred_username"] = "Ada Lovelace";
        using var second = new Browser(server);
        await ThereAndBack(second);
        Assert.Contains("Hello", await second.Page(chat));
        provider.Claims["sub"] = "u-2";
        using var other = new Browser(server);
        await ThereAndBack(other);
        await other.Page(chat, HttpStatusCode.NotFound);
        var users = (await server.Get("/v1/organization/users")).Body;
        Assert.Equal(2, users.Split($"{provider.Issuer} u-").Length - 1);

        using (await browser.Send("/sign-out", live: false)) { }
        using var after = await browser.Get("/");
        Assert.Equal("/sign-in", after.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task ClaimsGiveAndTakeAdministration()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        async Task<bool> Administers()
        {
            using var browser = new Browser(server);
            Assert.Equal(HttpStatusCode.OK, (await ThereAndBack(browser)).Status);
            return (await browser.Source("/")).Contains("href=\"/admin\"", StringComparison.Ordinal);
        }
        Assert.False(await Administers());
        provider.Claims["groups"] = new JsonArray("readers", "keepers");
        Assert.True(await Administers());
        provider.Claims["groups"] = "readers";
        Assert.False(await Administers());
    }

    [Fact]
    public async Task OnlyThoseWithTheClaimAreLetIn()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider, name => name == "MAISON_OIDC_MEMBERS" ? "department=house" : provider.Variable(name));
        using var browser = new Browser(server);
        var (status, page) = await ThereAndBack(browser);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("your claim 'department' does not hold 'house'", page);
        provider.Claims["department"] = "house";
        Assert.Equal(HttpStatusCode.OK, (await ThereAndBack(browser)).Status);
    }

    [Fact]
    public async Task ANameThatSomebodyHasHereStaysTheirsAndTheirPasswordGoesOn()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        await server.Post("/v1/organization/users", """{"name":"Ada","password":"a long password"}""");
        using (var browser = new Browser(server)) await ThereAndBack(browser);
        var users = (await server.Get("/v1/organization/users")).Body;
        Assert.Contains("\"name\":\"Ada (Our directory)\"", users);
        using var local = new Browser(server);
        using (var entered = await local.SendAs(null, "/sign-in", false, ("name", "Ada"), ("password", "a long password"))) Assert.Equal("/", entered.Headers.Location!.OriginalString);
        // Who came from elsewhere has no password here, not even an empty one.
        foreach (var password in new[] { "", Password.Nobody, "x" })
            using (var refused = await local.SendAs(null, "/sign-in", false, ("name", "Ada (Our directory)"), ("password", password))) Assert.NotEqual(HttpStatusCode.SeeOther, refused.StatusCode);
    }

    public static TheoryData<string, string> BadTokens => new()
    {
        { "nonce", "belongs to another try" }, { "no nonce", "belongs to another try" }, { "audience", "not valid here" }, { "issuer", "not valid here" }, { "expired", "token is over" }, { "no end", "not valid here" }, { "not yet", "not valid here" },
        { "signature", "not valid here" }, { "unsigned", "not valid here" }, { "own key", "not valid here" }, { "public key as secret", "not valid here" }, { "party", "another client" }, { "nobody", "about whom" }, { "no token", "not valid here" },
    };

    [Theory, MemberData(nameof(BadTokens))]
    public async Task ATokenThatIsNotToBeBelievedIsRefused(string fault, string told)
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        switch (fault)
        {
            case "nonce": provider.Claims["nonce"] = "of another try"; break;
            case "no nonce": provider.Claims["nonce"] = null; break;
            case "audience": provider.Claims["aud"] = "another-client"; break;
            case "issuer": provider.Claims["iss"] = "https://elsewhere.example"; break;
            case "expired": provider.Claims["exp"] = now - 120; break;
            case "no end": provider.Forge = claims => { claims.Remove("exp"); return provider.Signed(claims); }; break;
            case "not yet": provider.Claims["nbf"] = now + 600; break;
            case "party": provider.Claims["azp"] = "another-client"; break;
            case "nobody": provider.Forge = claims => { claims.Remove("sub"); return provider.Signed(claims); }; break;
            case "signature": provider.Forge = claims => { var token = provider.Signed(claims); claims["sub"] = "u-9"; return $"{provider.Begin("RS256", claims)}.{token.Split('.')[2]}"; }; break;
            case "unsigned": provider.Forge = claims => provider.Begin("none", claims) + "."; break;
            case "own key": provider.Published = (RSA.Create(2048), "first"); break;
            case "public key as secret":
                provider.Forge = claims =>
                {
                    var begin = provider.Begin("HS256", claims);
                    return $"{begin}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.ASCII.GetBytes(provider.Signing.Key.ExportRSAPublicKeyPem()), Encoding.ASCII.GetBytes(begin)))}";
                };
                break;
            default: provider.Forge = _ => "no token at all"; break;
        }
        using var browser = new Browser(server);
        var (status, page) = await ThereAndBack(browser);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains(told, page);
        using var after = await browser.Get("/");
        Assert.Equal("/sign-in", after.Headers.Location!.OriginalString);
        Assert.DoesNotContain(provider.Issuer, (await server.Get("/v1/organization/users")).Body);
    }

    [Fact]
    public async Task OnlyTheBrowserThatLeftComesBackAndOnlyOnce()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        using Browser browser = new(server), stranger = new(server);
        async Task Refused(Browser who, string path)
        {
            using var answer = await who.Get(path);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("Begin again", await answer.Content.ReadAsStringAsync());
        }
        var back = await There(browser);
        // Somebody else's link, before and after leaving themselves.
        await Refused(stranger, back);
        await There(stranger);
        await Refused(stranger, back);
        await Refused(browser, back.Split("state=")[0] + "state=0123");
        // A wrong way back ends the try.
        await Refused(browser, back);
        back = await There(browser);
        using (var entered = await browser.Get(back)) Assert.Equal(HttpStatusCode.OK, entered.StatusCode);
        await Refused(browser, back);
        back = await There(browser);
        using var denied = await browser.Get($"{SignInElsewhere.Back}?error=access_denied&state={back.Split("state=")[1]}");
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
    }

    [Fact]
    public async Task ACodeWithoutItsVerifierIsNothing()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        using var browser = new Browser(server);
        var code = QueryHelpers.ParseQuery((await There(browser)).Split('?')[1])["code"];
        var (status, body) = await server.Post("/v1/sessions", $$"""{"code":"{{code}}","code_verifier":"guessed","nonce":"n","redirect_uri":"{{server.Url}}sign-in/back"}""");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("it says 'invalid_grant'", body);
        (status, body) = await server.Post("/v1/sessions", $$"""{"code":"{{code}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("'code_verifier' is missing", body);
    }

    [Fact]
    public async Task NewKeysOfTheProviderAreFetched()
    {
        await using var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        using (var browser = new Browser(server)) Assert.Equal(HttpStatusCode.OK, (await ThereAndBack(browser)).Status);
        provider.Signing = (RSA.Create(2048), "second");
        using (var browser = new Browser(server)) Assert.Equal(HttpStatusCode.OK, (await ThereAndBack(browser)).Status);
    }

    [Fact]
    public async Task WithoutAProviderNothingIsOffered()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = new Browser(server);
        Assert.DoesNotContain(SignInElsewhere.Path, await browser.Page("/sign-in"));
        using var sent = await browser.Get(SignInElsewhere.Path);
        Assert.Equal("/sign-in", sent.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get("/v1/sessions/provider")).Status);
    }

    [Fact]
    public async Task AProviderThatDoesNotAnswerLeavesTheOtherWays()
    {
        var provider = await StandInProvider.Start();
        await using var server = await Serve(provider);
        await provider.DisposeAsync();
        using var browser = new Browser(server);
        Assert.DoesNotContain(SignInElsewhere.Path, await browser.Page("/sign-in"));
        using var entered = await browser.SendAs(null, "/sign-in", false, ("key", ApiServer.Key));
        Assert.Equal("/", entered.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("MAISON_OIDC_ISSUER", "ldap://directory", "must be the provider's https address")]
    [InlineData("MAISON_OIDC_ISSUER", "http://directory.example", "must be the provider's https address")]
    [InlineData("MAISON_OIDC_CLIENT_ID", null, "MAISON_OIDC_CLIENT_ID is not")]
    [InlineData("MAISON_OIDC_ADMINS", "keepers", "a claim and its value")]
    [InlineData("MAISON_OIDC_SCOPE", "profile", "openid")]
    public void WhatCanNotBeReadIsSaidAtTheStart(string variable, string? value, string told)
    {
        string? Variable(string name) => name == variable ? value : name switch { "MAISON_OIDC_ISSUER" => "https://directory.example", "MAISON_OIDC_CLIENT_ID" => "maison", _ => null };
        Assert.Contains(told, Assert.Throws<ArgumentException>(() => IdentityProvider.From(Variable)).Message);
    }
}
