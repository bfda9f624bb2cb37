// Connections to servers of tools, through the protocol's official client. A program is started once and shared by all who use it; an address is
// connected to for one response, so that what a server remembers of a session is nobody else's. What a caller names by itself is reached only
// on the open Internet, checked at the moment of connecting; whatever comes is counted, and everything ends within a time.

using System.Collections.Concurrent;
using System.Text.Json;
using Maison.Api.Briefings.Sources;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Maison.Api.Mcp;

/// <summary>A server of tools as a request wants it.</summary>
/// <param name="Label">How the request calls it.</param>
/// <param name="Config">Where it is.</param>
/// <param name="Headers">Sent along; the keys of a configured one are among them.</param>
/// <param name="Given">Whether the caller named the address, so that it may only be a public one.</param>
sealed record McpServer(string Label, McpServerConfig Config, IReadOnlyDictionary<string, string> Headers, bool Given);

/// <summary>Why a server of tools was no use, in words for the caller.</summary>
sealed class McpProblem(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Connects; safe from any thread.</summary>
sealed class McpHub(Func<string, string?> environment) : IAsyncDisposable
{
    const int MostTools = 128, MostBytes = 4 << 20, MostText = 100_000;
    static readonly TimeSpan connecting = TimeSpan.FromSeconds(30);

    readonly ConcurrentDictionary<McpServerConfig, Lazy<Task<McpClient>>> programs = new(ReferenceEqualityComparer.Instance);

    /// <summary>For tests: which addresses callers may name.</summary>
    internal Func<System.Net.IPAddress, bool> Allowed { get; init; } = PublicAddress.Is;

    /// <summary>A connection for one response.</summary>
    /// <exception cref="McpProblem">There is none.</exception>
    public async Task<McpConnection> Open(McpServer server, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ending.CancelAfter(connecting);
        return await Guarded(server, ending.Token, stop, async () =>
        {
            if (server.Config.Command is null) return new McpConnection(server, await Connect(server, ending.Token), shared: false);
            var running = programs.GetOrAdd(server.Config, config => new(() => Start(config)));
            try
            {
                var client = await running.Value.WaitAsync(ending.Token);
                if (!client.Completion.IsCompleted) return new McpConnection(server, client, shared: true);
            }
            catch
            {
                programs.TryRemove(new(server.Config, running));
                throw;
            }
            // It has died since: another one is started.
            programs.TryRemove(new(server.Config, running));
            return new McpConnection(server, await programs.GetOrAdd(server.Config, config => new(() => Start(config))).Value.WaitAsync(ending.Token), shared: true);
        });
    }

    async Task<McpClient> Start(McpServerConfig config)
    {
        var variables = StdioClientTransportOptions.GetDefaultEnvironmentVariables();
        foreach (var name in config.Environment)
            if (environment(name) is { } value) variables[name] = value;
        using var ending = new CancellationTokenSource(connecting);
        return await McpClient.CreateAsync(new StdioClientTransport(new() { Name = config.Name, Command = config.Command!, Arguments = config.Arguments, InheritEnvironmentVariables = false, EnvironmentVariables = variables }), Introduction, cancellationToken: ending.Token);
    }

    async Task<McpClient> Connect(McpServer server, CancellationToken stop)
    {
        // Redirects are not followed: they would carry keys elsewhere.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !server.Given && HttpClient.DefaultProxy is not null, MaxResponseHeadersLength = 64, ConnectTimeout = TimeSpan.FromSeconds(10) };
        if (server.Given) handler.ConnectCallback = PublicAddress.Connect(Allowed, System.Net.Dns.GetHostAddressesAsync);
        var http = new HttpClient(new Counting(MostBytes) { InnerHandler = handler });
        var transport = new HttpClientTransport(new() { Endpoint = new(server.Config.Url!), Name = server.Label, AdditionalHeaders = server.Headers.ToDictionary(), ConnectionTimeout = connecting, MaxReconnectionAttempts = 1 }, http, ownsHttpClient: true);
        try
        {
            return await McpClient.CreateAsync(transport, Introduction, cancellationToken: stop);
        }
        catch
        {
            await transport.DisposeAsync();
            throw;
        }
    }

    static McpClientOptions Introduction => new() { ClientInfo = new() { Name = "maison", Version = typeof(McpHub).Assembly.GetName().Version?.ToString(3) ?? "0" }, InitializationTimeout = connecting };

    /// <summary>Runs, and says of a failure whose it is.</summary>
    internal static async Task<T> Guarded<T>(McpServer server, CancellationToken limit, CancellationToken stop, Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (e is not McpProblem && !stop.IsCancellationRequested)
        {
            for (var inner = e; inner is not null; inner = inner.InnerException)
                if (inner is FetchProblem problem) throw new McpProblem($"The server of tools '{server.Label}' can not be reached: {problem.Message}", e);
            throw new McpProblem(limit.IsCancellationRequested ? $"The server of tools '{server.Label}' did not answer in time." : $"The server of tools '{server.Label}' failed: {FirstLine(e)}", e);
        }
    }

    static string FirstLine(Exception e)
    {
        var line = (e.InnerException is { } inner && e is not McpException ? inner.Message : e.Message).Split('\n')[0].Trim();
        return line.Length > 300 ? line[..300] + "…" : line;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in programs.Values)
            if (running.IsValueCreated && running.Value.IsCompletedSuccessfully) await (await running.Value).DisposeAsync();
    }

    /// <summary>The tools of a connection.</summary>
    internal static async Task<IReadOnlyList<Tool>> List(McpServer server, McpClient client, CancellationToken stop)
    {
        var tools = new List<Tool>();
        string? cursor = null;
        do
        {
            var page = await client.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, stop);
            tools.AddRange(page.Tools.Where(t => server.Config.AllowedTools?.Contains(t.Name) ?? true));
            cursor = page.NextCursor;
        }
        while (cursor is not null && tools.Count <= MostTools);
        return tools.Count <= MostTools ? tools : throw new McpProblem($"The server of tools '{server.Label}' has more than {MostTools} tools. Name those that are wanted in 'allowed_tools'.");
    }

    /// <summary>A result in words; what is no text is told of.</summary>
    internal static (string Text, bool Failed) Words(CallToolResult result)
    {
        var words = string.Join('\n', result.Content.Select(block => block switch
        {
            TextContentBlock text => text.Text,
            ImageContentBlock image => $"[a picture, {image.MimeType}]",
            AudioContentBlock audio => $"[a sound, {audio.MimeType}]",
            ResourceLinkBlock link => $"[{link.Name}: {link.Uri}]",
            EmbeddedResourceBlock { Resource: TextResourceContents text } => text.Text,
            _ => $"[{block.Type}]",
        }));
        if (words.Length == 0 && result.StructuredContent is { } structured) words = JsonSerializer.Serialize(structured, Gateway.GatewayJson.Default.JsonElement);
        return words.Length > MostText ? ($"The result has {words.Length} characters, but at most {MostText} are taken. Ask for less.", true) : (words, result.IsError ?? false);
    }

    /// <summary>Ends an answer that has sent too much.</summary>
    sealed class Counting(int most) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
        {
            var answer = await base.SendAsync(request, stop);
            var counted = new StreamContent(new CountedStream(await answer.Content.ReadAsStreamAsync(stop), most, request.RequestUri!.Host));
            foreach (var (name, values) in answer.Content.Headers.NonValidated) counted.Headers.TryAddWithoutValidation(name, values);
            answer.Content = counted;
            return answer;
        }
    }
}

/// <summary>A server of tools that is connected.</summary>
sealed class McpConnection(McpServer server, McpClient client, bool shared) : IAsyncDisposable
{
    static readonly TimeSpan listing = TimeSpan.FromSeconds(30);

    public McpServer Server => server;

    /// <exception cref="McpProblem">They can not be had.</exception>
    public async Task<IReadOnlyList<Tool>> Tools(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ending.CancelAfter(listing);
        return await McpHub.Guarded(server, ending.Token, stop, () => McpHub.List(server, client, ending.Token));
    }

    /// <summary>Calls a tool: what it says, and whether that is a failure.</summary>
    public async Task<(string Text, bool Failed)> Call(string tool, IReadOnlyDictionary<string, JsonElement> arguments, CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        ending.CancelAfter(TimeSpan.FromSeconds(server.Config.TimeoutSeconds));
        try
        {
            return await McpHub.Guarded(server, ending.Token, stop, async () => McpHub.Words(await client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = arguments.ToDictionary() }, ending.Token)));
        }
        catch (McpProblem problem)
        {
            return (problem.Message, true);
        }
    }

    public ValueTask DisposeAsync() => shared ? ValueTask.CompletedTask : client.DisposeAsync();
}
