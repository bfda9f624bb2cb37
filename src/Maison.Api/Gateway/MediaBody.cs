// What is asked of a model that does not chat: JSON, or a form with files. Both are read whole to see whom they ask, masked where they hold text of
// people's, and said again under another model's name.

using System.ClientModel;
using System.Text;
using System.Text.Json.Nodes;
using Maison.Api.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Maison.Api.Gateway;

/// <summary>A body in either form.</summary>
abstract record MediaBody
{
    /// <summary>Who is asked; null where none is named.</summary>
    public abstract string? Model { get; }

    /// <summary>The same for another model.</summary>
    public abstract MediaBody For(string model);

    /// <summary>The same with personal data masked.</summary>
    public abstract MediaBody Hidden(Mask mask);

    /// <summary>Characters of a field's text, of several, or numbers of tokens.</summary>
    public abstract long Characters(string field);

    public abstract long? Whole(string field);

    /// <summary>Bytes of its files together, and the files.</summary>
    public virtual IReadOnlyList<ReadOnlyMemory<byte>> Files => [];

    /// <summary>Ready to be sent, with its content type.</summary>
    public abstract (BinaryContent Content, string Type) Sent();

    /// <summary>Gives it to whoever answers here.</summary>
    public abstract void GiveTo(HttpContext context);

    /// <summary>Reads a request; null for what is neither: the route itself says what is wrong with it. The body can be read again.</summary>
    /// <param name="most">Bytes that a form may have.</param>
    public static async Task<MediaBody?> Read(HttpContext context, long most)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || type.MediaType != "multipart/form-data" || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
            return await GatewayBody.Read(context) is { } json ? new JsonMediaBody(json) : null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = most;
        if (context.Request.ContentLength > most) throw ApiException.Request(StatusCodes.Status413PayloadTooLarge, $"The form has {context.Request.ContentLength} bytes, but at most {most} are taken. Send smaller files.", null, "file_too_large");
        var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        (buffer.Position, context.Request.Body) = (0, buffer);
        try
        {
            var parts = new List<FormPart>();
            var sections = new MultipartReader(boundary, buffer);
            while (await sections.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)) return null;
                using var content = new MemoryStream();
                await section.Body.CopyToAsync(content, context.RequestAborted);
                var file = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
                parts.Add(new(HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "", file.HasValue ? HeaderUtilities.RemoveQuotes(file).Value : null, section.ContentType, content.ToArray()));
            }
            return new FormMediaBody(parts);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
        finally
        {
            buffer.Position = 0;
        }
    }
}

/// <summary>JSON.</summary>
sealed record JsonMediaBody(JsonObject Json) : MediaBody
{
    public override string? Model => Json["model"].Text();

    public override MediaBody For(string model)
    {
        var other = (JsonObject)Json.DeepClone();
        other["model"] = model;
        return new JsonMediaBody(other);
    }

    public override MediaBody Hidden(Mask mask)
    {
        var hidden = Json.DeepClone();
        Masking.Hide(hidden, mask);
        return new JsonMediaBody((JsonObject)hidden);
    }

    public override long Characters(string field) => Length(Json[field]);

    static long Length(JsonNode? node) => node switch
    {
        JsonArray items => items.Sum(Length),
        JsonValue value => value.TryGetValue<string>(out var text) ? text.Length : 1,
        _ => 0,
    };

    public override long? Whole(string field) => Json[field].Whole();

    public override (BinaryContent, string) Sent() => (BinaryContent.Create(BinaryData.FromString(Json.ToJsonString())), "application/json");

    public override void GiveTo(HttpContext context) => GatewayBody.Replace(context, Json);
}

/// <summary>A field or a file of a form.</summary>
sealed record FormPart(string Name, string? FileName, string? Type, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);
}

/// <summary>A form.</summary>
sealed record FormMediaBody(IReadOnlyList<FormPart> Parts) : MediaBody
{
    FormPart? Field(string name) => Parts.FirstOrDefault(p => p.Name == name && p.FileName is null);

    public override string? Model => Field("model")?.Text;

    public override MediaBody For(string model) => new FormMediaBody([.. Parts.Where(p => p.Name != "model"), new("model", null, null, Encoding.UTF8.GetBytes(model))]);

    public override MediaBody Hidden(Mask mask) => new FormMediaBody([.. Parts.Select(p => p is { Name: "prompt", FileName: null } ? p with { Bytes = Encoding.UTF8.GetBytes(mask.Hide(p.Text)) } : p)]);

    public override long Characters(string field) => Field(field)?.Text.Length ?? 0;

    public override long? Whole(string field) => long.TryParse(Field(field)?.Text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    public override IReadOnlyList<ReadOnlyMemory<byte>> Files => [.. Parts.Where(p => p.FileName is not null).Select(p => (ReadOnlyMemory<byte>)p.Bytes)];

    public override (BinaryContent, string) Sent()
    {
        var (bytes, type) = Written();
        return (BinaryContent.Create(BinaryData.FromBytes(bytes)), type);
    }

    public override void GiveTo(HttpContext context)
    {
        var (bytes, type) = Written();
        (context.Request.Body, context.Request.ContentLength, context.Request.ContentType) = (new MemoryStream(bytes), bytes.Length, type);
    }

    (byte[] Bytes, string Type) Written()
    {
        using var form = new MultipartFormDataContent();
        foreach (var part in Parts)
        {
            var content = new ByteArrayContent(part.Bytes);
            if (part.Type is { } type && System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(type, out var known)) content.Headers.ContentType = known;
            if (part.FileName is { Length: > 0 } file) form.Add(content, part.Name, file);
            else form.Add(content, part.Name);
        }
        using var written = new MemoryStream();
        form.CopyTo(written, null, default);
        return (written.ToArray(), form.Headers.ContentType!.ToString());
    }
}
