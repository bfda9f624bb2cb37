// The web app: pages at / that are rendered here and read without JavaScript. It is the API's first client and knows nothing but its wire:
// what the app can do, any program can do. Routes are marked as open, since a page asks for a session and not for a key.

using Maison.App.Admin;
using Maison.App.Arena;
using Maison.App.Daily;
using Maison.App.Assistant;
using Maison.App.Chats;
using Maison.App.Design;
using Maison.App.Home;
using Maison.App.Models;
using Maison.App.Images;
using Maison.App.SignIn;
using Maison.App.VoiceLab;
using Maison.Wire;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.App;

/// <summary>The pages of one server.</summary>
/// <param name="api">Where the API answers; asked for when the first page needs it.</param>
/// <param name="linkKey">A key for whoever follows the one-time link.</param>
/// <param name="home">The data folder, where sessions outlive the server.</param>
public sealed class MaisonApp(Func<Uri> api, Func<string> linkKey, string? home = null)
{
    /// <summary>Nothing but what this server sends: no inline script or style, no other host.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    readonly PaintingQueue painting = new();
    readonly Sessions sessions = new(TimeProvider.System, home);
    readonly Lazy<HttpClient> http = new(() => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = api(), Timeout = Timeout.InfiniteTimeSpan });

    /// <summary>Remembers the language that a reader chose.</summary>
    const string LanguageCookie = "maison_language";

    /// <summary>The path that signs in once, for whoever sees the terminal.</summary>
    public string OneTimePath() => $"{SignInPages.Link}/{sessions.NewLink()}";

    /// <summary>Adds the pages to a server.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").WithMetadata(new AllowAnonymousAttribute());
        void Get(string path, RequestDelegate answer) => pages.MapGet(path, Guarded(answer));
        void Post(string path, Func<Visit, Task> answer, Action<HttpContext>? first = null) => pages.MapPost(path, Guarded(context => Signed(context, async visit =>
        {
            first?.Invoke(context);
            if (!await visit.Trusted()) { await visit.Problem(StatusCodes.Status403Forbidden, visit.Texts.Stale); return; }
            await answer(visit);
        })));
        void Show(string path, Func<Visit, Task> answer) => Get(path, context => Signed(context, answer));

        Get("/assets/{name}", Assets.Send);
        var signIn = new SignInPages(sessions, http, linkKey);
        Get(SignInPages.Path, signIn.Show);
        pages.MapPost(SignInPages.Path, Guarded(signIn.Enter));
        Get(SignInPages.Link + "/{token}", signIn.Follow);
        var elsewhere = new SignInElsewhere(signIn, http, TimeProvider.System);
        Get(SignInElsewhere.Path, elsewhere.Ask);
        Get(SignInElsewhere.Back, elsewhere.Return);
        Post("/sign-out", signIn.Leave);
        pages.MapPost("/language", Guarded(ChooseLanguage));

        Show("/", HomePages.Show);
        Show("/assistant", AssistantPages.New);
        Show("/assistant/{id}", AssistantPages.Show);
        Post("/assistant/say", AssistantPages.Say, AssistantPages.AllowFiles);
        Post("/assistant/speak", Listening.Speak);
        Show("/assistant/files/{id}", Passages.Show);
        Post("/assistant/{id}/say", AssistantPages.Say, AssistantPages.AllowFiles);
        Post("/assistant/{id}/again", AssistantPages.Again);
        Post("/assistant/{id}/compare", AssistantPages.Compare);
        Post("/assistant/{id}/continue", AssistantPages.Continue);
        Post("/assistant/{id}/turn", AssistantPages.Turn);
        Post("/assistant/{id}/describe", AssistantPages.Describe);
        Post("/assistant/{id}/delete", AssistantPages.Delete);
        Show("/assistant/{id}/listen/{item}", Listening.Listen);
        Show("/assistant/{id}/export.md", ChatPages.Export);
        Show("/assistant/{id}/export.json", ChatPages.Export);
        Show("/chats", ChatPages.Show);
        Show("/chats/export.json", ChatPages.ExportAll);
        Show("/chats/folders", ChatPages.Folders);
        Post("/chats/folders", ChatPages.SetFolder);
        Post("/chats/folders/{id}", ChatPages.SetFolder);
        Post("/chats/folders/{id}/delete", ChatPages.RemoveFolder);
        Post("/chats/import", ChatPages.Import, ChatPages.AllowLarge);
        DailyPages.Map(Show, Post);
        ArenaPages.Map(Show, (path, answer) => Post(path, answer));
        Show("/models", ModelPages.List);
        Show("/models/{**id}", ModelPages.Show);
        AdminPages.Map(Show, (path, answer) => Post(path, answer));
        var images = new ImagePages();
        Show("/images", images.Show);
        Post("/images", images.Paint);
        Show("/images/watch", images.Watch);
        Show("/images/{id}.png", images.File);
        Show("/images/{id}", images.Picture);
        Post("/images/{id}/delete", images.Remove);
        Show("/images/{id}/edit", images.Edit);
        Post("/images/{id}/edit", images.PaintAnew, ImagePages.AllowPictures);
        Post("/images/upload", images.Upload, ImagePages.AllowPictures);
        Show("/images/jobs/{id}/{tile}", images.Look);
        Post("/images/jobs/{id}/stop", images.Stop);
        Show("/voice-lab", VoicePages.Show);
        Post("/voice-lab/speak", VoicePages.Speak);
        foreach (var format in VoicePages.Formats) Post($"/voice-lab/speech.{format}", VoicePages.Download);
    }

    /// <summary>The texts in the language of whoever asks.</summary>
    internal static Texts TextsOf(HttpContext context) => Texts.For(context.Request.Cookies[LanguageCookie], context.Request.Headers.AcceptLanguage);

    static async Task ChooseLanguage(HttpContext context)
    {
        var chosen = context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(context.RequestAborted))["language"].ToString() : "";
        if (chosen is "en" or "fr") context.Response.Cookies.Append(LanguageCookie, chosen, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = TimeSpan.FromDays(365) });
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = "/";
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
        var visit = new Visit(context, session, new ApiClient(http.Value, session.Key), TextsOf(context)) { Painting = painting };
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
