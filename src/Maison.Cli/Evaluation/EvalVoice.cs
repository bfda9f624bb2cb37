// maison eval voice: how voices are understood and how far they are from natural recordings: folders of spoken sentences, the held-out
// recordings, classic synthesisers, and a voice of Maison's.

using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Maison.Cli.Speech;
using Maison.Cli.Terminal;
using Maison.Data.Audio;
using Maison.Data.Audio.Measures;
using Maison.Data.Audio.Preparation;
using Maison.Data.Speech.Reading;
using Maison.Tensors;

namespace Maison.Cli.Evaluation;

static class EvalVoice
{
    public static Command Create(Surroundings here)
    {
        var folders = new Option<string[]>("--folder") { Description = $"Folders of spoken sentences: {VoiceCorpus.MetadataName} (id|speaker|style|text) and a sound per id", AllowMultipleArgumentsPerToken = true };
        var data = new Option<string?>("--data") { Description = "Prepared voice data (maison data prepare-voice): its held-out recordings are scored and compared with" };
        var classic = new Option<string?>("--classic") { Description = "Also score flite and espeak-ng; what they speak is kept in this folder and not spoken again" };
        var listen = new Option<bool>("--no-transcripts") { Description = "Leave word errors out, which need pocketsphinx" };
        var model = new Option<string?>("--voice-model") { Description = "A voice of Maison's to score: how it speaks, how it copies the held-out recordings, what its styles and voices change" };
        var keep = new Option<string?>("--keep") { Description = "Keep what that voice speaks, and pictures of it, in this folder" };
        var threads = Choice.Whole("--threads", "Threads that speak; 0 takes one per processor", 0, 1024, 0);
        var json = new Option<bool>("--json") { Description = "Print one JSON line per voice" };
        var command = new Command("voice", "Score voices: word errors, distance from recordings, pitch, faults") { folders, data, classic, listen, model, keep, threads, json };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var recordings = parsed.GetValue(data) is { } prepared ? HeldOut(prepared) : [];
            if ((parsed.GetValue(folders) ?? []).Length == 0 && recordings.Count == 0 && parsed.GetValue(classic) is null && parsed.GetValue(model) is null) throw new UserException("Nothing to score: give --folder, --data, --classic or --voice-model.");
            if (parsed.GetValue(keep) is not null && parsed.GetValue(model) is null) throw new UserException("--keep is for --voice-model.");
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var own = parsed.GetValue(model) is { } folder ? LoadedVoice.Load(here, LoadedVoice.Find(here, folder)!, null, EmojiReading.Skip, gang, error) : null;
            var trial = own is null ? null : new VoiceTrial(own, parsed.GetValue(keep), stop);
            List<(string Name, Func<IReadOnlyList<SpokenSentence>> Spoken)> voices = [];
            if (recordings.Count > 0) voices.Add(("recordings", () => [.. recordings.Select(r => r.Spoken)]));
            if (parsed.GetValue(classic) is { } kept)
                voices.AddRange(ClassicVoice.All.Select(v => (v.Name, (Func<IReadOnlyList<SpokenSentence>>)(() => Read(Spoken(v, kept, [.. HarvardSentences.Twenty, .. recordings.Select(r => r.Spoken.Text)], stop))))));
            voices.AddRange((parsed.GetValue(folders) ?? []).Select(f => (Path.GetFileName(Path.GetFullPath(f).TrimEnd('/')), (Func<IReadOnlyList<SpokenSentence>>)(() => Read(f)))));

            if (trial is not null)
            {
                if (recordings.Count > 0) voices.Add(($"{own!.Name}, copies", () => trial.Copies(recordings)));
                voices.Add((own!.Name, () => trial.Speak([.. HarvardSentences.Twenty, .. recordings.Select(r => r.Spoken.Text)])));
            }

            var natural = recordings.ToDictionary(r => VoiceEvaluation.TextKey(r.Spoken.Text), r => r.Features);
            Func<IReadOnlyList<float[]>, IReadOnlyList<string>>? ear = parsed.GetValue(listen) ? null : sounds => PocketSphinx.Transcribe(sounds, stop);
            var scores = new List<VoiceScore>();
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "voices"))
                foreach (var (name, spoken) in voices)
                {
                    stop.ThrowIfCancellationRequested();
                    line.Report("score voices", scores.Count, voices.Count);
                    var score = VoiceEvaluation.Score(name, spoken(), name == "recordings" ? new Dictionary<string, VoiceFeatures>() : natural, ear);
                    scores.Add(score);
                    if (parsed.GetValue(json)) output.WriteLine(JsonSerializer.Serialize(Flat(score), Plain));
                }
            if (!parsed.GetValue(json))
                TextTable.Write(output, ["VOICE", "WER HARVARD", "WER PROMPTS", "MCD dB", "PITCH Hz", "SPREAD st", "PITCH ERR st", "CORR", "V/UV", "VARIANCE", "HNR dB", "LINES dB", "FROZEN", "WORDS/min"], [.. scores.Select(Row)]);
            if (trial is not null)
            {
                Shifts(trial.Shifts(HarvardSentences.Twenty), parsed.GetValue(json), output);
                Joins(trial.Joins(HarvardSentences.Twenty), parsed.GetValue(json), output);
            }
            return Task.FromResult(0);
        });
        return command;
    }

    static void Shifts(IReadOnlyList<DeliveryShift> shifts, bool json, TextWriter output)
    {
        if (json)
        {
            foreach (var shift in shifts) output.WriteLine(JsonSerializer.Serialize(shift, Plain));
            return;
        }
        output.WriteLine();
        TextTable.Write(output, ["VOICE", "STYLE", "PITCH st", "SPREAD ×", "LEVEL dB", "TEMPO ×", "VOICED"], [.. shifts.Select(s => new[] { s.Voice, s.Style, Number(s.PitchSemitones, "+0.0;-0.0;0.0"), Number(s.Spread, "F2"), Number(s.LevelDb, "+0.0;-0.0;0.0"), Number(s.Tempo, "F2"), Number(s.Voiced, "P0") })]);
    }

    static void Joins((JoinScore Pieces, JoinScore Sentences, double PeakDb) measured, bool json, TextWriter output)
    {
        var (pieces, sentences, peak) = measured;
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new { Joins = new { pieces, sentences, PeakDb = peak } }, Plain));
            return;
        }
        output.WriteLine();
        TextTable.Write(output, ["JOINS OF", "COUNT", "LARGEST dB", "99 % ELSEWHERE dB", "LARGEST ELSEWHERE dB"],
            [.. new[] { ("pieces", pieces), ("sentences", sentences) }.Select(j => new[] { j.Item1, j.Item2.Count.ToString(CultureInfo.InvariantCulture), Number(j.Item2.LargestDb, "F1"), Number(j.Item2.OrdinaryDb, "F1"), Number(j.Item2.OtherDb, "F1") })]);
        output.WriteLine($"Loudest sample: {Number(peak, "F2")} dB of full scale.");
    }

    static readonly JsonSerializerOptions Plain = new(JsonSerializerDefaults.Web) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    // One take of each held-out prompt of the corpus that trains the voice: the one with the most speech.
    static List<(SpokenSentence Spoken, VoiceFeatures Features)> HeldOut(string prepared)
    {
        var corpus = VoiceLedger.Read(prepared).MaxBy(e => e.TrainSeconds) ?? throw new UserException($"--data {prepared}: there is no corpus in it.");
        using var shard = new VoiceShardReader(Path.Combine(prepared, corpus.File));
        return [.. shard.Utterances.Where(u => u.Split == VoiceSplit.HeldOut).DistinctBy(u => VoiceEvaluation.TextKey(u.Text)).Select(u => (new SpokenSentence(u.Text, shard.ReadSamples(u)), shard.ReadFeatures(u)))];
    }

    static string Spoken(ClassicVoice voice, string kept, string[] texts, CancellationToken stop)
    {
        var folder = Path.Combine(Path.GetFullPath(kept), voice.Name);
        Directory.CreateDirectory(folder);
        for (var i = 0; i < texts.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            var file = Path.Combine(folder, $"{i:D3}.wav");
            if (!File.Exists(file)) voice.Speak(texts[i], file);
        }
        File.WriteAllText(Path.Combine(folder, VoiceCorpus.MetadataName), "id|speaker|style|text\n" + string.Concat(texts.Select((t, i) => $"{i:D3}|{voice.Name}|neutral|{t}\n")));
        return folder;
    }

    static IReadOnlyList<SpokenSentence> Read(string folder) => [.. VoiceCorpus.Find(folder).SelectMany(c => c.Recordings).Select(r => new SpokenSentence(r.Text, SoundFile.ReadVoice(r.Path)))];

    static string[] Row(VoiceScore s) =>
    [
        s.Name, Rate(s.Harvard), Rate(s.Prompts), Number(s.Comparison?.DistortionDb, "F2"), Number(s.MedianHz, "F0"), Number(s.PitchSpreadSemitones, "F1"), Number(s.Comparison?.PitchErrorSemitones, "F1"),
        Number(s.Comparison?.PitchCorrelation, "F2"), Number(s.Comparison?.VoicingError, "P1"), Number(s.Comparison?.VarianceRatio, "F2"), Number(s.HarmonicDb, "F1"), Number(s.LineDb, "F1"),
        Number(s.FrozenNoise, "F2"), Number(s.WordsPerMinute, "F0"),
    ];

    static object Flat(VoiceScore s) => new
    {
        s.Name,
        s.Harvard,
        s.Prompts,
        Comparison = s.Comparison is { } c ? new { c.Utterances, c.DistortionDb, c.PitchErrorHz, c.PitchErrorSemitones, c.PitchCorrelation, c.VoicingError, c.PeriodicityError, c.VarianceRatio } : null,
        s.MedianHz,
        s.PitchSpreadSemitones,
        s.WordsPerMinute,
        s.HarmonicDb,
        s.LineDb,
        s.FrozenNoise,
        Heard = s.Heard.Select(h => new { h.Said, h.Heard }),
    };

    static string Rate(WordErrorSum? errors) => errors is { } e ? $"{Number(e.Rate, "P1")} of {e.Words}" : "";
    static string Number(double? value, string format) => value is { } v && double.IsFinite(v) ? v.ToString(format, CultureInfo.InvariantCulture) : "";
}
