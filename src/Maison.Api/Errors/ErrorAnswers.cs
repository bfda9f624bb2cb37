// The outermost layer of the server: gives every answer its x-request-id, and turns whatever went wrong below into the one error body,
// including routes and methods that do not exist. In a stream that has begun the error is the last event.

using Maison.Inference;
using Maison.Inference.Grammar;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Errors;

/// <summary>Middleware that makes every failure an <see cref="ErrorBody"/>.</summary>
sealed class ErrorAnswers(TextWriter log)
{
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        var requestId = "req_" + Guid.NewGuid().ToString("N");
        context.Response.Headers["x-request-id"] = requestId;
        try
        {
            await next(context);
            if (context.Response.HasStarted) return;
            if (context.Response.StatusCode == StatusCodes.Status404NotFound && context.GetEndpoint() is null)
                await Write(context, NoRoute(context.Request));
            else if (context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
                await Write(context, WrongMethod(context));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left: there is nobody to answer.
        }
        catch (Exception e)
        {
            var error = Translate(e, context.Request, requestId);
            if (!context.Response.HasStarted) await Write(context, error);
            else if (context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) != true) context.Abort(); // a file without its end
            else await WriteEvent(context, error);
        }
    }

    /// <summary>What the caller is told of an exception; anything unforeseen is logged in full and answered without its insides.</summary>
    ApiException Translate(Exception e, HttpRequest request, string requestId)
    {
        switch (e)
        {
            case ApiException known:
                return known;
            case ArgumentException { ParamName: null } wrong when request.Path.StartsWithSegments(Routes.Organization):
                return ApiException.Request(StatusCodes.Status400BadRequest, wrong.Message, null, "invalid_value");
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return ApiException.Request(StatusCodes.Status413PayloadTooLarge, "The body is larger than this server takes. Send fewer or shorter messages.", null, "body_too_large");
            case BadHttpRequestException bad:
                return ApiException.Request(bad.StatusCode, bad.Message, null, "bad_request");
            case ContextOverflowException overflow:
                return ApiException.ContextExceeded(request.Path == Routes.Completions ? "prompt" : request.Path == Routes.Responses || request.Path == Routes.Embeddings ? "input" : "messages", overflow.Message);
            case GenerationFailedException { InnerException: GrammarConflictException }:
                return ApiException.Invalid("logit_bias", "'logit_bias' forbids every token that the form of the answer allows at some place. Take biases away, or change the form.");
            case OperationCanceledException:
                return ApiException.Unavailable("The server is stopping. Try again when it is back.", "stopping");
            default:
                log.WriteLine($"{requestId} {request.Method} {request.Path}: {e}");
                return new(StatusCodes.Status500InternalServerError, new()
                {
                    Message = $"The server failed on this request; its log tells why under {requestId}.",
                    Type = "server_error",
                    Code = "internal_error",
                });
        }
    }

    static ApiException NoRoute(HttpRequest request) => ApiException.Request(
        StatusCodes.Status404NotFound, $"There is no route {request.Method} {request.Path}. Routes: {Routes.Known}.", null, "unknown_route");

    static ApiException WrongMethod(HttpContext context) => ApiException.Request(
        StatusCodes.Status405MethodNotAllowed,
        $"{context.Request.Path} does not take {context.Request.Method}; use {context.Response.Headers.Allow}.", null, "method_not_allowed");

    static Task Write(HttpContext context, ApiException error)
    {
        if (error.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
        foreach (var (name, value) in error.Headers) context.Response.Headers[name] = value;
        if (IsMessages(context)) return JsonAnswer.Write(context, error.Status, MessageError.Of(error.Status, error.Message), WireJson.Default.MessageError);
        return JsonAnswer.Write(context, error.Status, new ErrorBody(error.Detail), WireJson.Default.ErrorBody);
    }

    /// <summary>The last event of a stream that failed, in the shape of its route.</summary>
    static Task WriteEvent(HttpContext context, ApiException error)
    {
        if (IsMessages(context)) return JsonAnswer.WriteEvent(context, MessageError.Of(error.Status, error.Message), WireJson.Default.MessageError, "error");
        if (context.Request.Path != Routes.Responses) return JsonAnswer.WriteEvent(context, new ErrorBody(error.Detail), WireJson.Default.ErrorBody, "error");
        return JsonAnswer.WriteEvent(context, new ResponseEvent { Type = "error", Code = error.Detail.Code, Message = error.Message, Param = error.Detail.Param }, WireJson.Default.ResponseEvent, "error");
    }

    static bool IsMessages(HttpContext context) => context.Request.Path.StartsWithSegments(Routes.Messages);
}
