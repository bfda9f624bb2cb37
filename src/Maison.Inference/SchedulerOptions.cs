// How much a scheduler may take of the machine. Every limit is checked when the scheduler is made, not when a request meets it.

using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Inference;

/// <summary>Limits of a <see cref="Scheduler"/>.</summary>
public sealed record SchedulerOptions
{
    const long defaultCacheBytes = 1L << 30;

    /// <summary>Tokens that prompt and answer may have together; null takes what the model was made for.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Requests that are computed at the same time; more wait in line.</summary>
    public int MaxRunning { get; init; } = 32;

    /// <summary>Pages of 64 tokens in the cache; takes precedence over <see cref="CacheBytes"/>.</summary>
    public int? CachePages { get; init; }

    /// <summary>Memory for the cache in bytes; null takes 1 GiB, or less where <see cref="MaxRunning"/> full contexts need less.</summary>
    public long? CacheBytes { get; init; }

    /// <summary>Rows of one step: longer prompts are computed in chunks, so that running answers never wait for a whole prompt.</summary>
    public int MaxBatchTokens { get; init; } = 512;

    /// <summary>Refuses limits that do not fit the model.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    internal void Validate(TextConfig model)
    {
        AtLeastOne(ContextLength ?? 1, nameof(ContextLength));
        AtLeastOne(MaxRunning, nameof(MaxRunning));
        AtLeastOne(CachePages ?? 1, nameof(CachePages));
        AtLeastOne(MaxBatchTokens, nameof(MaxBatchTokens));
        if (ContextLength > model.Context)
            throw new ArgumentException($"{nameof(ContextLength)} ({ContextLength}) must not exceed the model's context of {model.Context} tokens.", nameof(ContextLength));
        var page = PageBytes(model);
        if (CachePages is null && CacheBytes < page)
            throw new ArgumentException($"{nameof(CacheBytes)} ({CacheBytes}) must hold at least one page of {page} bytes.", nameof(CacheBytes));

        static void AtLeastOne(int value, string name)
        {
            if (value < 1) throw new ArgumentException($"{name} must be at least 1, not {value}.", name);
        }
    }

    /// <summary>Bytes of memory that keys and values of this model will take under these limits.</summary>
    public long CacheBytesFor(TextConfig model) => PagesFor(model) * PageBytes(model);

    /// <summary>Pages of the cache for this model.</summary>
    internal int PagesFor(TextConfig model)
    {
        if (CachePages is { } pages) return pages;
        var perContext = ((ContextLength ?? model.Context) + KvCache.PageTokens - 1) / KvCache.PageTokens;
        var affordable = Math.Max(1, (CacheBytes ?? defaultCacheBytes) / PageBytes(model));
        return (int)Math.Min(affordable, (long)perContext * MaxRunning);
    }

    static long PageBytes(TextConfig model) => KvCache.PageBytes(model.Layers, model.KvHeads, model.HeadDim);
}
