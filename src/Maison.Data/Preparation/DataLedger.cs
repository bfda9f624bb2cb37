// What went into the prepared data, a line per corpus: terms, attribution, counts before and after each filter, digests. A
// training receipt and a model card are written from it.

using System.Text.Json;

namespace Maison.Data.Preparation;

/// <summary>One corpus of prepared data.</summary>
/// <param name="Corpus">Its name.</param>
/// <param name="Clean">What cleaning came to, with licence and attribution.</param>
/// <param name="Weights">Its weights in the mixture table used.</param>
/// <param name="Shards">The shards made from it.</param>
public sealed record LedgerEntry(string Corpus, CleanManifest Clean, CorpusWeights Weights, IReadOnlyList<ShardEntry> Shards);

/// <summary>Reads and writes ledger.jsonl of a folder of prepared data.</summary>
public static class DataLedger
{
    /// <summary>The ledger's file in a folder of prepared data.</summary>
    public const string FileName = "ledger.jsonl";

    internal static void Write(string folder, IEnumerable<LedgerEntry> entries) =>
        WholeFile.WriteText(Path.Combine(folder, FileName), string.Concat(entries.Select(e => JsonSerializer.Serialize(e, WholeFile.JsonLine) + "\n")));

    /// <summary>The ledger of <paramref name="folder"/> in the order of cleaning.</summary>
    /// <exception cref="InvalidDataException">There is none, or a line is damaged.</exception>
    public static IReadOnlyList<LedgerEntry> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{folder} holds no prepared data: {FileName} is missing. Prepare the data into it first, or finish the preparation.");
        List<LedgerEntry> entries = [];
        foreach (var line in File.ReadLines(path))
        {
            try { entries.Add(JsonSerializer.Deserialize<LedgerEntry>(line, WholeFile.JsonLine) ?? throw new JsonException("null")); }
            catch (JsonException e) { throw new InvalidDataException($"{path}:{entries.Count + 1}: damaged ({e.Message}). Prepare the data again; finished corpora are not redone."); }
        }
        return entries;
    }
}
