// What cleaning one corpus came to: its file on disk is the proof that the corpus is finished, and the ledger is made from it.

using System.Text.Json;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

/// <summary>Documents that were left out because they hold questions of an evaluation.</summary>
/// <param name="Documents">How many by the file of questions that was found first; every file compared with is named, with 0 too.</param>
/// <param name="TooShort">Questions of all files together that are too short to be looked for.</param>
public sealed record OverlapCount(IReadOnlyDictionary<string, long> Documents, int TooShort);

/// <summary>Counts of one cleaned corpus. Documents read = kept + exact and near duplicates + close to held-out + overlapping + all rejections.</summary>
/// <param name="Key">Digest of everything the result depends on: rules, files, and the corpora cleaned before.</param>
/// <param name="Licence">Terms and attribution, carried along.</param>
/// <param name="InputSha256">SHA-256 over the names and contents of the files read.</param>
/// <param name="Read">Documents read.</param>
/// <param name="Malformed">Lines that were not JSON.</param>
/// <param name="MalformedLines">The first of them, as "file:line: why".</param>
/// <param name="Rejected">Documents left out by the quality filter, by reason.</param>
/// <param name="ExactDuplicates">Documents whose text was kept before, here or in an earlier corpus.</param>
/// <param name="NearDuplicates">Documents nearly equal to one kept before.</param>
/// <param name="CloseToHeldOut">Documents too close to an earlier corpus' held-out slice.</param>
/// <param name="Kept">Documents kept, held-out ones included.</param>
/// <param name="KeptBytes">UTF-8 bytes of their plain text.</param>
/// <param name="Conversations">How many of the kept are conversations.</param>
/// <param name="HeldOut">Numbers of the held-out documents among the kept, ascending, from 0.</param>
/// <param name="HeldOutBytes">UTF-8 bytes of their plain text.</param>
/// <param name="CleanBytes">Length of the cleaned file.</param>
/// <param name="Overlap">Documents that hold evaluation questions; null when they were not looked for.</param>
public sealed record CleanManifest(string Key, CorpusLicence Licence, string InputSha256, long Read, long Malformed, IReadOnlyList<string> MalformedLines,
    IReadOnlyDictionary<string, long> Rejected, long ExactDuplicates, long NearDuplicates, long CloseToHeldOut, int Kept, long KeptBytes,
    int Conversations, IReadOnlyList<int> HeldOut, long HeldOutBytes, long CleanBytes, OverlapCount? Overlap = null)
{
    /// <summary>Name of the corpus.</summary>
    public string Corpus => Licence.Name;

    internal static string CleanFile(string folder, string corpus) => Path.Combine(folder, corpus + ".jsonl.br");
    internal static string SignatureFile(string folder, string corpus) => Path.Combine(folder, corpus + ".sig");
    static string File(string folder, string corpus) => Path.Combine(folder, corpus + ".json");

    internal void Save(string folder) => WholeFile.WriteText(File(folder, Corpus), JsonSerializer.Serialize(this, WholeFile.Json));

    // Anything wrong with what an earlier run left means only that the corpus is cleaned again.
    internal static CleanManifest? Load(string folder, string corpus, string key)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<CleanManifest>(System.IO.File.ReadAllText(File(folder, corpus)), WholeFile.Json);
            return manifest is not null && manifest.Key == key
                && new FileInfo(CleanFile(folder, corpus)) is { Exists: true } clean && clean.Length == manifest.CleanBytes
                && new FileInfo(SignatureFile(folder, corpus)) is { Exists: true } signatures && signatures.Length == (long)manifest.Kept * SignatureFileEntry.Bytes
                ? manifest : null;
        }
        catch (Exception e) when (e is JsonException or IOException) { return null; }
    }
}
