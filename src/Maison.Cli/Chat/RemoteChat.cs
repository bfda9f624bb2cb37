// Answers from a server: this process is then an API client like any other.

using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Cli.Chat;

/// <summary>A running server's models.</summary>
sealed class RemoteChat : IChatSource
{
    const string data = "data: ", done = "[DONE]";

    static readonly JsonElement NoReasoning = JsonDocument.Parse("\"none\"").RootElement;

    readonly HttpClient http;

    /// <param name="url">The server, with or without /v1.</param>
    /// <param name="key">Its key.</param>
    /// <exception cref="UserException">The address is none.</exception>
    public RemoteChat(string url, string? key)
    {
        if (!Uri.TryCreate(url.TrimEnd('/'), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new UserException($"--url is '{url}': give an address such as http://localhost:{Serving.ServeVerb.DefaultPort}.");
        var root = address.AbsolutePath.EndsWith("/v1", StringComparison.Ordinal) ? address + "/" : address.ToString().TrimEnd('/') + "/v1/";
        http = new() { BaseAddress = new(root), Timeout = Timeout.InfiniteTimeSpan };
        if (key is not null) http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    public string Model { get; private set; } = "";
    public IReadOnlyList<string> Models { get; private set; } = [];

    /// <summary>Asks what the server serves.</summary>
    public async Task Connect(CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Get, "models"), stop);
        var list = JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(stop), WireJson.Default.ModelList);
        Models = [.. list?.Data.Select(m => m.Id) ?? []];
        if (Models.Count == 0) throw new UserException($"{http.BaseAddress} serves no model.");
    }

    public Task Switch(string model, CancellationToken stop)
    {
        if (!Models.Contains(model)) throw new UserException($"{http.BaseAddress} does not serve '{model}'. It serves: {string.Join(", ", Models)}.");
        Model = model;
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<AnswerPart> Answer(IReadOnlyList<ChatMessage> conversation, ChatSampling sampling, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = new ChatRequest
        {
            Model = Model,
            Messages = [.. conversation.Select(m => new RequestMessage { Role = m.Role, Content = m.Content, Reasoning = m.Reasoning })],
            Temperature = sampling.Temperature,
            TopP = sampling.TopP,
            MaxCompletionTokens = sampling.MaxTokens,
            Seed = sampling.Seed,
            ReasoningEffort = sampling.Think ? null : NoReasoning,
            Stream = true,
            StreamOptions = new() { IncludeUsage = true },
        };
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.ChatRequest));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await Send(new(HttpMethod.Post, "chat/completions") { Content = content }, stop);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop), Encoding.UTF8);
        var cut = false;
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (!line.StartsWith(data, StringComparison.Ordinal)) continue;
            if (line.AsSpan(data.Length).SequenceEqual(done)) yield break;
            var chunk = Read(line[data.Length..]);
            if (chunk.Usage is { } usage) yield return new("", "", usage.CompletionTokens, cut);
            foreach (var choice in chunk.Choices)
            {
                cut |= choice.FinishReason == "length";
                yield return new(choice.Delta.Reasoning ?? choice.Delta.ReasoningContent ?? "", choice.Delta.Content ?? "");
            }
        }
        throw new UserException("The server ended the answer in the middle. Ask again.");
    }

    static ChatChunk Read(string json)
    {
        try
        {
            if (Problem(json) is { } problem) throw new UserException(problem);
            return JsonSerializer.Deserialize(json, WireJson.Default.ChatChunk)!;
        }
        catch (JsonException e)
        {
            throw new UserException($"The server sent what is no chat answer ({e.Message}). Is --url an OpenAI-compatible server?");
        }
    }

    async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken stop)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        }
        catch (HttpRequestException e)
        {
            throw new UserException($"No server answers at {http.BaseAddress} ({e.Message}). Start one with `maison serve`, or leave --url out to chat without one.");
        }
        if (answer.IsSuccessStatusCode) return answer;
        using (answer)
        {
            var body = await answer.Content.ReadAsStringAsync(stop);
            throw new UserException((Problem(body) ?? $"{http.BaseAddress} answered {(int)answer.StatusCode} {answer.ReasonPhrase}.")
                + (answer.StatusCode == HttpStatusCode.Unauthorized ? $" Give one with --key or {Serving.ServeVerb.KeyVariable}." : ""));
        }
    }

    /// <summary>The message of an error body; null for any other text.</summary>
    static string? Problem(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message) ? message.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
