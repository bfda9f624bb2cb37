// Asks an endpoint of OpenAI's shape for vectors, sound, transcripts and pictures, through the official client's protocol methods: the body goes out
// as it is and what comes back is passed on.

using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;

namespace Maison.Api.Gateway;

/// <summary>One model of one endpoint, for what is not a chat.</summary>
sealed class OpenAIMedia(Uri? baseUrl, string key, string model, TimeSpan timeout)
{
    readonly OpenAIClient client = new(new ApiKeyCredential(key), OpenAIUpstream.Options(baseUrl, timeout));

    /// <summary>The answer, not yet read; the caller disposes it.</summary>
    /// <param name="route">Of <see cref="MediaGateway"/>'s routes.</param>
    /// <exception cref="UpstreamException">It failed.</exception>
    public Task<PipelineResponse> Ask(string route, MediaBody request, CancellationToken cancellation)
    {
        var (content, type) = request.For(model).Sent();
        return OpenAIUpstream.Send(options => route switch
        {
            Routes.Embeddings => client.GetEmbeddingClient(model).GenerateEmbeddingsAsync(content, options),
            Routes.Speech => client.GetAudioClient(model).GenerateSpeechAsync(content, options),
            Routes.Transcriptions => client.GetAudioClient(model).TranscribeAudioAsync(content, type, options),
            Routes.Edits => client.GetImageClient(model).GenerateImageEditsAsync(content, type, options),
            _ => client.GetImageClient(model).GenerateImagesAsync(content, options),
        }, cancellation);
    }
}
