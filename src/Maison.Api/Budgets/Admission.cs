// The door that every generating request passes: may this key use this model, is there room in its rate limits, is there money. What is let
// in carries a Grant, which is asked before each token and books what was taken, however the request ends. One call, whatever the modality,
// so no route can forget to count.

using System.Diagnostics;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Budgets;

/// <summary>What a request is about to take.</summary>
/// <param name="Modality">Of <see cref="KeyScope.KnownModalities"/>.</param>
/// <param name="Input">Exact or an upper bound; never less than what will be booked.</param>
/// <param name="MostOutput">Output tokens at most, over all answers; null where only the context limits them.</param>
sealed record Ask(string Model, string Modality, Amounts Input, long? MostOutput = 0)
{
    /// <summary>Who answers: "maison", or the name of a provider.</summary>
    public string Provider { get; init; } = "maison";

    /// <summary>The name that the request used, where it is another: a key that opens that name opens what is behind it.</summary>
    public string? AskedAs { get; init; }

    /// <summary>Whether its length can not be watched while it runs: then the worst case is held, or what is left of it.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether this request was let in before, for another model that failed: it is not counted twice.</summary>
    public bool Again { get; init; }

    /// <summary>What it costs; null takes the house's price list.</summary>
    public Price? Price { get; init; }
}

/// <summary>Lets requests in; safe from any thread.</summary>
sealed class Admission(KeyStore keys, PriceBook prices, Ledger ledger, TimeProvider clock)
{
    readonly RateLimiter rates = new(clock);
    readonly Estimates estimates = new();

    /// <summary>Takes a request on, or refuses it. What is granted has to be disposed when the request is over.</summary>
    /// <exception cref="ApiException">403 outside the key's scope, 429 above a rate or a budget.</exception>
    public async Task<Grant> Admit(HttpContext context, Ask ask, CancellationToken cancellation)
    {
        var key = context.Features.Get<ApiKey>() ?? throw ApiException.InvalidKey("This route needs an API key.");
        if (!key.Scope.OpensModel(ask.Model) && !(ask.AskedAs is { } name && key.Scope.OpensModel(name)))
            throw ApiException.Forbidden($"This key does not open the model '{ask.AskedAs ?? ask.Model}'. It opens {string.Join(", ", key.Scope.Models!)}.", "model");
        if (!key.Scope.OpensModality(ask.Modality))
            throw ApiException.Forbidden($"This key does not open {ask.Modality}. It opens {string.Join(", ", key.Scope.Modalities!)}.", null);
        var project = keys.ProjectOf(key);
        var price = ask.Price ?? prices.Of(ask.Model);

        var expected = Math.Min(ask.MostOutput ?? long.MaxValue, estimates.Of(ask.Model));
        var ticket = rates.Take(key, project, ask.Again ? 0 : 1, ask.Input.InputTokens + expected);
        foreach (var (header, value) in ticket.Headers(clock.GetTimestamp())) context.Response.Headers[header] = value;

        var least = price.Of(ask.Input with { OutputTokens = Math.Min(ask.MostOutput ?? 1, 1) });
        var wanted = price.Of(ask.Input with { OutputTokens = ask.Whole ? ask.MostOutput ?? expected : expected });
        Hold? hold = null;
        try
        {
            (hold, var refusal) = await ledger.Reserve(key, project, least, wanted, cancellation);
            if (refusal is not null) throw Refused(refusal);
            var grant = new Grant(ledger, estimates, ticket, clock, hold!, ask, price, expected, context.Request.Path.Value ?? "");
            context.Features.Set(grant);
            return grant;
        }
        finally
        {
            if (hold is null) ticket.Correct(0, clock.GetTimestamp());
        }
    }

    ApiException Refused(Spent spent)
    {
        var held = spent.Held > 0 ? $" and {Euros(spent.Held)} are held by running requests" : "";
        return ApiException.NoBudget(
            $"The budget of this {spent.Owner} is {Euros(spent.Limit)} per {spent.Period}; {Euros(spent.Taken)} are spent{held}, and this request needs more than is left. It begins anew at {spent.Ends:u}.",
            spent.Ends - clock.GetUtcNow());
    }

    static string Euros(long micros) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{micros / 1_000_000m:0.00####} €");
}

/// <summary>A request that was let in: asks for what it takes, and books it when disposed. Safe from any thread.</summary>
sealed class Grant(Ledger ledger, Estimates estimates, RateTicket ticket, TimeProvider clock, Hold hold, Ask ask, Price price, long expected, string route) : IAsyncDisposable
{
    readonly Activity? span = GenAI.Begin(route, ask);
    readonly long begun = clock.GetTimestamp();
    readonly SemaphoreSlim asking = new(1);
    Amounts used;
    long output;
    bool settled;

    public Ask Asked => ask;

    /// <summary>served, cut by the budget, or released because nothing came of it; known once it is disposed.</summary>
    public string? Outcome { get; private set; }

    /// <summary>From the request's arrival to its first output; null before it.</summary>
    public double? FirstOutputSeconds { get; private set; }

    /// <summary>Whether the budget ended it before its time.</summary>
    public bool Cut { get; private set; }

    /// <summary>The key that it runs for.</summary>
    public ApiKey Key => hold.Key;

    /// <summary>Micro-euros that were booked; known once it is disposed.</summary>
    public long Cost { get; private set; }

    /// <summary>Takes one more output token; false when the budget is at its end and the answer has to stop before it.</summary>
    public async ValueTask<bool> Next(CancellationToken cancellation)
    {
        var tokens = Interlocked.Increment(ref output);
        var cost = price.Of(ask.Input with { OutputTokens = tokens });
        if (cost <= hold.Amount) return Took(cost);
        await asking.WaitAsync(cancellation);
        try
        {
            while (!Cut && cost > hold.Amount)
            {
                // Half as much again each time, up to what may come at all.
                var rest = price.Of(ask.Input with { OutputTokens = Math.Min(ask.MostOutput ?? long.MaxValue, Math.Max(tokens * 3 / 2, expected)) });
                if (!await ledger.Extend(hold, cost - hold.Amount, rest - hold.Amount, cancellation)) Cut = true;
            }
            if (!Cut) return Took(cost);
            Interlocked.Decrement(ref output);
            return false;
        }
        finally
        {
            asking.Release();
        }
    }

    bool Took(long cost)
    {
        if (cost > hold.Used) hold.Used = cost;
        return true;
    }

    /// <summary>What was taken; known once it is disposed.</summary>
    public Amounts Taken { get; private set; }

    /// <summary>How many of the output tokens the hold pays for.</summary>
    public long Affordable(long most)
    {
        if (price.Output == 0 || hold.Amount == long.MaxValue) return most;
        var input = (Int128)ask.Input.InputTokens * price.Input;
        return (long)Int128.Clamp(((Int128)hold.Amount * 1_000_000 - input) / price.Output, 0, most);
    }

    /// <summary>Notes the first output.</summary>
    public void First(double seconds)
    {
        FirstOutputSeconds = seconds;
        GenAI.FirstOutput(route, ask, seconds);
    }

    /// <summary>Says what the request really took; without this it is the output tokens that were granted, and nothing when there were none.</summary>
    public void Measured(Amounts amounts) => used = amounts;

    /// <summary>Books, once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (settled) return;
        settled = true;
        var took = Taken = used == default && output > 0 ? ask.Input with { OutputTokens = output } : used;
        Cost = Math.Min(price.Of(took), hold.Amount);
        Outcome = Cut ? "cut" : took == default ? "released" : "served";
        GenAI.End(span, route, ask, clock.GetElapsedTime(begun), took, Outcome);
        ticket.Correct(took.InputTokens + took.OutputTokens, clock.GetTimestamp());
        if (took.OutputTokens > 0) estimates.Observe(ask.Model, took.OutputTokens);
        var line = new UsageLine
        {
            At = clock.GetUtcNow(),
            KeyId = hold.Key.Id,
            ProjectId = hold.Project.Id,
            Model = ask.Model,
            Provider = ask.Provider,
            Route = route,
            Modality = ask.Modality,
            Outcome = Outcome,
            Amounts = took,
            Cost = Cost,
        };
        await ledger.Settle(hold, Cost, session => UsageBook.Add(session, line));
    }
}
