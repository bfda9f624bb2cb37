// A real server on a free loopback port with its own data folder, the app's pages on it as `serve` has them, and the few calls that tests make.

using System.Net;
using System.Text;
using Maison.Api;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Store;
using Maison.App;
using Microsoft.AspNetCore.Builder;

namespace Maison.Tests.Api;

/// <summary>A started server that goes away with the test.</summary>
sealed class ApiServer : IAsyncDisposable
{
    public const string Key = "test-key-of-a-server";

    /// <summary>A store with the key in it, made once and copied for every server.</summary>
    static readonly Lazy<byte[]> Fresh = new(() =>
    {
        using var folder = new TempFolder();
        using (var store = Database.Open(folder.Path)) new KeyStore(store).EnsureFirst(Key);
        return File.ReadAllBytes(folder.File(Database.FileName));
    });

    readonly WebApplication app;
    readonly TempFolder home;

    /// <summary>The server's store.</summary>
    public Database Store { get; }

    public HttpClient Http { get; }
    public Uri Url => Http.BaseAddress!;
    public StringWriter Log { get; }
    public KeyStore Keys { get; }

    /// <summary>The pages at /.</summary>
    public MaisonApp Pages { get; }

    ApiServer(WebApplication app, MaisonApp pages, TempFolder home, Database store, KeyStore keys, StringWriter log)
    {
        (this.app, Pages, this.home, Store, Keys, Log) = (app, pages, home, store, keys, log);
        Http = new() { BaseAddress = new(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
        Http.DefaultRequestHeaders.Add("Authorization", "Bearer " + Key);
    }

    public static Task<ApiServer> Start(params CatalogEntry[] models) => Start(options => options, models);

    public static async Task<ApiServer> Start(Func<ServerOptions, ServerOptions> change, params CatalogEntry[] models)
    {
        var home = new TempFolder();
        var log = new StringWriter();
        var registry = new ModelRegistry();
        foreach (var model in models) registry.Add(model);
        File.WriteAllBytes(home.File(Database.FileName), Fresh.Value);
        var store = Database.Open(home.Path);
        var keys = new KeyStore(store);
        var app = MaisonServer.Build(change(new() { Store = store, Keys = keys, Models = registry, Log = log }));
        var pages = new MaisonApp(() => new(app.Urls.Single()), () => Key, home.Path);
        pages.Map(app);
        await app.StartAsync();
        return new(app, pages, home, store, keys, log);
    }

    public async Task<(HttpStatusCode Status, string Body)> Get(string path)
    {
        using var answer = await Http.GetAsync(path);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<(HttpStatusCode Status, string Body)> Post(string path, string json)
    {
        using var answer = await Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A client with another key.</summary>
    public HttpClient With(string key)
    {
        var http = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Add("Authorization", "Bearer " + key);
        return http;
    }

    public Task Stop() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
        Store.Dispose();
        home.Dispose();
    }
}

/// <summary>A folder that lives as long as the test.</summary>
sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("maison-api-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
