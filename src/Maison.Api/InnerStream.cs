// The answer to an inner call while it is being written: what the endpoint flushes can be read at once. A response that has begun is known as
// such, so that an error behind its beginning becomes its last event, as on a socket.

using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Maison.Api;

/// <summary>An answer that comes bit by bit; disposing it ends the call.</summary>
sealed class InnerStream : IHttpResponseFeature, IHttpResponseBodyFeature, IAsyncDisposable
{
    readonly Pipe pipe = new();
    readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenSource ending;
    Task answering = Task.CompletedTask;
    Stream? body;

    InnerStream(CancellationToken cancellation) => ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <summary>Begins a call, and returns once its answer has begun.</summary>
    /// <param name="answer">Answers a request in a context of its own.</param>
    public static async Task<InnerStream> Begin(DefaultHttpContext context, RequestDelegate answer, CancellationToken cancellation)
    {
        var stream = new InnerStream(cancellation);
        context.RequestAborted = stream.ending.Token;
        context.Features.Set<IHttpResponseFeature>(stream);
        context.Features.Set<IHttpResponseBodyFeature>(stream);
        stream.Context = context;
        stream.answering = Task.Run(async () =>
        {
            Exception? failure = null;
            try { await answer(context); }
            catch (Exception e) { failure = e; }
            stream.begun.TrySetResult();
            await stream.pipe.Writer.CompleteAsync(failure);
        }, CancellationToken.None);
        await stream.begun.Task;
        return stream;
    }

    public HttpContext Context { get; private set; } = null!;

    /// <summary>What the endpoint writes.</summary>
    public Stream Content => pipe.Reader.AsStream();

    public int StatusCode { get; set; } = StatusCodes.Status200OK;
    public string? ReasonPhrase { get; set; }
    public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();
    public bool HasStarted => begun.Task.IsCompleted;
    public Stream Body { get => Stream; set => throw new NotSupportedException(); }
    public Stream Stream => body ??= Writer.AsStream(leaveOpen: true);
    public PipeWriter Writer => field ??= new Beginning(pipe.Writer, begun);

    public void OnStarting(Func<object, Task> callback, object state) { }
    public void OnCompleted(Func<object, Task> callback, object state) { }
    public void DisableBuffering() { }
    public Task CompleteAsync() => Task.CompletedTask;
    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellation = default) => SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellation);

    public Task StartAsync(CancellationToken cancellation = default)
    {
        begun.TrySetResult();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await pipe.Reader.CompleteAsync();
        await answering;
        ending.Dispose();
    }

    /// <summary>What is flushed has begun.</summary>
    sealed class Beginning(PipeWriter inner, TaskCompletionSource begun) : PipeWriter
    {
        public override void Advance(int bytes) => inner.Advance(bytes);
        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);
        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
        public override void CancelPendingFlush() => inner.CancelPendingFlush();
        public override void Complete(Exception? exception = null) { }
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;
        public override long UnflushedBytes => inner.UnflushedBytes;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            begun.TrySetResult();
            return inner.FlushAsync(cancellationToken);
        }
    }
}
