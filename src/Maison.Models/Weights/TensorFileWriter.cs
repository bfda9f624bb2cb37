// Writes the tensors that a header has announced, each at its announced place, in any order and in chunks of any size.
// Formats decide the header and the places; this knows neither. All bytes go to "<path>.tmp", whose space is claimed first;
// only Commit, after an fsync, renames it over the target, so a full disk or a kill leaves the last good file untouched.

using Microsoft.Win32.SafeHandles;

namespace Maison.Models.Weights;

/// <summary>A tensor to be written: name, type and shape (outermost first).</summary>
public sealed record TensorSpec(string Name, ElementType Type, params long[] Shape);

/// <summary>A checkpoint file in the making; without <see cref="Commit"/>, disposing it leaves nothing behind.</summary>
public sealed class TensorFileWriter : IDisposable
{
    const int ChunkLength = 16384;   // values converted at a time; a multiple of every unit

    sealed class Place(ElementType type, long offset, long byteCount)
    {
        public readonly ElementType Type = type;
        public readonly long ByteCount = byteCount;
        public readonly long Offset = offset;
        public long Written;
    }

    readonly string _path;
    readonly string _temporary;
    readonly SafeFileHandle _handle;
    readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    byte[]? _chunk;
    bool _committed;

    /// <summary>Claims <paramref name="length"/> bytes and writes the header; offsets count from the start of the file.</summary>
    internal TensorFileWriter(string path, ReadOnlySpan<byte> header, IEnumerable<(TensorSpec Spec, long Offset, long ByteCount)> layout, long length)
    {
        _path = path;
        _temporary = path + ".tmp";
        foreach (var (spec, offset, bytes) in layout) _places.Add(spec.Name, new Place(spec.Type, offset, bytes));
        try
        {
            _handle = File.OpenHandle(_temporary, FileMode.Create, FileAccess.Write, FileShare.None, preallocationSize: length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
        try
        {
            RandomAccess.Write(_handle, header, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw Failed(e);
        }
        Length = length;
    }

    /// <summary>Bytes that the finished file has.</summary>
    public long Length { get; }

    /// <summary>Appends stored bytes to a tensor.</summary>
    /// <exception cref="ArgumentException">The name was not announced, or more bytes come than its shape holds.</exception>
    /// <exception cref="IOException">The disk is full or unwritable; the previous file is untouched.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        var place = Find(name);
        if (bytes.Length > place.ByteCount - place.Written)
            throw new ArgumentException($"Tensor '{name}' takes {place.ByteCount} bytes; {place.Written + bytes.Length} were given.", nameof(bytes));
        try
        {
            RandomAccess.Write(_handle, bytes, place.Offset + place.Written);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
        place.Written += bytes.Length;
    }

    /// <summary>Appends values to a tensor, encoded as its announced type (F32, F16, BF16 or Q8_0; the last in multiples of 32).</summary>
    public void Write(string name, ReadOnlySpan<float> values)
    {
        var type = Find(name).Type;
        _chunk ??= new byte[ChunkLength * sizeof(float)];
        for (; !values.IsEmpty; values = values[Math.Min(ChunkLength, values.Length)..])
        {
            var part = values[..Math.Min(ChunkLength, values.Length)];
            var bytes = _chunk.AsSpan(0, (int)type.ByteCount(part.Length));
            ElementConversion.FromSingle(type, part, bytes);
            Write(name, bytes);
        }
    }

    /// <summary>Flushes to the disk and puts the file in the place of the old one, if any.</summary>
    /// <exception cref="InvalidOperationException">An announced tensor is not complete; nothing was replaced.</exception>
    public void Commit()
    {
        foreach (var (name, place) in _places)
            if (place.Written != place.ByteCount)
                throw new InvalidOperationException($"Tensor '{name}' of {_path} got {place.Written} of its {place.ByteCount} bytes.");
        try
        {
            RandomAccess.SetLength(_handle, Length);
            RandomAccess.FlushToDisk(_handle);
            _handle.Dispose();
            File.Move(_temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
        _committed = true;
    }

    public void Dispose()
    {
        _handle.Dispose();
        if (!_committed) File.Delete(_temporary);
    }

    Place Find(string name) => _places.TryGetValue(name, out var place)
        ? place
        : throw new ArgumentException($"The header of {_path} announces no tensor '{name}'.", nameof(name));

    IOException Failed(Exception cause) =>
        new($"{_path} could not be written ({cause.Message.TrimEnd('.')}). Free some space or check the folder's permissions; what was there before is unchanged.", cause);
}
