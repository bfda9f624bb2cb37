// Pages of an Ogg stream (RFC 3533). It knows nothing about what the packets hold.

using System.Buffers;
using System.Buffers.Binary;

namespace Maison.Data.Audio.Encoders;

/// <summary>Pages of one logical Ogg stream; packets never cross them.</summary>
sealed class OggPages(int serial)
{
    const int HeaderBytes = 27;
    static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(i => Enumerable.Range(0, 8).Aggregate((uint)i << 24, (c, _) => (c & 0x80000000) != 0 ? c << 1 ^ 0x04C11DB7 : c << 1))];

    readonly List<byte> _lacing = [], _body = [];
    uint _number;

    public void Add(ReadOnlySpan<byte> packet)
    {
        for (var left = packet.Length; ; left -= 255)
        {
            _lacing.Add((byte)Math.Min(left, 255));
            if (left < 255) break;
        }
        _body.AddRange(packet);
    }

    public void Flush(IBufferWriter<byte> to, long granule, bool last)
    {
        var page = new byte[HeaderBytes + _lacing.Count + _body.Count];
        "OggS"u8.CopyTo(page);
        page[5] = (byte)((_number == 0 ? 2 : 0) | (last ? 4 : 0));
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(6), granule);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(14), serial);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(18), _number++);
        page[26] = (byte)_lacing.Count;
        _lacing.CopyTo(page, HeaderBytes);
        _body.CopyTo(page, HeaderBytes + _lacing.Count);
        var crc = 0u;
        foreach (var b in page) crc = crc << 8 ^ CrcTable[(byte)(crc >> 24) ^ b];
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(22), crc);
        to.Write(page);
        _lacing.Clear();
        _body.Clear();
    }
}
