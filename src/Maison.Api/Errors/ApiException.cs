// A refusal on its way to the caller: status and error body in one throwable. Endpoints throw it, ErrorAnswers writes it.
// One factory per kind, so that the same fault has the same type and code on every route.

using System.Globalization;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Errors;

/// <summary>An answer that is an error: its HTTP status and the <see cref="ErrorDetail"/> of the body.</summary>
public sealed class ApiException(int status, ErrorDetail detail) : Exception(detail.Message)
{
    public int Status { get; } = status;
    public ErrorDetail Detail { get; } = detail;

    /// <summary>Headers of the answer, such as when to try again.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>400: a field has the wrong type, is missing, or is out of its range.</summary>
    public static ApiException Invalid(string param, string message, string code = "invalid_value")
        => Request(StatusCodes.Status400BadRequest, message, param, code);

    /// <summary>400: a field that no version of the schema has.</summary>
    public static ApiException Unknown(string param)
        => Request(StatusCodes.Status400BadRequest, $"Unknown parameter '{param}'. Remove it, or check its spelling.", param, "unknown_parameter");

    /// <summary>400: a field of the schema that this server does not honour; the message says what to do instead.</summary>
    public static ApiException Unsupported(string param, string message)
        => Request(StatusCodes.Status400BadRequest, message, param, "unsupported_parameter");

    /// <summary>400: prompt and answer do not fit the model's context.</summary>
    public static ApiException ContextExceeded(string param, string message)
        => Request(StatusCodes.Status400BadRequest, message, param, "context_length_exceeded");

    /// <summary>404: no model of that name is served.</summary>
    public static ApiException ModelNotFound(string model, IEnumerable<string> served)
        => Request(StatusCodes.Status404NotFound, $"The model '{model}' is not served here. Served: {string.Join(", ", served)}.", "model", "model_not_found");

    /// <summary>401: no key, or one that is not in the store.</summary>
    public static ApiException InvalidKey(string message)
        => Request(StatusCodes.Status401Unauthorized, message, null, "invalid_api_key");

    /// <summary>403: the key is valid, but does not open this.</summary>
    public static ApiException Forbidden(string message, string? param)
        => Request(StatusCodes.Status403Forbidden, message, param, "permission_denied");

    /// <summary>404: nothing of that id is stored here.</summary>
    public static ApiException NotFound(string message, string code = "not_found")
        => Request(StatusCodes.Status404NotFound, message, null, code);

    /// <summary>429: above a rate; says when it will do.</summary>
    /// <param name="kind">"requests" or "tokens".</param>
    public static ApiException TooMany(string message, string kind, TimeSpan wait, IEnumerable<(string, string)> headers)
        => new(StatusCodes.Status429TooManyRequests, new() { Message = message, Type = kind, Code = "rate_limit_exceeded" }) { Headers = [.. headers, .. RetryAfter(wait)] };

    /// <summary>429: the budget is spent; trying again at once is of no use.</summary>
    public static ApiException NoBudget(string message, TimeSpan untilNext)
        => new(StatusCodes.Status429TooManyRequests, new() { Message = message, Type = "insufficient_quota", Code = "insufficient_quota" }) { Headers = [("x-should-retry", "false"), .. RetryAfter(untilNext)] };

    static IEnumerable<(string, string)> RetryAfter(TimeSpan wait) =>
    [
        ("retry-after", Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
        ("retry-after-ms", Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>503: the server is up but can not answer yet, or not any more.</summary>
    public static ApiException Unavailable(string message, string code)
        => new(StatusCodes.Status503ServiceUnavailable, new() { Message = message, Type = "server_error", Code = code });

    /// <summary>Any other fault of the request itself.</summary>
    public static ApiException Request(int status, string message, string? param, string code)
        => new(status, new() { Message = message, Type = "invalid_request_error", Param = param, Code = code });
}
