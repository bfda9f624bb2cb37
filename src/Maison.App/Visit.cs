// One request of a signed-in person: who asks, the API in their name, and how a page is answered.

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

    /// <summary>Goes with every form, so that no other site can send one.</summary>
    public string Token => session.Token;
    public CancellationToken Left => context.RequestAborted;

    /// <summary>The latest chats; read once for a page.</summary>
    public IReadOnlyList<ConversationBody> Chats { get; private set; } = [];

    public string? RouteId => context.Request.RouteValues["id"] as string;

    /// <summary>What a form sent; empty for a field that it does not have.</summary>
    public async Task<string> Field(string name) => context.Request.HasFormContentType ? (await context.Request.ReadFormAsync(Left))[name].ToString() : "";

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
