// Signing in with a name and a password, with a key of the house, or with the link that `maison serve` prints; and leaving. Whoever comes back
// from an identity provider begins their session here, too.

using Microsoft.AspNetCore.Http;

namespace Maison.App.SignIn;

/// <summary>The pages before there is a session.</summary>
sealed class SignInPages(Sessions sessions, Lazy<HttpClient> http, Func<string> linkKey)
{
    public const string Path = "/sign-in", Link = "/enter";

    /// <summary>Sends a browser to the page that asks for a key.</summary>
    public static void Ask(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = Path;
    }

    public Task Show(HttpContext context) => Page(context, StatusCodes.Status200OK, null);

    public async Task Enter(HttpContext context)
    {
        if (!Sessions.SameSite(context.Request))
        {
            await Page(context, StatusCodes.Status403Forbidden, MaisonApp.TextsOf(context).Stale);
            return;
        }
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
        var (name, key) = (form["name"].ToString().Trim(), form["key"].ToString().Trim());
        if (name.Length == 0 && (key.Length == 0 || key.Any(c => c is <= ' ' or > '~')))
        {
            await Page(context, StatusCodes.Status400BadRequest, MaisonApp.TextsOf(context).KeyMissing);
            return;
        }
        try
        {
            if (name.Length > 0) key = (await new ApiClient(http.Value, "").NewSession(name, form["password"].ToString(), context.RequestAborted)).Key;
            await Begin(context, key);
        }
        catch (ApiProblem problem)
        {
            await Page(context, problem.Status, problem.Message);
            return;
        }
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }

    public async Task Begin(HttpContext context, string key) => sessions.Begin(context, key, await new ApiClient(http.Value, key).Administers(context.RequestAborted));

    public async Task Follow(HttpContext context)
    {
        if (!sessions.UseLink((string)context.Request.RouteValues["token"]!))
        {
            if (sessions.Of(context.Request) is null)
            {
                await Page(context, StatusCodes.Status410Gone, MaisonApp.TextsOf(context).LinkUsed);
                return;
            }
        }
        else await Begin(context, linkKey());
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
    }

    public async Task Leave(Visit visit)
    {
        sessions.End(visit.Context);
        await visit.Api.EndSession(visit.Left);
        visit.Go(Path);
    }

    public async Task Page(HttpContext context, int status, string? problem)
        => await Rendering.Page<SignInPage>(context, status, new() { ["Texts"] = MaisonApp.TextsOf(context), ["Problem"] = problem, ["Provider"] = (await new ApiClient(http.Value, "").SessionProvider(context.RequestAborted))?.Name });
}
