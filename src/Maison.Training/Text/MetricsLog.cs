// metrics.jsonl of a run: one JSON object per line, whole or absent. Writer and buffer are reused, so that a training step with its
// line allocates nothing.

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Maison.Training.Text;

/// <summary>Appends lines to the metrics of a run folder.</summary>
sealed class MetricsLog : IDisposable
{
    /// <summary>The file in a run folder.</summary>
    public const string FileName = "metrics.jsonl";

    readonly FileStream file;
    readonly ArrayBufferWriter<byte> line = new(1024);
    readonly Utf8JsonWriter json;

    public MetricsLog(string folder)
    {
        file = new FileStream(Path.Combine(folder, FileName), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        json = new(line);
    }

    /// <summary>Writes one line in one piece.</summary>
    public void Write<T>(in T value, JsonTypeInfo<T> type)
    {
        line.ResetWrittenCount();
        json.Reset(line);
        JsonSerializer.Serialize(json, value, type);
        json.Flush();
        line.GetSpan(1)[0] = (byte)'\n';
        line.Advance(1);
        file.Write(line.WrittenSpan);
    }

    public void Dispose()
    {
        json.Dispose();
        file.Dispose();
    }
}
