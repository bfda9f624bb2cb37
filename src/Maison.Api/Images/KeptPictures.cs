// Pictures that an answer names by address instead of holding them. The address is a secret of 256 bits and lasts an hour, as OpenAI's do: whoever
// has it needs no key. They lie in the data folder and survive a restart.

using System.Security.Cryptography;
using Maison.Api.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Images;

/// <summary>Keeps pictures for a while; safe from any thread.</summary>
sealed class KeptPictures(string home, TimeProvider clock)
{
    const int SecretBytes = 32, MostKept = 20_000;

    /// <summary>How long an address lasts.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    readonly string folder = Path.Combine(home, "pictures");

    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods(Routes.KeptPictures + "/{name}", [HttpMethods.Get, HttpMethods.Head], Send).WithMetadata(new AllowAnonymousAttribute());

    /// <summary>Keeps a file; where it can be had.</summary>
    public string Keep(HttpContext context, byte[] file, PictureFormat format)
    {
        Directory.CreateDirectory(folder);
        Clear();
        var name = $"{RandomNumberGenerator.GetHexString(2 * SecretBytes, lowercase: true)}.{format.Name}";
        var (path, draft) = (Path.Combine(folder, name), Path.Combine(folder, name + ".part"));
        File.WriteAllBytes(draft, file);
        File.SetLastWriteTimeUtc(draft, clock.GetUtcNow().UtcDateTime);
        File.Move(draft, path);
        return $"{context.Request.Scheme}://{context.Request.Host}{Routes.KeptPictures}/{name}";
    }

    async Task Send(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        var path = Path.Combine(folder, name);
        var format = PictureFormat.OfFile(name);
        if (format is null || name.Length != 2 * SecretBytes + 1 + format.Name.Length || !name.AsSpan(0, 2 * SecretBytes).ContainsOnlyHex() || !File.Exists(path) || IsOver(path))
            throw ApiException.NotFound("There is no picture at this address, or not any more: addresses last an hour.");
        var file = await File.ReadAllBytesAsync(path, context.RequestAborted);
        context.Response.ContentType = format.MediaType;
        context.Response.ContentLength = file.Length;
        context.Response.Headers.CacheControl = "private, max-age=3600";
        context.Response.Headers["referrer-policy"] = "no-referrer";
        context.Response.Headers["x-robots-tag"] = "noindex";
        context.Response.Headers["x-content-type-options"] = "nosniff";
        if (HttpMethods.IsGet(context.Request.Method)) await context.Response.Body.WriteAsync(file, context.RequestAborted);
    }

    bool IsOver(string path) => clock.GetUtcNow() - File.GetLastWriteTimeUtc(path) >= Life;

    void Clear()
    {
        var kept = Directory.GetFiles(folder);
        var over = kept.Where(IsOver).ToList();
        foreach (var path in over) File.Delete(path);
        if (kept.Length - over.Count >= MostKept) throw ApiException.Unavailable($"{MostKept} pictures are kept at addresses already. Ask for b64_json, or wait an hour.", "too_many_pictures");
    }
}

/// <summary>Hexadecimal text.</summary>
static class Hex
{
    public static bool ContainsOnlyHex(this ReadOnlySpan<char> text) => !text.ContainsAnyExcept("0123456789abcdef");
}
