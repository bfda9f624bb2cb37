// Asks Anthropic's Messages endpoint through the official client, with raw parameters and raw answers: AnthropicRequest and AnthropicAnswer
// translate between the two wires.

using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace Maison.Api.Gateway;

/// <summary>One model of Anthropic's.</summary>
sealed class AnthropicUpstream(Uri? baseUrl, string key, string model, int maxOutput, TimeSpan timeout) : IUpstream
{
    static readonly Dictionary<string, JsonElement> NoQuery = [];

    // The client would send its ApiKey as a bearer token and, without one, look for others in the environment: null forbids both.
    readonly Dictionary<string, JsonElement> headers = new() { ["x-api-key"] = JsonSerializer.SerializeToElement(key) };
    readonly AnthropicClient client = baseUrl is null
        ? new() { ApiKey = null, MaxRetries = 0, Timeout = timeout }
        : new() { ApiKey = null, MaxRetries = 0, Timeout = timeout, BaseUrl = baseUrl.ToString().TrimEnd('/') };

    public async Task<JsonObject> Complete(JsonObject request, CancellationToken cancellation)
    {
        try
        {
            var message = await client.Messages.Create(Parameters(request), cancellation);
            return AnthropicAnswer.Whole(JsonSerializer.SerializeToNode(message.RawData)!.AsObject());
        }
        catch (Exception e) when (Failure(e, cancellation) is { } failure)
        {
            throw failure;
        }
    }

    public async IAsyncEnumerable<JsonObject> Stream(JsonObject request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var answer = new AnthropicAnswer();
        await using var events = client.Messages.CreateStreaming(Parameters(request), cancellation).GetAsyncEnumerator(cancellation);
        while (await Next())
            if (JsonNode.Parse(events.Current.Json.GetRawText()) is JsonObject e)
                foreach (var chunk in answer.Chunks(e)) yield return chunk;
        if (!answer.Ended) throw new UpstreamException(UpstreamFault.Unavailable, "the stream ended before the answer did");

        async ValueTask<bool> Next()
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (Exception e) when (Failure(e, cancellation) is { } failure)
            {
                throw failure;
            }
        }
    }

    MessageCreateParams Parameters(JsonObject request)
    {
        var body = AnthropicRequest.Of(request, model, maxOutput);
        return MessageCreateParams.FromRawUnchecked(headers, NoQuery, body.ToDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value)));
    }

    static UpstreamException? Failure(Exception e, CancellationToken cancellation) => e switch
    {
        AnthropicApiException api => UpstreamException.Of((int)api.StatusCode, api.ResponseBody, null),
        AnthropicException or HttpRequestException or IOException or JsonException or TimeoutException => new(UpstreamFault.Unavailable, $"no answer: {e.Message}", inner: e),
        OperationCanceledException when !cancellation.IsCancellationRequested => new(UpstreamFault.Unavailable, "no answer in time", inner: e),
        _ => null,
    };
}
