// Finds training documents that hold questions of an evaluation: a score on questions that were trained on says nothing. Words are compared,
// not spacing or punctuation. A document overlaps when it shares 13 words in a row with one of a question's texts (arXiv 2005.14165,
// appendix C). A text of 8 to 12 words counts when all of it stands in the document. One of fewer words, a sum or half a phrase, is in any
// large corpus by chance: it is not looked for, and how many questions have only such texts is told.
// Numbers are words: a templated problem with other numbers is another problem, unless 13 words between its numbers are the same.

using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Maison.Data.Corpora;

/// <summary>The questions of a folder, as far as documents are compared with them.</summary>
public sealed class QuestionOverlap
{
    /// <summary>Words in a row that make an overlap.</summary>
    public const int Words = 13;
    /// <summary>The fewest words of a row that is looked for as a whole.</summary>
    public const int FewestWords = 8;

    const ulong Base = 0x9E3779B97F4A7C15;

    readonly Dictionary<ulong, int>[] _runs = [.. Enumerable.Range(0, Words + 1).Select(_ => new Dictionary<ulong, int>())];
    readonly ulong[] _powers = new ulong[Words + 1];

    QuestionOverlap(string[] names)
    {
        Names = names;
        _powers[0] = 1;
        for (var i = 1; i <= Words; i++) _powers[i] = _powers[i - 1] * Base;
    }

    /// <summary>Names of the files of questions, without their endings.</summary>
    public IReadOnlyList<string> Names { get; }
    /// <summary>Questions all of whose texts have fewer than <see cref="FewestWords"/> words, which are not looked for.</summary>
    public int TooShort { get; private set; }
    /// <summary>Digest of the files' names and contents.</summary>
    public string Sha256 { get; private set; } = "";

    /// <summary>Reads every .jsonl file of a folder. Every string of a row is a text: the question, each choice, the answer.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder, or no .jsonl file in it.</exception>
    /// <exception cref="InvalidDataException">A line is no JSON object; names file and line.</exception>
    public static QuestionOverlap Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder}: there is no such folder of evaluation questions.");
        string[] files = [.. Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new DirectoryNotFoundException($"{folder} has no .jsonl file of evaluation questions.");
        var overlap = new QuestionOverlap([.. files.Select(f => Path.GetFileNameWithoutExtension(f))]);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var f = 0; f < files.Length; f++)
        {
            var bytes = File.ReadAllBytes(files[f]);
            digest.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(files[f]) + "\n"));
            digest.AppendData(SHA256.HashData(bytes));
            var lines = new LineReader(new MemoryStream(bytes), files[f]);
            while (lines.Next(out var line))
            {
                if (line.Span.Trim(" \t\r"u8).Length == 0) continue;
                var looked = false;
                foreach (var text in Texts(line, files[f], lines.Number)) looked |= overlap.Add(text, f);
                if (!looked) overlap.TooShort++;
            }
        }
        overlap.Sha256 = Convert.ToHexStringLower(digest.GetHashAndReset());
        return overlap;
    }

    /// <summary>The number of the first file in <see cref="Names"/> that has a question in the text; -1 for none. Callable from several threads.</summary>
    public int Find(string text)
    {
        var sums = Sums(text);
        for (var length = Words; length >= FewestWords; length--)
        {
            if (_runs[length].Count == 0) continue;
            for (var at = 0; at + length < sums.Count; at++)
                if (_runs[length].TryGetValue(Run(sums, at, length), out var file)) return file;
        }
        return -1;
    }

    bool Add(string text, int file)
    {
        var sums = Sums(text);
        var words = sums.Count - 1;
        if (words < FewestWords) return false;
        var length = Math.Min(words, Words);
        for (var at = 0; at + length <= words; at++) _runs[length].TryAdd(Run(sums, at, length), file);
        return true;
    }

    /// <summary>Sums of the words' digests in powers of a base, one more than words: any run of words is told by two of them.</summary>
    static List<ulong> Sums(string text)
    {
        List<ulong> sums = [0];
        var words = new WordHashes(text);
        while (words.Next(out var word)) sums.Add(sums[^1] * Base + word);
        return sums;
    }

    ulong Run(List<ulong> sums, int at, int length) => sums[at + length] - sums[at] * _powers[length];

    static List<string> Texts(ReadOnlyMemory<byte> line, string file, long number)
    {
        try
        {
            using var row = JsonDocument.Parse(line);
            if (row.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException("it is no object");
            List<string> texts = [];
            Collect(row.RootElement, texts);
            return texts;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}:{number}: not a question as a JSON object ({e.Message.TrimEnd('.')}). Mend the line, or take the file out of the folder.");
        }
    }

    static void Collect(JsonElement value, List<string> texts)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: texts.Add(WithoutLabel(value.GetString()!)); break;
            case JsonValueKind.Array: foreach (var item in value.EnumerateArray()) Collect(item, texts); break;
            case JsonValueKind.Object: foreach (var field in value.EnumerateObject()) Collect(field.Value, texts); break;
        }
    }

    /// <summary>The text behind a first word such as "Question:", which stands for the prompt and not in what was copied.</summary>
    static string WithoutLabel(string text)
    {
        var trimmed = text.AsSpan().TrimStart();
        var letters = trimmed.IndexOfAnyExcept(AsciiLetters);
        return letters > 0 && trimmed[letters] == ':' ? trimmed[(letters + 1)..].ToString() : text;
    }

    static readonly SearchValues<char> AsciiLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}
