// What went into prepared voice data, a line per corpus: terms, attribution, counts, digests. A model card is written from it.

using System.Text.Json;
using Maison.Data.Corpora;
using Maison.Data.Preparation;

namespace Maison.Data.Audio.Preparation;

/// <summary>One corpus of prepared voice data.</summary>
/// <param name="Key">Digest of everything the result depends on.</param>
/// <param name="Licence">Terms and attribution.</param>
/// <param name="InputSha256">SHA-256 over names and contents of metadata and recordings.</param>
/// <param name="File">The shard, relative to the folder.</param>
/// <param name="Sha256">SHA-256 of its contents.</param>
/// <param name="Recordings">Recordings read.</param>
/// <param name="Silent">Ids of those in which nobody speaks; they are left out.</param>
/// <param name="TrainUtterances">Utterances for training.</param>
/// <param name="TrainSeconds">Their length.</param>
/// <param name="HeldOutUtterances">Utterances held out.</param>
/// <param name="HeldOutSeconds">Their length.</param>
/// <param name="Quarantined">Ids of utterances that are not to be trusted.</param>
/// <param name="VoicedFrames">Voiced frames.</param>
/// <param name="AgreeingFrames">Those where both pitch estimators agree within 20 cents.</param>
/// <param name="Speakers">Who speaks.</param>
public sealed record VoiceLedgerEntry(string Key, CorpusLicence Licence, string InputSha256, string File, string Sha256, int Recordings, IReadOnlyList<string> Silent,
    int TrainUtterances, double TrainSeconds, int HeldOutUtterances, double HeldOutSeconds, IReadOnlyList<string> Quarantined, long VoicedFrames, long AgreeingFrames,
    IReadOnlyList<VoiceSpeaker> Speakers)
{
    /// <summary>Name of the corpus.</summary>
    public string Corpus => Licence.Name;
}

/// <summary>Reads and writes voice-ledger.jsonl of a folder of prepared voice data.</summary>
public static class VoiceLedger
{
    /// <summary>The ledger's file.</summary>
    public const string FileName = "voice-ledger.jsonl";

    internal static void Write(string folder, IEnumerable<VoiceLedgerEntry> entries) =>
        WholeFile.WriteText(Path.Combine(folder, FileName), string.Concat(entries.Select(e => JsonSerializer.Serialize(e, WholeFile.JsonLine) + "\n")));

    /// <summary>The ledger of a folder, a line per corpus.</summary>
    /// <exception cref="InvalidDataException">There is none, or a line is damaged.</exception>
    public static IReadOnlyList<VoiceLedgerEntry> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{folder} holds no prepared voice data: {FileName} is missing. Run `maison data prepare-voice` into it first, or finish it.");
        List<VoiceLedgerEntry> entries = [];
        foreach (var line in File.ReadLines(path))
        {
            try { entries.Add(JsonSerializer.Deserialize<VoiceLedgerEntry>(line, WholeFile.JsonLine) ?? throw new JsonException("null")); }
            catch (JsonException e) { throw new InvalidDataException($"{path}:{entries.Count + 1}: damaged ({e.Message}). Prepare the data again; finished corpora are not redone."); }
        }
        return entries;
    }
}
