// How a server stops without losing an answer: from some moment on new requests are refused, and whoever stops it can wait until the open
// ones have been written to the end. The scheduler alone can not tell that: it is ahead of slow readers.

using Maison.Api.Errors;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Health;

/// <summary>Counts open requests, and closes the door when asked to; safe from any thread.</summary>
public sealed class Drain
{
    readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int open;
    volatile bool closing;

    /// <summary>Requests that are being answered.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>Refuses new requests; the result ends when no request is open.</summary>
    public Task Close()
    {
        closing = true;
        if (Open == 0) idle.TrySetResult();
        return idle.Task;
    }

    internal async Task Invoke(HttpContext context, RequestDelegate next)
    {
        // Counted first and looked at second: a request that slips in while the door closes is waited for.
        Interlocked.Increment(ref open);
        try
        {
            // Whoever writes an open answer may still keep it.
            if (closing && context.Request.Path.Value is not (Routes.Health or Routes.Metrics) && !context.Request.Path.StartsWithSegments(Routes.Conversations))
                throw ApiException.Unavailable("The server is stopping. Try again when it is back.", "stopping");
            await next(context);
        }
        finally
        {
            if (Interlocked.Decrement(ref open) == 0 && closing) idle.TrySetResult();
        }
    }
}
