// Runs all answers of a request at the same time and hands out their pieces as they come. Answers to the same prompt wait for the first
// token of the first of them: by then the prompt's pages are in the cache, and it is computed once instead of n times. Leaving early, for
// whatever reason, cancels every generation and waits until each has let go of its slot.

using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Maison.Api.Models;

namespace Maison.Api.Generation;

/// <summary>The interleaved pieces of several answers.</summary>
static class AnswerStream
{
    const int Backlog = 64;

    /// <summary>Every piece of every answer, in order within an answer; ends when all are finished.</summary>
    /// <param name="model">Generates.</param>
    /// <param name="answers">One per generation.</param>
    /// <param name="take">Called for each token as it arrives; false ends its answer before it.</param>
    /// <param name="cancellation">The caller has left, or the server stops.</param>
    public static async IAsyncEnumerable<Piece> Run(
        ServedModel model, IReadOnlyList<Answer> answers, Func<ValueTask<bool>> take, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pieces = Channel.CreateBounded<Piece>(new BoundedChannelOptions(Backlog) { SingleReader = true });
        var running = answers.Count;
        var computed = answers.Select(a => a.Request.Prompt).Distinct().ToDictionary(p => p, _ => new TaskCompletionSource());
        var pumps = answers.Select(Pump).ToArray();
        try
        {
            await foreach (var piece in pieces.Reader.ReadAllAsync(cancellation)) yield return piece;
        }
        finally
        {
            await leaving.CancelAsync();
            await Task.WhenAll(pumps);
        }

        async Task Pump(Answer answer)
        {
            var prompt = computed[answer.Request.Prompt];
            try
            {
                if (answers.First(a => a.Request.Prompt == answer.Request.Prompt) != answer) await prompt.Task.WaitAsync(leaving.Token);
                await foreach (var token in model.Generate(answer.Request, leaving.Token))
                {
                    prompt.TrySetResult();
                    var piece = await take() ? answer.Push(token) : answer.Cut();
                    await pieces.Writer.WriteAsync(piece, leaving.Token);
                    if (piece.Finish is not null) break;
                }
                if (Interlocked.Decrement(ref running) == 0) pieces.Writer.TryComplete();
            }
            catch (Exception e)
            {
                pieces.Writer.TryComplete(e);
            }
        }
    }
}
