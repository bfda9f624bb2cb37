// Asks the models behind a name in order until one answers, whatever they are asked for: chats, vectors, sound or pictures. Whom nobody reaches,
// who cools down or is at the limit of its provider is noted and passed by; nothing is asked twice once a part of an answer was sent.

using Maison.Api.Errors;
using Microsoft.AspNetCore.Http;
using Polly.CircuitBreaker;

namespace Maison.Api.Gateway;

/// <summary>Whom a request asked before, and why that was no use.</summary>
readonly record struct Tried(string Model, string Problem);

/// <summary>The one loop over candidates.</summary>
sealed class Attempts(TextWriter log, TimeProvider clock)
{
    const string TooLong = "the conversation is too long";

    /// <summary>Runs until a candidate has answered.</summary>
    /// <param name="asked">The name that was asked for.</param>
    /// <param name="longField">The field of the request that can be too long.</param>
    /// <param name="unable">Why a candidate can not be asked for this at all; null where it can.</param>
    /// <param name="ask">Asks one and writes its answer.</param>
    /// <exception cref="ApiException">Nobody answered, or the request itself is refused.</exception>
    public async Task Run(HttpContext context, string asked, string longField, Route route, Func<Target, string?> unable, Func<Candidate, IReadOnlyList<Tried>, Task> ask)
    {
        var tried = new List<Tried>();
        var waiting = new Queue<Candidate>(route.Candidates);
        var (longer, last) = (false, (UpstreamException?)null);
        while (waiting.TryDequeue(out var candidate))
        {
            var target = candidate.Target;
            try
            {
                if (!target.IsHouse && unable(target) is { } why) tried.Add(new(target.Name, why));
                else if (target.Rate is { } rate && rate.TryTake(1, clock.GetTimestamp()) is not null) tried.Add(new(target.Name, "its requests per minute are used up"));
                else
                {
                    await ask(candidate, [.. tried]);
                    return;
                }
            }
            catch (BrokenCircuitException)
            {
                tried.Add(new(target.Name, "cooling down"));
            }
            catch (UpstreamException e)
            {
                log.WriteLine($"{context.Response.Headers["x-request-id"]} {target.Name}: {e.Message}");
                if (context.Response.HasStarted) throw ApiException.Unavailable($"{target.Name} stopped in the middle of its answer. What was sent is not repeated; ask again.", "upstream_unavailable");
                if (e.Fault == UpstreamFault.Refused) throw ApiException.Request(StatusCodes.Status400BadRequest, $"{target.Name} refuses the request: {e.Message}", null, "upstream_refused");
                last = e;
                tried.Add(new(target.Name, e.Fault switch { UpstreamFault.TooLong => TooLong, UpstreamFault.Misconfigured => "the provider's key or model is not accepted", _ => "unavailable" }));
                if (e.Fault == UpstreamFault.TooLong) AskLonger();
            }
            catch (ApiException e) when (target.IsHouse && !context.Response.HasStarted && e.Detail.Code is "not_ready" or "model_not_found" or "context_length_exceeded")
            {
                var full = e.Detail.Code == "context_length_exceeded";
                tried.Add(new(target.Name, full ? TooLong : "not loaded"));
                if (full && !longer && route.ContextFallbacks.Count > 0) AskLonger();
                else if (waiting.Count == 0) throw;
            }
        }
        var all = string.Join("; ", tried.Select(t => $"{t.Model}: {t.Problem}"));
        if (last?.Fault == UpstreamFault.TooLong) throw ApiException.ContextExceeded(longField, $"The conversation is too long for '{asked}' ({all}). Shorten '{longField}'.");
        throw ApiException.Unavailable($"Nobody behind '{asked}' could answer: {all}. Try again, or ask another model.", "upstream_unavailable");

        void AskLonger()
        {
            if (longer) return;
            longer = true;
            waiting = new(route.ContextFallbacks);
        }
    }
}
