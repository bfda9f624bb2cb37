// Lines of a byte stream without turning them into strings first: JSON is parsed from UTF-8 as it lies in the buffer.
// It knows nothing about JSON. A compressed stream that ends early or is damaged is told apart from a short file: the error
// names the file, because half a corpus that reads without complaint would be lost data.

namespace Maison.Data.Corpora;

sealed class LineReader(Stream stream, string file)
{
    byte[] _buffer = new byte[1 << 18];
    int _start, _end;
    bool _finished;

    /// <summary>Number of the line given last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Gives the next line without its line feed, valid until the next call; false at the end.</summary>
    /// <exception cref="InvalidDataException">The stream is damaged or ends early.</exception>
    public bool Next(out ReadOnlyMemory<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _buffer.AsMemory(_start, searched + at);
                _start += searched + at + 1;
                break;
            }
            searched = _end - _start;
            if (_finished)
            {
                line = _buffer.AsMemory(_start, searched);
                _start = _end;
                if (searched == 0) return false;
                break;
            }
            Fill();
        }
        Number++;
        if (Number == 1 && line.Span.StartsWith("\uFEFF"u8)) line = line[3..];
        return true;
    }

    void Fill()
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, checked(_buffer.Length * 2));
        int read;
        try { read = stream.Read(_buffer, _end, _buffer.Length - _end); }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException)
        {
            throw new InvalidDataException($"{file}: damaged or cut short after line {Number} ({e.Message}). Fetch the file again.", e);
        }
        if (read == 0) _finished = true;
        _end += read;
    }
}
