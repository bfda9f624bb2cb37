// Writes wire records as HTTP answers: one JSON body, or one server-sent event after another.
// Text stays readable: only what JSON requires is escaped, since nothing here is ever pasted into HTML.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Maison.Api;

/// <summary>Answers made of wire records.</summary>
static class JsonAnswer
{
    static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One body, whose length is said: it leaves whole, and its reader need not wait for an end that comes by itself.</summary>
    public static async Task Write<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Serialize(bytes, body, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(bytes.WrittenMemory, context.RequestAborted);
    }

    /// <summary>Starts an event stream; proxies are asked not to buffer it.</summary>
    public static void BeginEvents(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["x-accel-buffering"] = "no";
    }

    /// <summary>Sends one event at once.</summary>
    public static async Task WriteEvent<T>(HttpContext context, T body, JsonTypeInfo<T> type, string? name = null)
    {
        if (name is not null) await context.Response.WriteAsync($"event: {name}\n", context.RequestAborted);
        var output = context.Response.BodyWriter;
        output.Write("data: "u8);
        Serialize(output, body, type);
        output.Write("\n\n"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary>Sends the event that ends a stream which went well.</summary>
    public static async Task WriteDone(HttpContext context)
    {
        context.Response.BodyWriter.Write("data: [DONE]\n\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    static void Serialize<T>(IBufferWriter<byte> output, T body, JsonTypeInfo<T> type)
    {
        using var writer = new Utf8JsonWriter(output, Readable);
        JsonSerializer.Serialize(writer, body, type);
    }
}
