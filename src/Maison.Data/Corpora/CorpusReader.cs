// Reads corpora: a folder of corpus folders, one corpus folder, or a single file; JSON lines or plain text, as they are,
// gzipped or Brotli-compressed. It knows nothing about cleaning or tokens and holds one document at a time.
// Lines that are not JSON are counted and the first ones remembered; a row of an unknown shape stops the reading.

using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Maison.Data.Corpora;

/// <summary>One corpus: a name, its files in reading order, its licence.</summary>
/// <param name="Name">Folder name, or the file without its endings.</param>
/// <param name="Files">Full paths, in ordinal order of their names.</param>
/// <param name="Licence">Terms and attribution.</param>
public sealed record Corpus(string Name, IReadOnlyList<string> Files, CorpusLicence Licence)
{
    /// <summary>Bytes on disk, as they are stored.</summary>
    public long StoredBytes => Files.Sum(f => new FileInfo(f).Length);
}

/// <summary>Counts of one reading.</summary>
public sealed class CorpusReadCount
{
    const int Remembered = 5;
    readonly List<string> _malformed = [];

    /// <summary>Documents given out.</summary>
    public long Documents { get; internal set; }
    /// <summary>Bytes on disk read so far.</summary>
    public long StoredBytes { get; internal set; }
    /// <summary>Lines that were not JSON and gave no document.</summary>
    public long Malformed { get; private set; }
    /// <summary>The first malformed lines as "file:line: why".</summary>
    public IReadOnlyList<string> MalformedLines => _malformed;

    internal void Add(string file, long line, string why)
    {
        Malformed++;
        if (_malformed.Count < Remembered) _malformed.Add($"{file}:{line}: {why}");
    }
}

/// <summary>Finds corpora under a path and reads their documents in order.</summary>
public static class CorpusReader
{
    /// <summary>A text file becomes documents of about this many characters, cut at blank lines.</summary>
    public const int TextDocumentChars = 8_192;
    /// <summary>A line holding this alone ends a document of a text file.</summary>
    public const string DocumentMark = "<|endoftext|>";

    static readonly string[] Endings = [".jsonl", ".json", ".ndjson", ".txt", ".md"];
    static readonly string[] Sidecars = ["LEDGER.jsonl", "LICENCE.txt", "LICENSE.txt", "README.md", "README.txt"];

    /// <summary>Corpora under all of <paramref name="paths"/>, each path's in ordinal order of their names.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there, or nothing readable as a corpus.</exception>
    /// <exception cref="InvalidDataException">Two corpora have one name.</exception>
    public static IReadOnlyList<Corpus> Find(IReadOnlyList<string> paths)
    {
        List<Corpus> found = [.. paths.SelectMany(Find)];
        if (found.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InvalidDataException($"{string.Join(", ", paths)}: two corpora are called \"{twice.Key}\". Rename one.");
        return found;
    }

    /// <summary>Corpora under <paramref name="path"/> in ordinal order of their names.</summary>
    /// <exception cref="FileNotFoundException">Nothing is there, or nothing readable as a corpus.</exception>
    public static IReadOnlyList<Corpus> Find(string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path))
        {
            if (!IsCorpusFile(path)) throw new FileNotFoundException($"{path} is no corpus file. Give {string.Join(", ", Endings)}, or one of them with .gz or .br.");
            var name = Bare(path);
            return [new(name, [path], CorpusLicence.Find(Path.GetDirectoryName(path)!, name))];
        }
        if (!Directory.Exists(path)) throw new FileNotFoundException($"No data at {path}. Give a folder of corpora or one text or JSON-lines file.");

        List<Corpus> found = [];
        var own = FilesOf(path);
        foreach (var folder in Directory.GetDirectories(path).Order(StringComparer.Ordinal))
        {
            var files = FilesOf(folder);
            var name = Path.GetFileName(folder);
            if (files.Count > 0) found.Add(new(name, files, CorpusLicence.Find(folder, name)));
        }
        if (found.Count > 0)
            found.AddRange(own.Select(f => new Corpus(Bare(f), [f], CorpusLicence.Find(path, Bare(f)))));
        else if (own.Count > 0)
            found.Add(new(Path.GetFileName(path), own, CorpusLicence.Find(path, Path.GetFileName(path))));
        if (found.Count == 0) throw new FileNotFoundException($"No corpus in {path}: it and its folders hold no {string.Join(", ", Endings)} file, plain or with .gz or .br.");
        return found;
    }

    /// <summary>The documents of a corpus, file by file and line by line; <paramref name="count"/> grows with them.</summary>
    /// <exception cref="InvalidDataException">A row of unknown shape, a broken compressed file, or text that is not UTF-8; the message names file, line and remedy.</exception>
    public static IEnumerable<CorpusDocument> Read(Corpus corpus, CorpusReadCount count)
    {
        foreach (var file in corpus.Files)
        {
            var before = count.StoredBytes;
            using var stored = File.OpenRead(file);
            using var plain = Decompress(stored, file);
            var documents = IsText(file) ? TextDocuments(plain, file) : JsonDocuments(plain, file, count);
            foreach (var document in documents)
            {
                count.Documents++;
                count.StoredBytes = before + stored.Position;
                yield return document;
            }
            count.StoredBytes = before + stored.Length;
        }
    }

    static IEnumerable<CorpusDocument> JsonDocuments(Stream plain, string file, CorpusReadCount count)
    {
        var lines = new LineReader(plain, file);
        while (lines.Next(out var line))
        {
            if (line.Span.Trim(" \t\r"u8).Length == 0) continue;
            CorpusDocument document;
            try { document = CorpusRow.Parse(line.Span, file, lines.Number); }
            catch (JsonException e)
            {
                count.Add(file, lines.Number, e.Message);
                continue;
            }
            yield return document;
        }
    }

    static IEnumerable<CorpusDocument> TextDocuments(Stream plain, string file)
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        var lines = new LineReader(plain, file);
        var text = new StringBuilder();
        long first = 1;
        while (lines.Next(out var bytes))
        {
            string line;
            try { line = strict.GetString(bytes.Span.TrimEnd((byte)'\r')); }
            catch (DecoderFallbackException) { throw new InvalidDataException($"{file}:{lines.Number}: not UTF-8. Convert the file first, e.g. iconv -f latin1 -t utf-8."); }
            var mark = line.Trim() == DocumentMark;
            if (mark || (line.Length == 0 && text.Length >= TextDocumentChars))
            {
                if (text.Length > 0) yield return new(text.ToString(), null, null, file, first);
                text.Clear();
            }
            if (mark) continue;
            if (text.Length == 0)
            {
                if (string.IsNullOrWhiteSpace(line)) continue;
                first = lines.Number;
            }
            text.Append(line).Append('\n');
        }
        if (text.Length > 0) yield return new(text.ToString(), null, null, file, first);
    }

    static Stream Decompress(FileStream stored, string file) => Path.GetExtension(file) switch
    {
        ".gz" => new GZipStream(stored, CompressionMode.Decompress),
        ".br" => new BrotliStream(stored, CompressionMode.Decompress),
        _ => stored,
    };

    static List<string> FilesOf(string folder) =>
        [.. Directory.GetFiles(folder).Where(f => IsCorpusFile(f) && !Sidecars.Contains(Path.GetFileName(f))).Order(StringComparer.Ordinal)];

    static string WithoutCompression(string file) => Path.GetExtension(file) is ".gz" or ".br" ? Path.ChangeExtension(file, null) : file;
    static bool IsCorpusFile(string file) => Endings.Contains(Path.GetExtension(WithoutCompression(file)));
    static bool IsText(string file) => Path.GetExtension(WithoutCompression(file)) is ".txt" or ".md";
    static string Bare(string file) => Path.GetFileNameWithoutExtension(WithoutCompression(file));
}
