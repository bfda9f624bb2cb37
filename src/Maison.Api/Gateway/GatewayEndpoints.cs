// /v1/organization/providers, /aliases and /mcp_servers: third parties, public names and servers of tools, added and removed while the server runs. A provider's key goes in
// and never comes out again.

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Gateway;

/// <summary>Administration of the gateway.</summary>
sealed class GatewayEndpoints(ProviderStore stored, GatewayConfig file)
{
    const string Providers = Routes.Organization + "/providers", Aliases = Routes.Organization + "/aliases", Servers = Routes.Organization + "/mcp_servers";

    public static void Map(IEndpointRouteBuilder routes, ProviderStore stored, GatewayConfig file)
    {
        var here = new GatewayEndpoints(stored, file);
        routes.MapGet(Providers, context => JsonAnswer.Write(context, StatusCodes.Status200OK, new ProviderList(stored.With(file).Providers), GatewayJson.Default.ProviderList));
        routes.MapPost(Providers, here.SetProvider);
        routes.MapDelete(Providers + "/{name}", context => here.Remove(context, "providers", "provider"));
        routes.MapGet(Aliases, context => JsonAnswer.Write(context, StatusCodes.Status200OK, new AliasList(stored.With(file).Aliases), GatewayJson.Default.AliasList));
        routes.MapPost(Aliases, here.SetAlias);
        routes.MapDelete(Aliases + "/{name}", context => here.Remove(context, "aliases", "alias"));
        routes.MapGet(Servers, context => JsonAnswer.Write(context, StatusCodes.Status200OK, new McpServerList(stored.With(file).McpServers), GatewayJson.Default.McpServerList));
        routes.MapPost(Servers, here.SetServer);
        routes.MapDelete(Servers + "/{name}", context => here.Remove(context, "mcp_servers", "mcp_server"));
    }

    async Task SetProvider(HttpContext context)
    {
        var body = await JsonBody.Read(context, GatewayJson.Default.JsonObject);
        var key = TakeKey(body);
        var provider = As(body, GatewayJson.Default.ProviderConfig);
        stored.Set(provider, key, file, Actor(context));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, provider, GatewayJson.Default.ProviderConfig);
    }

    async Task SetServer(HttpContext context)
    {
        var body = await JsonBody.Read(context, GatewayJson.Default.JsonObject);
        var key = TakeKey(body);
        var server = As(body, GatewayJson.Default.McpServerConfig);
        stored.Set(server, key, Actor(context));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, server, GatewayJson.Default.McpServerConfig);
    }

    /// <summary>Takes a key out of what is kept in the open.</summary>
    static string? TakeKey(JsonObject body)
    {
        string? key = null;
        if (body["api_key"] is { } sent)
            key = sent is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 && text.All(c => c is > ' ' and <= '~') ? text
                : throw ApiException.Invalid("api_key", "'api_key' must be one word of printable ASCII characters.");
        body.Remove("api_key");
        return key;
    }

    async Task SetAlias(HttpContext context)
    {
        var alias = As(await JsonBody.Read(context, GatewayJson.Default.JsonObject), GatewayJson.Default.AliasConfig);
        stored.Set(alias, file, Actor(context));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, alias, GatewayJson.Default.AliasConfig);
    }

    Task Remove(HttpContext context, string table, string kind)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        if (!stored.Remove(table, name, file, Actor(context)))
            throw ApiException.NotFound($"No {kind} '{name}' was added over this route. What the gateway's file names is changed there.");
        return JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBody(name, $"organization.{kind}.deleted"), WireJson.Default.DeletedBody);
    }

    static T As<T>(JsonObject body, JsonTypeInfo<T> type)
    {
        try
        {
            return body.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid(e.Path?.TrimStart('$', '.') ?? "", e.Message, "invalid_type");
        }
    }

    static string Actor(HttpContext context) => context.Features.Get<ApiKey>()!.Id;
}
