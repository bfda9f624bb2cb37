// One line of JSON per request: who asked what of which model, how it ended, what it took and cost. What was said is in it only where that
// was switched on. Lines are written behind the answers, in order; the file changes with the day, so that old ones can be put away.

using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Maison.Api.Budgets;
using Maison.Api.Keys;
using Maison.Api.Metrics;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Telemetry;

/// <summary>One request, as its line tells it; absent fields do not apply.</summary>
sealed record RequestLine
{
    public required DateTimeOffset At { get; init; }
    public required string Id { get; init; }
    public required string Method { get; init; }

    /// <summary>Its pattern; null where there is no such route.</summary>
    public string? Route { get; init; }
    public required int Status { get; init; }
    public required double Ms { get; init; }
    public double? FirstMs { get; init; }
    public string? Key { get; init; }
    public string? Project { get; init; }
    public string? Model { get; init; }
    public string? AskedAs { get; init; }
    public string? Provider { get; init; }
    public string? Outcome { get; init; }
    public long? InputTokens { get; init; }
    public long? CachedTokens { get; init; }
    public long? OutputTokens { get; init; }
    public long? AudioMs { get; init; }
    public long? Images { get; init; }
    public long? CostMicros { get; init; }
    public string? TraceId { get; init; }
    public string? Request { get; init; }
    public string? Response { get; init; }
}

/// <summary>Writes request lines; safe from any thread. Disposing writes what is waiting.</summary>
public sealed class RequestLog : IAsyncDisposable
{
    /// <summary>Lines that may wait; beyond it the disk is slower than the server, and requests wait for it rather than lose a line.</summary>
    const int Backlog = 4096;

    /// <summary>Bytes of a body that are kept with content switched on.</summary>
    const int MostContent = 65536;

    readonly Channel<RequestLine> lines = Channel.CreateBounded<RequestLine>(new BoundedChannelOptions(Backlog) { SingleReader = true });
    readonly Func<DateTimeOffset, Stream> open;
    readonly bool content;
    readonly TimeProvider clock;
    readonly TextWriter problems;
    readonly Task writing;

    /// <param name="open">The stream for the lines of a day; asked anew when the day changes.</param>
    /// <param name="content">Whether bodies are kept, up to 64 KiB each.</param>
    /// <param name="problems">Hears of it when the lines can not be written; requests go on.</param>
    public RequestLog(Func<DateTimeOffset, Stream> open, bool content, TimeProvider clock, TextWriter problems)
    {
        (this.open, this.content, this.clock, this.problems) = (open, content, clock, problems);
        writing = Task.Run(Write);
    }

    /// <summary>A log in a folder, a file per day (UTC) such as requests-2026-01-31.jsonl, readable by its owner alone.</summary>
    public static RequestLog In(string folder, bool content, TimeProvider clock, TextWriter problems)
    {
        Directory.CreateDirectory(folder);
        return new(day =>
        {
            var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new FileStream(Path.Combine(folder, $"requests-{day:yyyy-MM-dd}.jsonl"), options);
        }, content, clock, problems);
    }

    internal async Task Invoke(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.Value is Routes.Health or Routes.Ready or Routes.Metrics)
        {
            await next(context);
            return;
        }
        var (at, begun) = (clock.GetUtcNow(), clock.GetTimestamp());
        var trace = Activity.Current?.TraceId.ToHexString();
        Kept? asked = null, answered = null;
        if (content)
        {
            context.Request.Body = asked = new(context.Request.Body, MostContent);
            context.Response.Body = answered = new(context.Response.Body, MostContent);
        }
        try
        {
            await next(context);
            if (answered is not null) await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        finally
        {
            // A response with tools is several generations in a row.
            var (key, grants) = (context.Features.Get<ApiKey>(), context.Features.Get<IReadOnlyList<Grant>>() ?? (context.Features.Get<Grant>() is { } one ? [one] : []));
            var grant = grants.LastOrDefault();
            await lines.Writer.WriteAsync(new()
            {
                At = at,
                Id = context.Response.Headers["x-request-id"].ToString(),
                Method = context.Request.Method,
                Route = RequestMetrics.RouteOf(context),
                Status = RequestMetrics.StatusOf(context),
                Ms = Math.Round(clock.GetElapsedTime(begun).TotalMilliseconds, 2),
                FirstMs = grants.FirstOrDefault()?.FirstOutputSeconds is { } first ? Math.Round(first * 1000, 2) : null,
                Key = key?.Id,
                Project = key?.ProjectId,
                Model = grant?.Asked.Model,
                AskedAs = grant?.Asked.AskedAs,
                Provider = grant?.Asked.Provider,
                Outcome = grant?.Outcome,
                InputTokens = NotZero(grants.Sum(g => g.Taken.InputTokens)),
                CachedTokens = NotZero(grants.Sum(g => g.Taken.CachedTokens)),
                OutputTokens = NotZero(grants.Sum(g => g.Taken.OutputTokens)),
                AudioMs = NotZero(grants.Sum(g => g.Taken.AudioMs)),
                Images = NotZero(grants.Sum(g => g.Taken.Images)),
                CostMicros = NotZero(grants.Sum(g => g.Cost)),
                TraceId = trace,
                Request = asked?.Text,
                Response = answered?.Text,
            });
        }
    }

    static long? NotZero(long value) => value is 0 ? null : value;

    async Task Write()
    {
        Stream? stream = null;
        DateOnly day = default;
        var (buffer, lost) = (new MemoryStream(), 0L);
        while (await lines.Reader.WaitToReadAsync())
        {
            buffer.SetLength(0);
            var count = 0;
            var latest = day;
            while (buffer.Length < 1 << 20 && lines.Reader.TryRead(out var line))
            {
                latest = DateOnly.FromDateTime(line.At.UtcDateTime);
                JsonSerializer.Serialize(buffer, line, RequestLogJson.Default.RequestLine);
                buffer.WriteByte((byte)'\n');
                count++;
            }
            try
            {
                if (stream is null || latest != day)
                {
                    if (stream is not null) await stream.DisposeAsync();
                    (stream, day) = (open(new(latest, default, default)), latest);
                }
                await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
                await stream.FlushAsync();
                if (lost > 0) problems.WriteLine($"The request log is written again; {lost} lines are lost.");
                lost = 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (lost == 0) problems.WriteLine($"The request log can not be written: {e.Message}");
                lost += count;
                stream = null;
            }
        }
        if (stream is not null) await stream.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        lines.Writer.TryComplete();
        await writing;
    }

    /// <summary>Passes a body on and keeps its beginning.</summary>
    sealed class Kept(Stream inner, int most) : Stream
    {
        readonly MemoryStream kept = new();

        /// <summary>The beginning as UTF-8; what is no text comes out as replacement marks.</summary>
        public string Text => Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);

        void Keep(ReadOnlySpan<byte> bytes) => kept.Write(bytes[..(int)Math.Min(bytes.Length, most - kept.Length)]);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellation = default)
        {
            var read = await inner.ReadAsync(buffer, cancellation);
            Keep(buffer.Span[..read]);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellation) => ReadAsync(buffer.AsMemory(offset, count), cancellation).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation = default)
        {
            await inner.WriteAsync(buffer, cancellation);
            Keep(buffer.Span);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellation) => WriteAsync(buffer.AsMemory(offset, count), cancellation).AsTask();

        public override Task FlushAsync(CancellationToken cancellation) => inner.FlushAsync(cancellation);
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override bool CanRead => inner.CanRead;
        public override bool CanSeek => false;
        public override bool CanWrite => inner.CanWrite;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RequestLine))]
partial class RequestLogJson : JsonSerializerContext;
