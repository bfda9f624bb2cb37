// POST /v1/embeddings. A text's vector is the mean of what the decoder's last norm makes of its tokens, at length 1; texts are computed side
// by side with whatever else the model does. `dimensions` keeps the first numbers and brings them to length 1 again.

using Maison.Api.Errors;
using Maison.Api.Generation;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Embeddings;

/// <summary>The route of vectors.</summary>
sealed class EmbeddingEndpoint(ModelRegistry models, TextGenerator generator)
{
    const int MostTexts = 2048;

    public static readonly RequestFields<EmbeddingRequest> Fields = new(
        Obeyed: ["model", "input", "encoding_format", "dimensions"], Accepted: ["user"], Refused: []);

    public async Task Invoke(HttpContext context)
    {
        var request = await JsonBody.Read(context, WireJson.Default.EmbeddingRequest);
        var (model, texts, dimensions, base64) = Plan(request, models);
        var vectors = await generator.Embed(context, model, texts);
        var tokens = texts.Sum(t => t.Length);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new EmbeddingResponse
        {
            Data = [.. vectors.Select((v, i) => new EmbeddingItem { Index = i, Embedding = new(First(v, dimensions), base64) })],
            Model = model.Id,
            Usage = new(tokens, tokens),
        }, WireJson.Default.EmbeddingResponse);
    }

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    internal static (ServedModel Model, IReadOnlyList<int[]> Texts, int Dimensions, bool Base64) Plan(EmbeddingRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        var model = models.Find(request.Model);
        if (model.Embed is null) throw ApiException.Unsupported("model", $"{model.Id} gives no vectors. Use another model.");
        var inputs = request.Input?.Items ?? throw ApiException.Invalid("input", "'input' is missing.", "missing_parameter");
        if (inputs.Count is 0 or > MostTexts) throw ApiException.Invalid("input", $"'input' has {inputs.Count} texts; send 1 to {MostTexts}.");
        var dimensions = SamplingRules.InRange("dimensions", request.Dimensions, 1, model.EmbeddingSize) ?? model.EmbeddingSize;
        var base64 = request.EncodingFormat switch
        {
            null or "float" => false,
            "base64" => true,
            var other => throw ApiException.Invalid("encoding_format", $"'encoding_format' is '{other}', but must be float or base64."),
        };
        return (model, [.. inputs.Select(i => Ids(i, model))], dimensions, base64);
    }

    static int[] Ids(Prompt input, ServedModel model)
    {
        var ids = input.Ids ?? model.Tokenizer.Encode(input.Text!);
        if (ids.Length == 0) throw ApiException.Invalid("input", "'input' has an empty text; there is nothing to make a vector of.");
        foreach (var id in input.Ids ?? [])
            if (id < 0 || id >= model.Tokenizer.VocabSize) throw ApiException.Invalid("input", $"'input' has the token id {id}; ids of {model.Id} lie between 0 and {model.Tokenizer.VocabSize - 1}.");
        if (input.Ids is null && model.DocumentStart is { } start) ids = [start, .. ids];
        return ids.Length <= model.ContextLength ? ids
            : throw ApiException.ContextExceeded("input", $"The context of {model.Id} holds {model.ContextLength} tokens; a text of 'input' has {ids.Length}. Cut it into pieces.");
    }

    static float[] First(float[] vector, int dimensions)
    {
        if (dimensions == vector.Length) return vector;
        var first = vector[..dimensions];
        var length = Math.Sqrt(first.Sum(x => (double)x * x));
        return length == 0 ? first : [.. first.Select(x => (float)(x / length))];
    }
}
