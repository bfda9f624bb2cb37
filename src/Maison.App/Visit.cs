// One request of a signed-in person: who asks, the API in their name, and how a page is answered.

using System.Globalization;
using Maison.App.Design;
using Maison.App.SignIn;
using Maison.Wire;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;

namespace Maison.App;

/// <summary>A request with its session.</summary>
public sealed class Visit(HttpContext context, Session session, ApiClient api, Texts texts)
{
    const int RecentChats = 30;

    public HttpContext Context => context;
    public ApiClient Api => api;
    public Texts Texts => texts;
    public string Path => context.Request.Path;

    /// <summary>What is being painted.</summary>
    public required Images.PaintingQueue Painting { get; init; }

    /// <summary>Whose things are whose, where the app itself keeps something for a while.</summary>
    internal string Key => session.Key;

    /// <summary>Whether to show the way to the house's books.</summary>
    public bool Administers => session.Administers;

    /// <summary>Goes with every form, so that no other site can send one.</summary>
    public string Token => session.Token;
    public CancellationToken Left => context.RequestAborted;

    /// <summary>The latest chats; read once for a page.</summary>
    public IReadOnlyList<ConversationBody> Chats { get; private set; } = [];

    public string? RouteId => context.Request.RouteValues["id"] as string;

    /// <summary>Whether the page's module asks, which takes an answer as a stream of events.</summary>
    public bool Live => context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal);

    /// <summary>One event of a stream.</summary>
    /// <param name="json">Its data on one line.</param>
    public async Task Send(string name, string json)
    {
        await context.Response.WriteAsync($"event: {name}\ndata: {json}\n\n");
        await context.Response.Body.FlushAsync();
    }

    /// <summary>What a form sent; empty for a field that it does not have.</summary>
    public async Task<string> Field(string name) => context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(Left))[name].ToString() : "";

    /// <summary>A number that a form sent; null where it has none, or no number.</summary>
    public async Task<float?> Number(string name) => float.TryParse(await Field(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>As <see cref="Number"/>, without a fraction.</summary>
    public async Task<long?> Whole(string name) => long.TryParse(await Field(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Whether a form comes from a page of this session.</summary>
    public async Task<bool> Trusted() => Sessions.SameSite(context.Request) && session.Owns(await Field("token"));

    public async Task ReadChats() => Chats = (await api.Conversations(RecentChats, Left)).Data;

    /// <summary>Answers with a page.</summary>
    public async Task Page<TPage>(Dictionary<string, object?> parameters, int status = StatusCodes.Status200OK) where TPage : IComponent
    {
        await ReadChats();
        parameters["Visit"] = this;
        await Rendering.Page<TPage>(context, status, parameters);
    }

    public Task Problem(int status, string message)
        => Rendering.Page<ProblemPage>(context, status, new() { ["Visit"] = this, ["Message"] = message });

    public void Go(string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }
}
