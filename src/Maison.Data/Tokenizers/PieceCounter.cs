// Counts the pieces of many documents on several threads, each with a table of its own that nobody else touches; the tables
// are added together at the end. Knows nothing about merges. Documents travel to the threads in copied batches of a megabyte.
using System.Collections.Concurrent;

namespace Maison.Data.Tokenizers;

static class PieceCounter
{
    const int BatchBytes = 1 << 20;

    sealed record Batch(byte[] Bytes, int[] Ends);

    public static PieceTable Count(IEnumerable<ReadOnlyMemory<byte>> documents, int threads, IProgress<BpeTrainingProgress>? progress, CancellationToken cancel)
    {
        using var queue = new BlockingCollection<Batch>(threads * 2);
        var tables = new PieceTable[threads];
        Exception? failure = null;
        var workers = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            var table = tables[i] = new PieceTable();
            workers[i] = new Thread(() =>
            {
                // After a failure the queue is still emptied, or the thread that fills it would wait for ever.
                foreach (var batch in queue.GetConsumingEnumerable())
                {
                    if (Volatile.Read(ref failure) is not null) continue;
                    try { CountBatch(batch, table); }
                    catch (Exception e) { Interlocked.CompareExchange(ref failure, e, null); }
                }
            })
            { IsBackground = true, Name = "bpe-count" };
            workers[i].Start();
        }
        try
        {
            Fill(queue, documents, progress, cancel);
        }
        finally
        {
            queue.CompleteAdding();
            foreach (var worker in workers) worker.Join();
        }
        if (failure is not null) throw new InvalidDataException($"Counting the documents failed: {failure.Message}", failure);
        for (int i = 1; i < threads; i++) tables[0].Add(tables[i]);
        return tables[0];
    }

    static void Fill(BlockingCollection<Batch> queue, IEnumerable<ReadOnlyMemory<byte>> documents, IProgress<BpeTrainingProgress>? progress, CancellationToken cancel)
    {
        var ends = new List<int>();
        byte[] bytes = new byte[BatchBytes];
        int used = 0;
        long done = 0, reported = 0;
        foreach (var document in documents)
        {
            cancel.ThrowIfCancellationRequested();
            if (used > 0 && used + document.Length > bytes.Length) Send();
            if (document.Length > bytes.Length) bytes = new byte[document.Length];
            document.CopyTo(bytes.AsMemory(used));
            used += document.Length;
            ends.Add(used);
        }
        Send();

        void Send()
        {
            queue.Add(new Batch(bytes, [.. ends]), cancel);
            done += used;
            bytes = new byte[BatchBytes];
            used = 0;
            ends.Clear();
            if (done - reported < 32 << 20) return;
            progress?.Report(new("count", done, 0));
            reported = done;
        }
    }

    static void CountBatch(Batch batch, PieceTable table)
    {
        int start = 0;
        foreach (int end in batch.Ends)
        {
            var document = batch.Bytes.AsSpan(start, end - start);
            for (int at = 0; at < document.Length;)
            {
                int pieceEnd = QwenScanner.PieceEnd(document, at, 1);
                table.Add(document[at..pieceEnd], 1);
                at = pieceEnd;
            }
            start = end;
        }
    }
}
