// A server of the Model Context Protocol whose tools chats may use: reached over HTTP, or a program of this machine that is spoken to over its
// standard streams. Programs stand in the gateway's file alone: over the administrative routes they would let a key start anything here.

namespace Maison.Api.Mcp;

/// <summary>A configured server.</summary>
public sealed record McpServerConfig
{
    public static readonly IReadOnlyList<string> Approvals = ["always", "never"];

    const int LongestName = 32;

    /// <summary>server_label in requests.</summary>
    public string Name { get; set; } = "";

    /// <summary>What its tools are for, in a line.</summary>
    public string? Description { get; set; }

    /// <summary>Of its endpoint; addresses of the house's own network are allowed here.</summary>
    public string? Url { get; set; }

    /// <summary>The program, in place of an address.</summary>
    public string? Command { get; set; }
    public List<string> Arguments { get; set; } = [];

    /// <summary>Variables of the server's environment that the program gets besides PATH and the like.</summary>
    public List<string> Environment { get; set; } = [];

    /// <summary>The environment variable that holds the key, which is sent as a bearer token.</summary>
    public string? ApiKeyVariable { get; set; }

    /// <summary>The tools that may be used; null is all.</summary>
    public List<string>? AllowedTools { get; set; }

    /// <summary>always asks the caller before each call, whatever the request says; never does unless it says so; null leaves it to the request.</summary>
    public string? RequireApproval { get; set; }

    /// <summary>The projects whose keys may use it; null is all.</summary>
    public List<string>? Projects { get; set; }

    /// <summary>Whether what it is told leaves the house, and is masked for keys that mask; null says so of addresses and not of programs.</summary>
    public bool? LeavesHouse { get; set; }

    /// <summary>For one call.</summary>
    public double TimeoutSeconds { get; set; } = 60;

    internal bool Leaves => LeavesHouse ?? Command is null;

    /// <exception cref="ArgumentException">Names the field and the remedy.</exception>
    public void Check()
    {
        if (Name.Length is 0 or > LongestName || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) throw new ArgumentException($"The name '{Name}' of a server of tools must have 1 to {LongestName} letters, digits, '-' or '_'.");
        if (Url is null == Command is null) throw new ArgumentException($"The server of tools '{Name}' must have either a 'url' or a 'command'.");
        if (Url is not null && (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))) throw new ArgumentException($"'url' of the server of tools '{Name}' must be an address such as https://host/mcp.");
        if (Command is null && (Arguments.Count > 0 || Environment.Count > 0)) throw new ArgumentException($"'arguments' and 'environment' of the server of tools '{Name}' belong to a 'command'.");
        if (Command is not null && ApiKeyVariable is not null) throw new ArgumentException($"'api_key_variable' of the server of tools '{Name}' belongs to a 'url'. Name the variable in 'environment'.");
        if (RequireApproval is not null && !Approvals.Contains(RequireApproval)) throw new ArgumentException($"'require_approval' of the server of tools '{Name}' is '{RequireApproval}', but must be {string.Join(" or ", Approvals)}.");
        if (TimeoutSeconds is < 1 or > 600) throw new ArgumentException($"'timeout_seconds' of the server of tools '{Name}' must be 1 to 600.");
        if (AllowedTools is { Count: 0 } || Projects is { Count: 0 }) throw new ArgumentException($"An empty list of the server of tools '{Name}' would allow nothing. Leave it out to allow all.");
    }
}
