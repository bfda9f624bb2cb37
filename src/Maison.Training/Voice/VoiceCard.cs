// The card of a voice, from its receipts, the ledger of its recordings and what `maison eval voice --json` printed. All of what was measured is in it; where
// nothing was, it says so.

using System.Globalization;
using System.Text;
using System.Text.Json;
using Maison.Data.Audio.Preparation;
using Maison.Inference.Speech;
using Maison.Models.Weights;
using Maison.Training.Packing;
using Maison.Training.Text;

namespace Maison.Training.Voice;

/// <summary>Writes voices' cards.</summary>
static class VoiceCard
{
    /// <summary>The file beside the card with all licences.</summary>
    public const string LicencesName = "licences.txt";

    /// <summary>The card in Markdown.</summary>
    /// <exception cref="InvalidDataException">The scores are none that the evaluation prints.</exception>
    public static string Write(VoiceOrder order, string name, string folder, VoiceModel model, IReadOnlyList<VoiceReceipt> receipts, IReadOnlyList<VoiceLedgerEntry> ledger, IReadOnlyList<PackedVersion>? earlier)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            ---
            license: other
            language: en
            pipeline_tag: text-to-speech
            ---
            # {name}

            English text to speech at 24 kHz: an acoustic model (phones to frames) and a vocoder (frames to samples), both trained from random weights by Maison's own code.
            Nothing was taken from another model, and no speech of another synthesiser was learnt from.

            ```
            maison speak "Hello. It is ten past nine." -o hello.wav --voice martin --style cheerful --strength 0.7
            ```

            ## Voices

            | voice | |
            |---|---|

            """);
        foreach (var voice in model.Voices) text.Append(CultureInfo.InvariantCulture, $"| {voice.Name} | {voice.Description} |\n");
        text.Append("\n## Styles\n\nNo recording of a mood was learnt from: a style is a bundle of documented changes, each from strength 0 to 1.\n\n| style | |\n|---|---|\n");
        foreach (var style in SpeechStyles.All) text.Append(CultureInfo.InvariantCulture, $"| {style.Name} | {style.Description} |\n");
        Parts(text, folder, receipts);
        text.Append("\n## How well it speaks\n\n");
        if (order.Scores is null) text.Append("Not measured. `maison eval voice` gives its word errors and distances beside recordings and other systems.\n");
        else Read(order.Scores, lines => Scores(text, lines));
        foreach (var picture in order.Pictures ?? []) text.Append(CultureInfo.InvariantCulture, $"\n![{Path.GetFileNameWithoutExtension(picture)}]({Path.GetFileName(picture)})\n");
        if (PackedVersion.Section(earlier) is { Length: > 0 } before) text.Append('\n').Append(before.TrimEnd()).Append('\n');
        if (order.Notes is { Count: > 0 } notes) text.Append("\n## Notes\n\n").AppendJoin('\n', notes.Select(n => $"- {n}")).Append('\n');
        Data(text, ledger);
        return text.ToString();
    }

    static void Parts(StringBuilder text, string folder, IReadOnlyList<VoiceReceipt> receipts)
    {
        text.Append("""

            ## Parts

            | part | steps | minutes | held out | bytes | SHA-256 of the weights |
            |---|---|---|---|---|---|

            """);
        foreach (var (part, receipt) in new[] { VoiceModel.AcousticPart, VoiceModel.VocoderPart }.Zip(receipts))
        {
            var weights = Path.Combine(folder, part, SafetensorsFile.ModelName);
            text.Append(CultureInfo.InvariantCulture,
                $"| {part} ({receipt.Stage}) | {receipt.Steps:N0} | {receipt.Seconds / 60:F0} | {string.Join(", ", receipt.HeldOut.Select(h => FormattableString.Invariant($"{h.Key} {h.Value:F3}")))} | {new FileInfo(weights).Length:N0} | `{CheckpointFiles.Digest(weights)}` |\n");
        }
    }

    /// <summary>What versions are compared by, from what the evaluation printed; nothing where it was not measured.</summary>
    /// <exception cref="InvalidDataException">The scores are none that the evaluation prints.</exception>
    public static IReadOnlyDictionary<string, string> Measures(string name, string? scores) => scores is null ? new Dictionary<string, string>() : Read(scores, lines =>
    {
        var measures = new Dictionary<string, string>();
        foreach (var s in lines.Where(l => l.TryGetProperty("name", out var spoken) && spoken.GetString() == name))
        {
            Add("words wrong, Harvard", Errors(s.GetProperty("harvard")));
            Add("prompts", Errors(s.GetProperty("prompts")));
            if (s.GetProperty("comparison") is not { ValueKind: JsonValueKind.Object } compared) continue;
            Add("MCD dB", Number(compared, "distortionDb", "F2"));
            Add("pitch error st", Number(compared, "pitchErrorSemitones", "F1"));
            Add("voicing errors", Number(compared, "voicingError", "P1"));
        }
        return measures;

        void Add(string heading, string value)
        {
            if (value.Length > 0) measures[heading] = value;
        }
    });

    /// <summary>What is made of the lines of scores.</summary>
    static T Read<T>(string path, Func<JsonElement[], T> make)
    {
        try
        {
            return make([.. File.ReadLines(path).Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not what `maison eval voice --json` prints: {e.Message}", e);
        }
    }

    static string Number(JsonElement of, string field, string format)
        => of.GetProperty(field) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble().ToString(format, CultureInfo.InvariantCulture) : "";

    static string Errors(JsonElement e)
        => e.ValueKind == JsonValueKind.Object ? string.Create(CultureInfo.InvariantCulture, $"{e.GetProperty("rate").GetDouble():P1} of {e.GetProperty("words").GetInt32()}") : "";

    static StringBuilder Scores(StringBuilder text, JsonElement[] lines)
    {
        text.Append("""
            `maison eval voice`, all on one evening: word errors of pocketsphinx, an old recogniser that is a weak judge, on 20 Harvard sentences and on prompts held out of training; the distance from the
            recordings of those prompts; faults. Copies are recordings through the vocoder alone. HNR is the harmonic to noise ratio from 3.75 to 8.25 kHz (3 dB above recordings buzzes), lines are tones at
            multiples of the frame rate in pauses (over 6 dB rings), frozen is the correlation of fine structure over 200 ms.

            | | word errors, Harvard | prompts | MCD dB | pitch Hz | spread st | pitch error st | correlation | voicing errors | variance | HNR dB | lines dB | frozen | words/min |
            |---|---|---|---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var s in lines.Where(l => l.TryGetProperty("name", out _)))
        {
            var c = s.GetProperty("comparison");
            var compared = c.ValueKind == JsonValueKind.Object;
            text.Append(CultureInfo.InvariantCulture,
                $"| {s.GetProperty("name").GetString()} | {Errors(s.GetProperty("harvard"))} | {Errors(s.GetProperty("prompts"))} | {Of("distortionDb", "F2")} | {Number(s, "medianHz", "F0")} | {Number(s, "pitchSpreadSemitones", "F1")} | {Of("pitchErrorSemitones", "F1")} | {Of("pitchCorrelation", "F2")} | {Of("voicingError", "P1")} | {Of("varianceRatio", "F2")} | {Number(s, "harmonicDb", "F1")} | {Number(s, "lineDb", "F1")} | {Number(s, "frozenNoise", "F2")} | {Number(s, "wordsPerMinute", "F0")} |\n");

            string Of(string field, string format) => compared ? Number(c, field, format) : "";
        }
        text.Append("\nWhat styles and voices change, measured on ten sentences against the first voice's plain reading: median pitch, factor of the pitch's deviation, level, factor of words per minute with pauses, share of voiced frames.\n\n| voice | style | pitch st | spread × | level dB | tempo × | voiced |\n|---|---|---|---|---|---|---|\n");
        foreach (var s in lines.Where(l => l.TryGetProperty("style", out _)))
            text.Append(CultureInfo.InvariantCulture, $"| {s.GetProperty("voice").GetString()} | {s.GetProperty("style").GetString()} | {Number(s, "pitchSemitones", "+0.0;-0.0;0.0")} | {Number(s, "spread", "F2")} | {Number(s, "levelDb", "+0.0;-0.0;0.0")} | {Number(s, "tempo", "F2")} | {Number(s, "voiced", "P0")} |\n");
        foreach (var s in lines.Where(l => l.TryGetProperty("joins", out _)).Select(l => l.GetProperty("joins")))
        {
            text.Append("\nClicks where pieces and sentences of a streamed text meet: how far the highest octave stands out of its surroundings for 2 ms, at the loudest join and elsewhere.\n\n| joins of | count | largest dB | 99 % elsewhere dB | largest elsewhere dB |\n|---|---|---|---|---|\n");
            foreach (var of in new[] { "pieces", "sentences" })
                text.Append(CultureInfo.InvariantCulture, $"| {of} | {Number(s.GetProperty(of), "count", "F0")} | {Number(s.GetProperty(of), "largestDb", "F1")} | {Number(s.GetProperty(of), "ordinaryDb", "F1")} | {Number(s.GetProperty(of), "otherDb", "F1")} |\n");
            text.Append(CultureInfo.InvariantCulture, $"\nThe loudest sample was {Number(s, "peakDb", "F2")} dB of full scale.\n");
        }
        return text;
    }

    /// <summary>The licences of all corpora, in full.</summary>
    public static string Licences(IReadOnlyList<VoiceLedgerEntry> ledger) => string.Join("\n", ledger.Select(e => $"{new string('=', 20)} {e.Corpus}: {e.Licence.Licence}\n\n{Plain(e.Licence.Attribution)}\n"));

    static string Plain(string text) => text.ReplaceLineEndings("\n").Trim();

    static void Data(StringBuilder text, IReadOnlyList<VoiceLedgerEntry> ledger)
    {
        text.Append("""

            ## Data

            | corpus | licence | from | minutes of training | shard's SHA-256 |
            |---|---|---|---|---|

            """);
        foreach (var entry in ledger) text.Append(CultureInfo.InvariantCulture, $"| {entry.Corpus} | {entry.Licence.Licence} | {entry.Licence.Source} | {entry.TrainSeconds / 60:F1} | `{entry.Sha256}` |\n");
        foreach (var entry in ledger.Where(e => e.Licence.Attribution.Length > 0)) text.Append(CultureInfo.InvariantCulture, $"\n### {entry.Corpus}\n\n```\n{Plain(entry.Licence.Attribution).Split("\n\n")[0]}\n```\n");
        text.Append(CultureInfo.InvariantCulture, $"\nAll licences in full: [{LicencesName}]({LicencesName}). The announcers' prompts taught sounds and their lengths; no voice here imitates them.\n");
    }
}
