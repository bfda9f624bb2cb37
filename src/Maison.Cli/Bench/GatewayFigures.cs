// What it costs to ask a third party through the house instead of directly: an upstream that answers at once, a server before it, the same
// request to both by turns. Caller, server and upstream share the machine, so that the whole work of the gateway is in the difference.

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Maison.Api;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Store;
using Maison.Api.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Maison.Cli.Bench;

/// <summary>Latency, rate and memory of the gateway.</summary>
static class GatewayFigures
{
    const int perSecond = 200, seconds = 5, turns = 3, warm = 2000, many = 100_000, atOnce = 8;
    const string key = "bench-key", question = """{"model":"far/m","messages":[{"role":"user","content":"Write a line to anna@example.com about the weather."}],"max_tokens":20}""",
        answer = """{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"The weather is fine."},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}""";

    public static async Task<List<Figure>> Measure(Action<string> note, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("maison-bench-").FullName;
        try
        {
            await using var upstream = await Upstream();
            using var store = Database.Open(folder);
            var keys = new KeyStore(store);
            keys.EnsureFirst(key);
            var budgeted = keys.Create(new() { Name = "bench", ProjectId = Project.Default, Limits = new(BudgetDay: long.MaxValue / 4) }, "bench").Value;
            await using var log = RequestLog.In(Path.Combine(folder, "logs"), content: false, TimeProvider.System, TextWriter.Null);
            var config = new GatewayConfig { Providers = [new() { Name = "far", Kind = "openai-compatible", BaseUrl = $"{upstream.Urls.Single()}/v1", Models = [new() { Id = "m", Prices = new() { Input = 1, Output = 2 } }] }] };
            await using var server = MaisonServer.Build(new() { Store = store, Keys = keys, Models = new ModelRegistry(), Gateway = config, Requests = log, Log = TextWriter.Null });
            await server.StartAsync(stop);
            using HttpClient direct = Client(upstream.Urls.Single(), key), through = Client(server.Urls.Single(), key), counted = Client(server.Urls.Single(), budgeted);
            note("warming …");
            foreach (var http in (HttpClient[])[through, counted, direct]) await Flood(http, warm, stop);

            List<double> near = [], far = [], limited = [], rates = [];
            for (var i = 0; i < turns; i++)
            {
                note($"{perSecond} requests a second, turn {i + 1} of {turns} …");
                var (d, t, c) = (await Paced(direct, stop), await Paced(through, stop), await Paced(counted, stop));
                near.AddRange(d.Latencies);
                far.AddRange(t.Latencies);
                limited.AddRange(c.Latencies);
                rates.Add(Math.Min(t.Rate, c.Rate) / d.Rate);
            }
            var before = Resident();
            note($"{many} requests for the memory …");
            await Flood(through, many / 10, stop);
            var early = Resident();
            await Flood(through, many - many / 10, stop);
            var late = Resident();
            double Overhead(List<double> measured, double share) => 1000 * (At(measured, share) - At(near, share));
            return
            [
                new("gateway.overhead.median", Overhead(far, 0.5), "ms", $"a chat through the house against the same asked directly, {perSecond} requests a second, mask, usage, receipt and request log at work", Goal: "at most 1"),
                new("gateway.overhead.p95", Overhead(far, 0.95), "ms", "the same, 95th percentile"),
                new("gateway.overhead.budget.median", Overhead(limited, 0.5), "ms", "the same with a key that has a budget: money held before, spending on disk before the answer", Goal: "at most 1"),
                new("gateway.overhead.budget.p95", Overhead(limited, 0.95), "ms", "the same, 95th percentile"),
                new("gateway.rate", Figure.Median(rates), "share", $"requests answered of {perSecond} a second, against directly", Goal: "at least 0.95"),
                new("gateway.memory", (late - early) / 1e6, "MB", $"grown from request {many / 10:N0} to {many:N0}; {(early - before) / 1e6:F0} MB before that", Goal: "about 0"),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<WebApplication> Upstream()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var body = Encoding.UTF8.GetBytes(answer);
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body);
        });
        await app.StartAsync();
        return app;
    }

    static HttpClient Client(string address, string key)
    {
        var http = new HttpClient { BaseAddress = new(address) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return http;
    }

    static async Task Ask(HttpClient http, CancellationToken stop)
    {
        using var reply = await http.PostAsync("/v1/chat/completions", new StringContent(question, Encoding.UTF8, new MediaTypeHeaderValue("application/json")), stop);
        if (!reply.IsSuccessStatusCode) throw new UserException($"The answer was {(int)reply.StatusCode}: {await reply.Content.ReadAsStringAsync(stop)}");
        await reply.Content.ReadAsByteArrayAsync(stop);
    }

    /// <summary>So many requests, a few at a time.</summary>
    static Task Flood(HttpClient http, int count, CancellationToken stop)
    {
        var left = count;
        return Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await Ask(http, stop);
        }, stop)));
    }

    /// <summary>Requests at a steady rate, whether earlier ones are answered or not: seconds of each, and answers per second.</summary>
    static async Task<(double[] Latencies, double Rate)> Paced(HttpClient http, CancellationToken stop)
    {
        var (begun, asked) = (Stopwatch.GetTimestamp(), new List<Task<double>>());
        for (var i = 0; i < perSecond * seconds; i++)
        {
            var wait = TimeSpan.FromSeconds((double)i / perSecond) - Stopwatch.GetElapsedTime(begun);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, stop);
            asked.Add(One());
        }
        var latencies = await Task.WhenAll(asked);
        return (latencies, latencies.Length / Stopwatch.GetElapsedTime(begun).TotalSeconds);

        async Task<double> One()
        {
            var start = Stopwatch.GetTimestamp();
            await Ask(http, stop);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    static double At(List<double> measured, double share) => measured.Order().ElementAt((int)((measured.Count - 1) * share));

    static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
