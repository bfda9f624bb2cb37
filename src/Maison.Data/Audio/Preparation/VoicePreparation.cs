// The whole way from recordings to voice shards: choose what is held out, find each speaker's pitch range, clean, analyse, pack.
// Every few dozen utterances leave a file under OUT/parts, every corpus its shard, so that a stopped run goes on behind the last of them.
// The same plan gives the same bytes, with any number of threads and after any number of interruptions.

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Audio.Analysis;
using Maison.Data.Corpora;
using Maison.Data.Preparation;

namespace Maison.Data.Audio.Preparation;

/// <summary>Prepares voice data for training.</summary>
public static class VoicePreparation
{
    const int Version = 1;

    /// <summary>Carries out <paramref name="plan"/> and returns the ledger it leaves in the output folder.</summary>
    /// <exception cref="InvalidDataException">A corpus cannot be read; the message names file, line and remedy.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for; finished parts are kept.</exception>
    public static IReadOnlyList<VoiceLedgerEntry> Run(VoicePlan plan, IProgress<DataProgress>? progress = null, CancellationToken stop = default)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, plan.Threads), CancellationToken = stop };
        var corpora = VoiceCorpus.Find(plan.Source);
        var heldOut = HeldOutPrompts.Choose(corpora, plan.Rules);
        var heldOutDigest = Digest(string.Join('\n', heldOut.Order(StringComparer.Ordinal)));
        Directory.CreateDirectory(Path.Combine(plan.Output, "parts"));
        List<VoiceLedgerEntry> ledger = [];
        foreach (var corpus in corpora)
        {
            var input = InputDigest(corpus, stop);
            var key = Digest($"{Version} {JsonSerializer.Serialize(plan.Rules)} {corpus.Name} {JsonSerializer.Serialize(corpus.Licence)} {input} {heldOutDigest}");
            ledger.Add(Load(plan.Output, corpus.Name, key) ?? Build(plan, corpus, key, input, heldOut, parallel, progress));
        }
        VoiceLedger.Write(plan.Output, ledger);
        return ledger;
    }

    static VoiceLedgerEntry Build(VoicePlan plan, VoiceCorpus corpus, string key, string input, HashSet<string> heldOut, ParallelOptions parallel, IProgress<DataProgress>? progress)
    {
        var speakers = Speakers(plan, corpus, key, heldOut, parallel, progress);
        var meter = new ProgressMeter(progress, $"analyse {corpus.Name}", corpus.Recordings.Count);
        var analysers = new Analysers(speakers);
        var parts = (corpus.Recordings.Count + plan.PartUtterances - 1) / plan.PartUtterances;
        List<string> silent = [], quarantined = [];
        var (train, held) = (new List<int>(), new List<int>());
        long voiced = 0, agreeing = 0;
        var shard = Path.Combine(plan.Output, corpus.Name + ".voice");
        WholeFile.Write(shard, file =>
        {
            using var writer = new VoiceShardWriter(file);
            for (var p = 0; p < parts; p++)
            {
                parallel.CancellationToken.ThrowIfCancellationRequested();
                var recordings = corpus.Recordings.Skip(p * plan.PartUtterances).Take(plan.PartUtterances).ToArray();
                var path = PartFile(plan, corpus, key, p);
                if (!File.Exists(path)) WholeFile.Write(path, to => Part(to, recordings, corpus, analysers, plan.Rules, heldOut, parallel));
                using var part = new VoiceShardReader(path);
                silent.AddRange(recordings.Select(r => r.Id).Except(part.Utterances.Select(u => u.Id)));
                foreach (var utterance in part.Utterances)
                {
                    writer.Add(utterance, part.ReadPacked(utterance));
                    if (utterance.Split == VoiceSplit.Quarantined) quarantined.Add(utterance.Id);
                    else (utterance.Split == VoiceSplit.Train ? train : held).Add(utterance.Frames);
                    voiced += utterance.VoicedFrames;
                    agreeing += (long)Math.Round(utterance.VoicedFrames * (double)utterance.PitchAgreement);
                }
                meter.Report(Math.Min(corpus.Recordings.Count, (p + 1) * plan.PartUtterances));
            }
            writer.Finish(corpus.Name, speakers);
        });
        using var whole = new VoiceShardReader(shard);
        var entry = new VoiceLedgerEntry(key, corpus.Licence, input, Path.GetFileName(shard), whole.Hash, corpus.Recordings.Count, silent,
            train.Count, Seconds(train), held.Count, Seconds(held), quarantined, voiced, agreeing, speakers);
        WholeFile.WriteText(ManifestFile(plan.Output, corpus.Name), JsonSerializer.Serialize(entry, WholeFile.Json));
        for (var p = 0; p < parts; p++) File.Delete(PartFile(plan, corpus, key, p));
        return entry;

        static double Seconds(IEnumerable<int> frames) => Math.Round(frames.Sum() / (double)VoiceFrames.PerSecond, 2);
    }

    static void Part(Stream to, Recording[] recordings, VoiceCorpus corpus, Analysers analysers, VoiceRules rules, HashSet<string> heldOut, ParallelOptions parallel)
    {
        var made = new (VoiceUtterance Utterance, byte[] Frames)?[recordings.Length];
        Parallel.For(0, recordings.Length, parallel, i =>
        {
            var recording = recordings[i];
            if (UtteranceCleaner.Clean(SoundFile.ReadVoice(recording.Path), rules) is not { } clean) return;
            var (features, track) = analysers.Analyse(recording.Speaker, clean.Samples);
            var (voiced, agreeing) = track.Agreement();
            var agreement = voiced > 0 ? agreeing / (float)voiced : 1;
            var split = voiced >= rules.LeastVoicedFrames && agreement < rules.LeastPitchAgreement ? VoiceSplit.Quarantined : heldOut.Contains(HeldOutPrompts.Key(recording.Text)) ? VoiceSplit.HeldOut : VoiceSplit.Train;
            made[i] = (new(recording.Id, recording.Speaker, recording.Style, recording.Text, split, 0, features.Frames, clean.Speech, clean.Pauses, clean.GainDb, clean.PeakDb, voiced, agreement),
                VoiceShardWriter.Pack(clean.Samples, features));
        });
        using var writer = new VoiceShardWriter(to);
        foreach (var one in made)
            if (one is { } utterance) writer.Add(utterance.Utterance, utterance.Frames);
        writer.Finish(corpus.Name, analysers.Speakers);
    }

    // The first pass: some utterances of each speaker, searched in a range wide enough for anyone.
    static IReadOnlyList<VoiceSpeaker> Speakers(VoicePlan plan, VoiceCorpus corpus, string key, HashSet<string> heldOut, ParallelOptions parallel, IProgress<DataProgress>? progress)
    {
        var path = Path.Combine(plan.Output, "parts", $"{corpus.Name}.{key[..12]}.speakers.json");
        if (File.Exists(path)) return JsonSerializer.Deserialize<VoiceSpeaker[]>(File.ReadAllText(path), WholeFile.Json)!;
        List<VoiceSpeaker> speakers = [];
        var trackers = new ConcurrentBag<PitchTracker>();
        foreach (var speaker in corpus.Recordings.Where(r => !heldOut.Contains(HeldOutPrompts.Key(r.Text))).GroupBy(r => r.Speaker).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Recording[] all = [.. speaker];
            Recording[] some = [.. Enumerable.Range(0, Math.Min(all.Length, plan.Rules.RangeUtterances)).Select(i => all[(int)((long)i * all.Length / Math.Min(all.Length, plan.Rules.RangeUtterances))])];
            var meter = new ProgressMeter(progress, $"pitch range of {speaker.Key}", some.Length);
            var (pitches, spectra) = (new float[some.Length][], new double[some.Length][]);
            var done = 0;
            Parallel.For(0, some.Length, parallel, i =>
            {
                if (!trackers.TryTake(out var tracker)) tracker = new(PitchRange.Anyone);
                var clean = UtteranceCleaner.Clean(SoundFile.ReadVoice(some[i].Path), plan.Rules);
                pitches[i] = clean is null ? [] : tracker.Track(clean.Samples).Hz;
                spectra[i] = clean is null ? [] : Bandwidth.Spectrum(clean.Samples);
                meter.Report(Interlocked.Increment(ref done));
                trackers.Add(tracker);
            });
            float[] voiced = [.. pitches.SelectMany(p => p).Where(f => f > 0).Order()];
            var range = PitchRange.Of(voiced);
            speakers.Add(new(speaker.Key, Math.Round(range.LowHz, 1), Math.Round(range.HighHz, 1), voiced.Length > 0 ? Math.Round(voiced[voiced.Length / 2], 1) : 0, Bandwidth.OfSpectra(spectra)));
        }
        WholeFile.WriteText(path, JsonSerializer.Serialize(speakers, WholeFile.Json));
        return speakers;
    }

    static string PartFile(VoicePlan plan, VoiceCorpus corpus, string key, int part) => Path.Combine(plan.Output, "parts", $"{corpus.Name}.{key[..12]}.{part:D4}");
    static string ManifestFile(string folder, string corpus) => Path.Combine(folder, "parts", corpus + ".json");

    // Anything wrong with what an earlier run left means only that the corpus is prepared again.
    static VoiceLedgerEntry? Load(string folder, string corpus, string key)
    {
        try
        {
            var entry = JsonSerializer.Deserialize<VoiceLedgerEntry>(File.ReadAllText(ManifestFile(folder, corpus)), WholeFile.Json);
            if (entry is null || entry.Key != key) return null;
            using var shard = new VoiceShardReader(Path.Combine(folder, entry.File));
            return shard.Hash == entry.Sha256 ? entry : null;
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidDataException) { return null; }
    }

    static string InputDigest(VoiceCorpus corpus, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in corpus.Recordings.Select(r => r.Path).Prepend(corpus.Metadata))
        {
            stop.ThrowIfCancellationRequested();
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path) + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(path)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // Making an analyser costs more than a short utterance, and one serves a thread at a time: they are lent and taken back.
    sealed class Analysers(IReadOnlyList<VoiceSpeaker> speakers)
    {
        readonly Dictionary<string, ConcurrentBag<VoiceAnalyser>> _idle = speakers.ToDictionary(s => s.Name, _ => new ConcurrentBag<VoiceAnalyser>());

        public IReadOnlyList<VoiceSpeaker> Speakers => speakers;

        public (VoiceFeatures, PitchTrack) Analyse(string speaker, float[] samples)
        {
            if (!_idle[speaker].TryTake(out var analyser))
            {
                var known = speakers.First(s => s.Name == speaker);
                analyser = new(new(known.LowHz, known.HighHz));
            }
            var result = analyser.Analyse(samples);
            _idle[speaker].Add(analyser);
            return result;
        }
    }
}
