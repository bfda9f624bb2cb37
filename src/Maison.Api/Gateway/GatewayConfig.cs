// Which third parties may be asked, for what, at which price, and which public names lead to whom: one YAML file of the data folder, and
// what the administrative routes added to the store. Read strictly: a field that is not known, or a target that does not exist, stops the start.
// Properties can be set, as a generated JSON reader would take an absent init property for zero.

using System.Globalization;
using Maison.Api.Budgets;
using Maison.Api.Mcp;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Maison.Api.Gateway;

/// <summary>Providers, and public names over their models.</summary>
public sealed record GatewayConfig
{
    public List<ProviderConfig> Providers { get; set; } = [];
    public List<AliasConfig> Aliases { get; set; } = [];

    /// <summary>Servers of the Model Context Protocol whose tools chats may use.</summary>
    public List<McpServerConfig> McpServers { get; set; } = [];

    /// <summary>A model that failed this often within the sampling time is left alone for the cool-down.</summary>
    public CooldownConfig Cooldown { get; set; } = new();

    /// <summary>Reads a file; an empty one asks nobody.</summary>
    /// <exception cref="InvalidDataException">Names the file, the line or the field, and the remedy.</exception>
    public static GatewayConfig Load(string path)
    {
        try
        {
            var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build();
            var config = yaml.Deserialize<GatewayConfig?>(File.ReadAllText(path)) ?? new();
            config.Check();
            return config;
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"{path}, line {e.Start.Line}: {(e.InnerException ?? e).Message}", e);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <exception cref="ArgumentException">Names the field and the remedy.</exception>
    public void Check()
    {
        foreach (var provider in Providers) provider.Check();
        if (Providers.GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new ArgumentException($"The provider '{twice.Key}' is given twice.");
        foreach (var alias in Aliases) alias.Check(this);
        if (Aliases.GroupBy(a => a.Name).FirstOrDefault(g => g.Count() > 1) is { } same) throw new ArgumentException($"The alias '{same.Key}' is given twice.");
        foreach (var server in McpServers) server.Check();
        if (McpServers.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } again) throw new ArgumentException($"The server of tools '{again.Key}' is given twice.");
        if (Cooldown.Failures < 2) throw new ArgumentException($"'cooldown.failures' is {Cooldown.Failures}, but must be 2 or more.");
        if (Cooldown.Seconds < 1) throw new ArgumentException($"'cooldown.seconds' is {Cooldown.Seconds}, but must be 1 or more.");
    }
}

/// <summary>When a failing model is left alone.</summary>
public sealed record CooldownConfig
{
    public int Failures { get; set; } = 3;
    public double Seconds { get; set; } = 60;
}

/// <summary>A third party, or the house itself under another address.</summary>
public sealed record ProviderConfig
{
    public static readonly IReadOnlyList<string> Kinds = ["house", "openai", "anthropic", "openai-compatible"];

    /// <summary>The part of model names before the slash.</summary>
    public string Name { get; set; } = "";

    /// <summary>Of <see cref="Kinds"/>; house is another Maison.</summary>
    public string Kind { get; set; } = "";
    public string? BaseUrl { get; set; }

    /// <summary>The environment variable that holds the key; a key itself is never written into the file.</summary>
    public string? ApiKeyVariable { get; set; }
    public double TimeoutSeconds { get; set; } = 600;

    /// <summary>Most requests per minute that are sent there; the next target is asked beyond.</summary>
    public long? RequestsPerMinute { get; set; }
    public List<ProviderModelConfig> Models { get; set; } = [];

    /// <exception cref="ArgumentException">Names the field and the remedy.</exception>
    public void Check()
    {
        if (Name.Length is 0 or > 64 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) throw new ArgumentException($"The provider name '{Name}' must have 1 to 64 letters, digits, '-', '_' or '.'.");
        if (!Kinds.Contains(Kind)) throw new ArgumentException($"'kind' of the provider '{Name}' is '{Kind}', but must be one of {string.Join(", ", Kinds)}.");
        if (BaseUrl is null ? Kind is not ("openai" or "anthropic") : !Uri.TryCreate(BaseUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new ArgumentException($"'base_url' of the provider '{Name}' must be an address such as https://host/v1.");
        if (TimeoutSeconds is < 1 or > 3600) throw new ArgumentException($"'timeout_seconds' of the provider '{Name}' must be 1 to 3600.");
        if (RequestsPerMinute < 1) throw new ArgumentException($"'requests_per_minute' of the provider '{Name}' must be 1 or more.");
        if (Models.Count == 0) throw new ArgumentException($"The provider '{Name}' has no 'models'. List those that may be asked, with their prices.");
        foreach (var model in Models) model.Check(Name);
        if (Models.GroupBy(m => m.Id).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new ArgumentException($"The model '{twice.Key}' of the provider '{Name}' is given twice.");
    }
}

/// <summary>A model of a provider.</summary>
public sealed record ProviderModelConfig
{
    /// <summary>The provider's name of it; requests call it provider/id.</summary>
    public string Id { get; set; } = "";

    public static readonly IReadOnlyList<string> Outputs = ["text", "embeddings", "audio", "image", "transcription"];

    /// <summary>What it makes, of <see cref="Outputs"/>, so that lists show it where it belongs.</summary>
    public string Output { get; set; } = "text";

    /// <summary>Tokens that prompt and answer may have together.</summary>
    public int Context { get; set; } = 128_000;

    /// <summary>Most tokens of an answer; asked for where a request sets no limit.</summary>
    public int MaxOutput { get; set; } = 4096;

    /// <summary>Most tokens that one picture counts.</summary>
    public int ImageTokens { get; set; } = 3000;
    public PriceConfig Prices { get; set; } = new();

    public void Check(string provider)
    {
        if (Id.Length == 0) throw new ArgumentException($"A model of the provider '{provider}' has no 'id'.");
        if (!Outputs.Contains(Output)) throw new ArgumentException($"'output' of {provider}/{Id} is '{Output}', but must be one of {string.Join(", ", Outputs)}.");
        if (Context < 1 || MaxOutput < 1 || ImageTokens < 0) throw new ArgumentException($"'context', 'max_output' and 'image_tokens' of {provider}/{Id} must be positive.");
        if (new[] { Prices.Input, Prices.Cached ?? 0, Prices.Output, Prices.Image, Prices.AudioMinute }.Any(p => p is < 0 or > 1_000_000)) throw new ArgumentException($"'prices' of {provider}/{Id} must be 0 to 1000000 euros per million tokens.");
    }
}

/// <summary>Euros per million tokens; of a model that speaks, per million characters of the text.</summary>
public sealed record PriceConfig
{
    public decimal Input { get; set; }

    /// <summary>Prompt tokens from the provider's cache; as input where it is not given.</summary>
    public decimal? Cached { get; set; }
    public decimal Output { get; set; }

    /// <summary>Euros per picture.</summary>
    public decimal Image { get; set; }

    /// <summary>Euros per minute of a recording that is written down.</summary>
    public decimal AudioMinute { get; set; }

    internal Price InMicros => new((long)Math.Ceiling(Input * 1_000_000), (long)Math.Ceiling((Cached ?? Input) * 1_000_000), (long)Math.Ceiling(Output * 1_000_000), AudioSecond: (long)Math.Ceiling(AudioMinute * 1_000_000 / 60), Image: (long)Math.Ceiling(Image * 1_000_000));
}

/// <summary>A public name that leads to one of several models.</summary>
public sealed record AliasConfig
{
    public static readonly IReadOnlyList<string> Strategies = ["order", "weight", "latency", "cost"];

    public string Name { get; set; } = "";

    /// <summary>Which target is asked first; the others follow as fallbacks in their order.</summary>
    public string Strategy { get; set; } = "order";
    public List<AliasTarget> Targets { get; set; } = [];

    /// <summary>Models with a longer context, asked when a conversation does not fit the others.</summary>
    public List<string> ContextFallbacks { get; set; } = [];

    internal void Check(GatewayConfig config)
    {
        if (Name.Length is 0 or > 128 || Name.Any(char.IsWhiteSpace)) throw new ArgumentException($"The alias name '{Name}' must have 1 to 128 characters without spaces.");
        if (!Strategies.Contains(Strategy)) throw new ArgumentException($"'strategy' of the alias '{Name}' is '{Strategy}', but must be one of {string.Join(", ", Strategies)}.");
        if (Targets.Count == 0) throw new ArgumentException($"The alias '{Name}' has no 'targets'.");
        if (Targets.FirstOrDefault(t => t.Weight <= 0) is { } target) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"'weight' of {target.Model} in the alias '{Name}' is {target.Weight}, but must be above 0."));
        foreach (var model in Targets.Select(t => t.Model).Concat(ContextFallbacks))
            if (model.Length == 0 || config.Aliases.Any(a => a.Name == model)
                || (model.Split('/', 2) is [var provider, var id] && config.Providers.FirstOrDefault(p => p.Name == provider) is { } known && known.Models.All(m => m.Id != id)))
                throw new ArgumentException($"The alias '{Name}' leads to '{model}', which is no model of the providers. Name it provider/model, or a model of the house.");
    }
}

/// <summary>One model behind an alias: provider/model, or a model of the house.</summary>
public sealed record AliasTarget
{
    public string Model { get; set; } = "";
    public double Weight { get; set; } = 1;
}
