// Writes cleaned documents as Brotli JSON lines in the shape that CorpusReader reads, so that a cleaned corpus is a corpus.

using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

sealed class CleanWriter : IDisposable
{
    readonly BrotliStream _packed;
    readonly Utf8JsonWriter _json;

    public CleanWriter(Stream into)
    {
        _packed = new(into, CompressionLevel.Fastest, leaveOpen: true);
        _json = new(_packed, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    public void Write(CorpusDocument document)
    {
        _json.WriteStartObject();
        if (document.Text is { } text) _json.WriteString("text", text);
        else
        {
            _json.WriteStartArray("messages");
            foreach (var turn in document.Messages!)
            {
                _json.WriteStartObject();
                _json.WriteString("role", turn.Role);
                if (turn.Reasoning is { } reasoning) _json.WriteString("reasoning", reasoning);
                _json.WriteString("content", turn.Content);
                _json.WriteEndObject();
            }
            _json.WriteEndArray();
        }
        if (document.Answer is { } answer) _json.WriteString("answer", answer);
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _packed.WriteByte((byte)'\n');
    }

    public void Dispose()
    {
        _json.Dispose();
        _packed.Dispose();
    }
}
