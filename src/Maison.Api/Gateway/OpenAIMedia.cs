// Asks an endpoint of OpenAI's shape for vectors, sound and pictures, through the official client's protocol methods: the body goes out as JSON
// and what comes back is passed on as it is.

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using OpenAI;

namespace Maison.Api.Gateway;

/// <summary>One model of one endpoint, for what is not a chat.</summary>
sealed class OpenAIMedia(Uri? baseUrl, string key, string model, TimeSpan timeout)
{
    readonly OpenAIClient client = new(new ApiKeyCredential(key), OpenAIUpstream.Options(baseUrl, timeout));

    /// <summary>The answer, not yet read; the caller disposes it.</summary>
    /// <param name="route">Of <see cref="MediaGateway"/>'s routes.</param>
    /// <exception cref="UpstreamException">It failed.</exception>
    public Task<PipelineResponse> Ask(string route, JsonObject request, CancellationToken cancellation)
    {
        var body = (JsonObject)request.DeepClone();
        body["model"] = model;
        return OpenAIUpstream.Send(body, route switch
        {
            Routes.Embeddings => (content, options) => client.GetEmbeddingClient(model).GenerateEmbeddingsAsync(content, options),
            Routes.Speech => (content, options) => client.GetAudioClient(model).GenerateSpeechAsync(content, options),
            _ => (content, options) => client.GetImageClient(model).GenerateImagesAsync(content, options),
        }, cancellation);
    }
}
