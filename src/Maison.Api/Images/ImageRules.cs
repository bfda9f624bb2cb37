// What a /v1/images/generations request asks for, checked field by field: the table of fields, and the plan that the endpoint carries out.

using System.Globalization;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Inference.Pictures;
using Maison.Wire;

namespace Maison.Api.Images;

/// <summary>A checked request.</summary>
/// <param name="Tokens">Of the prompt.</param>
/// <param name="Side">Pixels of a picture, down and across.</param>
/// <param name="Looks">Pictures that a stream shows before the whole one.</param>
/// <param name="Unknown">Words of the prompt that the model never saw.</param>
sealed record ImagePlan(ServedPainter Painter, string Prompt, int Tokens, int Side, int Count, long Seed, PaintingOptions Options, string Quality, bool Stream, int Looks, IReadOnlyList<string> Unknown)
{
    public string Size => $"{Side}x{Side}";

    public IReadOnlyList<(string Prompt, ulong Seed)> Wanted => [.. Enumerable.Range(0, Count).Select(i => (Prompt, (ulong)Seed + (ulong)i))];

    /// <summary>Whether a look is due after a step; the first one comes as early as can be.</summary>
    public bool LooksAfter(int step) => Enumerable.Range(0, Looks).Any(i => step == Math.Max(1, i * Options.Steps / (Looks + 1)) && step < Options.Steps);
}

/// <summary>From request to plan.</summary>
static class ImageRules
{
    public const string Format = "png", Background = "opaque";
    const int MostPictures = 10, MostCharacters = 10_000, MostSteps = 100, MostLooks = 3, MostSeed = int.MaxValue - MostPictures, LowSteps = 8, MediumSteps = 16, HighSteps = 32;
    const float MostGuidance = 30;

    public static readonly RequestFields<ImageRequest> Fields = new(
        Obeyed: ["prompt", "model", "n", "size", "quality", "output_format", "background", "response_format", "stream", "partial_images", "seed", "steps", "guidance"],
        Accepted: ["moderation", "user"],
        Refused:
        [
            new("style", r => r.Style, [], "Name the style in the prompt."),
            new("output_compression", r => r.OutputCompression, ["100"], "PNG loses nothing."),
            new("negative_prompt", r => r.NegativePrompt, ["\"\""], "Say in the prompt what is to be seen."),
        ]);

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static ImagePlan Plan(ImageRequest request, ModelRegistry models)
    {
        Fields.Check(request, request.Unknown);
        var painter = models.FindPainter(request.Model);
        var (prompt, tokens) = Prompt(request.Prompt, painter);
        var side = request.Size is null or "auto" ? painter.Sides[^1] : painter.Sides.FirstOrDefault(s => request.Size == $"{s}x{s}");
        if (side == 0) throw ApiException.Invalid("size", $"'size' is '{request.Size}', but {painter.Id} makes {string.Join(" or ", painter.Sides.Select(s => $"{s}x{s}"))} only. Send that, or auto.");
        Word("output_format", request.OutputFormat, Format, [Format], ["jpeg", "webp"], "Pictures are made as png.");
        Word("background", request.Background, "auto", [Background, "auto"], ["transparent"], "Pictures have no opacity; ask for a white background in the prompt.");
        Word("response_format", request.ResponseFormat, "b64_json", ["b64_json"], ["url"], "Pictures come in the answer, as b64_json.");
        Word("moderation", request.Moderation, "auto", ["auto", "low"], [], "");
        var count = InRange("n", request.N, 1, MostPictures) ?? 1;
        var stream = request.Stream ?? false;
        if (stream && count > 1) throw ApiException.Invalid("n", $"'n' is {count}, but a stream is of one picture. Leave out 'stream', or send one request per picture.");
        if (!stream && request.PartialImages > 0) throw ApiException.Invalid("partial_images", "'partial_images' is only allowed together with 'stream': true.");
        var (quality, steps) = Steps(request);
        var options = new PaintingOptions(steps);
        if (request.Guidance is { } guidance)
            options = options with { Guidance = guidance is >= 1 and <= MostGuidance ? guidance : throw ApiException.Invalid("guidance", string.Create(CultureInfo.InvariantCulture, $"'guidance' is {guidance}, but must be between 1 and {MostGuidance}.")) };
        return new(painter, prompt, tokens, side, count, InRange("seed", request.Seed, 0, MostSeed) ?? Random.Shared.NextInt64(MostSeed), options, quality, stream,
            InRange("partial_images", request.PartialImages, 0, MostLooks) ?? 0, painter.Unknown(prompt));
    }

    static (string, int) Prompt(string? prompt, ServedPainter painter)
    {
        if (prompt is null) throw ApiException.Invalid("prompt", "'prompt' is missing; say what the picture shows.", "missing_parameter");
        if (string.IsNullOrWhiteSpace(prompt)) throw ApiException.Invalid("prompt", "'prompt' is empty; say what the picture shows.");
        if (prompt.Length > MostCharacters) throw ApiException.Invalid("prompt", $"'prompt' has {prompt.Length} characters, but at most {MostCharacters} are read.", "string_above_max_length");
        var tokens = painter.Tokens(prompt);
        return tokens <= painter.MostTokens ? (prompt, tokens)
            : throw ApiException.Invalid("prompt", $"'prompt' has {tokens} tokens, but {painter.Id} reads {painter.MostTokens}. Shorten it; nothing is cut off in silence.", "string_above_max_length");
    }

    /// <summary>A word of a few: one that is known, one that OpenAI knows but this server can not do, or none.</summary>
    static void Word(string name, string? value, string otherwise, string[] known, string[] unsupported, string remedy)
    {
        value ??= otherwise;
        if (unsupported.Contains(value)) throw ApiException.Unsupported(name, $"'{name}' {value} can not be made here. {remedy}");
        if (!known.Contains(value)) throw ApiException.Invalid(name, $"'{name}' is '{value}'; send {string.Join(" or ", known)}.");
    }

    static (string Quality, int Steps) Steps(ImageRequest request)
    {
        var (quality, steps) = request.Quality switch
        {
            null or "auto" => ("auto", MediumSteps),
            "low" => ("low", LowSteps),
            "medium" or "standard" => ("medium", MediumSteps),
            "high" or "hd" => ("high", HighSteps),
            var other => throw ApiException.Invalid("quality", $"'quality' is '{other}'; send low, medium, high or auto."),
        };
        if (request.Steps is null) return (quality == "auto" ? "medium" : quality, steps);
        if (quality != "auto") throw ApiException.Invalid("steps", "'steps' and 'quality' both tell how many steps are done. Send one of them.");
        var own = InRange("steps", request.Steps, 1, MostSteps)!.Value;
        return (own <= LowSteps ? "low" : own <= MediumSteps ? "medium" : "high", own);
    }

    static int? InRange(string name, int? value, int min, int max) => (int?)InRange(name, (long?)value, min, max);

    static long? InRange(string name, long? value, long min, long max) => value is null || (value >= min && value <= max) ? value
        : throw ApiException.Invalid(name, $"'{name}' is {value}, but must be between {min} and {max}.");
}
