// Providers and aliases that were added over the administrative routes: their description as JSON, their key sealed. They stand beside those
// of the file; where two have one name the store's is taken.

using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Api.Keys;
using Maison.Api.Mcp;
using Maison.Api.Store;

namespace Maison.Api.Gateway;

/// <summary>The stored half of the gateway's configuration; safe from any thread.</summary>
sealed class ProviderStore(Database database, SecretBox secrets)
{
    /// <summary>The file's configuration with the stored one over it.</summary>
    public GatewayConfig With(GatewayConfig file)
    {
        var (providers, aliases, servers) = database.Read(s => (
            s.Rows("SELECT body FROM providers ORDER BY name", r => JsonSerializer.Deserialize(r.Text(0), GatewayJson.Default.ProviderConfig)!),
            s.Rows("SELECT body FROM aliases ORDER BY name", r => JsonSerializer.Deserialize(r.Text(0), GatewayJson.Default.AliasConfig)!),
            s.Rows("SELECT body FROM mcp_servers ORDER BY name", r => JsonSerializer.Deserialize(r.Text(0), GatewayJson.Default.McpServerConfig)!)));
        return file with
        {
            Providers = [.. file.Providers.Where(p => providers.All(o => o.Name != p.Name)), .. providers],
            Aliases = [.. file.Aliases.Where(a => aliases.All(o => o.Name != a.Name)), .. aliases],
            McpServers = [.. file.McpServers.Where(m => servers.All(o => o.Name != m.Name)), .. servers],
        };
    }

    /// <summary>The key that was stored for a provider; null when there is none.</summary>
    public string? KeyOf(string provider) => Secret("providers", provider);

    /// <summary>The key that was stored for a server of tools; null when there is none.</summary>
    public string? KeyOfServer(string server) => Secret("mcp_servers", server);

    string? Secret(string table, string name)
        => database.Read(s => s.First($"SELECT secret FROM {table} WHERE name = @name", r => r.TextOrNull(0), ("name", name))) is { } sealedKey ? secrets.Open(sealedKey) : null;

    /// <summary>Adds or replaces a provider; without a new key the stored one stays.</summary>
    /// <exception cref="ArgumentException">Something of it is wrong; names the field.</exception>
    public void Set(ProviderConfig provider, string? key, GatewayConfig file, string actor)
    {
        provider.Check();
        var known = With(file);
        (known with { Providers = [.. known.Providers.Where(p => p.Name != provider.Name), provider] }).Check();
        Change("provider.updated", provider.Name, $"{provider.Kind}, {provider.BaseUrl ?? "its own address"}, {provider.Models.Count} models{(key is null ? "" : ", new key")}", actor, session => session.Run(
            "INSERT INTO providers (name, body, secret) VALUES (@name, @body, @secret) ON CONFLICT (name) DO UPDATE SET body = @body, secret = coalesce(@secret, providers.secret)",
            ("name", provider.Name), ("body", JsonSerializer.Serialize(provider, GatewayJson.Default.ProviderConfig)), ("secret", key is null ? null : secrets.Seal(key))));
    }

    /// <summary>Adds or replaces a server of tools; without a new key the stored one stays.</summary>
    /// <exception cref="ArgumentException">Something of it is wrong; names the field.</exception>
    public void Set(McpServerConfig server, string? key, string actor)
    {
        server.Check();
        if (server.Command is not null) throw new ArgumentException("'command' is only taken from the gateway's file: over this route a key could start any program here. Give a 'url'.");
        Change("mcp_server.updated", server.Name, $"{server.Url}{(key is null ? "" : ", new key")}", actor, session => session.Run(
            "INSERT INTO mcp_servers (name, body, secret) VALUES (@name, @body, @secret) ON CONFLICT (name) DO UPDATE SET body = @body, secret = coalesce(@secret, mcp_servers.secret)",
            ("name", server.Name), ("body", JsonSerializer.Serialize(server, GatewayJson.Default.McpServerConfig)), ("secret", key is null ? null : secrets.Seal(key))));
    }

    /// <exception cref="ArgumentException">Something of it is wrong; names the field.</exception>
    public void Set(AliasConfig alias, GatewayConfig file, string actor)
    {
        var known = With(file);
        (known with { Aliases = [.. known.Aliases.Where(a => a.Name != alias.Name), alias] }).Check();
        Change("alias.updated", alias.Name, $"{alias.Strategy}: {string.Join(", ", alias.Targets.Select(t => t.Model))}", actor, session => session.Run(
            "INSERT INTO aliases (name, body) VALUES (@name, @body) ON CONFLICT (name) DO UPDATE SET body = @body",
            ("name", alias.Name), ("body", JsonSerializer.Serialize(alias, GatewayJson.Default.AliasConfig))));
    }

    /// <summary>False when there is none of that name in the store; those of the file are not the store's to remove.</summary>
    /// <param name="table">"providers", "aliases" or "mcp_servers".</param>
    /// <exception cref="ArgumentException">An alias still leads there.</exception>
    public bool Remove(string table, string name, GatewayConfig file, string actor)
    {
        if (table == "providers" && With(file).Aliases.FirstOrDefault(a => a.Targets.Select(t => t.Model).Concat(a.ContextFallbacks).Any(m => m.StartsWith(name + "/", StringComparison.Ordinal))) is { } alias)
            throw new ArgumentException($"The alias '{alias.Name}' leads to the provider '{name}'. Change the alias first.");
        var found = false;
        Change(table switch { "providers" => "provider.deleted", "aliases" => "alias.deleted", _ => "mcp_server.deleted" }, name, "", actor, session =>
        {
            found = session.Run($"DELETE FROM {table} WHERE name = @name", ("name", name)) == 1;
            return found ? 1 : throw new KeyNotFoundException();
        });
        return found;
    }

    void Change(string action, string target, string detail, string actor, Func<Session, int> change)
    {
        try
        {
            database.WriteNow(session =>
            {
                change(session);
                session.Run("UPDATE revision SET number = number + 1");
                AuditLog.Add(session, DateTimeOffset.UtcNow, actor, action, target, detail);
                return true;
            });
        }
        catch (KeyNotFoundException)
        {
            // Nothing was there to remove, so nothing is logged.
        }
    }

    /// <summary>All of a configuration as text, stored keys (sealed) included, to tell whether it has changed.</summary>
    public string ContentOf(GatewayConfig config) => JsonSerializer.Serialize(config, GatewayJson.Default.GatewayConfig)
        + string.Join('\n', database.Read(s => s.Rows("SELECT name, secret FROM providers ORDER BY name", r => $"{r.Text(0)} {r.TextOrNull(1)}")));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(GatewayConfig))]
[JsonSerializable(typeof(ProviderConfig))]
[JsonSerializable(typeof(AliasConfig))]
[JsonSerializable(typeof(ProviderList))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonArray))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonNode))]
[JsonSerializable(typeof(List<JsonElement>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(McpServerConfig))]
[JsonSerializable(typeof(McpServerList))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(AliasList))]
sealed partial class GatewayJson : JsonSerializerContext;

sealed record ProviderList(IReadOnlyList<ProviderConfig> Data);

sealed record McpServerList(IReadOnlyList<McpServerConfig> Data);

sealed record AliasList(IReadOnlyList<AliasConfig> Data);
