// /v1/files: upload as a form, list, look at, read, delete. A key sees the files of its project alone.

using System.Globalization;
using System.Text;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Maison.Api.Files;

/// <summary>The routes of files.</summary>
sealed class FileEndpoints(FileStore files)
{
    /// <summary>OpenAI's limit of one file.</summary>
    const long MostBytes = 512L << 20;
    const int LongestField = 4096, MostListed = 10_000, LongestName = 255;

    /// <summary>What files can be uploaded for; batch_output and fine-tune-results are written by the server.</summary>
    static readonly string[] Purposes = ["batch", "fine-tune", "vision", "user_data"];

    public static void Map(IEndpointRouteBuilder routes, FileStore files)
    {
        var here = new FileEndpoints(files);
        const string file = Routes.Files + "/{id}";
        routes.MapPost(Routes.Files, here.Upload);
        routes.MapGet(Routes.Files, here.List);
        routes.MapGet(file, context => JsonAnswer.Write(context, StatusCodes.Status200OK, Body(here.Find(context)), WireJson.Default.FileBody));
        routes.MapGet(file + "/content", here.Content);
        routes.MapDelete(file, here.Delete);
    }

    async Task Upload(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || type.MediaType != "multipart/form-data" || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 } boundary)
            throw ApiException.Request(StatusCodes.Status400BadRequest, "Send the file as multipart/form-data with the fields 'purpose' and 'file'.", null, "invalid_content_type");
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostBytes + (1 << 20);
        var stored = await files.Add(context.Features.Get<ApiKey>()!.ProjectId, to => Receive(new(boundary, context.Request.Body), to, context.RequestAborted));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, Body(stored), WireJson.Default.FileBody);
    }

    /// <summary>Reads a form to its end: the fields may stand before the file or behind it, as clients have it.</summary>
    static async Task<(string Name, string Purpose, TimeSpan? Lives)> Receive(MultipartReader form, Stream to, CancellationToken cancellation)
    {
        var fields = new Dictionary<string, string>();
        string? received = null;
        try
        {
            while (await form.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    throw ApiException.Request(StatusCodes.Status400BadRequest, "A part of the form has no content-disposition.", null, "invalid_form");
                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                if (name != "file")
                {
                    fields[name] = await Text(section, name, cancellation);
                    continue;
                }
                if (received is not null) throw ApiException.Invalid("file", "'file' is given twice. Upload one file per request.");
                received = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                if (string.IsNullOrEmpty(received)) throw ApiException.Invalid("file", "'file' must be a file with a name.");
                if (received.Length > LongestName) throw ApiException.Invalid("file", $"The name of 'file' is longer than {LongestName} characters.");
                await section.Body.CopyToAsync(to, cancellation);
            }
        }
        catch (InvalidDataException e)
        {
            throw ApiException.Request(StatusCodes.Status400BadRequest, $"The form can not be read: {e.Message}", null, "invalid_form");
        }
        Check(fields);
        if (received is null) throw ApiException.Invalid("file", "'file' is missing.", "missing_parameter");
        return (Path.GetFileName(received.Replace('\\', '/')), fields["purpose"], Lives(fields));
    }

    static void Check(Dictionary<string, string> fields)
    {
        if (!fields.TryGetValue("purpose", out var purpose))
            throw ApiException.Invalid("purpose", $"'purpose' is missing; send one of {string.Join(", ", Purposes)}.", "missing_parameter");
        if (!Purposes.Contains(purpose)) throw ApiException.Invalid("purpose", $"'purpose' is '{purpose}', but must be one of {string.Join(", ", Purposes)}.");
        if (fields.Keys.FirstOrDefault(f => f is not ("purpose" or "expires_after[anchor]" or "expires_after[seconds]")) is { } unknown) throw ApiException.Unknown(unknown);
    }

    static TimeSpan? Lives(Dictionary<string, string> fields)
    {
        if (fields.TryGetValue("expires_after[anchor]", out var anchor) && anchor != "created_at")
            throw ApiException.Invalid("expires_after.anchor", $"'expires_after.anchor' is '{anchor}', but must be created_at.");
        if (!fields.TryGetValue("expires_after[seconds]", out var text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 3600 and <= 2_592_000
            ? TimeSpan.FromSeconds(seconds)
            : throw ApiException.Invalid("expires_after.seconds", $"'expires_after.seconds' is '{text}', but must be 3600 to 2592000.");
    }

    static async Task<string> Text(MultipartSection section, string name, CancellationToken cancellation)
    {
        var buffer = new byte[LongestField + 1];
        var length = await section.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        if (length > LongestField) throw ApiException.Invalid(name, $"'{name}' is longer than {LongestField} bytes.");
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    Task List(HttpContext context)
    {
        var query = context.Request.Query;
        var all = files.List(context.Features.Get<ApiKey>()!.ProjectId, query["purpose"].ToString() is { Length: > 0 } purpose ? purpose : null);
        if (query["order"].ToString() is "asc") all.Reverse();
        else if (query["order"].ToString() is not ("" or "desc")) throw ApiException.Invalid("order", "'order' must be asc or desc.");
        var page = Page.Of(query, all, f => f.Id, MostListed, MostListed);
        return JsonAnswer.Write(context, StatusCodes.Status200OK,
            new FileList([.. page.Items.Select(Body)]) { FirstId = page.Items.FirstOrDefault()?.Id, LastId = page.Items.LastOrDefault()?.Id, HasMore = page.HasMore }, WireJson.Default.FileList);
    }

    async Task Content(HttpContext context)
    {
        var file = Find(context);
        await using var stream = files.Open(file);
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = stream.Length;
        await stream.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    async Task Delete(HttpContext context)
    {
        var file = Find(context);
        await files.Delete(file.ProjectId, file.Id);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBody(file.Id, "file"), WireJson.Default.DeletedBody);
    }

    StoredFile Find(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["id"]!;
        return files.Find(context.Features.Get<ApiKey>()!.ProjectId, id) ?? throw ApiException.NotFound($"There is no file '{id}' in the project of this key.");
    }

    internal static FileBody Body(StoredFile file) => new()
    {
        Id = file.Id,
        Bytes = file.Bytes,
        CreatedAt = file.Created.ToUnixTimeSeconds(),
        ExpiresAt = file.Expires?.ToUnixTimeSeconds(),
        Filename = file.Name,
        Purpose = file.Purpose,
    };
}
