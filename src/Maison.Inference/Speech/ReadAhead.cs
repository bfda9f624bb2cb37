// A sequence that another thread makes while this one uses what was made before.

using System.Collections.Concurrent;

namespace Maison.Inference.Speech;

static class ReadAhead
{
    /// <summary>The same elements, made on a thread of its own, some ahead of whoever reads them. An error comes where the element would; who stops reading ends the making.</summary>
    /// <param name="count">Elements that wait at most.</param>
    public static IEnumerable<T> Ahead<T>(this IEnumerable<T> made, int count)
    {
        using var waiting = new BlockingCollection<T>(count);
        using var left = new CancellationTokenSource();
        var making = Task.Factory.StartNew(() =>
        {
            try
            {
                foreach (var element in made) waiting.Add(element, left.Token);
            }
            catch (OperationCanceledException) when (left.IsCancellationRequested) { }
            finally
            {
                waiting.CompleteAdding();
            }
        }, TaskCreationOptions.LongRunning);
        try
        {
            foreach (var element in waiting.GetConsumingEnumerable()) yield return element;
            making.GetAwaiter().GetResult();
        }
        finally
        {
            left.Cancel();
            Task.WhenAny(making).Wait();
        }
    }
}
