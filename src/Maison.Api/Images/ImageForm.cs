// The form of /v1/images/edits: the fields of a picture request as text, the picture and its mask as files. A field that is left empty is as if it
// was not sent, since forms of browsers send them so; the prompt alone may not be.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Maison.Api.Errors;
using Maison.Data.Pictures;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Maison.Api.Images;

/// <summary>What a form says.</summary>
sealed record ImageForm
{
    const int LongestField = 64 << 10;

    public ImageRequest Request { get; init; } = new();

    /// <summary>The picture's file.</summary>
    public byte[]? Image { get; init; }
    public byte[]? Mask { get; init; }

    /// <summary>How much of the picture is painted anew, in (0, 1].</summary>
    public float? Strength { get; init; }

    /// <summary>The part that is painted, in place of a mask.</summary>
    public OpenedArea? Area { get; init; }
    public JsonElement? InputFidelity { get; init; }

    /// <summary>The fields that are text, with what each does to the form.</summary>
    static readonly Dictionary<string, Func<ImageForm, string, ImageForm>> texts = new()
    {
        ["prompt"] = (f, v) => f.With(f.Request with { Prompt = v }),
        ["model"] = (f, v) => f.With(f.Request with { Model = v }),
        ["n"] = (f, v) => f.With(f.Request with { N = (int)Whole("n", v) }),
        ["size"] = (f, v) => f.With(f.Request with { Size = v }),
        ["quality"] = (f, v) => f.With(f.Request with { Quality = v }),
        ["output_format"] = (f, v) => f.With(f.Request with { OutputFormat = v }),
        ["output_compression"] = (f, v) => f.With(f.Request with { OutputCompression = (int)Whole("output_compression", v) }),
        ["background"] = (f, v) => f.With(f.Request with { Background = v }),
        ["response_format"] = (f, v) => f.With(f.Request with { ResponseFormat = v }),
        ["stream"] = (f, v) => f.With(f.Request with { Stream = v switch { "true" => true, "false" => false, _ => throw Wrong("stream", v, "true or false") } }),
        ["partial_images"] = (f, v) => f.With(f.Request with { PartialImages = (int)Whole("partial_images", v) }),
        ["seed"] = (f, v) => f.With(f.Request with { Seed = Whole("seed", v) }),
        ["steps"] = (f, v) => f.With(f.Request with { Steps = (int)Whole("steps", v) }),
        ["guidance"] = (f, v) => f.With(f.Request with { Guidance = Number("guidance", v) }),
        ["strength"] = (f, v) => f with { Strength = Number("strength", v) },
        ["area"] = (f, v) => f with { Area = OpenedArea.Parse(v) ?? throw ApiException.Invalid("area", $"'area' is '{v[..Math.Min(v.Length, 40)]}'; send {OpenedArea.Form}.") },
        ["moderation"] = (f, v) => f.With(f.Request with { Moderation = v }),
        ["user"] = (f, v) => f.With(f.Request with { User = v }),
        ["style"] = (f, v) => f.With(f.Request with { Style = Json(v) }),
        ["negative_prompt"] = (f, v) => f.With(f.Request with { NegativePrompt = Json(v) }),
        ["input_fidelity"] = (f, v) => f with { InputFidelity = Json(v) },
    };

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="ApiException">400 naming the field that is unknown, of the wrong kind or too long.</exception>
    public static async Task<ImageForm> Read(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || type.MediaType != "multipart/form-data" || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
            throw ApiException.Request(StatusCodes.Status400BadRequest, "Send the picture as multipart/form-data with the fields 'image' and 'prompt'.", null, "invalid_content_type");
        const long most = 2 * PictureUpload.MostBytes + (1 << 20);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = most;
        if (context.Request.ContentLength > most) throw ApiException.Request(StatusCodes.Status413PayloadTooLarge, $"The form has {context.Request.ContentLength} bytes, but 'image' and 'mask' may have {PictureUpload.MostBytes} each. Send smaller files.", "image", "file_too_large");
        var form = new ImageForm();
        var seen = new HashSet<string>();
        try
        {
            var sections = new MultipartReader(boundary, context.Request.Body);
            while (await sections.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    throw ApiException.Request(StatusCodes.Status400BadRequest, "A part of the form has no content-disposition.", null, "invalid_form");
                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                if (name == "image[]") name = "image";
                if (!seen.Add(name)) throw ApiException.Invalid(name, name == "image" ? "'image' is sent more than once, but one picture is edited at a time. Send one." : $"'{name}' is sent more than once.");
                var isFile = disposition.FileName.HasValue || disposition.FileNameStar.HasValue;
                if (name is "image" or "mask")
                {
                    if (!isFile) throw ApiException.Invalid(name, $"'{name}' is text; send a file.", "invalid_type");
                    var file = await File(section, name, context.RequestAborted);
                    form = name == "image" ? form with { Image = file } : form with { Mask = file };
                    continue;
                }
                if (!texts.TryGetValue(name, out var put)) throw ApiException.Unknown(name);
                if (isFile) throw ApiException.Invalid(name, $"'{name}' is a file; send text.", "invalid_type");
                var text = await Text(section, name, context.RequestAborted);
                if (text.Length > 0 || name == "prompt") form = put(form, text);
            }
        }
        catch (Exception e) when (e is InvalidDataException || e is IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            throw ApiException.Request(StatusCodes.Status400BadRequest, $"The form can not be read: {e.Message}", null, "invalid_form");
        }
        return form;
    }

    ImageForm With(ImageRequest request) => this with { Request = request };

    static async Task<byte[]> File(MultipartSection section, string name, CancellationToken stop)
    {
        using var file = new MemoryStream();
        var buffer = new byte[64 << 10];
        for (int read; (read = await section.Body.ReadAsync(buffer, stop)) > 0;)
        {
            if (file.Length + read > PictureUpload.MostBytes) throw ApiException.Invalid(name, $"'{name}' is larger than {PictureUpload.MostBytes} bytes. Send a smaller file.", "file_too_large");
            file.Write(buffer, 0, read);
        }
        return file.ToArray();
    }

    static async Task<string> Text(MultipartSection section, string name, CancellationToken stop)
    {
        var buffer = new byte[LongestField + 1];
        var length = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
        if (length > LongestField) throw ApiException.Invalid(name, $"'{name}' is longer than {LongestField} bytes.", "string_above_max_length");
        try { return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(buffer, 0, length); }
        catch (ArgumentException) { throw ApiException.Invalid(name, $"'{name}' is not valid UTF-8."); }
    }

    static long Whole(string name, string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw Wrong(name, text, "an integer of 32 bits");

    static float Number(string name, string text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value) ? value : throw Wrong(name, text, "a number");

    static ApiException Wrong(string name, string text, string wanted) => ApiException.Invalid(name, $"'{name}' is '{text[..Math.Min(text.Length, 40)]}', but must be {wanted}.", "invalid_type");

    static JsonElement Json(string text) => JsonDocument.Parse($"\"{JsonEncodedText.Encode(text)}\"").RootElement;
}
