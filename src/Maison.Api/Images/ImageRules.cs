// What a request for pictures or for an edit asks for, checked field by field: the tables of fields, and the plan that the endpoint carries out.

using System.Globalization;
using System.Text.Json;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using Maison.Wire;

namespace Maison.Api.Images;

/// <summary>From request to plan.</summary>
static class ImageRules
{
    const int MostPictures = 10, MostCharacters = 10_000, MostSteps = 100, MostLooks = 3, BestCompression = 100;

    /// <summary>A seed at most; that of the last of many pictures is still an integer of 32 bits.</summary>
    public const int MostSeed = int.MaxValue - MostPictures;
    const float MostGuidance = 30, LeastStrength = 0.05f;

    /// <summary>Sides of an edited picture that is asked for in a size of its own.</summary>
    const int LeastSide = 64, MostSide = 2048, SideUnit = 16, MostRatio = 3;

    static readonly string[] obeyed = ["prompt", "model", "n", "size", "quality", "output_format", "output_compression", "background", "response_format", "stream", "partial_images", "seed", "steps", "guidance"];

    public static readonly RequestFields<ImageRequest> Fields = new(
        Obeyed: obeyed,
        Accepted: ["moderation", "user"],
        Refused:
        [
            new("style", r => r.Style, [], "Name the style in the prompt."),
            new("negative_prompt", r => r.NegativePrompt, ["\"\""], "Say in the prompt what is to be seen."),
        ]);

    /// <summary>Those of edits, which come as a form.</summary>
    public static readonly RequestFields<ImageForm> EditFields = new(
        Obeyed: ["image", "mask", .. obeyed, "strength", "area"],
        Accepted: ["moderation", "user"],
        Refused:
        [
            new("style", f => f.Request.Style, [], "Name the style in the prompt."),
            new("negative_prompt", f => f.Request.NegativePrompt, [], "Say in the prompt what is to be seen."),
            new("input_fidelity", f => f.InputFidelity, ["\"low\""], "Say with 'strength' how much is painted anew, such as 0.3."),
        ]);

    public static ApiException NoVariations() => ApiException.NotFound($"Variations are of dall-e-2 alone, which is not here. Send the picture to {Routes.Edits} with a prompt and 'strength'.", "unsupported_route");

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static ImagePlan Plan(ImageRequest request, ModelRegistry models)
    {
        var painter = models.FindPainter(request.Model);
        Fields.Check(request, request.Unknown);
        var plan = Common(request, painter);
        // The flow knows the places of one square, and what is asked for fills it: a strip out of its middle would cut that off.
        var side = request.Size is null or "auto" ? painter.Sides[^1] : painter.Sides.FirstOrDefault(s => request.Size == $"{s}x{s}");
        if (side == 0) throw ApiException.Invalid("size", $"'size' is '{request.Size}', but {painter.Id} makes {string.Join(" or ", painter.Sides.Select(s => $"{s}x{s}"))} only. Send that, or auto.");
        if (plan.Cut && !PlainBackground.IsAskedFor(plan.Prompt)) throw ApiException.Unsupported("background", $"'background' transparent is cut out of a plain one. {PlainBackground.Remedy}");
        return plan with { Side = side };
    }

    /// <summary>What an edit asks for, before its picture is unpacked.</summary>
    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown model.</exception>
    public static ImagePlan Plan(ImageForm form, ModelRegistry models)
    {
        var painter = models.FindPainter(form.Request.Model);
        EditFields.Check(form, null);
        var plan = Common(form.Request, painter);
        if (plan.Cut) throw ApiException.Unsupported("background", "'background' transparent is not for edits: their background is the picture's.");
        if (form.Image is null) throw ApiException.Invalid("image", "'image' is missing; send the picture as a file.", "missing_parameter");
        if (form.Strength is not null and not (>= LeastStrength and <= 1)) throw ApiException.Invalid("strength", string.Create(CultureInfo.InvariantCulture, $"'strength' is {form.Strength}, but must be between {LeastStrength} and 1."));
        if (form.Mask is not null && form.Area is not null) throw ApiException.Invalid("area", "'area' and 'mask' both say what is painted. Send one of them.");
        Size(form.Request.Size);
        return plan;
    }

    /// <summary>The plan with its picture, unpacked.</summary>
    /// <exception cref="ApiException">400 naming image or mask.</exception>
    public static ImagePlan WithPicture(ImagePlan plan, ImageForm form)
    {
        var image = Unpacked("image", form.Image!)!;
        var mask = Unpacked("mask", form.Mask) ?? form.Area?.Mask(image.Width, image.Height);
        PictureEdit edit;
        try { edit = PictureEdit.Of(image, mask, Size(form.Request.Size), plan.Painter.Sides[^1]); }
        catch (ArgumentException e) { throw ApiException.Invalid(form.Mask is not null ? "mask" : form.Area is not null ? "area" : "image", e.Message); }
        var side = plan.Painter.Sides.FirstOrDefault(s => s >= edit.Side, plan.Painter.Sides[^1]);
        var strength = form.Strength ?? (edit.IsMasked ? PaintingSource.UsualMaskedStrength : PaintingSource.UsualStrength);
        return plan with { Side = side, Edit = new(edit, strength, EditRecipe.Digest(form.Image), form.Mask is null ? null : EditRecipe.Digest(form.Mask), form.Area?.ToString()) };
    }

    /// <summary>Width and height of a picture that was sent, by its first bytes.</summary>
    /// <exception cref="ApiException">400 naming the field.</exception>
    public static (int Width, int Height) Measured(string name, byte[] file) => Read(name, file, PictureUpload.Size);

    static Picture? Unpacked(string name, byte[]? file) => file is null ? null : Read(name, file, PictureUpload.Read);

    delegate T Reading<T>(ReadOnlySpan<byte> file);

    static T Read<T>(string name, byte[] file, Reading<T> read)
    {
        try { return read(file); }
        catch (InvalidDataException e) { throw ApiException.Invalid(name, $"'{name}' can not be read. {e.Message}", "invalid_image"); }
        catch (NotSupportedException e) { throw ApiException.Unsupported(name, $"'{name}' can not be read. {e.Message}"); }
    }

    /// <summary>The size of an edit; null where it is the picture's own.</summary>
    public static (int Width, int Height)? Size(string? size)
    {
        if (size is null or "auto") return null;
        string[] sides = size.Split('x');
        if (sides.Length == 2 && sides.All(s => s.Length is > 0 and <= 4 && s.All(char.IsAsciiDigit)) && (int.Parse(sides[0], CultureInfo.InvariantCulture), int.Parse(sides[1], CultureInfo.InvariantCulture)) is var (width, height)
            && width % SideUnit == 0 && height % SideUnit == 0 && Math.Min(width, height) >= LeastSide && Math.Max(width, height) <= MostSide && Math.Max(width, height) <= MostRatio * Math.Min(width, height)) return (width, height);
        throw ApiException.Invalid("size", $"'size' is '{size}'; send auto for the picture's own size, or WIDTHxHEIGHT with sides of {LeastSide} to {MostSide} that {SideUnit} divides, one at most {MostRatio} times the other.");
    }

    static ImagePlan Common(ImageRequest request, ServedPainter painter)
    {
        var (prompt, tokens) = Prompt(request.Prompt, painter);
        Word("output_format", request.OutputFormat, "png", [.. PictureFormat.All.Select(f => f.Name)]);
        Word("background", request.Background, "auto", ["transparent", "opaque", "auto"]);
        Word("response_format", request.ResponseFormat, "b64_json", ["b64_json", "url"]);
        Word("moderation", request.Moderation, "auto", ["auto", "low"]);
        var format = PictureFormat.All.First(f => f.Name == (request.OutputFormat ?? "png"));
        if (!format.IsWritten) throw ApiException.Unsupported("output_format", $"'output_format' webp can not be made. {WebpFile.Missing}");
        var compression = InRange("output_compression", request.OutputCompression, 0, BestCompression) ?? BestCompression;
        if (format == PictureFormat.Png && compression != BestCompression) throw ApiException.Invalid("output_compression", $"'output_compression' is {compression}, but png loses nothing. Leave it out, or ask for jpeg or webp.");
        var cut = request.Background == "transparent";
        if (cut && !format.HasOpacity) throw ApiException.Invalid("background", $"'background' transparent needs png or webp; {format.Name} has no opacity.");
        var count = InRange("n", request.N, 1, MostPictures) ?? 1;
        var stream = request.Stream ?? false;
        var linked = request.ResponseFormat == "url";
        if (stream && linked) throw ApiException.Invalid("response_format", "'response_format' url is not for streams, which carry the pictures themselves. Leave out one of them.");
        if (stream && count > 1) throw ApiException.Invalid("n", $"'n' is {count}, but a stream is of one picture. Leave out 'stream', or send one request per picture.");
        if (!stream && request.PartialImages > 0) throw ApiException.Invalid("partial_images", "'partial_images' is only allowed together with 'stream': true.");
        var seed = InRange("seed", request.Seed, 0, MostSeed) ?? Random.Shared.NextInt64(MostSeed);
        var (quality, steps) = Steps(request, painter.Usual.Steps);
        var options = painter.Usual with { Steps = steps };
        if (request.Guidance is { } guidance)
            options = options with { Guidance = guidance is >= 1 and <= MostGuidance ? guidance : throw ApiException.Invalid("guidance", string.Create(CultureInfo.InvariantCulture, $"'guidance' is {guidance}, but must be between 1 and {MostGuidance}.")) };
        return new()
        {
            Painter = painter,
            Prompt = prompt,
            Tokens = tokens,
            Side = painter.Sides[^1],
            Seeds = [.. Enumerable.Range(0, count).Select(i => seed + i)],
            AnySeeds = request.Seed is null,
            Options = options,
            Quality = quality,
            Stream = stream,
            Looks = InRange("partial_images", request.PartialImages, 0, MostLooks) ?? 0,
            Unknown = painter.Unknown(prompt),
            Format = format,
            Compression = compression,
            Cut = cut,
            Linked = linked,
        };
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

    static void Word(string name, string? value, string otherwise, string[] known)
    {
        if (!known.Contains(value ?? otherwise)) throw ApiException.Invalid(name, $"'{name}' is '{value}'; send {string.Join(" or ", known)}.");
    }

    /// <param name="medium">Steps of quality medium; low takes half as many and high twice.</param>
    static (string Quality, int Steps) Steps(ImageRequest request, int medium)
    {
        var (fewer, more) = (Math.Max(1, medium / 2), 2 * medium);
        var (quality, steps) = request.Quality switch
        {
            null or "auto" => ("auto", medium),
            "low" => ("low", fewer),
            "medium" or "standard" => ("medium", medium),
            "high" or "hd" => ("high", more),
            var other => throw ApiException.Invalid("quality", $"'quality' is '{other}'; send low, medium, high or auto."),
        };
        if (request.Steps is null) return (quality == "auto" ? "medium" : quality, steps);
        if (quality != "auto") throw ApiException.Invalid("steps", "'steps' and 'quality' both tell how many steps are done. Send one of them.");
        var own = InRange("steps", request.Steps, 1, MostSteps)!.Value;
        return (own <= fewer ? "low" : own <= medium ? "medium" : "high", own);
    }

    static int? InRange(string name, int? value, int min, int max) => (int?)InRange(name, (long?)value, min, max);

    static long? InRange(string name, long? value, long min, long max) => value is null || (value >= min && value <= max) ? value
        : throw ApiException.Invalid(name, $"'{name}' is {value}, but must be between {min} and {max}.");
}
