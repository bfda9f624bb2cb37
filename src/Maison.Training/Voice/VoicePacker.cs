// Two runs, or checkpoints, become the folder of a voice: weights and receipts of both parts, and a card that tells what they learned from and how
// to hear and measure them. What a card must not guess, such as how it sounds, it leaves to whoever measures.

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Audio.Preparation;
using Maison.Models.Weights;
using Maison.Training.Packing;

namespace Maison.Training.Voice;

/// <summary>What is packed.</summary>
/// <param name="Acoustic">Run or checkpoint of an acoustic model.</param>
/// <param name="Vocoder">Run or checkpoint of a vocoder.</param>
/// <param name="Data">The prepared recordings that both learned from.</param>
/// <param name="Folder">The voice's folder; its name is the voice's.</param>
public sealed record VoiceOrder(string Acoustic, string Vocoder, string Data, string Folder);

/// <summary>Packs voices.</summary>
public static class VoicePacker
{
    const string ReceiptName = "receipt.json", ConfigName = "config.json";

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
            foreach (var part in parts)
            {
                var to = Directory.CreateDirectory(Path.Combine(temporary, part.Name)).FullName;
                foreach (var file in new[] { ConfigName, SafetensorsFile.ModelName, ReceiptName }) File.Copy(Path.Combine(part.Path, file), Path.Combine(to, file));
            }
            // Loading is the proof that the parts fit together.
            using (var gang = new Tensors.Gang(1))
            using (var model = VoiceModel.Load(temporary, gang))
                File.WriteAllText(Path.Combine(temporary, CardWriter.FileName), Card(Path.GetFileName(order.Folder.TrimEnd('/')), temporary, model, receipts, [.. ledger.Where(e => receipts.Any(r => r.Data.ContainsKey(e.File)))]));
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

    static string Card(string name, string folder, VoiceModel model, IReadOnlyList<VoiceReceipt> receipts, IReadOnlyList<VoiceLedgerEntry> ledger)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            license: other
            language: en
            ---
            # {name}

            English text to speech at 24 kHz: an acoustic model (phones to frames) and a vocoder (frames to samples), both trained from random weights by Maison's own code.

            ## Voices

            | voice | |
            |---|---|

            """);
        foreach (var voice in model.Voices) text.Append(CultureInfo.InvariantCulture, $"| {voice.Name} | {voice.Description} |\n");
        text.Append("""

            ## Parts

            | part | steps | minutes | held out | bytes | SHA-256 of the weights |
            |---|---|---|---|---|---|

            """);
        foreach (var (part, receipt) in new[] { VoiceModel.AcousticPart, VoiceModel.VocoderPart }.Zip(receipts))
        {
            var weights = Path.Combine(folder, part, SafetensorsFile.ModelName);
            using var file = File.OpenRead(weights);
            text.Append(CultureInfo.InvariantCulture,
                $"| {part} ({receipt.Stage}) | {receipt.Steps:N0} | {receipt.Seconds / 60:F0} | {string.Join(", ", receipt.HeldOut.Select(h => FormattableString.Invariant($"{h.Key} {h.Value:F3}")))} | {file.Length:N0} | `{Convert.ToHexStringLower(SHA256.HashData(file))}` |\n");
        }
        text.Append("""

            ## Data

            | corpus | licence | from | minutes of training | shard's SHA-256 |
            |---|---|---|---|---|

            """);
        foreach (var entry in ledger) text.Append(CultureInfo.InvariantCulture, $"| {entry.Corpus} | {entry.Licence.Licence} | {entry.Licence.Source} | {entry.TrainSeconds / 60:F1} | `{entry.Sha256}` |\n");
        foreach (var entry in ledger.Where(e => e.Licence.Attribution.Length > 0)) text.Append(CultureInfo.InvariantCulture, $"\n### {entry.Corpus}\n\n```\n{entry.Licence.Attribution.ReplaceLineEndings("\n").Trim()}\n```\n");
        text.Append("""

            ## How well it speaks

            Not measured by packing. `maison eval voice` gives its word errors and distances beside recordings and other systems.

            """);
        return text.ToString();
    }
}
