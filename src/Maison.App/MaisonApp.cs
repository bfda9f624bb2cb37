// The web app: pages at / that are rendered here and read without JavaScript. It is the API's first client and knows nothing but its wire:
// what the app can do, any program can do. Routes are marked as open, since a page asks for a session and not for a key.

using Maison.App.Arena;
using Maison.App.Assistant;
using Maison.App.Design;
using Maison.App.Home;
using Maison.App.Models;
using Maison.App.Rooms;
using Maison.App.SignIn;
using Maison.Wire;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.App;

/// <summary>The pages of one server.</summary>
/// <param name="api">Where the API answers; asked for when the first page needs it.</param>
/// <param name="linkKey">A key for whoever follows the one-time link.</param>
public sealed class MaisonApp(Func<Uri> api, Func<string> linkKey)
{
    /// <summary>Nothing but what this server sends: no inline script or style, no other host.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    readonly Sessions sessions = new(TimeProvider.System);
    readonly Lazy<HttpClient> http = new(() => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = api(), Timeout = Timeout.InfiniteTimeSpan });
    readonly Texts texts = new();

    /// <summary>The path that signs in once, for whoever sees the terminal.</summary>
    public string OneTimePath() => $"{SignInPages.Link}/{sessions.NewLink()}";

    /// <summary>Adds the pages to a server.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").WithMetadata(new AllowAnonymousAttribute());
        void Get(string path, RequestDelegate answer) => pages.MapGet(path, Guarded(answer));
        void Post(string path, Func<Visit, Task> answer) => pages.MapPost(path, Guarded(context => Signed(context, async visit =>
        {
            if (!await visit.Trusted()) { await visit.Problem(StatusCodes.Status403Forbidden, texts.Stale); return; }
            await answer(visit);
        })));
        void Show(string path, Func<Visit, Task> answer) => Get(path, context => Signed(context, answer));

        Get("/assets/{name}", Assets.Send);
        var signIn = new SignInPages(sessions, http, linkKey, texts);
        Get(SignInPages.Path, signIn.Show);
        pages.MapPost(SignInPages.Path, Guarded(signIn.Enter));
        Get(SignInPages.Link + "/{token}", signIn.Follow);
        Post("/sign-out", signIn.Leave);

        Show("/", HomePages.Show);
        Show("/assistant", AssistantPages.New);
        Show("/assistant/{id}", AssistantPages.Show);
        Post("/assistant/say", AssistantPages.Say);
        Post("/assistant/{id}/say", AssistantPages.Say);
        Post("/assistant/{id}/again", AssistantPages.Again);
        Post("/assistant/{id}/delete", AssistantPages.Delete);
        ArenaPages.Map(Show, Post);
        Show("/models", ModelPages.List);
        Show("/models/{**id}", ModelPages.Show);
        var images = new ImagePages();
        Show("/images", images.Show);
        Post("/images", images.Paint);
        Show("/images/{id}.png", images.Send);
        Show("/voice-lab", VoicePages.Show);
        Show("/voice-lab/sound", VoicePages.Sound);
    }

    static RequestDelegate Guarded(RequestDelegate answer) => context =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["referrer-policy"] = "no-referrer";
        headers["cross-origin-opener-policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return answer(context);
    };

    /// <summary>Answers for a session, or shows the way to one; what the API refuses is said in its own words.</summary>
    async Task Signed(HttpContext context, Func<Visit, Task> answer)
    {
        if (sessions.Of(context.Request) is not { } session)
        {
            SignInPages.Ask(context);
            return;
        }
        var visit = new Visit(context, session, new ApiClient(http.Value, session.Key), texts);
        try
        {
            await answer(visit);
        }
        catch (ApiProblem problem) when (!context.Response.HasStarted)
        {
            if (problem.Status == StatusCodes.Status401Unauthorized)
            {
                sessions.End(context);
                SignInPages.Ask(context);
                return;
            }
            await visit.Problem(problem.Status, problem.Message);
        }
    }
}
