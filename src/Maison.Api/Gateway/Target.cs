// One model that can be asked, and how it has been doing: its recent speed, and whether it is cooling down. A pipeline of Polly retries once
// where nothing has been streamed and opens the circuit after repeated failures.

using Maison.Api.Budgets;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Maison.Api.Gateway;

/// <summary>A model by its public name; without an upstream it is the house's own.</summary>
sealed class Target
{
    const double Smoothing = 0.3;
    static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200), LongestRetryAfter = TimeSpan.FromSeconds(5);

    long latencyMicros;

    /// <summary>A third party's model.</summary>
    public Target(ProviderConfig provider, ProviderModelConfig model, IUpstream upstream, OpenAIMedia? media, CooldownConfig cooldown, TimeProvider clock)
    {
        (Name, Provider, Model, Upstream, Media, Price) = ($"{provider.Name}/{model.Id}", provider, model, upstream, media, model.Prices.InMicros);
        if (provider.RequestsPerMinute is { } most) Rate = new(clock, most);
        Pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<UpstreamException>(e => e.Fault is UpstreamFault.Unavailable or UpstreamFault.Misconfigured),
                FailureRatio = 0.5,
                MinimumThroughput = cooldown.Failures,
                SamplingDuration = TimeSpan.FromSeconds(Math.Max(30, cooldown.Seconds)),
                BreakDuration = TimeSpan.FromSeconds(cooldown.Seconds),
            })
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<UpstreamException>(e => e.Fault is UpstreamFault.Unavailable && !(e.RetryAfter > LongestRetryAfter)),
                MaxRetryAttempts = 1,
                DelayGenerator = arguments => new((arguments.Outcome.Exception as UpstreamException)?.RetryAfter ?? RetryDelay),
            })
            .Build();
    }

    /// <summary>A model of the house.</summary>
    public Target(string name, Price price) => (Name, Price, Pipeline) = (name, price, ResiliencePipeline.Empty);

    public string Name { get; }
    public ProviderConfig? Provider { get; }
    public ProviderModelConfig? Model { get; }
    public IUpstream? Upstream { get; }

    /// <summary>Vectors, sound and pictures; null where the provider has no such routes.</summary>
    public OpenAIMedia? Media { get; }
    public Price Price { get; }
    public ResiliencePipeline Pipeline { get; }

    /// <summary>Requests per minute that the provider is sent; null is without limit.</summary>
    public Bucket? Rate { get; }

    public bool IsHouse => Upstream is null;

    /// <summary>Whether text leaves the house when it is asked.</summary>
    public bool Leaves => Provider is { Kind: not "house" };

    /// <summary>Time to the first word, smoothed; nothing is known of it yet when zero.</summary>
    public TimeSpan Latency => TimeSpan.FromMicroseconds(Interlocked.Read(ref latencyMicros));

    public void Took(TimeSpan time)
    {
        var known = Interlocked.Read(ref latencyMicros);
        var micros = time.TotalMicroseconds;
        Interlocked.Exchange(ref latencyMicros, (long)(known == 0 ? micros : known + Smoothing * (micros - known)));
    }
}
