// Somebody else's model behind one shape: a chat request as OpenAI writes it goes in, a chat answer or its chunks come out. Two of these
// exist, one per wire; both speak through the vendor's official client and work on JSON, so that nothing the other side says is lost in records.

using System.Text.Json.Nodes;

namespace Maison.Api.Gateway;

/// <summary>A third party's endpoint.</summary>
interface IUpstream
{
    /// <summary>The whole answer: a chat.completion object.</summary>
    /// <exception cref="UpstreamException">It failed.</exception>
    Task<JsonObject> Complete(JsonObject request, CancellationToken cancellation);

    /// <summary>The answer as chat.completion.chunk objects; the last ones carry the finish reason and the usage.</summary>
    /// <exception cref="UpstreamException">It failed, perhaps after some chunks.</exception>
    IAsyncEnumerable<JsonObject> Stream(JsonObject request, CancellationToken cancellation);
}

/// <summary>What kind of failure it was, which decides what comes next.</summary>
enum UpstreamFault
{
    /// <summary>It may work there later, or elsewhere now: no connection, a time limit, 429, 5xx, a broken answer.</summary>
    Unavailable,

    /// <summary>Our side of the arrangement is wrong: the key, the address, the model's name. Elsewhere may work.</summary>
    Misconfigured,

    /// <summary>The conversation is longer than the model's context.</summary>
    TooLong,

    /// <summary>The request itself is refused; it would be refused again.</summary>
    Refused,
}

/// <summary>A third party's failure. The message is for the log and, for what the request did wrong, for the caller; it never holds a key.</summary>
sealed class UpstreamException(UpstreamFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    const int LongestMessage = 500;

    public UpstreamFault Fault { get; } = fault;

    /// <summary>When the other side wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>From an error status and its body, of either wire.</summary>
    public static UpstreamException Of(int status, string body, TimeSpan? retryAfter)
    {
        var (message, code) = ("", "");
        try
        {
            var error = JsonNode.Parse(body)?["error"];
            message = error is JsonObject ? (string?)error["message"] ?? "" : error?.ToString() ?? "";
            code = error is JsonObject ? $"{error["code"]} {error["type"]}" : "";
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            message = body;
        }
        if (message.Length > LongestMessage) message = message[..LongestMessage] + "…";
        var tooLong = status is 400 or 413 && (code.Contains("context_length_exceeded", StringComparison.Ordinal) || message.Contains("prompt is too long", StringComparison.OrdinalIgnoreCase)
            || message.Contains("maximum context length", StringComparison.OrdinalIgnoreCase) || message.Contains("exceed context limit", StringComparison.OrdinalIgnoreCase));
        var fault = tooLong ? UpstreamFault.TooLong
            : status is 401 or 403 or 404 or 402 ? UpstreamFault.Misconfigured
            : status is 408 or 409 or 425 or 429 or >= 500 ? UpstreamFault.Unavailable
            : UpstreamFault.Refused;
        return new(fault, $"status {status}: {message}", retryAfter);
    }
}
