// A file of sound as players ask for it: whole, or from some byte on, which is how they jump to a chapter.

using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Maison.Api.Briefings;

/// <summary>Sends a stream, or the part of it that is asked for.</summary>
static class RangedBody
{
    public static async Task Send(HttpContext context, Stream stream, string type)
    {
        var response = context.Response;
        response.ContentType = type;
        response.Headers.AcceptRanges = "bytes";
        var (from, to) = (0L, stream.Length - 1);
        if (RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var range) && range.Unit == "bytes" && range.Ranges.Count == 1)
        {
            var one = range.Ranges.Single();
            (from, to) = one.From is { } start ? (start, Math.Min(one.To ?? to, to)) : (Math.Max(0, stream.Length - one.To!.Value), to);
            if (from > to)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = $"bytes */{stream.Length}";
                return;
            }
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {from}-{to}/{stream.Length}";
        }
        response.ContentLength = to - from + 1;
        stream.Position = from;
        var block = new byte[64 << 10];
        for (var left = to - from + 1; left > 0;)
        {
            var read = await stream.ReadAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)), context.RequestAborted);
            if (read == 0) break;
            await response.Body.WriteAsync(block.AsMemory(0, read), context.RequestAborted);
            left -= read;
        }
    }
}
