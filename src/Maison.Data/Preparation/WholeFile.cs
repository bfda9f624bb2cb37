// Files that are either the old one or the whole new one: written beside their place and moved there when complete.

using System.Text.Encodings.Web;
using System.Text.Json;

namespace Maison.Data.Preparation;

static class WholeFile
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    public static readonly JsonSerializerOptions JsonLine = new(Json) { WriteIndented = false };

    /// <summary>Calls <paramref name="write"/> with a stream and puts the result at <paramref name="path"/>.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var partial = path + ".partial";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            write(file);
            file.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }

    public static void WriteText(string path, string text) => Write(path, file => file.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}
