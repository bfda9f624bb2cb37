// Requests and tokens per minute, for a key and for its project: buckets that fill evenly, so a burst of one minute's worth is taken and
// what follows is paced. Tokens are taken by estimate and corrected when the request is over. In memory: a restart begins with full buckets.

using System.Collections.Concurrent;
using System.Globalization;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Budgets;

/// <summary>The buckets of all keys and projects; safe from any thread.</summary>
sealed class RateLimiter(TimeProvider clock)
{
    readonly ConcurrentDictionary<string, Bucket> buckets = new();

    /// <summary>Takes a request, unless it was counted before, and its estimated tokens, or refuses both.</summary>
    /// <exception cref="ApiException">429 with the time after which it will do.</exception>
    public RateTicket Take(ApiKey key, Project project, int count, long tokens)
    {
        var ticket = new RateTicket(tokens);
        foreach (var (owner, id, limits) in new[] { ("key", key.Id, key.Limits), ("project", project.Id, project.Limits) })
        {
            if (limits.RequestsPerMinute is { } requests) ticket.Add("requests", owner, Bucket(id, "requests", requests), requests, count);
            if (limits.TokensPerMinute is { } most) ticket.Add("tokens", owner, Bucket(id, "tokens", most), most, tokens);
        }
        ticket.TakeAll(clock.GetTimestamp());
        return ticket;
    }

    Bucket Bucket(string id, string kind, long limit)
    {
        var bucket = buckets.GetOrAdd($"{id} {kind}", _ => new(clock, limit));
        bucket.Limit = limit;
        return bucket;
    }
}

/// <summary>What one request took of its buckets.</summary>
sealed class RateTicket(long estimated)
{
    readonly List<(string Kind, string Owner, Bucket Bucket, long Limit, long Amount)> parts = [];

    public void Add(string kind, string owner, Bucket bucket, long limit, long amount) => parts.Add((kind, owner, bucket, limit, amount));

    public void TakeAll(long now)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var (kind, owner, bucket, limit, amount) = parts[i];
            if (amount > limit)
            {
                GiveBack(i, now);
                throw ApiException.Request(StatusCodes.Status400BadRequest, $"The request takes about {amount} tokens, but the limit of this {owner} is {limit} per minute: it would never be served. Make it smaller.", null, "rate_limit_exceeded");
            }
            if (bucket.TryTake(amount, now) is not { } wait) continue;
            GiveBack(i, now);
            throw ApiException.TooMany(
                $"The limit of this {owner} is {limit} {kind} per minute. Try again in {wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s.", kind, wait, Headers(now));
        }
    }

    /// <summary>Corrects the estimate by what was really taken; the answer has begun, so this never refuses.</summary>
    public void Correct(long tokens, long now)
    {
        foreach (var part in parts.Where(p => p.Kind == "tokens")) part.Bucket.Take(tokens - estimated, now);
    }

    void GiveBack(int count, long now)
    {
        for (var i = 0; i < count; i++) parts[i].Bucket.Take(-parts[i].Amount, now);
    }

    /// <summary>x-ratelimit-*: of each kind the limit that is nearest.</summary>
    public IEnumerable<(string Name, string Value)> Headers(long now)
    {
        foreach (var kind in parts.GroupBy(p => p.Kind))
        {
            var (part, level) = kind.Select(p => (p, p.Bucket.Level(now))).MinBy(p => p.Item2);
            yield return ($"x-ratelimit-limit-{kind.Key}", part.Limit.ToString(CultureInfo.InvariantCulture));
            yield return ($"x-ratelimit-remaining-{kind.Key}", Math.Max(0, (long)level).ToString(CultureInfo.InvariantCulture));
            yield return ($"x-ratelimit-reset-{kind.Key}", Shown(part.Bucket.UntilFull(now)));
        }
    }

    /// <summary>As OpenAI writes durations: 6m0s, 1.5s, 20ms.</summary>
    internal static string Shown(TimeSpan t)
    {
        if (t < TimeSpan.FromSeconds(1)) return string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(t.TotalMilliseconds)}ms");
        var seconds = Math.Ceiling(t.TotalMilliseconds % 60_000 / 1000 * 1000) / 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{(t.TotalMinutes >= 1 ? $"{(int)t.TotalMinutes}m" : "")}{seconds:0.###}s");
    }
}

/// <summary>A minute's worth that refills evenly.</summary>
sealed class Bucket(TimeProvider clock, long limit)
{
    readonly Lock gate = new();
    double level = limit;
    long at = clock.GetTimestamp();

    public long Limit { get; set; } = limit;

    double PerSecond => Limit / 60.0;

    /// <summary>Takes the amount, or says how long until it is there.</summary>
    public TimeSpan? TryTake(long amount, long now)
    {
        lock (gate)
        {
            Fill(now);
            if (level < amount) return TimeSpan.FromSeconds((amount - level) / PerSecond);
            level -= amount;
            return null;
        }
    }

    /// <summary>Takes it even when it is not there.</summary>
    public void Take(long amount, long now)
    {
        lock (gate)
        {
            Fill(now);
            level = Math.Min(Limit, level - amount);
        }
    }

    public double Level(long now)
    {
        lock (gate)
        {
            Fill(now);
            return level;
        }
    }

    public TimeSpan UntilFull(long now) => TimeSpan.FromSeconds(Math.Max(0, (Limit - Level(now)) / PerSecond));

    void Fill(long now)
    {
        if (now <= at) return;
        level = Math.Min(Limit, level + clock.GetElapsedTime(at, now).TotalSeconds * PerSecond);
        at = now;
    }
}
