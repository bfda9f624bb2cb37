// A third party for tests: speaks both wires on a loopback port, remembers what it was sent, and misbehaves as it is told.

using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Maison.Tests.Api.Gateway;

/// <summary>Plays one behaviour per request, the last one for all that follow.</summary>
sealed class StandIn : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Queue<Func<HttpContext, Task>> script;
    Func<HttpContext, Task> current = Fail(500);

    /// <summary>What was asked, in order; of a form its fields, and of its files their lengths.</summary>
    public List<JsonObject> Asked { get; } = [];

    /// <summary>The keys that were sent.</summary>
    public List<string> Keys { get; } = [];

    public string Url => app.Urls.Single() + "/v1";

    StandIn(WebApplication app, Func<HttpContext, Task>[] script) => (this.app, this.script) = (app, new(script));

    public static async Task<StandIn> Start(params Func<HttpContext, Task>[] script)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        var here = new StandIn(app, script);
        app.Run(here.Answer);
        await app.StartAsync();
        return here;
    }

    async Task Answer(HttpContext context)
    {
        var body = context.Request.HasFormContentType ? await Form(context.Request) : HttpMethods.IsGet(context.Request.Method) ? [] : (JsonObject)(await JsonNode.ParseAsync(context.Request.Body))!;
        Func<HttpContext, Task> play;
        lock (Asked)
        {
            Asked.Add(body);
            Keys.Add(context.Request.Headers.Authorization.ToString() + context.Request.Headers["x-api-key"]);
            if (script.Count > 0) current = script.Dequeue();
            play = current;
        }
        context.Items[AskedItem] = body;
        await play(context);
    }

    /// <summary>What a behaviour is asked, since its body was read.</summary>
    public static JsonObject AskedOf(HttpContext context) => (JsonObject)context.Items[AskedItem]!;

    const string AskedItem = "asked";

    static async Task<JsonObject> Form(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        return new([.. form.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value.ToString())), .. form.Files.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)f.Length))]);
    }

    public static Func<HttpContext, Task> Fail(int status, string body = """{"error":{"message":"down","type":"server_error"}}""", string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync(body);
    };

    public static Func<HttpContext, Task> Json(string body) => context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    };

    /// <summary>A whole chat answer.</summary>
    public static Func<HttpContext, Task> Chat(string content, string usage = """{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}""")
        => Json($$$"""{"id":"x","object":"chat.completion","created":1,"model":"upstream","choices":[{"index":0,"message":{"role":"assistant","content":"{{{content}}}"},"finish_reason":"stop"}],"usage":{{{usage}}}}""");

    /// <summary>Events one by one; a cut ends the connection behind the last of them, once the task is done: what is on its way would be lost with it.</summary>
    public static Func<HttpContext, Task> Events(IEnumerable<string> events, Task? cut = null) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var e in events)
        {
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(e + "\n\n"));
            await context.Response.Body.FlushAsync();
        }
        if (cut is null) return;
        await cut;
        context.Abort();
    };

    public static string Delta(string delta, string finish = "null") => $$$"""data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"upstream","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{finish}}}}]}""";

    public static Func<HttpContext, Task> Stream(params string[] pieces) => Events(
    [
        Delta("""{"role":"assistant","content":""}"""),
        .. pieces.Select(p => Delta($$"""{"content":"{{p}}"}""")),
        Delta("{}", "\"stop\""),
        """data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"upstream","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}""",
        "data: [DONE]",
    ]);

    /// <summary>Says nothing until the caller gives up.</summary>
    public static Func<HttpContext, Task> Silent => context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
