// A server of tools for tests, over HTTP on a loopback port: adds numbers, echoes what it is told, fails, talks without end or not at all.

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Maison.Tests.Api.Mcp;

/// <summary>Remembers what it was asked.</summary>
sealed class McpStandIn : IAsyncDisposable
{
    static readonly JsonElement schema = JsonSerializer.SerializeToElement(new { type = "object", properties = new { text = new { type = "string" } } });

    readonly WebApplication app;

    /// <summary>Tools that were called, with their arguments.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The authorization of every request.</summary>
    public List<string> Keys { get; } = [];

    public string Url => app.Urls.Single() + "/mcp";

    McpStandIn(WebApplication app) => this.app = app;

    public static async Task<McpStandIn> Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Services.AddLogging();
        McpStandIn? here = null;
        builder.Services.AddMcpServer()
            .WithHttpTransport()
            .WithListToolsHandler((_, _) => ValueTask.FromResult(new ListToolsResult { Tools = [.. ((string[])["echo", "fail", "long", "silent"]).Select(n => new Tool { Name = n, Description = $"Does {n}.", InputSchema = schema })] }))
            .WithCallToolHandler((request, stop) => here!.Call(request.Params!, stop));
        var app = builder.Build();
        here = new(app);
        app.Use((context, next) =>
        {
            lock (here.Keys) here.Keys.Add(context.Request.Headers.Authorization.ToString());
            return next(context);
        });
        app.MapMcp("/mcp");
        await app.StartAsync();
        return here;
    }

    async ValueTask<CallToolResult> Call(CallToolRequestParams call, CancellationToken stop)
    {
        var arguments = JsonSerializer.Serialize(call.Arguments);
        lock (Calls) Calls.Add($"{call.Name} {arguments}");
        switch (call.Name)
        {
            case "echo": return Says($"echo {call.Arguments?["text"].GetString()}");
            case "fail": return new() { Content = [new TextContentBlock { Text = "it broke" }], IsError = true };
            case "long": return Says(new string('x', 200_000));
            case "silent":
                await Task.Delay(Timeout.Infinite, stop);
                return Says("");
            default: throw new McpException("no such tool");
        }
    }

    static CallToolResult Says(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
