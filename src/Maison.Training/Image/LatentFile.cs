// Latents of views on disk, so that a run that goes on need not encode them again: whose they are, then fp32 rows in the order of the views. Rows are
// added as they are made; what a kill tore off is made again.

using System.Runtime.InteropServices;
using System.Text;

namespace Maison.Training.Image;

/// <summary>The latents of a run's views, as far as they are made.</summary>
sealed class LatentFile : IDisposable
{
    /// <summary>The file in a run folder.</summary>
    public const string FileName = "latents.bin";

    readonly FileStream file;
    readonly int values;
    readonly int head;

    /// <param name="key">Of what the latents are and who encodes them; a file with another key begins anew.</param>
    /// <param name="values">Numbers of a view.</param>
    public LatentFile(string path, string key, int values)
    {
        this.values = values;
        var wanted = Encoding.UTF8.GetBytes($"{key} {values}\n");
        head = wanted.Length;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1 << 20);
        var found = new byte[head];
        if (file.ReadAtLeast(found, head, throwOnEndOfStream: false) < head || !found.AsSpan().SequenceEqual(wanted))
        {
            file.SetLength(0);
            file.Write(wanted);
        }
        Count = (int)((file.Length - head) / RowBytes);
        file.SetLength(head + Count * RowBytes);
    }

    long RowBytes => (long)values * sizeof(float);

    /// <summary>Views whose latents there are.</summary>
    public int Count { get; private set; }

    /// <summary>The latents of the first so many views.</summary>
    public float[][] Read(int count)
    {
        file.Position = head;
        var rows = new float[count][];
        foreach (ref var row in rows.AsSpan()) file.ReadExactly(MemoryMarshal.AsBytes((row = new float[values]).AsSpan()));
        return rows;
    }

    /// <summary>Adds the latents of the next views.</summary>
    public void Add(ReadOnlySpan<float[]> rows)
    {
        file.Position = head + Count * RowBytes;
        foreach (var row in rows) file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
        file.Flush();
        Count += rows.Length;
    }

    public void Dispose() => file.Dispose();
}
