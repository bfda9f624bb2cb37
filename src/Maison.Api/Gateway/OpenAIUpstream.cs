// Asks an endpoint of OpenAI's shape (OpenAI, xAI, DeepSeek, Mistral, vLLM, another Maison) through the official client's protocol methods:
// the body goes out and comes back as JSON, so fields that the client has no record for, reasoning text above all, survive.

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;

namespace Maison.Api.Gateway;

/// <summary>One model of one endpoint.</summary>
sealed class OpenAIUpstream(Uri? baseUrl, string key, string model, TimeSpan timeout) : IUpstream
{
    readonly ChatClient client = new(model, new ApiKeyCredential(key), Options(baseUrl, timeout));

    /// <summary>How the official client asks on the router's behalf.</summary>
    public static OpenAIClientOptions Options(Uri? baseUrl, TimeSpan timeout) => new()
    {
        Endpoint = baseUrl,
        NetworkTimeout = timeout,
        // Retries are the router's: it knows what was streamed already and who else could answer.
        RetryPolicy = new ClientRetryPolicy(0),
    };

    public async Task<JsonObject> Complete(JsonObject request, CancellationToken cancellation)
    {
        using var response = await Send(request, stream: false, cancellation);
        try
        {
            using var body = new MemoryStream();
            await response.ContentStream!.CopyToAsync(body, cancellation);
            body.Position = 0;
            return JsonNode.Parse(body) as JsonObject is { } answer && answer["choices"] is JsonArray { Count: > 0 } ? answer
                : throw new UpstreamException(UpstreamFault.Unavailable, "the answer has no choices");
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the answer is broken: {e.Message}", inner: e);
        }
    }

    public async IAsyncEnumerable<JsonObject> Stream(JsonObject request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await Send(request, stream: true, cancellation);
        var (ended, finished) = (false, false);
        await using var events = SseParser.Create(response.ContentStream!).EnumerateAsync(cancellation).GetAsyncEnumerator(cancellation);
        while (!ended && await Next())
        {
            if (events.Current.Data == "[DONE]")
            {
                ended = true;
                continue;
            }
            var chunk = Parse(events.Current.Data);
            finished |= chunk["choices"] is JsonArray choices && choices.Any(c => c?["finish_reason"] is not null);
            yield return chunk;
        }
        // Some endpoints leave the mark away; without it and without a reason the line was cut.
        if (!ended && !finished) throw new UpstreamException(UpstreamFault.Unavailable, "the stream ended before the answer did");

        async ValueTask<bool> Next()
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new UpstreamException(UpstreamFault.Unavailable, $"the stream broke: {e.Message}", inner: e);
            }
        }
    }

    static JsonObject Parse(string data)
    {
        try
        {
            var chunk = JsonNode.Parse(data) as JsonObject ?? throw new UpstreamException(UpstreamFault.Unavailable, "the stream holds something that is no chunk");
            if (chunk["error"] is JsonObject error) throw new UpstreamException(UpstreamFault.Unavailable, $"the stream failed: {error["message"]}");
            return chunk;
        }
        catch (JsonException e)
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"the stream holds broken JSON: {e.Message}", inner: e);
        }
    }

    Task<PipelineResponse> Send(JsonObject request, bool stream, CancellationToken cancellation)
    {
        // The request is this answer's own; asked again, it is said again the same way.
        var body = request;
        body["model"] = model;
        if (stream)
        {
            body["stream"] = true;
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }
        else
        {
            body.Remove("stream");
            body.Remove("stream_options");
        }
        return Send(options => client.CompleteChatAsync(BinaryContent.Create(BinaryData.FromBytes(JsonSerializer.SerializeToUtf8Bytes(body, GatewayJson.Default.JsonObject))), options), cancellation);
    }

    /// <summary>Asks by a protocol method of the official client; the answer is not yet read.</summary>
    /// <exception cref="UpstreamException">There was no answer, or an error.</exception>
    public static async Task<PipelineResponse> Send(Func<RequestOptions, Task<ClientResult>> send, CancellationToken cancellation)
    {
        PipelineResponse response;
        try
        {
            var options = new RequestOptions { BufferResponse = false, CancellationToken = cancellation, ErrorOptions = ClientErrorBehaviors.NoThrow };
            response = (await send(options)).GetRawResponse();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ClientResultException or TimeoutException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new UpstreamException(UpstreamFault.Unavailable, $"no answer: {e.Message}", inner: e);
        }
        if (!response.IsError) return response;
        using (response)
        {
            using var reader = new StreamReader(response.ContentStream!);
            throw UpstreamException.Of(response.Status, await reader.ReadToEndAsync(cancellation), RetryAfter(response));
        }
    }

    static TimeSpan? RetryAfter(PipelineResponse response)
        => response.Headers.TryGetValue("retry-after", out var text) && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
