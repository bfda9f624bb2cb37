// Memory is foreseen before it is taken: a request says what its pictures will take, and is refused while that much is not free.

using Maison.Api.Errors;
using Maison.Data.Pictures;

namespace Maison.Api.Images;

/// <summary>Keeps account of the memory that picture requests take; safe from any thread.</summary>
sealed class PictureMemory
{
    /// <summary>Bytes per pixel: of an uploaded picture while it is unpacked and scaled, and of an answered one with its file and that in base 64.</summary>
    const long Unpacked = 40, Answered = 20;

    long taken;

    /// <summary>Bytes that a plan takes.</summary>
    /// <param name="uploaded">Pixels that were sent.</param>
    /// <param name="size">What comes out.</param>
    public static long Of(ImagePlan plan, long uploaded, (int Width, int Height) size) => Unpacked * uploaded + Answered * plan.Count * ((long)plan.Side * plan.Side + (long)size.Width * size.Height);

    /// <summary>Takes memory until it is disposed.</summary>
    /// <exception cref="ApiException">503 where it is not free.</exception>
    public Held Take(ImagePlan plan, long bytes, (int Width, int Height) size)
    {
        var others = Interlocked.Add(ref taken, bytes) - bytes;
        // What others have announced may not be in use yet.
        var free = plan.Painter.FreeBytes() - others;
        if (bytes <= free) return new(this, bytes);
        Interlocked.Add(ref taken, -bytes);
        throw ApiException.Unavailable($"{plan.Count} {(plan.Count == 1 ? "picture" : "pictures")} of {size.Width}x{size.Height} would take {Megabytes(bytes)} MB, of which {Megabytes(Math.Max(0, free))} are free. Ask for fewer or smaller ones, or again later.", "out_of_memory");
    }

    static long Megabytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;

    public readonly struct Held(PictureMemory of, long bytes) : IDisposable
    {
        public void Dispose() => Interlocked.Add(ref of.taken, -bytes);
    }
}
