using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Keys;

namespace Maison.Tests.Api.Budgets;

public sealed class RateLimiterTests
{
    readonly SetClock clock = new();

    static ApiKey Key(Limits limits) => new() { Id = "key_1", ProjectId = "proj_1", Name = "k", Created = default, Limits = limits };

    static Project Project(Limits? limits = null) => new() { Id = "proj_1", Name = "p", Created = default, Limits = limits ?? new() };

    static string Header(IEnumerable<(string Name, string Value)> headers, string name) => headers.Single(h => h.Name == name).Value;

    [Fact]
    public void ABurstOfAMinuteIsTakenAndWhatFollowsIsPaced()
    {
        var limiter = new RateLimiter(clock);
        for (var i = 0; i < 6; i++) limiter.Take(Key(new(RequestsPerMinute: 6)), Project(), 1, 1);
        var refused = Assert.Throws<ApiException>(() => limiter.Take(Key(new(RequestsPerMinute: 6)), Project(), 1, 1));
        Assert.Equal((429, "requests", "rate_limit_exceeded"), (refused.Status, refused.Detail.Type, refused.Detail.Code));
        Assert.Equal("10", Header(refused.Headers, "retry-after"));
        Assert.Equal("10000", Header(refused.Headers, "retry-after-ms"));
        Assert.Equal(("6", "0", "1m0s"), (Header(refused.Headers, "x-ratelimit-limit-requests"), Header(refused.Headers, "x-ratelimit-remaining-requests"), Header(refused.Headers, "x-ratelimit-reset-requests")));
        clock.Now += TimeSpan.FromSeconds(10);
        limiter.Take(Key(new(RequestsPerMinute: 6)), Project(), 1, 1);
    }

    [Fact]
    public void TokensAreTakenByEstimateAndCorrected()
    {
        var limiter = new RateLimiter(clock);
        var ticket = limiter.Take(Key(new(TokensPerMinute: 100)), Project(), 1, 80);
        Assert.Equal("20", Header(ticket.Headers(clock.GetTimestamp()), "x-ratelimit-remaining-tokens"));
        Assert.Throws<ApiException>(() => limiter.Take(Key(new(TokensPerMinute: 100)), Project(), 1, 30));
        ticket.Correct(10, clock.GetTimestamp());
        limiter.Take(Key(new(TokensPerMinute: 100)), Project(), 1, 90);
        Assert.Equal(400, Assert.Throws<ApiException>(() => limiter.Take(Key(new(TokensPerMinute: 100)), Project(), 1, 101)).Status);
    }

    [Fact]
    public void ARefusalByTheProjectCostsTheKeyNothing()
    {
        var limiter = new RateLimiter(clock);
        var (key, project) = (Key(new(RequestsPerMinute: 2)), Project(new(RequestsPerMinute: 1)));
        limiter.Take(key, project, 1, 0);
        Assert.Contains("project", Assert.Throws<ApiException>(() => limiter.Take(key, project, 1, 0)).Message);
        limiter.Take(key, Project(), 1, 0);
    }

    [Theory]
    [InlineData(0, "0ms"), InlineData(20, "20ms"), InlineData(1500, "1.5s"), InlineData(360_000, "6m0s"), InlineData(61_001, "1m1.001s")]
    public void DurationsAreWrittenAsOpenAIDoes(int ms, string text) => Assert.Equal(text, RateTicket.Shown(TimeSpan.FromMilliseconds(ms)));

    [Fact]
    public void PricesAreRoundedUpOncePerRequest()
    {
        var price = new Price(Input: 150_000, Cached: 75_000, Output: 600_000, AudioSecond: 100, Image: 40_000);
        Assert.Equal(0, price.Of(default));
        Assert.Equal(1, price.Of(new(InputTokens: 1)));
        Assert.Equal(1, price.Of(new(InputTokens: 2, OutputTokens: 1)));        // 0.3 + 0.6
        Assert.Equal(150_000 + 600_000, price.Of(new(InputTokens: 1_000_000, OutputTokens: 1_000_000)));
        Assert.Equal(75_000, price.Of(new(InputTokens: 1_000_000, CachedTokens: 1_000_000)));
        Assert.Equal(40_000 + 150, price.Of(new(AudioMs: 1500, Images: 1)));
    }

    [Fact]
    public void TheEstimateIsThe95thPercentileOnceEnoughIsKnown()
    {
        var estimates = new Estimates();
        for (var i = 1; i < 20; i++) estimates.Observe("m", i);
        Assert.Equal(512, estimates.Of("m"));
        for (var i = 20; i <= 100; i++) estimates.Observe("m", i);
        Assert.Equal(95, estimates.Of("m"));
    }
}
