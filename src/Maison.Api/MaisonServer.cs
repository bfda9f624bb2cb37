// Puts the rooms of the API behind one Kestrel port: metrics, then errors, then keys, then the routes, one folder each.
// Built from the empty builder: no configuration files, no logging providers, no MVC and no reflection, since a cold start is counted.

using System.Net;
using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Health;
using Maison.Api.Keys;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Maison.Api;

/// <summary>What a server needs to be built.</summary>
public sealed record ServerOptions
{
    public required KeyStore Keys { get; init; }
    public required ModelRegistry Models { get; init; }

    /// <summary>Only this machine unless said otherwise.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 lets the system choose a free one; the app's Urls tell which after the start.</summary>
    public int Port { get; init; }

    /// <summary>Larger bodies are answered with 413.</summary>
    public long MaxBodyBytes { get; init; } = 8 << 20;

    /// <summary>How the server is stopped without losing answers.</summary>
    public Drain Drain { get; init; } = new();

    /// <summary>Where failures of the server itself are written, one entry per failed request.</summary>
    public TextWriter Log { get; init; } = Console.Error;
}

/// <summary>Builds the HTTP server.</summary>
public static class MaisonServer
{
    /// <summary>The whole server, not yet started.</summary>
    public static WebApplication Build(ServerOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();

        var requests = new RequestMetrics();
        var errors = new ErrorAnswers(TextWriter.Synchronized(options.Log));
        app.Use(requests.Invoke);
        app.Use(errors.Invoke);
        app.Use(new KeyGate(options.Keys).Invoke);
        app.Use(options.Drain.Invoke);
        HealthEndpoints.Map(app, options.Models);
        ModelEndpoints.Map(app, options.Models);
        var generator = new TextGenerator(requests, app.Lifetime.ApplicationStopping);
        app.MapPost(Routes.ChatCompletions, new ChatEndpoint(options.Models, generator).Invoke);
        app.MapPost(Routes.Completions, new CompletionEndpoint(options.Models, generator).Invoke);
        MetricsEndpoint.Map(app, options.Models, requests);
        return app;
    }
}
