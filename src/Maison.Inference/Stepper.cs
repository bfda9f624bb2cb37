// One step of continuous batching, without threads. A step goes like this:
//   1. drop    requests that were cancelled; their pages come back
//   2. admit   waiting requests in order of arrival, while slots and pages last; pages that hold a prompt's beginning are shared
//   3. plan    walk the running requests, oldest first: one row for each that decodes, and prompts in chunks of the row budget;
//              where pages run out the youngest request goes back to the line and is computed again later. Requests for logits and
//              requests for the rows before them take turns, since a step ends with the one or the other
//   4. run     the model once over all rows; only rows whose logits somebody wants reach the output matrix
//   5. take    sample (or score, or add up) from those rows, remember full pages, return the pages of finished requests, show the tokens
// Arrival order makes this fair and free of deadlock: every request fits the cache alone, and the oldest is never put back.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Inference;

/// <summary>Runs the model over whatever requests are there; owned by one thread, its counters may be read from any.</summary>
sealed class Stepper : IDisposable
{
    readonly Decoder model;
    readonly int maxRunning, maxBatchTokens;
    readonly Arena arena = new();
    readonly KvCache cache;
    readonly Pass pass;
    readonly PrefixCache prefixes;
    readonly PagePool pool;
    readonly Sampler sampler;

    // Both in order of arrival, and everything running arrived before everything waiting.
    readonly List<Sequence> running = [], waiting = [];

    readonly Sequence?[] batch;
    readonly Segment[] segments;
    readonly int[] ids, outputs;
    readonly Func<Tensor> forward;
    int planned, outputCount, rows;
    bool embeds;                                   // which kind of requests this step is for

    public Stepper(Decoder model, Gang gang, int pages, int maxRunning, int maxBatchTokens)
    {
        this.model = model;
        this.maxRunning = maxRunning;
        this.maxBatchTokens = maxBatchTokens;
        var config = model.Config;
        cache = new KvCache(config.Layers, config.KvHeads, config.HeadDim, pages);
        pass = new Pass(arena, gang, record: false, cache);
        prefixes = new PrefixCache(pages);
        pool = new PagePool(pages, prefixes);
        sampler = new Sampler(config.Vocab);
        batch = new Sequence?[maxRunning];
        segments = new Segment[maxRunning];
        ids = new int[maxBatchTokens + maxRunning];
        outputs = new int[ids.Length];
        forward = Forward;
    }

    public int Running => running.Count;
    public int Waiting => waiting.Count;
    public int PagesUsed => pool.Used;
    public int PagesTotal => pool.Total;
    public long CacheBytes => cache.Bytes;
    public long PromptTokens { get; private set; }
    public long CachedPromptTokens { get; private set; }
    public long GeneratedTokens { get; private set; }
    public long Preemptions { get; private set; }

    /// <summary>Puts a request at the end of the line.</summary>
    public void Add(Sequence s) => waiting.Add(s);

    /// <summary>One step; false when no request is left to work on.</summary>
    public bool Step()
    {
        planned = outputCount = 0;
        Drop();
        Admit();
        embeds = !embeds;
        var rows = Plan();
        if (planned == 0)
        {
            embeds = !embeds;
            rows = Plan();
        }
        if (planned == 0) return false;
        this.rows = rows;
        pass.Begin(segments.AsSpan(0, planned), outputs.AsSpan(0, outputCount), ids.AsSpan(0, rows));
        Take(pass.Replay(embeds ? 1 : 0, forward));
        return true;
    }

    /// <summary>What the step is for: (outputs, hidden or vocab).</summary>
    Tensor Forward()
    {
        var hidden = model.Hidden(pass, ids.AsSpan(0, rows));                            // (outputs, hidden)
        return embeds ? hidden : model.Logits(pass, hidden);
    }

    /// <summary>Fails the requests of the step that threw, or all of them when it threw before the model ran; the others go on.</summary>
    public void Fail(Exception error)
    {
        if (planned == 0) Close(() => new GenerationFailedException(error));
        for (var i = 0; i < planned; i++)
            if (batch[i] is { } s) Fail(s, error);
    }

    /// <summary>Ends all requests with what <paramref name="error"/> makes.</summary>
    public void Close(Func<Exception> error)
    {
        foreach (var s in waiting) s.Fail(error());
        waiting.Clear();
        while (running.Count > 0)
        {
            var s = running[^1];
            Leave(s);
            s.Fail(error());
        }
    }

    void Drop()
    {
        for (var i = running.Count - 1; i >= 0; i--)
            if (running[i].Cancelled) Leave(running[i]);
        for (var i = waiting.Count - 1; i >= 0; i--)
            if (waiting[i].Cancelled) waiting.RemoveAt(i);
    }

    void Admit()
    {
        while (waiting.Count > 0 && running.Count < maxRunning)
        {
            var s = waiting[0];
            Match(s);
            if (running.Count > 0 && !Fits(s))
            {
                ReturnPages(s);
                return;
            }
            waiting.RemoveAt(0);
            running.Add(s);
            if (s.CachedPromptTokens is not null) continue;
            s.CachedPromptTokens = s.Computed;
            CachedPromptTokens += s.Computed;
            PromptTokens += s.PromptTokens;
        }
    }

    /// <summary>Shares the pages that already hold the beginning of this request; the rows that give wanted logits are always computed.</summary>
    void Match(Sequence s)
    {
        var parent = PrefixCache.Root;
        while (s.Computed + KvCache.PageTokens < s.Wanted)
        {
            var page = prefixes.Find(parent, s.Tokens.Slice(s.Computed, KvCache.PageTokens));
            if (page < 0) break;
            pool.Share(page);
            s.Pages.Add(page);
            s.Computed += KvCache.PageTokens;
            parent = page;
        }
        s.Remembered = s.Pages.Count;
    }

    /// <summary>True when all that runs can finish what it has to compute now, and grow by a page each, beside this request.</summary>
    bool Fits(Sequence s)
    {
        var missing = MissingPages(s, s.Target);
        foreach (var other in running) missing += Math.Max(0, MissingPages(other, other.Target)) + 1;
        return missing <= pool.Available;
    }

    int Plan()
    {
        int rows = 0, decoding = 0;
        foreach (var s in running)
            if (s.Embeds == embeds && s.Pending == 1) decoding++;
        // Answers that are being read should not stutter because a long prompt came in, nor should the prompt wait for their end.
        var budget = decoding == 0 ? maxBatchTokens : Math.Max(1, Math.Min(maxBatchTokens - decoding, maxBatchTokens / 4));
        // Running may shrink from its young end while this walks it.
        for (var i = 0; i < running.Count; i++)
        {
            var s = running[i];
            if (s.Embeds != embeds) continue;
            var count = s.Pending == 1 ? 1 : Math.Min(s.Pending, budget);
            if (count == 0 || !Reserve(s, s.Computed + count)) continue;
            if (s.Pending > 1) budget -= count;
            s.Tokens.Slice(s.Computed, count).CopyTo(ids.AsSpan(rows));
            for (var row = Math.Max(0, s.Wanted - 1 - s.Computed); row < count; row++) outputs[outputCount++] = rows + row;
            segments[planned] = new Segment(rows, count, s.Computed, s.Pages);
            batch[planned++] = s;
            rows += count;
        }
        return rows;
    }

    /// <summary>Gives the request pages for so many tokens, at the cost of younger ones; false when it had to give way itself.</summary>
    bool Reserve(Sequence s, int tokens)
    {
        while (MissingPages(s, tokens) > 0)
        {
            if (pool.TryTake(out var page))
            {
                s.Pages.Add(page);
                continue;
            }
            var youngest = running[^1];
            Leave(youngest);
            waiting.Insert(0, youngest);
            Preemptions++;
            if (youngest == s) return false;
        }
        return true;
    }

    void Take(Tensor result)
    {
        var row = 0;
        var values = pass.Read(result);
        for (var i = 0; i < planned; i++)
        {
            var s = batch[i]!;
            s.Computed += segments[i].Length;
            Remember(s);
            var wanted = Math.Max(0, s.Computed - s.Wanted + 1);
            var end = row + wanted;
            try
            {
                while (row < end) GeneratedTokens += s.Take(values.Slice(row++ * result.Cols, result.Cols), sampler);
            }
            catch (Exception error)
            {
                Fail(s, error);
                batch[i] = null;
                row = end;
            }
        }
        // Pages come back before the caller hears of the end.
        for (var i = 0; i < planned; i++)
            if (batch[i] is { Finished: true } s) Leave(s);
        for (var i = 0; i < planned; i++) batch[i]?.Publish();
    }

    /// <summary>Makes full pages findable; a page that another request filled with the same tokens meanwhile replaces one's own.</summary>
    void Remember(Sequence s)
    {
        for (; (s.Remembered + 1) * KvCache.PageTokens <= s.Computed; s.Remembered++)
        {
            var at = s.Remembered;
            var parent = at == 0 ? PrefixCache.Root : s.Pages[at - 1];
            var tokens = s.Tokens.Slice(at * KvCache.PageTokens, KvCache.PageTokens);
            var twin = prefixes.Find(parent, tokens);
            if (twin < 0) prefixes.Add(parent, tokens, s.Pages[at]);
            else
            {
                pool.Share(twin);
                pool.Return(s.Pages[at]);
                s.Pages.Replace(at, twin);
            }
        }
    }

    void Fail(Sequence s, Exception error)
    {
        Leave(s);
        s.Fail(new GenerationFailedException(error));
    }

    void Leave(Sequence s)
    {
        running.Remove(s);
        ReturnPages(s);
    }

    void ReturnPages(Sequence s)
    {
        for (var i = s.Pages.Count - 1; i >= 0; i--) pool.Return(s.Pages[i]);
        s.Pages.Clear();
        s.Computed = s.Remembered = 0;
    }

    static int MissingPages(Sequence s, int tokens) => (tokens + KvCache.PageTokens - 1) / KvCache.PageTokens - s.Pages.Count;

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        cache.Dispose();
    }
}
