// Whether the third parties and the servers of tools that are configured can be reached with the keys that are there: asked once, side by side, for
// `maison doctor`. Nothing is generated and nothing is paid for; providers are asked for their list of models.

using System.Net;
using Maison.Api.Mcp;
using Maison.Api.Store;

namespace Maison.Api.Gateway;

/// <summary>How one of them is doing.</summary>
/// <param name="Remedy">What to do; null when all is well.</param>
/// <param name="Skew">How far this machine's clock is behind theirs; null where they told no time.</param>
public sealed record GatewayHealth(string Name, string Value, string? Remedy = null, TimeSpan? Skew = null);

/// <summary>The check.</summary>
public static class GatewayCheck
{
    static readonly TimeSpan patience = TimeSpan.FromSeconds(8);

    /// <summary>Asks all of them.</summary>
    /// <param name="store">Holds what was added over the administrative routes; null where there is no store yet.</param>
    /// <param name="environment">Looks keys up by name.</param>
    public static async Task<IReadOnlyList<GatewayHealth>> Ask(GatewayConfig file, Database? store, Func<string, string?> environment, CancellationToken stop)
    {
        var stored = store is null ? null : new ProviderStore(store, new SecretBox(store.Home, environment("MAISON_SECRET")));
        var config = stored?.With(file) ?? file;
        await using var hub = new McpHub(environment);
        return await Task.WhenAll([
            .. config.Providers.Select(p => Guarded(p.Name, () => Provider(p, stored?.KeyOf(p.Name), environment, stop))),
            .. config.McpServers.Select(s => Guarded(s.Name, () => Tools(s, stored?.KeyOfServer(s.Name), environment, hub, stop))),
        ]);
    }

    static async Task<GatewayHealth> Guarded(string name, Func<Task<GatewayHealth>> ask)
    {
        try
        {
            return await ask();
        }
        catch (InvalidDataException e)
        {
            return new(name, e.Message, "restore the file, or set the key again over /v1/organization");
        }
    }

    static async Task<GatewayHealth> Provider(ProviderConfig provider, string? kept, Func<string, string?> environment, CancellationToken stop)
    {
        if (kept is null && provider.ApiKeyVariable is { } variable && environment(variable) is not { Length: > 0 }) return new(provider.Name, $"its key is missing: {variable} is not set", $"export {variable}=…");
        var key = kept ?? (provider.ApiKeyVariable is { } name ? environment(name) : null) ?? "none";
        var anthropic = provider.Kind == "anthropic";
        var address = (provider.BaseUrl ?? (anthropic ? "https://api.anthropic.com" : "https://api.openai.com/v1")).TrimEnd('/') + (anthropic ? "/v1/models" : "/models");
        using var http = new HttpClient { Timeout = patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (!anthropic) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        else
        {
            request.Headers.TryAddWithoutValidation("x-api-key", key);
            request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        }
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            var skew = answer.Headers.Date is { } told ? told - DateTimeOffset.UtcNow : (TimeSpan?)null;
            return answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(provider.Name, $"{address} does not accept its key", kept is null && provider.ApiKeyVariable is { } v ? $"export {v}= with a valid one" : $"set it again: POST {Routes.Organization}/providers with 'api_key'", skew),
                // Not everybody lists models; who answers at all is there.
                < HttpStatusCode.InternalServerError => new(provider.Name, $"{provider.Models.Count} {(provider.Models.Count == 1 ? "model" : "models")} at {address[..address.LastIndexOf("/models", StringComparison.Ordinal)]}", null, skew),
                var status => new(provider.Name, $"{address} answers {(int)status}", "wait, or give its models a fallback in an alias", skew),
            };
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return new(provider.Name, $"{address} can not be reached: {(e is OperationCanceledException ? $"no answer in {patience.TotalSeconds:0} s" : e.Message)}", "check 'base_url' of the provider, and the network");
        }
    }

    static async Task<GatewayHealth> Tools(McpServerConfig server, string? kept, Func<string, string?> environment, McpHub hub, CancellationToken stop)
    {
        if (kept is null && server.ApiKeyVariable is { } variable && environment(variable) is not { Length: > 0 }) return new(server.Name, $"its key is missing: {variable} is not set", $"export {variable}=…");
        if (server.Environment.FirstOrDefault(e => environment(e) is not { Length: > 0 }) is { } unset) return new(server.Name, $"{unset} is not set, which it is to be given", $"export {unset}=…");
        var key = kept ?? (server.ApiKeyVariable is { } name ? environment(name) : null);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ending.CancelAfter(patience);
        try
        {
            await using var connection = await hub.Open(new(server.Name, server, key is null ? new Dictionary<string, string>() : new() { ["Authorization"] = $"Bearer {key}" }, Given: false), ending.Token);
            var tools = await connection.Tools(ending.Token);
            return new(server.Name, $"{tools.Count} {(tools.Count == 1 ? "tool" : "tools")} at {server.Url ?? server.Command}");
        }
        catch (Exception e) when (e is McpProblem or OperationCanceledException && !stop.IsCancellationRequested)
        {
            return new(server.Name, e is McpProblem ? e.Message : $"no answer in {patience.TotalSeconds:0} s", server.Url is null ? "check its 'command' and 'arguments' in gateway.yaml" : "check its 'url' and its key");
        }
    }
}
