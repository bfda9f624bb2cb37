// Puts the rooms of the API behind one Kestrel port: metrics, then errors, then keys, then the routes, one folder each.
// Built from the empty builder: no configuration files, no logging providers, no MVC and no reflection, since a cold start is counted.

using System.Net;
using System.Text.Json.Nodes;
using Maison.Api.Admin;
using Maison.Api.Arena;
using Maison.Api.Batches;
using Maison.Api.Briefings;
using Maison.Api.Briefings.Sources;
using Maison.Api.Budgets;
using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Conformance;
using Maison.Api.Conversations;
using Maison.Api.Embeddings;
using Maison.Api.Errors;
using Maison.Api.Files;
using Maison.Api.Gateway;
using Maison.Api.Generation;
using Maison.Api.Health;
using Maison.Api.Images;
using Maison.Api.Keys;
using Maison.Api.Mcp;
using Maison.Api.Messages;
using Maison.Api.Metrics;
using Maison.Api.Models;
using Maison.Api.Moderations;
using Maison.Api.Requests;
using Maison.Api.Responses;
using Maison.Api.Speech;
using Maison.Api.Store;
using Maison.Api.Telemetry;
using Maison.Api.Transcriptions;
using Maison.Api.Users;
using Maison.Data.Audio.Measures;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Maison.Api;

/// <summary>What a server needs to be built.</summary>
public sealed record ServerOptions
{
    /// <summary>Where keys, spending, files and batches are kept; stays the caller's.</summary>
    public required Database Store { get; init; }
    public required KeyStore Keys { get; init; }

    /// <summary>Models that can be asked for; more may join while the server is up.</summary>
    public required ModelRegistry Models { get; init; }

    /// <summary>Synthesisers that sit in blind battles of voices.</summary>
    public IReadOnlyList<ClassicVoice> ClassicVoices { get; init; } = [];

    /// <summary>Only this machine unless said otherwise.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 lets the system choose a free one; the app's Urls tell which after the start.</summary>
    public int Port { get; init; }

    /// <summary>Larger bodies are answered with 413.</summary>
    public long MaxBodyBytes { get; init; } = 8 << 20;

    /// <summary>How the server is stopped without losing answers.</summary>
    public Drain Drain { get; init; } = new();

    /// <summary>Third parties that may be asked, as the gateway's file names them.</summary>
    public GatewayConfig Gateway { get; init; } = new();

    /// <summary>Where the keys of third parties are looked up by name.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Connects to servers of tools; null for one that reaches what callers name on the open Internet alone.</summary>
    internal McpHub? McpHub { get; init; }

    /// <summary>Fetches feeds and articles for briefings; null for one that only reaches the open Internet.</summary>
    public Fetcher? Fetcher { get; init; }

    /// <summary>What this machine is learning; null tells of nothing.</summary>
    public ITrainingRuns? Training { get; init; }

    /// <summary>What this machine was measured to do; null tells of nothing.</summary>
    public Func<IReadOnlyList<BenchmarkBody>>? Benchmarks { get; init; }

    /// <summary>Dates requests, budgets and keys.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where each request leaves its line; null keeps none. Stays the caller's.</summary>
    public RequestLog? Requests { get; init; }

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
        builder.Services.AddSingleton(_ => new Ledger(options.Store, options.Clock));
        var log = TextWriter.Synchronized(options.Log);
        var errors = new ErrorAnswers(log);
        var (files, batches) = (new FileStore(options.Store, options.Clock), new BatchStore(options.Store, options.Clock));
        WebApplication? built = null;
        McpLoop? tools = null;
        ModelGateway? gateway = null;
        MediaGateway? media = null;
        var calls = new InnerCalls(errors, path => PostOf(built!, path) is { } inner ? context => tools!.Invoke(context, after => gateway!.Invoke(after, further => media!.Invoke(further, inner))) : null);
        builder.Services.AddSingleton(services => new BatchRunner(batches, files, options.Keys, services.GetRequiredService<Ledger>(), calls, options.Clock, log));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredService<BatchRunner>());
        var briefings = new BriefingStore(options.Store, new SecretBox(options.Store.Home, options.Environment("MAISON_SECRET")), options.Clock);
        Admission? admission = null;
        var fetcher = options.Fetcher ?? new();
        builder.Services.AddSingleton(services => new BriefingRunner(briefings, files, options.Keys, services.GetRequiredService<Ledger>(), () => admission!, calls, options.Models, fetcher, options.Clock, log));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredService<BriefingRunner>());
        Router? router = null;
        builder.Services.AddSingleton(_ => new ToolServer(options.Models, router!, calls));
        ToolServer.AddTo(builder.Services);
        builder.Services.AddSingleton(_ => options.McpHub ?? new McpHub(options.Environment));
        var app = built = builder.Build();

        var requests = new RequestMetrics();
        if (options.Requests is { } book) app.Use(book.Invoke);
        app.Use(requests.Invoke);
        app.Use(errors.Invoke);
        app.Use(new KeyGate(options.Keys).Invoke);
        app.Use(options.Drain.Invoke);
        HealthEndpoints.Map(app, options.Models);
        var (prices, ledger) = (new PriceBook(options.Store), app.Services.GetRequiredService<Ledger>());
        admission = new Admission(options.Keys, prices, ledger, options.Clock);
        var providers = new ProviderStore(options.Store, new SecretBox(options.Store.Home, options.Environment("MAISON_SECRET")));
        router = new Router(options.Gateway, providers, options.Models, prices, options.Store, options.Environment, options.Clock);
        var (kept, attempts) = (new ResponseStore(), new Attempts(log, options.Clock));
        tools = new McpLoop(providers, options.Gateway, kept, app.Services.GetRequiredService<McpHub>(), calls, options.Environment);
        app.Use(tools.Invoke);
        gateway = new ModelGateway(router, admission, attempts, options.Clock, new Dictionary<string, Func<HttpContext, JsonObject, IChatShape>>
        {
            [Routes.ChatCompletions] = (_, request) => new ChatShape(request),
            [Routes.Responses] = (context, request) => new ResponseShape(request, kept, context.Features.Get<ApiKey>()!.ProjectId),
            [Routes.Messages] = (_, request) => new MessageShape(request),
        });
        app.Use(gateway.Invoke);
        media = new MediaGateway(router, admission, attempts, options.Clock);
        app.Use(media.Invoke);
        ModelEndpoints.Map(app, options.Models, router);
        GatewayEndpoints.Map(app, providers, options.Gateway);
        tools.Map(app);
        OrganizationEndpoints.Map(app, options.Keys, prices, ledger, options.Store, options.Clock);
        TrainingEndpoints.Map(app, options.Training);
        app.MapGet(Routes.Benchmarks, context => JsonAnswer.Write(context, StatusCodes.Status200OK, new BenchmarkList(options.Benchmarks?.Invoke() ?? []), WireJson.Default.BenchmarkList));
        var generator = new TextGenerator(admission, requests, app.Lifetime.ApplicationStopping);
        app.MapPost(Routes.ChatCompletions, new ChatEndpoint(options.Models, generator).Invoke);
        app.MapPost(Routes.Completions, new CompletionEndpoint(options.Models, generator).Invoke);
        var responses = new ResponseEndpoint(options.Models, generator, kept);
        app.MapPost(Routes.Responses, responses.Create);
        app.MapGet(Routes.Response, responses.Get);
        app.MapDelete(Routes.Response, responses.Delete);
        UserEndpoints.Map(app, new(options.Store, options.Keys, options.Clock), options.Keys, IdentityProvider.From(options.Environment), options.Clock);
        FolderEndpoints.Map(app, new FolderStore(options.Store, options.Clock));
        ConversationEndpoints.Map(app, new ConversationStore(options.Store, options.Clock));
        var messages = new MessageEndpoint(options.Models, generator);
        app.MapPost(Routes.Messages, messages.Create);
        app.MapPost(Routes.CountTokens, messages.Count);
        app.MapPost(Routes.Embeddings, new EmbeddingEndpoint(options.Models, generator).Invoke);
        app.MapPost(Routes.Moderations, new ModerationEndpoint(options.Models, admission).Invoke);
        var speech = new SpeechEndpoint(options.Models, admission, requests, app.Lifetime.ApplicationStopping);
        app.MapPost(Routes.Speech, speech.Speak);
        app.MapGet(Routes.Voices, speech.Voices);
        app.MapPost(Routes.Transcriptions, new TranscriptionEndpoint(router).Invoke);
        var keptPictures = new KeptPictures(options.Store.Home, options.Clock);
        keptPictures.Map(app);
        var pictures = new ImageEndpoint(options.Models, admission, requests, keptPictures, options.Clock, app.Lifetime.ApplicationStopping);
        app.MapPost(Routes.Pictures, pictures.Generate);
        app.MapPost(Routes.Edits, pictures.Edit);
        app.MapPost(Routes.Variations, (RequestDelegate)(_ => throw ImageRules.NoVariations()));
        var desk = new BriefingDesk(options.Models, fetcher, calls, options.Clock);
        var contestants = new Contestants(options.Models, router, options.ClassicVoices, desk, calls);
        ArenaEndpoints.Map(app, new(contestants, desk, new Juror(calls), new BattleStore(options.Store, options.Clock), new VoteBook(options.Store), options.Store, options.Clock));
        FileEndpoints.Map(app, files);
        BatchEndpoints.Map(app, batches, files, path => PostOf(app, path) is not null, app.Services.GetRequiredService<BatchRunner>().Wake, options.Clock);
        BriefingEndpoints.Map(app, briefings, app.Services.GetRequiredService<BriefingRunner>(), files, options.Models, options.Clock);
        ConformancePage.Map(app, options.Models);
        ToolServer.Map(app);
        MetricsEndpoint.Map(app, options.Models, requests);
        return app;
    }

    /// <summary>What answers POST on a route; null where nothing does.</summary>
    static RequestDelegate? PostOf(WebApplication app, string path) => ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
        .FirstOrDefault(e => e.RoutePattern.RawText == path && e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Post) == true)?.RequestDelegate;
}
