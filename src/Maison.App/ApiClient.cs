// The API as any client sees it: HTTP, a key, and the wire's records. Errors come as the API words them.

using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Maison.Wire;

namespace Maison.App;

/// <summary>What the API refused, or that it could not be reached.</summary>
public sealed class ApiProblem(int status, string? code, string message) : Exception(message)
{
    public int Status { get; } = status;
    public string? Code { get; } = code;
}

/// <summary>The API in the name of one key.</summary>
public sealed partial class ApiClient(HttpClient http, string key)
{
    const string data = "data: ", done = "[DONE]";

    public async Task<IReadOnlyList<ModelCard>> Models(CancellationToken stop) => (await Get("v1/models", WireJson.Default.ModelList, stop)).Data;

    /// <summary>The models that write.</summary>
    public async Task<IReadOnlyList<ModelCard>> Writers(CancellationToken stop) => [.. (await Models(stop)).Where(m => m.OutputModalities.Contains("text"))];

    public Task<ModelCard> Model(string id, CancellationToken stop) => Get($"v1/models/{string.Join('/', id.Split('/').Select(Uri.EscapeDataString))}", WireJson.Default.ModelCard, stop);

    /// <summary>The voices that can speak; none where the API has no voice, or this key opens none.</summary>
    public async Task<IReadOnlyList<VoiceCard>> Voices(CancellationToken stop)
    {
        try
        {
            return (await Get("v1/audio/voices", WireJson.Default.VoiceList, stop)).Data;
        }
        catch (ApiProblem problem) when (problem.Status is 403 or 404)
        {
            return [];
        }
    }

    public Task<ConversationList> Conversations(int limit, CancellationToken stop) => Get($"v1/conversations?limit={limit}", WireJson.Default.ConversationList, stop);

    public Task<ConversationBody> Conversation(string id, CancellationToken stop) => Get(Of(id), WireJson.Default.ConversationBody, stop);

    public Task<ConversationBody> NewConversation(IReadOnlyDictionary<string, string> metadata, CancellationToken stop)
        => Post("v1/conversations", new() { Metadata = metadata }, WireJson.Default.ConversationRequest, WireJson.Default.ConversationBody, stop);

    /// <summary>The items before one, or the last ones, newest first.</summary>
    public Task<ConversationItemList> Items(string id, string? before, int limit, CancellationToken stop)
        => Get($"{Of(id)}/items?order=desc&limit={limit}{(before is null ? "" : "&after=" + Uri.EscapeDataString(before))}", WireJson.Default.ConversationItemList, stop);

    public Task<ConversationItemList> Add(string id, IReadOnlyList<InputItem> items, CancellationToken stop)
        => Post($"{Of(id)}/items", new() { Items = items }, WireJson.Default.ConversationRequest, WireJson.Default.ConversationItemList, stop);

    public async Task RemoveItem(string id, string item, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Delete, $"{Of(id)}/items/{Uri.EscapeDataString(item)}"), stop);
    }

    public async Task Remove(string id, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Delete, Of(id)), stop);
    }

    /// <summary>Speech as it comes.</summary>
    public Task<HttpResponseMessage> Speak(SpeechRequest request, CancellationToken stop)
        => Send(new(HttpMethod.Post, "v1/audio/speech") { Content = Json(request, WireJson.Default.SpeechRequest) }, stop);

    /// <summary>Pictures, whole.</summary>
    public Task<ImageResponse> Paint(ImageRequest request, CancellationToken stop)
        => Post("v1/images/generations", request, WireJson.Default.ImageRequest, WireJson.Default.ImageResponse, stop);

    /// <summary>An answer piece by piece.</summary>
    /// <exception cref="ApiProblem">The request is refused, or the answer breaks off.</exception>
    public async IAsyncEnumerable<ChunkChoice> Chat(string model, IReadOnlyList<RequestMessage> messages, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = new ChatRequest { Model = model, Messages = messages, Stream = true };
        using var answer = await Send(new(HttpMethod.Post, "v1/chat/completions") { Content = Json(request, WireJson.Default.ChatRequest) }, stop);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop), Encoding.UTF8);
        while (await Line(reader, stop) is { } line)
        {
            if (!line.StartsWith(data, StringComparison.Ordinal)) continue;
            var json = line[data.Length..];
            if (json == done) yield break;
            if (Problem(json) is { } problem) throw new ApiProblem(502, problem.Code, problem.Message);
            foreach (var choice in JsonSerializer.Deserialize(json, WireJson.Default.ChatChunk)!.Choices) yield return choice;
        }
        throw new ApiProblem(502, null, "The answer broke off in the middle.");
    }

    static async Task<string?> Line(StreamReader reader, CancellationToken stop)
    {
        try
        {
            return await reader.ReadLineAsync(stop);
        }
        catch (IOException)
        {
            return null;
        }
    }

    async Task<T> Get<T>(string path, JsonTypeInfo<T> type, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Get, path), stop);
        return await Read(answer, type, stop);
    }

    async Task<TAnswer> Post<TBody, TAnswer>(string path, TBody body, JsonTypeInfo<TBody> type, JsonTypeInfo<TAnswer> answerType, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Post, path) { Content = Json(body, type) }, stop);
        return await Read(answer, answerType, stop);
    }

    static async Task<T> Read<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken stop)
        => JsonSerializer.Deserialize(await answer.Content.ReadAsByteArrayAsync(stop), type)!;

    async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken stop)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        }
        catch (HttpRequestException e)
        {
            throw new ApiProblem(502, null, $"The API can not be reached: {e.Message}");
        }
        if (answer.IsSuccessStatusCode) return answer;
        using (answer)
        {
            var problem = Problem(await answer.Content.ReadAsStringAsync(stop));
            throw new ApiProblem((int)answer.StatusCode, problem?.Code, problem?.Message ?? $"The API answered {(int)answer.StatusCode}.");
        }
    }

    static string Of(string id) => $"v1/conversations/{Uri.EscapeDataString(id)}";

    static ByteArrayContent Json<T>(T body, JsonTypeInfo<T> type)
        => new(JsonSerializer.SerializeToUtf8Bytes(body, type)) { Headers = { ContentType = new("application/json") } };

    static ErrorDetail? Problem(string json)
    {
        try
        {
            return json.StartsWith("{\"error\"", StringComparison.Ordinal) ? JsonSerializer.Deserialize(json, WireJson.Default.ErrorBody)?.Error : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
