// Where a corpus comes from and under which terms: read from a LEDGER.jsonl line or a LICENCE.txt, never invented.
// It knows nothing about the documents themselves. A corpus without either is marked "not stated", so that a model
// card can say so instead of staying silent.

using System.Text.Json;

namespace Maison.Data.Corpora;

/// <summary>Licence and attribution of one corpus, as a model card must repeat them.</summary>
/// <param name="Name">Corpus name: its folder, or the file without its endings.</param>
/// <param name="Licence">Licence in the ledger's words, or <see cref="NotStated"/>.</param>
/// <param name="Source">Where it was taken from.</param>
/// <param name="Attribution">The whole LICENCE.txt, which holds the attribution that CC BY asks for; empty without one.</param>
/// <param name="Sha256">The ledger's digest over the corpus folder; empty when the ledger names none.</param>
/// <param name="Documents">The ledger's count of documents; 0 when it names none.</param>
public sealed record CorpusLicence(string Name, string Licence, string Source, string Attribution, string Sha256, long Documents)
{
    /// <summary>What stands in place of a licence that nobody wrote down.</summary>
    public const string NotStated = "not stated";

    /// <summary>Finds the licence of the corpus <paramref name="name"/> that lies in <paramref name="folder"/>.</summary>
    /// <remarks>Looks for LICENCE.txt (or LICENSE.txt) in the folder and for LEDGER.jsonl in it and up to two folders above;
    /// a ledger line's <c>corpus</c> may be the bare name or end in "/name".</remarks>
    /// <exception cref="InvalidDataException">A ledger line is not JSON or has no <c>corpus</c>.</exception>
    public static CorpusLicence Find(string folder, string name)
    {
        var attribution = "";
        foreach (var file in (string[])["LICENCE.txt", "LICENSE.txt", "LICENCE", "LICENSE"])
            if (File.Exists(Path.Combine(folder, file)))
            {
                attribution = File.ReadAllText(Path.Combine(folder, file)).Trim();
                break;
            }

        var at = new DirectoryInfo(folder);
        for (var up = 0; up <= 2 && at is not null; up++, at = at.Parent)
        {
            var ledger = Path.Combine(at.FullName, "LEDGER.jsonl");
            if (File.Exists(ledger) && FromLedger(ledger, name) is { } found) return found with { Attribution = attribution };
        }
        return new(name, attribution.Length > 0 ? "see attribution" : NotStated, "", attribution, "", 0);
    }

    static CorpusLicence? FromLedger(string ledger, string name)
    {
        var number = 0;
        foreach (var line in File.ReadLines(ledger))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            JsonDocument row;
            try { row = JsonDocument.Parse(line); }
            catch (JsonException e) { throw new InvalidDataException($"{ledger}:{number}: not a JSON line ({e.Message}). Mend or remove the line."); }
            using (row)
            {
                var corpus = Word(row.RootElement, "corpus");
                if (corpus.Length == 0) throw new InvalidDataException($"{ledger}:{number}: no \"corpus\". Name the corpus, e.g. \"text/{name}\".");
                if (corpus != name && !corpus.EndsWith("/" + name, StringComparison.Ordinal)) continue;
                var licence = Word(row.RootElement, "licence");
                if (licence.Length == 0) licence = Word(row.RootElement, "license");
                var documents = row.RootElement.TryGetProperty("documents", out var n) && n.TryGetInt64(out var count) ? count : 0;
                return new(name, licence.Length > 0 ? licence : NotStated, Word(row.RootElement, "source"), "",
                    Word(row.RootElement, "sha256"), documents);
            }
        }
        return null;
    }

    static string Word(JsonElement row, string field) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()! : "";
}
