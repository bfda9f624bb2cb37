// Memory for one sound after the other: getting it takes a device about as long as speaking a sentence does.

using Maison.Tensors;

namespace Maison.Inference.Speech;

/// <summary>Lends arenas and keeps one that came back for whoever comes next; safe for many callers.</summary>
sealed class KeptArena
{
    const int chunkBytes = 8 << 20;

    Arena? idle;

    /// <summary>An arena of one's own until the loan is disposed.</summary>
    public Loan Take() => new(this, Interlocked.Exchange(ref idle, null) ?? new Arena(chunkBytes));

    public sealed class Loan(KeptArena home, Arena arena) : IDisposable
    {
        int returned;

        public Arena Arena => arena;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref returned, 1) == 0) Interlocked.Exchange(ref home.idle, arena)?.Dispose();
        }
    }
}
