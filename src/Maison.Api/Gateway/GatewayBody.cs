// Request bodies on their way through the gateway: read whole to see whom they ask, and given back to whoever answers.

using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Gateway;

/// <summary>Reads and replaces the body of a request.</summary>
static class GatewayBody
{
    /// <summary>The body as JSON, null for what is no object: the route itself says what is wrong with it. It can be read again.</summary>
    public static async Task<JsonObject?> Read(HttpContext context)
    {
        var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        buffer.Position = 0;
        context.Request.Body = buffer;
        JsonObject? request;
        try
        {
            request = JsonNode.Parse(buffer, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            request = null;
        }
        buffer.Position = 0;
        return request;
    }

    public static void Replace(HttpContext context, JsonObject request)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(request, GatewayJson.Default.JsonObject);
        (context.Request.Body, context.Request.ContentLength) = (new MemoryStream(body), body.Length);
    }
}
