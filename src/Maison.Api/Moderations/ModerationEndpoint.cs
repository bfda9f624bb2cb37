// POST /v1/moderations. Scores come from a classifier of the house that reads text alone: pictures are refused, not passed over. Nothing else here
// asks it on its own, since what to do about a flagged text is the caller's to decide.

using Maison.Api.Budgets;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Api.Store;
using Maison.Inference;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Moderations;

/// <summary>The route of moderation.</summary>
sealed class ModerationEndpoint(ModelRegistry models, Admission admission)
{
    const int MostTexts = 2048, MostCharacters = 1 << 20;

    static readonly IReadOnlyList<string> text = ["text"];

    public static readonly RequestFields<ModerationRequest> Fields = new(Obeyed: ["model", "input"], Accepted: [], Refused: []);

    public async Task Invoke(HttpContext context)
    {
        var request = await JsonBody.Read(context, WireJson.Default.ModerationRequest);
        var (model, texts) = Plan(request, models);
        await using var grant = await admission.Admit(context, new(model.Id, "moderation", default), context.RequestAborted);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new ModerationResponse(Ids.New("modr"), model.Id, [.. texts.Select(t => Result(model.Judge(t)))]), WireJson.Default.ModerationResponse);
    }

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    internal static (ServedModerator Model, IReadOnlyList<string> Texts) Plan(ModerationRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        var model = models.FindModerator(request.Model);
        var input = request.Input ?? throw ApiException.Invalid("input", "'input' is missing.", "missing_parameter");
        var texts = input.Texts ?? [string.Join("\n", (input.Parts ?? []).Index().Select(Text))];
        if (texts.Count is 0 or > MostTexts) throw ApiException.Invalid("input", $"'input' has {texts.Count} texts; send 1 to {MostTexts}.");
        foreach (var (i, one) in texts.Index())
        {
            if (one is null) throw ApiException.Invalid($"input[{i}]", $"'input[{i}]' is null, but must be a string.");
            if (one.Length > MostCharacters) throw ApiException.Invalid($"input[{i}]", $"'input[{i}]' has {one.Length:N0} characters; a text may have {MostCharacters:N0}. Cut it into pieces.");
        }
        return (model, texts);
    }

    static string Text((int Index, ContentPart Part) part) => part.Part.Type switch
    {
        "text" => part.Part.Text ?? throw ApiException.Invalid($"input[{part.Index}].text", $"'input[{part.Index}].text' is missing.", "missing_parameter"),
        "image_url" => throw ApiException.Unsupported($"input[{part.Index}]", $"'input[{part.Index}]' is a picture; only texts are judged here."),
        var other => throw ApiException.Invalid($"input[{part.Index}].type", $"'input[{part.Index}].type' is '{other}', but must be text."),
    };

    static ModerationResult Result(ModerationVerdict verdict)
    {
        var categories = Moderator.Categories.Index().ToList();
        return new(verdict.Flagged, categories.ToDictionary(c => c.Item, c => verdict.Given[c.Index]), categories.ToDictionary(c => c.Item, c => (double)verdict.Scores[c.Index]), categories.ToDictionary(c => c.Item, _ => text));
    }
}
