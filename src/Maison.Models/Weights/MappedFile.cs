// A whole file mapped read-only into memory: pages come from disk when touched and are shared between processes.
// It knows nothing of formats. The file must not be truncated while mapped; writers here never do, they replace it.

using System.IO.MemoryMappedFiles;

namespace Maison.Models.Weights;

/// <summary>A read-only memory map with bounds-checked access.</summary>
public sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;
    byte* _start;

    /// <summary>Maps <paramref name="path"/>; an empty or missing file is refused.</summary>
    /// <exception cref="CheckpointFormatException">The file is missing, unreadable or empty.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Length = stream.Length;
            if (Length == 0)
                throw new CheckpointFormatException(path, "length", "the file is empty", "Download or export it again");
            _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFormatException(path, "file", $"it cannot be opened ({e.Message})", "Check the path and its permissions", e);
        }
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>A view of part of the file; it must not be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length) => new(Pointer(offset, length), length);

    /// <summary>The address of part of the file, for kernels and for tensors over 2 GB; dead after <see cref="Dispose"/>.</summary>
    public byte* Pointer(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes at {offset} leave {Path}, which has {Length}.");
        return _start + offset;
    }

    public void Dispose()
    {
        if (_start is null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
