// Finds picture corpora: folders with a captions.jsonl (file, caption, style, and where known name, tags and ready wordings) and the pictures it names. It
// opens no picture; one with two captions counts twice. A line that cannot be used stops the reading: silence about it would lose work.

using System.Text.Json;
using Maison.Data.Corpora;

namespace Maison.Data.Pictures.Preparation;

/// <summary>A picture and what is said about it.</summary>
/// <param name="File">Path relative to the corpus.</param>
/// <param name="Name">What it shows: its concept, whatever the style.</param>
/// <param name="Captions">Wordings that are exact already; empty where they are to be composed.</param>
/// <param name="Parts">Its things, where it is known in which pixels they are seen.</param>
public sealed record CaptionedPicture(string File, string Caption, string Style, string Name, IReadOnlyList<string> Tags, IReadOnlyList<string> Captions, IReadOnlyList<PicturePart> Parts);

/// <summary>A thing of a picture, and where it is seen.</summary>
/// <param name="Names">What it is and what it is made of and its colour, as far as that is told.</param>
/// <param name="Left">Edges: pixels of a file, or of a prepared picture shares of its side.</param>
public sealed record PicturePart(IReadOnlyList<string> Names, float Left, float Top, float Right, float Bottom);

/// <summary>A folder of captioned pictures.</summary>
public sealed record PictureCorpus(string Name, string Folder, IReadOnlyList<CaptionedPicture> Pictures, CorpusLicence Licence)
{
    /// <summary>File that captions the pictures.</summary>
    public const string CaptionsName = "captions.jsonl";
    static readonly string[] endings = [".png", ".webp"];

    /// <summary>The corpora under a path, in ordinal order of their names: folders of it, or the folder itself. Those of other things than pictures are passed over.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A line is wrong, or its picture is missing; the message names file, line and remedy.</exception>
    public static IReadOnlyList<PictureCorpus> Find(string path)
    {
        path = Path.GetFullPath(path);
        if (!Directory.Exists(path)) throw new FileNotFoundException($"No folder at {path}. Give a folder of picture corpora, each with its {CaptionsName}.");
        string[] folders = File.Exists(Path.Combine(path, CaptionsName)) ? [path]
            : [.. Directory.GetDirectories(path).Where(f => File.Exists(Path.Combine(f, CaptionsName))).Order(StringComparer.Ordinal)];
        PictureCorpus[] corpora = [.. folders.Select(Read).Where(c => c.Pictures.Count > 0)];
        return corpora.Length > 0 ? corpora : throw new FileNotFoundException($"No picture corpus in {path}: neither it nor its folders hold a {CaptionsName} that names PNG or WebP files.");
    }

    static PictureCorpus Read(string folder)
    {
        var captions = Path.Combine(folder, CaptionsName);
        List<CaptionedPicture> pictures = [];
        var number = 0;
        foreach (var line in File.ReadLines(captions))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (Row(line, $"{captions}:{number}") is not { } picture) continue;
            var full = Path.GetFullPath(Path.Combine(folder, picture.File));
            if (!full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new InvalidDataException($"{captions}:{number}: {picture.File} lies outside the corpus. Name files inside it.");
            if (!File.Exists(full)) throw new InvalidDataException($"{captions}:{number}: there is no file {picture.File} in {folder}. Add it or remove the line.");
            pictures.Add(picture);
        }
        var name = Path.GetFileName(folder);
        return new(name, folder, pictures, CorpusLicence.Find(folder, name));
    }

    static CaptionedPicture? Row(string line, string where)
    {
        JsonDocument row;
        try { row = JsonDocument.Parse(line); }
        catch (JsonException e) { throw new InvalidDataException($"{where}: not a JSON line ({e.Message}). Mend or remove the line."); }
        using (row)
        {
            var root = row.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{where}: not a JSON object. Give {{\"file\", \"caption\", \"style\"}}.");
            var file = Word(root, "file");
            if (file.Length == 0) throw new InvalidDataException($"{where}: no \"file\". Name the picture.");
            if (!endings.Contains(Path.GetExtension(file).ToLowerInvariant())) return null;
            var caption = Word(root, "caption");
            if (caption.Length == 0) throw new InvalidDataException($"{where}: no \"caption\". Say what {file} shows.");
            string style = Word(root, "style"), name = Word(root, "name");
            return new(file, caption, style.Length > 0 ? style : "picture", name.Length > 0 ? name : caption, Words(root, "tags"), Words(root, "captions"), Parts(root, where));
        }
    }

    /// <summary>Things of a scene as the renderer tells them.</summary>
    static PicturePart[] Parts(JsonElement row, string where)
    {
        if (!row.TryGetProperty("scene", out var scene) || scene.ValueKind != JsonValueKind.Object || !scene.TryGetProperty("things", out var things)) return [];
        try
        {
            return [.. things.EnumerateArray().Select(t => (Thing: t, Box: t.GetProperty("box")))
                .Select(t => new PicturePart([.. new[] { "thing", "material", "colour" }.Select(f => Word(t.Thing, f)).Where(n => n.Length > 0)], Edge(t.Box, "left"), Edge(t.Box, "top"), Edge(t.Box, "right"), Edge(t.Box, "bottom")))];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{where}: the things of \"scene\" are not told as they should be ({e.Message}). Give each a \"box\" of left, top, right and bottom in pixels, or leave \"scene\" out.");
        }

        static float Edge(JsonElement box, string name) => box.GetProperty(name).GetSingle();
    }

    static string[] Words(JsonElement row, string field) => row.TryGetProperty(field, out var list) && list.ValueKind == JsonValueKind.Array
        ? [.. list.EnumerateArray().Where(t => t.ValueKind == JsonValueKind.String).Select(t => t.GetString()!.Trim()).Where(t => t.Length > 0)]
        : [];

    static string Word(JsonElement row, string field) => row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : "";
}
