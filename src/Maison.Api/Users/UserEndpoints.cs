// /v1/organization/users: people, added, changed and removed by administrators. /v1/sessions: a name and a password for a key that ends, which
// needs no key itself; who guesses is made to wait. Where an identity provider is named, a code that it gave does as well.

using System.Collections.Concurrent;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Users;

/// <summary>The routes of users and their sessions.</summary>
sealed class UserEndpoints(UserStore users, KeyStore keys, IdentityProvider? provider, TimeProvider clock)
{
    const int LongestName = 80, FreeTries = 5;
    static readonly TimeSpan SessionLife = TimeSpan.FromDays(14), Wait = TimeSpan.FromSeconds(30);

    /// <summary>Names with wrong tries in a row, and when the last was. Forgotten with the process.</summary>
    readonly ConcurrentDictionary<string, (int Tries, DateTimeOffset Last)> wrong = new();

    public static void Map(IEndpointRouteBuilder routes, UserStore users, KeyStore keys, IdentityProvider? provider, TimeProvider clock)
    {
        var here = new UserEndpoints(users, keys, provider, clock);
        const string all = Routes.Organization + "/users", one = all + "/{user}";
        routes.MapGet(all, here.List);
        routes.MapPost(all, here.Add);
        routes.MapGet(one, context => Write(context, here.Find(context)));
        routes.MapPost(one, here.Change);
        routes.MapDelete(one, here.Remove);
        routes.MapPost(Routes.Sessions, here.SignIn).WithMetadata(new AllowAnonymousAttribute());
        routes.MapDelete(Routes.Sessions, here.SignOut);
        routes.MapGet(Routes.SessionProvider, here.Provider).WithMetadata(new AllowAnonymousAttribute());
    }

    Task List(HttpContext context) => JsonAnswer.Write(context, StatusCodes.Status200OK, new UserList([.. users.All().Select(Body)]), WireJson.Default.UserList);

    async Task Add(HttpContext context)
    {
        var asked = await Read(context);
        var name = asked.Name?.Trim();
        if (string.IsNullOrEmpty(name) || name.Length > LongestName) throw ApiException.Invalid("name", $"'name' must have 1 to {LongestName} characters.", "missing_parameter");
        var password = asked.Password ?? throw ApiException.Invalid("password", "'password' is missing.", "missing_parameter");
        await Write(context, users.Add(name, password, asked.Role ?? User.Member, Actor(context)));
    }

    async Task Change(HttpContext context)
    {
        var asked = await Read(context);
        var user = Find(context);
        if (asked.Name is not null) throw ApiException.Unsupported("name", "A user keeps their name. Add another user instead.");
        if (asked.Role is User.Member && user.KeyId == Actor(context)) throw ApiException.Invalid("role", "This would take administration from yourself. Let another administrator do it.");
        await Write(context, users.Change(user, asked.Password, asked.Role, Actor(context)));
    }

    Task Remove(HttpContext context)
    {
        var user = Find(context);
        if (user.KeyId == Actor(context)) throw ApiException.Invalid("user", "This would remove yourself. Let another administrator do it.");
        users.Remove(user, Actor(context));
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBody(user.Id, "organization.user.deleted"), WireJson.Default.DeletedBody);
    }

    async Task SignIn(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.SessionRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        var user = asked.Code is null ? Known(asked) : await Known(asked, context.RequestAborted);
        var ends = clock.GetUtcNow() + SessionLife;
        var value = keys.Issue(user.KeyId, ends) ?? throw Refused();
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new SessionBody(value, user.Name, user.Role, ends.ToUnixTimeSeconds()), WireJson.Default.SessionBody);
    }

    async Task Provider(HttpContext context)
        => await JsonAnswer.Write(context, StatusCodes.Status200OK, await Named().Describe(context.RequestAborted), WireJson.Default.SessionProviderBody);

    IdentityProvider Named() => provider ?? throw ApiException.NotFound("No identity provider is named here. Set MAISON_OIDC_ISSUER and MAISON_OIDC_CLIENT_ID, and start the server again.");

    /// <summary>Whom the provider vouches for; they are added when they come for the first time.</summary>
    async Task<User> Known(SessionRequest asked, CancellationToken stop)
    {
        foreach (var (field, value) in new[] { ("code_verifier", asked.CodeVerifier), ("nonce", asked.Nonce), ("redirect_uri", asked.RedirectUri) })
            if (string.IsNullOrEmpty(value)) throw ApiException.Invalid(field, $"'{field}' is missing: a code is redeemed with what the provider was asked with.", "missing_parameter");
        if (asked.Name is not null || asked.Password is not null) throw ApiException.Invalid("code", "Send a code, or a name and a password.");
        return users.Known(await Named().Redeem(asked.Code!, asked.CodeVerifier!, asked.Nonce!, asked.RedirectUri!, stop), Named().Mark);
    }

    /// <summary>Who has this name and password.</summary>
    User Known(SessionRequest asked)
    {
        var name = asked.Name ?? throw ApiException.Invalid("name", "'name' is missing.", "missing_parameter");
        var password = asked.Password ?? throw ApiException.Invalid("password", "'password' is missing.", "missing_parameter");
        if (name.Length > LongestName || password.Length > Password.Longest) throw Refused();
        var (tries, last) = wrong.GetValueOrDefault(name.Trim().ToLowerInvariant());
        if (tries >= FreeTries && clock.GetUtcNow() - last < Wait)
            throw ApiException.TooMany($"Too many wrong tries for this name. Wait {Wait.TotalSeconds:0} seconds.", "requests", Wait, []);
        if (users.Find(name, password) is not { } user)
        {
            wrong[name.Trim().ToLowerInvariant()] = (tries + 1, clock.GetUtcNow());
            throw Refused();
        }
        wrong.TryRemove(name.Trim().ToLowerInvariant(), out _);
        return user;
    }

    /// <summary>Ends the value that asks, where it came from a session; other keys are managed by administrators.</summary>
    Task SignOut(HttpContext context)
    {
        var sent = KeyGate.Sent(context.Request)!;
        if (!keys.End(sent)) throw ApiException.Invalid("key", "This key is no session. Administrators remove keys.");
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBody("session", "session.deleted"), WireJson.Default.DeletedBody);
    }

    static async Task<UserRequest> Read(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.UserRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        if (asked.Role is not (null or User.Admin or User.Member)) throw ApiException.Invalid("role", $"'role' is '{asked.Role}', but must be {User.Admin} or {User.Member}.");
        if (asked.Password is { Length: < Password.Shortest or > Password.Longest }) throw ApiException.Invalid("password", $"'password' must have {Password.Shortest} to {Password.Longest} characters.");
        return asked;
    }

    User Find(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["user"]!;
        return users.Find(id) ?? throw ApiException.NotFound($"There is no user '{id}'. GET {Routes.Organization}/users lists them.");
    }

    static ApiException Refused() => ApiException.InvalidKey("There is no user of this name with this password.");

    static string Actor(HttpContext context) => context.Features.Get<ApiKey>()!.Id;

    static Task Write(HttpContext context, User user) => JsonAnswer.Write(context, StatusCodes.Status200OK, Body(user), WireJson.Default.UserBody);

    static UserBody Body(User user) => new() { Id = user.Id, Name = user.Name, Role = user.Role, ProjectId = user.ProjectId, KeyId = user.KeyId, AddedAt = user.Created.ToUnixTimeSeconds(), Identity = user.Identity };
}
