// Runs all answers of a request at the same time and hands out their pieces as they come. Leaving early, for whatever reason,
// cancels every generation and waits until each has let go of its slot.

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
            try
            {
                await foreach (var token in model.Generate(answer.Request, leaving.Token))
                {
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
