// A folder of prepared pictures: per corpus one file of pictures as they came, one index of captions for all, a ledger. Pictures stay encoded,
// since that is a twentieth of their pixels; they are decoded when they are asked for, at the size that is asked for.

using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Data.Corpora;
using Maison.Data.Preparation;

namespace Maison.Data.Pictures.Preparation;

/// <summary>One prepared picture.</summary>
/// <param name="Corpus">Where it comes from.</param>
/// <param name="Offset">Its place in the file of the corpus.</param>
/// <param name="Concept">What it shows, in lower case.</param>
/// <param name="Captions">Wordings, the given one first.</param>
/// <param name="Background">Red, green and blue under what is transparent.</param>
/// <param name="Nearest">Pixel art, whose edges stay hard.</param>
/// <param name="HeldOut">Its concept is never trained on.</param>
public sealed record PreparedPicture(string Corpus, string File, long Offset, int Bytes, string Style, string Concept, IReadOnlyList<string> Captions, byte[] Background, bool Nearest, bool HeldOut)
{
    /// <summary>Other ways to see it, for a painter that would learn it by heart; none where it is held out.</summary>
    public IReadOnlyList<PictureView> Views { get; init; } = [];

    /// <summary>Its things and where they are seen, as shares of its side; none where that is not known.</summary>
    public IReadOnlyList<PicturePart> Parts { get; init; } = [];

    /// <summary>All that is said about it, in any view.</summary>
    [JsonIgnore]
    public IEnumerable<string> Wordings => Captions.Concat(Views.SelectMany(v => v.Captions));
}

/// <summary>What went in, a line per corpus.</summary>
/// <param name="Sha256">Of its file of pictures.</param>
public sealed record PictureLedgerEntry(CorpusLicence Licence, string File, string Sha256, int Train, int HeldOut)
{
    /// <summary>Name of the corpus.</summary>
    public string Corpus => Licence.Name;
}

/// <summary>Reads a folder that <see cref="PicturePreparation"/> made.</summary>
public sealed class PreparedPictures
{
    /// <summary>The index.</summary>
    public const string IndexName = "pictures.jsonl.br";

    /// <summary>The ledger.</summary>
    public const string LedgerName = "picture-ledger.jsonl";

    readonly Dictionary<string, byte[]> files = [];

    /// <exception cref="InvalidDataException">The folder holds no prepared pictures, or damaged ones.</exception>
    public PreparedPictures(string folder)
    {
        Ledger = Lines<PictureLedgerEntry>(folder, LedgerName);
        All = Lines<PreparedPicture>(folder, IndexName);
        foreach (var entry in Ledger)
        {
            var path = Path.Combine(folder, entry.File);
            if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing. Prepare the pictures again.");
            files[entry.Corpus] = File.ReadAllBytes(path);
        }
        foreach (var picture in All)
            if (!files.TryGetValue(picture.Corpus, out var bytes) || picture.Offset < 0 || picture.Bytes < 1 || picture.Offset + picture.Bytes > bytes.Length || picture.Captions.Count == 0 || picture.Background is not { Length: 3 } || picture.Views is null || picture.Views.Any(v => v.Captions is null || v.Size is not (> 0 and <= 2)))
                throw new InvalidDataException($"{Path.Combine(folder, IndexName)}: {picture.Corpus}/{picture.File} does not lie in the file of its corpus. Prepare the pictures again.");
    }

    /// <summary>A line per corpus.</summary>
    public IReadOnlyList<PictureLedgerEntry> Ledger { get; }

    /// <summary>All pictures, corpus after corpus.</summary>
    public IReadOnlyList<PreparedPicture> All { get; }

    /// <summary>The pixels of a picture, side × side × 3.</summary>
    /// <param name="view">One of its views; null for the picture as it came.</param>
    public byte[] Pixels(PreparedPicture picture, int side, PictureView? view = null)
    {
        var square = PictureFile.Square(Whole(picture), side, picture.Nearest);
        return (view?.Of(square) ?? square).Pixels;
    }

    /// <summary>A picture in the size in which it came, on its background.</summary>
    public Picture Whole(PreparedPicture picture)
    {
        try
        {
            return PictureFile.On(PictureFile.Read(files[picture.Corpus].AsSpan((int)picture.Offset, picture.Bytes)), (picture.Background[0], picture.Background[1], picture.Background[2]));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{picture.Corpus}/{picture.File}: {e.Message}", e);
        }
    }

    static IReadOnlyList<T> Lines<T>(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path)) throw new InvalidDataException($"{folder} holds no prepared pictures: {name} is missing. Run `maison data prepare-image` into it first, or finish it.");
        List<T> all = [];
        using Stream file = File.OpenRead(path), plain = name.EndsWith(".br", StringComparison.Ordinal) ? new BrotliStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);
        while (reader.ReadLine() is { } line)
        {
            try { all.Add(JsonSerializer.Deserialize<T>(line, WholeFile.JsonLine) ?? throw new JsonException("null")); }
            catch (JsonException e) { throw new InvalidDataException($"{path}:{all.Count + 1}: damaged ({e.Message}). Prepare the pictures again."); }
        }
        return all;
    }
}
