// POST /v1/audio/transcriptions for a name that leads to no third party. The house has no model that listens; it says so, and who does.

using Maison.Api.Errors;
using Maison.Api.Gateway;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Transcriptions;

/// <summary>The route of transcripts, where the gateway did not answer.</summary>
sealed class TranscriptionEndpoint(Router router)
{
    public async Task Invoke(HttpContext context)
    {
        var body = await MediaBody.Read(context, MediaGateway.MostForm);
        if (body is not FormMediaBody) throw ApiException.Request(StatusCodes.Status400BadRequest, "Send the recording as multipart/form-data with the fields 'file' and 'model'.", null, "invalid_content_type");
        var listening = router.Names.Where(n => n.Output == "transcription").Select(n => n.Name).ToList();
        var who = listening.Count > 0 ? $"These write down what they hear: {string.Join(", ", listening)}." : "Add a provider that has such a model to gateway.yaml, or with POST /v1/organization/providers, its 'output' transcription.";
        throw body.Model is { Length: > 0 } model
            ? ApiException.Request(StatusCodes.Status404NotFound, $"The model '{model}' can not transcribe here: the house has none that listens. {who}", "model", "model_not_found")
            : ApiException.Invalid("model", $"'model' is missing. {who}", "missing_parameter");
    }
}
