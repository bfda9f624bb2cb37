// What the HTTP side counts: answers by route and status, and the time from a request's arrival to its first token.
// Token and cache counts are the schedulers' own and are read from them when asked.

using System.Collections.Concurrent;
using System.Diagnostics;
using Maison.Api.Budgets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Metrics;

/// <summary>Counters of the HTTP side; safe from any thread.</summary>
sealed class RequestMetrics
{
    /// <summary>The status that stands for a client which left before its answer, as nginx writes it.</summary>
    const int ClientClosedRequest = 499;

    readonly ConcurrentDictionary<(string Route, int Status), long> answers = new();

    public Histogram TimeToFirstToken { get; } = new(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);
    public TokenRate Generated { get; } = new(TimeProvider.System);

    /// <summary>Notes the first output of a request that arrived then.</summary>
    public void FirstOutput(Grant grant, long arrived)
    {
        var seconds = Stopwatch.GetElapsedTime(arrived).TotalSeconds;
        TimeToFirstToken.Observe(seconds);
        grant.First(seconds);
    }

    public IEnumerable<((string Route, int Status) Key, long Count)> Answers
        // Sorting a dictionary that grows meanwhile fails; a copy of it holds still.
        => answers.ToArray().OrderBy(a => a.Key).Select(a => (a.Key, a.Value));

    /// <summary>The outermost middleware: counts each answer when it is over.</summary>
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        await next(context);
        answers.AddOrUpdate((RouteOf(context) ?? "other", StatusOf(context)), 1, (_, count) => count + 1);
    }

    /// <summary>The pattern of a request's route, not the address, which may carry a secret; null where there is no such route.</summary>
    public static string? RouteOf(HttpContext context) => (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;

    /// <summary>The status of an answer that is over.</summary>
    public static int StatusOf(HttpContext context) => context.RequestAborted.IsCancellationRequested ? ClientClosedRequest : context.Response.StatusCode;
}
