// From a model's name to the models that may answer, in the order in which they are asked, each with the reason. Names without a slash that
// are no alias are the house's and none of the router's business.

using System.Globalization;
using Maison.Api.Budgets;
using Maison.Api.Models;
using Maison.Api.Store;

namespace Maison.Api.Gateway;

/// <summary>A model to ask, and why.</summary>
readonly record struct Candidate(Target Target, string Why);

/// <summary>Whom to ask, and whom when the conversation is too long for them.</summary>
sealed record Route(IReadOnlyList<Candidate> Candidates, IReadOnlyList<Candidate> ContextFallbacks);

/// <summary>Knows all targets; reads providers again when the store's revision has moved. Safe from any thread.</summary>
sealed class Router(GatewayConfig file, ProviderStore stored, ModelRegistry house, PriceBook prices, Database database, Func<string, string?> environment, TimeProvider clock)
{
    readonly Lock gate = new();
    volatile State state = new(-1, new(), []);

    /// <summary>Whether there is anything to route; without it requests pass untouched.</summary>
    public bool IsEmpty => Current() is { Targets.Count: 0, Config.Aliases.Count: 0 };

    /// <summary>All public names: aliases, then providers' models.</summary>
    public IEnumerable<(string Name, string OwnedBy, int Context, string Output)> Names
    {
        get
        {
            var current = Current();
            foreach (var alias in current.Config.Aliases) yield return (alias.Name, "maison", alias.Targets.Max(t => Context(current, t.Model)), Output(current, alias.Targets[0].Model));
            foreach (var target in current.Targets.Values) yield return (target.Name, target.Provider!.Name, target.Model!.Context, target.Model.Output);
        }
    }

    string Output(State current, string model)
        => current.Targets.TryGetValue(model, out var target) ? target.Model!.Output : house.All.FirstOrDefault(m => m.Id == model)?.Output ?? "text";

    int Context(State current, string model)
        => current.Targets.TryGetValue(model, out var target) ? target.Model!.Context : house.Texts.FirstOrDefault(m => m.Id == model)?.ContextLength ?? 0;

    /// <summary>The way of a name; null for what is not routed.</summary>
    public Route? Find(string model)
    {
        var current = Current();
        if (current.Targets.TryGetValue(model, out var direct)) return new([new(direct, "asked for by name")], []);
        if (current.Config.Aliases.FirstOrDefault(a => a.Name == model) is not { } alias) return null;
        var targets = alias.Targets.Select(t => (Target: TargetOf(current, t.Model), t.Weight)).ToList();
        var first = First(alias, targets);
        // The others follow in their order, behind the one that was chosen.
        var ordered = targets.Select(t => t.Target).Where(t => t != first.Target).Select((t, i) => new Candidate(t, $"fallback {i + 1} of {alias.Name}"));
        return new([first, .. ordered], [.. alias.ContextFallbacks.Select(m => new Candidate(TargetOf(current, m), $"longer context for {alias.Name}"))]);
    }

    static Candidate First(AliasConfig alias, List<(Target Target, double Weight)> targets)
    {
        switch (alias.Strategy)
        {
            case "weight":
                var at = Random.Shared.NextDouble() * targets.Sum(t => t.Weight);
                var chosen = targets.FirstOrDefault(t => (at -= t.Weight) < 0);
                var picked = chosen.Target is null ? targets[^1] : chosen;
                return new(picked.Target, string.Create(CultureInfo.InvariantCulture, $"weight {picked.Weight:0.##} of {targets.Sum(t => t.Weight):0.##} in {alias.Name}"));
            case "latency":
                // One that has never answered is tried first: nothing else tells how fast it is.
                var fastest = targets.MinBy(t => t.Target.Latency).Target;
                return new(fastest, string.Create(CultureInfo.InvariantCulture, $"fastest of {alias.Name}, {fastest.Latency.TotalMilliseconds:0} ms to the first word"));
            case "cost":
                var cheapest = targets.MinBy(t => t.Target.Price.Input + t.Target.Price.Output).Target;
                return new(cheapest, $"cheapest of {alias.Name}");
            default:
                return new(targets[0].Target, $"first of {alias.Name}");
        }
    }

    Target TargetOf(State current, string model) => current.Targets.GetValueOrDefault(model) ?? current.House.GetOrAdd(model, m => new Target(m, prices.Of(m)));

    State Current()
    {
        var known = state;
        var revision = database.KnownRevision();
        if (known.Revision == revision) return known;
        lock (gate)
        {
            if (state.Revision == revision) return state;
            var config = stored.With(file);
            var content = stored.ContentOf(config);
            if (known.Content == content) return state = known with { Revision = revision, House = new() };
            var targets = new Dictionary<string, Target>(StringComparer.Ordinal);
            foreach (var provider in config.Providers)
                foreach (var model in provider.Models)
                {
                    var (upstream, media) = Upstreams(provider, model);
                    var target = new Target(provider, model, upstream, media, config.Cooldown, clock);
                    targets[target.Name] = target;
                }
            return state = new(revision, config, targets) { Content = content };
        }
    }

    (IUpstream, OpenAIMedia?) Upstreams(ProviderConfig provider, ProviderModelConfig model)
    {
        var key = stored.KeyOf(provider.Name) ?? (provider.ApiKeyVariable is { } variable ? environment(variable) : null) ?? "none";
        var (url, timeout) = (provider.BaseUrl is null ? null : new Uri(provider.BaseUrl), TimeSpan.FromSeconds(provider.TimeoutSeconds));
        return provider.Kind == "anthropic" ? (new AnthropicUpstream(url, key, model.Id, model.MaxOutput, timeout), null) : (new OpenAIUpstream(url, key, model.Id, timeout), new OpenAIMedia(url, key, model.Id, timeout));
    }

    sealed record State(long Revision, GatewayConfig Config, Dictionary<string, Target> Targets)
    {
        /// <summary>Tells whether anything changed: targets that stay the same keep what is known of them.</summary>
        public string? Content { get; init; }

        public System.Collections.Concurrent.ConcurrentDictionary<string, Target> House { get; init; } = new();
    }
}
