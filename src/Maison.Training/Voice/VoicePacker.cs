// Two runs, or checkpoints, become the folder of a voice: weights, their matrices in 16 bits, and receipts of both parts, and a card that tells what
// they learned from, what was measured of it and how it looks. What a card must not guess, such as how it sounds, it leaves to whoever measures.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Audio.Preparation;
using Maison.Models.Voice;
using Maison.Models.Weights;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Training.Voice;

/// <summary>What is packed.</summary>
/// <param name="Acoustic">Run or checkpoint of an acoustic model.</param>
/// <param name="Vocoder">Run or checkpoint of a vocoder.</param>
/// <param name="Data">The prepared recordings that both learned from.</param>
/// <param name="Folder">The voice's folder; its name is the voice's.</param>
/// <param name="PitchSpread">See <see cref="AcousticConfig.PitchSpread"/>; null as it was trained.</param>
/// <param name="Sharpness">See <see cref="AcousticConfig.Sharpness"/>; null as it was trained.</param>
/// <param name="Scores">What `maison eval voice --json` printed of it; null before it was measured.</param>
/// <param name="Pictures">PNG files for the card.</param>
/// <param name="Notes">Remarks of whoever packs it, for the card.</param>
public sealed record VoiceOrder(
    string Acoustic, string Vocoder, string Data, string Folder, float? PitchSpread = null, float? Sharpness = null, string? Scores = null, IReadOnlyList<string>? Pictures = null, IReadOnlyList<string>? Notes = null);

/// <summary>receipt.json of a packed voice; each part has its own of how it was trained.</summary>
/// <param name="Weights">SHA-256 over the digests of both parts' weights.</param>
/// <param name="Measures">What versions are compared by, with units, by the heading that it has on the card; empty before it was measured.</param>
/// <param name="Earlier">The versions that stood in its place before, the first one first; null for none.</param>
public sealed record VoiceModelReceipt(string Name, string Weights, IReadOnlyDictionary<string, string> Measures, DateTimeOffset Packed, IReadOnlyList<PackedVersion>? Earlier = null);

/// <summary>Packs voices.</summary>
public static class VoicePacker
{
    const string ReceiptName = "receipt.json";

    /// <summary>Packs, replacing an earlier voice of that name; gives the bytes of its files.</summary>
    /// <exception cref="InvalidDataException">A part has no receipt, or learned from other recordings than those.</exception>
    public static long Run(VoiceOrder order)
    {
        var ledger = VoiceLedger.Read(order.Data);
        var parts = new[] { (Name: VoiceModel.AcousticPart, Path: order.Acoustic), (Name: VoiceModel.VocoderPart, Path: order.Vocoder) }.Select(p => (p.Name, Path: CheckpointFolders.Resolve(p.Path))).ToArray();
        var receipts = parts.Select(p => Receipt(p.Path)).ToArray();
        foreach (var (part, receipt) in parts.Zip(receipts))
            foreach (var (file, digest) in receipt.Data)
                if (ledger.FirstOrDefault(e => e.File == file)?.Sha256 != digest)
                    throw new InvalidDataException($"{part.Path} learned from {file} as it is not in {order.Data}. Give the prepared recordings that it was trained on.");
        var temporary = order.Folder.TrimEnd('/') + ".tmp";
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            VoiceCheckpoint.Save(Path.Combine(temporary, VoiceModel.AcousticPart), Acoustic(parts[0].Path, order), ElementType.F16);
            VoiceCheckpoint.Save(Path.Combine(temporary, VoiceModel.VocoderPart), VoiceCheckpoint.LoadVocoder(parts[1].Path), ElementType.F16);
            // Where a run lay on somebody's disk is nobody's business.
            foreach (var (part, receipt) in parts.Zip(receipts))
                File.WriteAllBytes(Path.Combine(temporary, part.Name, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(receipt with { Start = RunName(receipt.Start), Aligner = RunName(receipt.Aligner) }, VoiceJson.Default.VoiceReceipt));
            var pictures = order.Pictures ?? [];
            foreach (var picture in pictures) File.Copy(picture, Path.Combine(temporary, Path.GetFileName(picture)));
            VoiceLedgerEntry[] learnt = [.. ledger.Where(e => receipts.Any(r => r.Data.ContainsKey(e.File)))];
            File.WriteAllText(Path.Combine(temporary, VoiceCard.LicencesName), VoiceCard.Licences(learnt));
            var name = Path.GetFileName(order.Folder.TrimEnd('/'));
            var weights = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join(' ', parts.Select(p => CheckpointFiles.Digest(Path.Combine(temporary, p.Name, SafetensorsFile.ModelName)))))));
            var whole = new VoiceModelReceipt(name, weights, VoiceCard.Measures(name, order.Scores), DateTimeOffset.UtcNow, PackedVersion.Before(weights, order.Folder,
                before => before.GetProperty("measures").Deserialize(VoiceJson.Default.IReadOnlyDictionaryStringString)!));
            File.WriteAllBytes(Path.Combine(temporary, ReceiptName), JsonSerializer.SerializeToUtf8Bytes(whole, VoiceJson.Default.VoiceModelReceipt));
            // Loading is the proof that the parts fit together.
            using (var gang = new Tensors.Gang(1))
            using (var model = VoiceModel.Load(temporary, gang))
                File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), VoiceCard.Write(order, name, temporary, model, receipts, learnt, whole.Earlier));
            if (Directory.Exists(order.Folder)) Directory.Delete(order.Folder, recursive: true);
            Directory.Move(temporary, order.Folder);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        return new DirectoryInfo(order.Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
    }

    static VoiceReceipt Receipt(string checkpoint)
    {
        var path = Path.Combine(checkpoint, ReceiptName);
        if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing: only what `maison train voice` made is packed.");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), VoiceJson.Default.VoiceReceipt) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} cannot be read: {e.Message}", e);
        }
    }

    static AcousticModel Acoustic(string checkpoint, VoiceOrder order)
    {
        var trained = VoiceCheckpoint.LoadAcoustic(checkpoint);
        var packed = new AcousticModel(trained.Config with { PitchSpread = order.PitchSpread ?? trained.Config.PitchSpread, Sharpness = order.Sharpness ?? trained.Config.Sharpness });
        ModelFile.LoadTrainable(packed, Path.Combine(checkpoint, SafetensorsFile.ModelName));
        return packed;
    }

    /// <summary>The last folders of a checkpoint's path: run, checkpoints, step.</summary>
    static string? RunName(string? checkpoint) => checkpoint is null ? null : string.Join('/', checkpoint.Split('/', '\\')[^Math.Min(3, checkpoint.Split('/', '\\').Length)..]);
}
