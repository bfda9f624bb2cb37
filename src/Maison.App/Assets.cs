// The style sheet, the modules and the icon, from inside the assembly. Browsers ask each time and are told when nothing has changed.

using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Maison.App;

/// <summary>The app's own files.</summary>
static class Assets
{
    const string Prefix = "assets/";

    static readonly Dictionary<string, (byte[] Bytes, string Tag)> All = typeof(Assets).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(n => n[Prefix.Length..], Read);

    public static async Task Send(HttpContext context)
    {
        var name = (string)context.Request.RouteValues["name"]!;
        if (!All.TryGetValue(name, out var file))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch == file.Tag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = Path.GetExtension(name) switch { ".css" => "text/css; charset=utf-8", ".js" => "text/javascript; charset=utf-8", _ => "image/svg+xml" };
        await context.Response.Body.WriteAsync(file.Bytes, context.RequestAborted);
    }

    static (byte[], string) Read(string resource)
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return (bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
    }
}
