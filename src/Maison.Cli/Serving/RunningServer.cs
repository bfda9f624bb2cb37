// A server from start to drained stop: port and models come up side by side, so that the slower of the two decides how long a cold start
// takes. Each model answers once in private before it is shown, so that no caller pays for compiling its code.

using System.Net;
using System.Net.Sockets;
using Maison.Api;
using Maison.Api.Gateway;
using Maison.Api.Health;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Moderations;
using Maison.Api.Store;
using Maison.Api.Telemetry;
using Maison.App;
using Maison.Cli.Bench;
using Maison.Cli.Imagine;
using Maison.Cli.Speech;
using Maison.Data.Audio.Measures;
using Maison.Inference;
using Maison.Tensors;
using Microsoft.AspNetCore.Builder;

namespace Maison.Cli.Serving;

/// <summary>What a server is started with.</summary>
/// <param name="Voice">Loads the voice, if there is one, by its name.</param>
/// <param name="Painter">Loads the image model, if there is one, by its name.</param>
/// <param name="Moderator">The folder of the classifier that judges texts, if there is one.</param>
/// <param name="LinkKey">A key for whoever follows the link that signs in to the app.</param>
sealed record ServerPlan(IReadOnlyList<ServingPlan> Models, (string Name, Func<Gang, LoadedVoice> Load)? Voice, (string Name, Func<Gang, LoadedPainter> Load)? Painter, string? Moderator, Database Store, KeyStore Keys, GatewayConfig Gateway, Func<string, string?> Environment, IPAddress Address, int Port, int Threads, TextWriter Log, RequestLog Requests, Func<string> LinkKey);

/// <summary>A server that is up.</summary>
sealed class RunningServer : IAsyncDisposable
{
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);

    readonly WebApplication app;
    readonly Gang gang;
    readonly List<LoadedModel> loaded;
    readonly Drain drain;
    readonly MaisonApp pages;

    RunningServer(WebApplication app, MaisonApp pages, Gang gang, List<LoadedModel> loaded, LoadedVoice? voice, LoadedPainter? painter, Drain drain)
        => (this.app, this.pages, this.gang, this.loaded, Voice, Painter, this.drain) = (app, pages, gang, loaded, voice, painter, drain);

    /// <summary>Where it listens.</summary>
    public Uri Url => new(app.Urls.First());

    /// <summary>Opens the app, signed in; good for one use.</summary>
    public Uri SignInLink() => new(Reached(Url), pages.OneTimePath());

    /// <summary>Models whose loading failed, and why.</summary>
    public IReadOnlyList<(string Name, string Problem)> Failed { get; private init; } = [];

    public IReadOnlyList<LoadedModel> Models => loaded;

    /// <summary>Who speaks; null when nobody does.</summary>
    public LoadedVoice? Voice { get; }

    /// <summary>Who paints; null when nobody does.</summary>
    public LoadedPainter? Painter { get; }

    /// <summary>Who judges texts; null when nobody does.</summary>
    public ServedModerator? Moderator { get; private init; }

    /// <summary>Requests that are being answered.</summary>
    public int Open => drain.Open;

    /// <summary>Takes the port and loads the models.</summary>
    /// <exception cref="UserException">The port can not be taken; names the remedy.</exception>
    public static async Task<RunningServer> Start(ServerPlan plan, CancellationToken stop)
    {
        var registry = new ModelRegistry();
        var drain = new Drain();
        var gang = new Gang(plan.Threads);
        var loaded = new List<LoadedModel>();
        var failed = new List<(string, string)>();
        WebApplication? app = null;
        LoadedVoice? voice = null;
        LoadedPainter? painter = null;
        ServedModerator? moderator = null;

        // Loads one model, or notes why it can not be served.
        async Task Join<T>(string name, Func<T> load, Func<T, Task> warmUp, Action<T> keep, Func<T, CatalogEntry> served) where T : class
        {
            stop.ThrowIfCancellationRequested();
            T? one = null;
            try
            {
                one = load();
                await warmUp(one);
                registry.Add(served(one));
                keep(one);
            }
            catch (Exception e)
            {
                (one as IDisposable)?.Dispose();
                if (e is OperationCanceledException) throw;
                failed.Add((name, e.Message));
            }
        }

        // Whatever writes comes first: most callers wait for it.
        var loading = Task.Run(async () =>
        {
            foreach (var model in plan.Models)
                await Join(model.Model.Name, () => LoadedModel.Load(model, gang), one => WarmUp(one, stop), loaded.Add, one => one.Served);
            if (plan.Voice is { } spoken)
                await Join(spoken.Name, () => spoken.Load(gang), one => WarmUp(one, stop), one => voice = one, one => one.Served);
            if (plan.Painter is { } painting)
                await Join(painting.Name, () => painting.Load(gang), one => WarmUp(one, stop), one => painter = one, one => one.Served);
            if (plan.Moderator is { } reads)
                await Join(Path.GetFileName(reads), () => Moderation.Load(reads), _ => Task.CompletedTask, one => moderator = one, one => one);
        }, stop);
        try
        {
            app = MaisonServer.Build(new() { Store = plan.Store, Keys = plan.Keys, Gateway = plan.Gateway, Environment = plan.Environment, Models = registry, ClassicVoices = [.. ClassicVoice.All.Where(v => v.Installed)], Address = plan.Address, Port = plan.Port, Log = plan.Log, Requests = plan.Requests, Drain = drain, Training = new TrainingShelf(Path.Combine(plan.Store.Home, "runs"), TimeProvider.System), Benchmarks = () => FigureBook.Read(plan.Store.Home) });
            var server = app;
            var pages = new MaisonApp(() => Reached(new(server.Urls.First())), plan.LinkKey, plan.Store.Home);
            pages.Map(app);
            await Listen(app, plan);
            await loading;
            return new(app, pages, gang, loaded, voice, painter, drain) { Failed = failed, Moderator = moderator };
        }
        catch
        {
            await loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (app is not null) await app.DisposeAsync();
            foreach (var model in loaded) model.Dispose();
            voice?.Dispose();
            painter?.Dispose();
            gang.Dispose();
            throw;
        }
    }

    /// <summary>An address that listens everywhere, as this machine reaches it.</summary>
    static Uri Reached(Uri url) => url.Host is "0.0.0.0" or "[::]" ? new UriBuilder(url) { Host = "localhost" }.Uri : url;

    static async Task Listen(WebApplication app, ServerPlan plan)
    {
        try
        {
            await app.StartAsync(CancellationToken.None);
        }
        catch (IOException e)
        {
            throw new UserException($"Port {plan.Port} is in use, perhaps by another `maison serve`. Choose another with --port, or --port 0 for any free one. ({e.Message})");
        }
        catch (SocketException e)
        {
            throw new UserException(e.SocketErrorCode switch
            {
                SocketError.AccessDenied => $"Port {plan.Port} may not be taken by this user. Choose one of 1024 or more with --port.",
                SocketError.AddressNotAvailable => $"This machine has no address {plan.Address}. Choose another with --host.",
                _ => $"{plan.Address}:{plan.Port} can not be listened on: {e.Message}. Choose another with --host and --port.",
            });
        }
    }

    static async Task WarmUp(LoadedModel model, CancellationToken stop)
    {
        var id = model.Served.DocumentStart ?? model.Served.EndIds.First();
        await foreach (var _ in model.Scheduler.Generate(new GenerationRequest([id], model.Served.Defaults, MaxTokens: 1, StopIds: []), stop)) { }
    }

    static Task WarmUp(LoadedVoice voice, CancellationToken stop)
    {
        foreach (var _ in voice.Speak("Ready.", new(voice.Voices[0]), stop)) { }
        return Task.CompletedTask;
    }

    static Task WarmUp(LoadedPainter painter, CancellationToken stop)
    {
        painter.Model.Paint([new("", 0)], painter.Model.Usual with { Steps = 1 }, painter.Model.Sides[^1], stop: stop);
        return Task.CompletedTask;
    }

    /// <summary>Refuses new requests and waits until the open ones are answered, or until the limit.</summary>
    public Task DrainWithin(TimeSpan limit) => drain.Close().WaitAsync(limit).ContinueWith(_ => { }, TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(StopLimit)) await app.StopAsync(limit.Token);
        await app.DisposeAsync();
        foreach (var model in loaded) model.Dispose();
        Voice?.Dispose();
        Painter?.Dispose();
        gang.Dispose();
    }
}
