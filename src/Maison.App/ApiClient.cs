// The API as any client sees it: HTTP, a key, and the wire's records. Errors come as the API words them.

using System.Globalization;
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

/// <summary>What is painted anew of a kept picture.</summary>
/// <param name="File">The picture's file.</param>
/// <param name="Mask">A PNG whose transparent parts are painted.</param>
/// <param name="Area">A rectangle in percent, in place of a mask: left, top, right, bottom.</param>
/// <param name="Strength">How much is painted anew; null for what is usual.</param>
public sealed record ImageEdit(string File, byte[]? Mask = null, string? Area = null, float? Strength = null);

/// <summary>The API in the name of one key.</summary>
public sealed partial class ApiClient(HttpClient http, string key)
{
    const string data = "data: ", done = "[DONE]", FoldersPath = "v1/conversations/folders", FilesPath = "v1/files", PaintingPath = "v1/images/generations";

    public async Task<IReadOnlyList<ModelCard>> Models(CancellationToken stop) => (await Get("v1/models", WireJson.Default.ModelList, stop)).Data;

    /// <summary>What this machine was measured to do.</summary>
    public async Task<IReadOnlyList<BenchmarkBody>> Benchmarks(CancellationToken stop) => (await Get("v1/benchmarks", WireJson.Default.BenchmarkList, stop)).Data;

    /// <summary>Texts as vectors of length 1; null where the model makes none, or there is no budget for it.</summary>
    public async Task<IReadOnlyList<float[]>?> Embed(string model, IReadOnlyList<string> texts, CancellationToken stop)
    {
        try
        {
            var made = await Post("v1/embeddings", new() { Model = model, Input = new([.. texts.Select(t => new Prompt(t, null))]), EncodingFormat = "base64" }, WireJson.Default.EmbeddingRequest, WireJson.Default.EmbeddingResponse, stop);
            return [.. made.Data.OrderBy(d => d.Index).Select(d => d.Embedding.Values)];
        }
        catch (ApiProblem)
        {
            return null;
        }
    }

    /// <summary>The models that write.</summary>
    public async Task<IReadOnlyList<ModelCard>> Writers(CancellationToken stop) => [.. (await Models(stop)).Where(m => m.OutputModalities.Contains("text"))];

    public Task<ModelCard> Model(string id, CancellationToken stop) => Get($"v1/models/{string.Join('/', id.Split('/').Select(Uri.EscapeDataString))}", WireJson.Default.ModelCard, stop);

    /// <summary>The voices that can speak; none where the API has no voice, or this key opens none.</summary>
    public async Task<IReadOnlyList<VoiceCard>> Voices(CancellationToken stop) => (await VoicesAndStyles(stop)).Data;

    /// <summary>As <see cref="Voices"/>, with the ways of speaking that they have.</summary>
    public async Task<VoiceList> VoicesAndStyles(CancellationToken stop)
    {
        try
        {
            return await Get("v1/audio/voices", WireJson.Default.VoiceList, stop);
        }
        catch (ApiProblem problem) when (problem.Status is 403 or 404)
        {
            return new() { Data = [], Voices = [], Styles = [] };
        }
    }

    /// <summary>Servers whose tools a chat may use without asking before each call; none where this key opens none.</summary>
    public async Task<IReadOnlyList<McpServerCard>> ToolServers(CancellationToken stop)
    {
        try
        {
            return [.. (await Get("v1/mcp/servers", WireJson.Default.McpServerCards, stop)).Data.Where(s => s.RequireApproval != "always")];
        }
        catch (ApiProblem problem) when (problem.Status is 403 or 404)
        {
            return [];
        }
    }

    /// <summary>A page of conversations, as the query asks for them.</summary>
    public Task<ConversationList> Conversations(int limit, CancellationToken stop, params ReadOnlySpan<(string Name, string? Value)> query)
        => Get($"v1/conversations?limit={limit}{Query(query)}", WireJson.Default.ConversationList, stop);

    public Task<ConversationBody> Conversation(string id, CancellationToken stop) => Get(Of(id), WireJson.Default.ConversationBody, stop);

    public Task<ConversationBody> NewConversation(IReadOnlyDictionary<string, string> metadata, CancellationToken stop)
        => Post("v1/conversations", new() { Metadata = metadata }, WireJson.Default.ConversationRequest, WireJson.Default.ConversationBody, stop);

    public Task<ConversationBody> Describe(string id, IReadOnlyDictionary<string, string> metadata, CancellationToken stop)
        => Post(Of(id), new() { Metadata = metadata }, WireJson.Default.ConversationRequest, WireJson.Default.ConversationBody, stop);

    /// <summary>Goes on with the branch of an item.</summary>
    public Task<ConversationBody> TurnTo(string id, string item, CancellationToken stop)
        => Post(Of(id), new() { Head = item }, WireJson.Default.ConversationRequest, WireJson.Default.ConversationBody, stop);

    /// <summary>The items before one, or the last ones, newest first.</summary>
    public Task<ConversationItemList> Items(string id, string? before, int limit, CancellationToken stop, string? branch = null)
        => Get($"{Of(id)}/items?order=desc&limit={limit}{Query(("after", before), ("branch", branch))}", WireJson.Default.ConversationItemList, stop);

    /// <summary>All items of all branches, in the order in which they were written.</summary>
    public async Task<List<OutputItem>> AllItems(string id, CancellationToken stop)
    {
        const int most = 100;
        var items = new List<OutputItem>();
        for (var more = true; more;)
        {
            var page = await Get($"{Of(id)}/items?order=asc&branch=all&limit={most}{Query(("after", items.LastOrDefault()?.Id))}", WireJson.Default.ConversationItemList, stop);
            items.AddRange(page.Data);
            more = page.HasMore;
        }
        return items;
    }

    public Task<OutputItem> Item(string id, string item, CancellationToken stop) => Get($"{Of(id)}/items/{Uri.EscapeDataString(item)}", WireJson.Default.OutputItem, stop);

    /// <param name="after">The item that they follow, or "start"; null for the end.</param>
    public Task<ConversationItemList> Add(string id, IReadOnlyList<InputItem> items, CancellationToken stop, string? after = null)
        => Post($"{Of(id)}/items", new() { Items = items, After = after }, WireJson.Default.ConversationRequest, WireJson.Default.ConversationItemList, stop);

    public Task Remove(string id, CancellationToken stop) => Delete(Of(id), stop);

    public async Task<IReadOnlyList<FolderBody>> Folders(CancellationToken stop) => (await Get(FoldersPath, WireJson.Default.FolderList, stop)).Data;

    /// <param name="id">Null makes one.</param>
    public Task<FolderBody> SetFolder(string? id, FolderRequest folder, CancellationToken stop)
        => Post(id is null ? FoldersPath : $"{FoldersPath}/{Uri.EscapeDataString(id)}", folder, WireJson.Default.FolderRequest, WireJson.Default.FolderBody, stop);

    public Task RemoveFolder(string id, CancellationToken stop) => Delete($"{FoldersPath}/{Uri.EscapeDataString(id)}", stop);

    /// <summary>Speech as it comes.</summary>
    public Task<HttpResponseMessage> Speak(SpeechRequest request, CancellationToken stop)
        => Send(new(HttpMethod.Post, "v1/audio/speech") { Content = Json(request, WireJson.Default.SpeechRequest) }, stop);

    /// <summary>Speech as events: sound, words, deliveries.</summary>
    public async IAsyncEnumerable<SpeechEvent> SpeakEvents(SpeechRequest request, [EnumeratorCancellation] CancellationToken stop)
    {
        using var answer = await Speak(request with { StreamFormat = "sse" }, stop);
        await foreach (var json in Events(answer, stop)) yield return JsonSerializer.Deserialize(json, WireJson.Default.SpeechEvent)!;
    }

    /// <summary>Pictures, whole.</summary>
    public Task<ImageResponse> Paint(ImageRequest request, CancellationToken stop)
        => Post(PaintingPath, request, WireJson.Default.ImageRequest, WireJson.Default.ImageResponse, stop);

    /// <summary>One picture: looks at it, then the whole.</summary>
    public IAsyncEnumerable<ImageEvent> PaintEvents(ImageRequest request, CancellationToken stop)
        => ImageEvents(new(HttpMethod.Post, PaintingPath) { Content = Json(request with { Stream = true }, WireJson.Default.ImageRequest) }, ImageEvent.Completed, stop);

    /// <summary>One picture painted anew from another: looks at it, then the whole.</summary>
    public IAsyncEnumerable<ImageEvent> EditEvents(ImageRequest request, ImageEdit edit, byte[] picture, CancellationToken stop)
    {
        var form = new MultipartFormDataContent { { new StringContent("true"), "stream" }, { new ByteArrayContent(picture), "image", "picture" } };
        if (edit.Mask is not null) form.Add(new ByteArrayContent(edit.Mask), "mask", "mask.png");
        foreach (var (name, value) in new (string, IFormattable?)[] { ("seed", request.Seed), ("steps", request.Steps), ("guidance", request.Guidance), ("partial_images", request.PartialImages), ("strength", edit.Strength) })
            if (value is not null) form.Add(new StringContent(value.ToString(null, CultureInfo.InvariantCulture)), name);
        foreach (var (name, value) in new[] { ("prompt", request.Prompt), ("area", edit.Area) })
            if (value is not null) form.Add(new StringContent(value), name);
        return ImageEvents(new(HttpMethod.Post, "v1/images/edits") { Content = form }, ImageEvent.EditCompleted, stop);
    }

    async IAsyncEnumerable<ImageEvent> ImageEvents(HttpRequestMessage request, string last, [EnumeratorCancellation] CancellationToken stop)
    {
        using var answer = await Send(request, stop);
        await foreach (var json in Events(answer, stop))
        {
            var seen = JsonSerializer.Deserialize(json, WireJson.Default.ImageEvent)!;
            yield return seen;
            if (seen.Type == last) yield break;
        }
    }

    /// <summary>Keeps bytes as a file, one that models may be shown unless said otherwise.</summary>
    public async Task<FileBody> Keep(byte[] bytes, string name, string type, CancellationToken stop, string purpose = "vision")
    {
        using var form = new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent(bytes) { Headers = { ContentType = new(type) } }, "file", name } };
        using var answer = await Send(new(HttpMethod.Post, FilesPath) { Content = form }, stop);
        return await Read(answer, WireJson.Default.FileBody, stop);
    }

    /// <summary>The newest files of a purpose.</summary>
    public async Task<IReadOnlyList<FileBody>> Files(string purpose, int limit, CancellationToken stop) => (await Get($"{FilesPath}?purpose={purpose}&limit={limit}", WireJson.Default.FileList, stop)).Data;

    public Task<FileBody> File(string id, CancellationToken stop) => Get($"{FilesPath}/{Uri.EscapeDataString(id)}", WireJson.Default.FileBody, stop);

    public async Task<byte[]> FileContent(string id, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Get, $"{FilesPath}/{Uri.EscapeDataString(id)}/content"), stop);
        return await answer.Content.ReadAsByteArrayAsync(stop);
    }

    public Task RemoveFile(string id, CancellationToken stop) => Delete($"{FilesPath}/{Uri.EscapeDataString(id)}", stop);

    /// <summary>An answer piece by piece; the last one counts the tokens.</summary>
    /// <exception cref="ApiProblem">The request is refused, or the answer breaks off.</exception>
    public async IAsyncEnumerable<ChatChunk> Chat(string model, IReadOnlyList<RequestMessage> messages, [EnumeratorCancellation] CancellationToken stop)
    {
        var request = new ChatRequest { Model = model, Messages = messages, Stream = true, StreamOptions = new() { IncludeUsage = true } };
        using var answer = await Send(new(HttpMethod.Post, "v1/chat/completions") { Content = Json(request, WireJson.Default.ChatRequest) }, stop);
        await foreach (var json in Events(answer, stop)) yield return JsonSerializer.Deserialize(json, WireJson.Default.ChatChunk)!;
    }

    /// <summary>An answer that may use tools of other servers, event by event; the last one holds it whole.</summary>
    /// <param name="servers">By name, as configured.</param>
    /// <exception cref="ApiProblem">The request is refused, or the answer breaks off.</exception>
    public async IAsyncEnumerable<ResponseEvent> Respond(string model, string instructions, IReadOnlyList<InputItem> items, IReadOnlyList<string> servers, [EnumeratorCancellation] CancellationToken stop)
    {
        static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, WireJson.Default.String);
        var request = new ResponseRequest
        {
            Model = model,
            Instructions = instructions.Length > 0 ? instructions : null,
            Input = new(null, items),
            Tools = [.. servers.Select(s => new RequestTool { Type = "mcp", Unknown = new Dictionary<string, JsonElement> { ["server_label"] = Text(s), ["require_approval"] = Text("never") } })],
            Stream = true,
            Store = false,
        };
        using var answer = await Send(new(HttpMethod.Post, "v1/responses") { Content = Json(request, WireJson.Default.ResponseRequest) }, stop);
        await foreach (var json in Events(answer, stop))
        {
            var told = JsonSerializer.Deserialize(json, WireJson.Default.ResponseEvent)!;
            if (told.Type == "error") throw new ApiProblem(502, told.Code, told.Message ?? "The answer broke off in the middle.");
            yield return told;
            if (told.Type is "response.completed" or "response.incomplete") yield break;
        }
    }

    /// <summary>The data of a stream of events up to its end.</summary>
    /// <exception cref="ApiProblem">It tells of an error, or breaks off.</exception>
    static async IAsyncEnumerable<string> Events(HttpResponseMessage answer, [EnumeratorCancellation] CancellationToken stop)
    {
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(stop), Encoding.UTF8);
        while (await Line(reader, stop) is { } line)
        {
            if (!line.StartsWith(data, StringComparison.Ordinal)) continue;
            var json = line[data.Length..];
            if (json == done) yield break;
            if (Problem(json) is { } problem) throw new ApiProblem(502, problem.Code, problem.Message);
            yield return json;
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
        if (key.Length > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
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

    async Task Delete(string path, CancellationToken stop)
    {
        using var answer = await Send(new(HttpMethod.Delete, path), stop);
    }

    static string Query(params ReadOnlySpan<(string Name, string? Value)> pairs)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in pairs)
            if (!string.IsNullOrEmpty(value)) query.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        return query.ToString();
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
