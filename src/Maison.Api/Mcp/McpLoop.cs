// Stands before /v1/responses and uses the tools of other servers on behalf of whoever answers, a model of the house or a third party's: shows the
// tools to it as functions, makes the calls that it asks for, and asks again with their results, until it answers in words. The answer is one
// response with the items and events that OpenAI has for it. Source: platform.openai.com/docs/guides/tools-connectors-mcp.

using System.Text.Json.Nodes;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Api.Responses;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Mcp;

/// <summary>The middleware of tools that live elsewhere.</summary>
sealed class McpLoop(ProviderStore stored, GatewayConfig file, ResponseStore kept, McpHub hub, InnerCalls calls, Func<string, string?> environment)
{
    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path != Routes.Responses || !HttpMethods.IsPost(context.Request.Method) || await GatewayBody.Read(context) is not { } body
            || !(Has(body["tools"], McpWanted.Type) || Has(body["input"], McpItems.Response)))
        {
            await next(context);
            return;
        }
        await using var run = new McpRun(context, body, kept, calls);
        await run.Answer(hub, stored.With(file).McpServers, Secret);
    }

    static bool Has(JsonNode? list, string type) => list is JsonArray entries && entries.Any(e => e.Part("type").Text() == type);

    string? Secret(McpServerConfig server) => stored.KeyOfServer(server.Name) ?? (server.ApiKeyVariable is { } variable ? environment(variable) : null);

    /// <summary>GET /v1/mcp/servers: the configured ones that a key may use.</summary>
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Routes.McpServers, context =>
    {
        var project = context.Features.Get<ApiKey>()!.ProjectId;
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new McpServerCards([.. stored.With(file).McpServers.Where(s => s.Projects?.Contains(project) ?? true).Select(s => new McpServerCard(s.Name, s.Description, s.RequireApproval))]), WireJson.Default.McpServerCards);
    });
}
