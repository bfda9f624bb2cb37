// Copies tensors from an opened file to one being written, in chunks, converting the element type only when it changes.
// A value that the new type cannot hold stops the transfer with the tensor's name; nothing becomes infinite in silence.

namespace Maison.Models.Weights;

/// <summary>Moves tensors between files, telling how far it is.</summary>
/// <param name="writer">Where the tensors go.</param>
/// <param name="progress">Told the share done, from 0 to 1.</param>
/// <param name="cancel">Stops between chunks.</param>
sealed class TensorTransfer(TensorFileWriter writer, IProgress<double>? progress, CancellationToken cancel)
{
    const int ChunkLength = 1 << 18;   // values; a multiple of every unit

    readonly float[] _values = new float[ChunkLength];
    long _written;

    /// <summary>Appends <paramref name="count"/> values from element <paramref name="start"/> to a tensor announced as <paramref name="type"/>.</summary>
    public void Copy(StoredTensor from, long start, long count, string name, ElementType type)
    {
        for (var end = start + count; start < end; start += ChunkLength)
        {
            cancel.ThrowIfCancellationRequested();
            var length = (int)Math.Min(ChunkLength, end - start);
            if (from.Type == type)
            {
                writer.Write(name, from.Slice(start, length));
            }
            else
            {
                var part = _values.AsSpan(0, length);
                from.Read(start, part);
                if (type == ElementType.F16) RequireHalves(from, part);
                try
                {
                    writer.Write(name, part);
                }
                catch (OverflowException e)
                {
                    throw new CheckpointFormatException(from.File, from.Name, e.Message.TrimEnd('.'), "Choose another type", e);
                }
            }
            _written += type.ByteCount(length);
            progress?.Report(Math.Min(1, (double)_written / writer.Length));
        }
    }

    static void RequireHalves(StoredTensor from, ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            if (MathF.Abs(value) >= 65520f && float.IsFinite(value))
                throw new CheckpointFormatException(from.File, from.Name, $"the value {value} is beyond F16", "Choose F32 or BF16");
    }
}
