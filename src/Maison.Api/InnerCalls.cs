// The server asking itself: batches and tools go through the very endpoints that clients ask, so they meet the same checks, budgets and
// answers. No socket is involved.

using System.Text;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;

namespace Maison.Api;

/// <summary>An answer to an inner call.</summary>
sealed record InnerAnswer(int Status, IHeaderDictionary Headers, string? ContentType, ReadOnlyMemory<byte> Body)
{
    public string Text => Encoding.UTF8.GetString(Body.Span);

    public string RequestId => Headers["x-request-id"].ToString();
}

/// <summary>Asks the server's own routes; safe from any thread.</summary>
/// <param name="endpoint">What answers POST on a path; null where nothing does.</param>
sealed class InnerCalls(ErrorAnswers errors, Func<string, RequestDelegate?> endpoint)
{
    /// <summary>Posts JSON, or what else the type says, on behalf of a key.</summary>
    /// <param name="key">Whose call it is, asked when the call begins; null when it is not valid any more.</param>
    public async Task<InnerAnswer> Post(string path, ReadOnlyMemory<byte> content, Func<ApiKey?> key, CancellationToken cancellation, string type = "application/json")
    {
        var context = new DefaultHttpContext { RequestAborted = cancellation };
        using var body = new MemoryStream();
        context.Request.Method = HttpMethods.Post;
        context.Request.Path = path;
        context.Request.ContentType = type;
        context.Request.Body = new MemoryStream(content.ToArray());
        context.Response.Body = body;
        await errors.Invoke(context, inner =>
        {
            inner.Features.Set(key() ?? throw ApiException.InvalidKey("The key of this request is not valid any more."));
            return (endpoint(path) ?? throw ApiException.NotFound($"{path} is not served here.", "unknown_route"))(inner);
        });
        return new(context.Response.StatusCode, context.Response.Headers, context.Response.ContentType, body.ToArray());
    }

    /// <summary>Posts JSON and reads the answer while it comes.</summary>
    public Task<InnerStream> Open(string path, byte[] content, ApiKey key, CancellationToken cancellation)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path, context.Request.ContentType, context.Request.Body) = (HttpMethods.Post, path, "application/json", new MemoryStream(content));
        return InnerStream.Begin(context, outer => errors.Invoke(outer, inner =>
        {
            inner.Features.Set(key);
            return (endpoint(path) ?? throw ApiException.NotFound($"{path} is not served here.", "unknown_route"))(inner);
        }), cancellation);
    }
}
