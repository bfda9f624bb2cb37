// Who holds which page of the cache. A page is free, held by sequences (counted), or remembered: held by nobody, but with content that
// a later prompt may begin with. Remembered pages are given up in the order in which they were let go, and only when none is free.
// A sequence returns its pages last first, so a page is always given up before the page its content continues.

namespace Maison.Inference;

/// <summary>Reference counts of cache pages, a free list, and the line of remembered pages.</summary>
sealed class PagePool
{
    const int none = -1;

    readonly PrefixCache prefixes;
    readonly int[] holders, free;
    readonly int[] earlier, later;                 // the line of remembered pages, linked both ways
    int freeCount, oldest = none, newest = none;

    public PagePool(int pages, PrefixCache prefixes)
    {
        this.prefixes = prefixes;
        Total = pages;
        holders = new int[pages];
        earlier = new int[pages];
        later = new int[pages];
        free = new int[pages];
        for (var page = pages - 1; page >= 0; page--) free[freeCount++] = page;
    }

    public int Total { get; }

    /// <summary>Pages held by sequences.</summary>
    public int Used { get; private set; }

    /// <summary>Pages that <see cref="TryTake"/> can still give.</summary>
    public int Available => Total - Used;

    /// <summary>Gives a page to one holder; its content is worth nothing.</summary>
    public bool TryTake(out int page)
    {
        page = none;
        if (Available == 0) return false;
        if (freeCount > 0) page = free[--freeCount];
        else
        {
            page = oldest;
            Unlink(page);
            prefixes.Forget(page);
        }
        holders[page] = 1;
        Used++;
        return true;
    }

    /// <summary>Adds a holder to a page with remembered content.</summary>
    public void Share(int page)
    {
        if (holders[page]++ > 0) return;
        Unlink(page);
        Used++;
    }

    /// <summary>Takes one holder away.</summary>
    public void Return(int page)
    {
        if (--holders[page] > 0) return;
        Used--;
        if (!prefixes.Holds(page))
        {
            free[freeCount++] = page;
            return;
        }
        earlier[page] = newest;
        later[page] = none;
        if (newest == none) oldest = page;
        else later[newest] = page;
        newest = page;
    }

    void Unlink(int page)
    {
        if (earlier[page] == none) oldest = later[page];
        else later[earlier[page]] = later[page];
        if (later[page] == none) newest = earlier[page];
        else earlier[later[page]] = earlier[page];
    }
}
