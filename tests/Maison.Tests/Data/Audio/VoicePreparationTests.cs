using Maison.Cli.Terminal;
using Maison.Data.Audio;
using Maison.Data.Audio.Preparation;
using Maison.Data.Corpora;

namespace Maison.Tests.Data.Audio;

public sealed class VoicePreparationTests : IDisposable
{
    readonly TestFolder _folder = new();

    public VoicePreparationTests()
    {
        // Two readers; "anna" reads 20 prompts, two of them twice, at odd levels; "ben" repeats one of her texts.
        Write("anna", 22, i => 180 + i % 20, i => $"anna_{i}", i => $"Sentence number {i % 20}.");
        Write("ben", 8, i => 110 + i % 9, i => $"ben_{i}", i => i == 3 ? "sentence NUMBER 5" : $"Word {i}!");
        _folder.Write("in/anna/LICENCE.txt", "By Anna.");
        _folder.Write("in/LEDGER.jsonl", "{\"corpus\":\"voice/ben\",\"licence\":\"CC BY 3.0\",\"source\":\"here\"}\n");
    }

    public void Dispose() => _folder.Dispose();

    void Write(string corpus, int count, Func<int, double> hz, Func<int, string> id, Func<int, string> text)
    {
        _folder.Write($"in/{corpus}/metadata.csv", "id|speaker|style|text\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{id(i)}|{corpus}|neutral|{text(i)}\n")));
        Directory.CreateDirectory(_folder["in", corpus, "wav"]);
        for (var i = 0; i < count; i++)
        {
            var sound = Synthetic.Noise(14_400, i, 0.0002);
            Synthetic.Sum(Synthetic.Harmonic(5_000, s => hz(i) * (1 + 0.2 * s), 0.02 + 0.002 * i), Synthetic.Noise(5_000, i, 0.001)).CopyTo(sound, 4_000);
            WaveFile.Write(_folder["in", corpus, "wav", id(i) + ".wav"], new(sound, VoiceFrames.SampleRateHz));
        }
    }

    VoicePlan Plan(string output, int threads = 2) => new(_folder["in"], _folder[output]) { Threads = threads, PartUtterances = 8, Rules = new() { RangeUtterances = 4 } };

    [Fact]
    public void RecordingsBecomeEvenUtterancesWithTheirPitch()
    {
        var ledger = VoicePreparation.Run(Plan("out"));
        Assert.Equal(["anna", "ben"], ledger.Select(e => e.Corpus));
        Assert.Equal(["see attribution", "CC BY 3.0"], ledger.Select(e => e.Licence.Licence));
        Assert.Equal("By Anna.", ledger[0].Licence.Attribution);
        Assert.Equal((22, 8), (ledger[0].Recordings, ledger[1].Recordings));
        Assert.Empty(ledger[0].Quarantined);
        Assert.True(ledger[0].AgreeingFrames > 0.95 * ledger[0].VoicedFrames);
        Assert.InRange(ledger[0].Speakers[0].MedianHz, 185, 200);
        Assert.Equal(ledger.Select(e => e.Sha256), VoiceLedger.Read(_folder["out"]).Select(e => e.Sha256));

        using var shard = new VoiceShardReader(_folder["out", "anna.voice"]);
        Assert.Equal(22, shard.Utterances.Count);
        var utterance = shard.Utterances[13];
        Assert.Equal(("anna_13", "anna", "neutral", "Sentence number 13."), (utterance.Id, utterance.Speaker, utterance.Style, utterance.Text));
        // 100 ms before and 150 ms after 0.21 s of voice and the hangover
        Assert.InRange(utterance.Frames, 10 + 20 + 15, 10 + 30 + 15);
        Assert.Equal(10, utterance.Speech.First);
        var samples = shard.ReadSamples(utterance);
        Assert.Equal(utterance.Frames * 240, samples.Length);
        Assert.InRange(Loudness.ActiveLevelDb(samples, 24_000), -27, -25);
        var features = shard.ReadFeatures(utterance);
        Assert.InRange(features.Hz[20], 193, 200);
        // What is stored is what the analysis of what is stored gives.
        var (again, _) = new VoiceAnalyser(new(shard.Speakers[0].LowHz, shard.Speakers[0].HighHz)).Analyse(samples);
        Assert.Equal(again.LogMel, features.LogMel);
        Assert.Equal(again.Hz, features.Hz);
        Assert.Equal(again.Energy, features.Energy);
        Assert.Equal(again.Periodicity, features.Periodicity);
        var crop = new float[600];
        shard.ReadSamples(utterance, utterance.Frames - 2, crop);
        Assert.Equal([.. samples[^480..], .. new float[120]], crop);
    }

    [Fact]
    public void TakesOfAPromptAreHeldOutTogether()
    {
        VoicePreparation.Run(Plan("out"));
        using var anna = new VoiceShardReader(_folder["out", "anna.voice"]);
        using var ben = new VoiceShardReader(_folder["out", "ben.voice"]);
        var all = anna.Utterances.Concat(ben.Utterances).GroupBy(u => HeldOutPrompts.Key(u.Text));
        Assert.All(all, takes => Assert.Single(takes.Select(t => t.Split).Distinct()));
        Assert.InRange(anna.Utterances.Where(u => u.Split == VoiceSplit.HeldOut).Select(u => u.Text).Distinct().Count(), 2, 3);
        Assert.Contains(all, takes => takes.Count() > 1);
    }

    [Fact]
    public void ThreadsAndInterruptionsChangeNothing()
    {
        VoicePreparation.Run(Plan("whole", threads: 1));
        using (var stop = new CancellationTokenSource())
            Assert.ThrowsAny<OperationCanceledException>(() => VoicePreparation.Run(Plan("stopped"), new Told<DataProgress>(p => { if (p.Stage == "analyse anna" && p.Done == 8) stop.Cancel(); }), stop.Token));
        Assert.NotEmpty(Directory.GetFiles(_folder["stopped", "parts"], "anna.*.0000"));
        Assert.False(File.Exists(_folder["stopped", VoiceLedger.FileName]));

        List<string> stages = [];
        VoicePreparation.Run(Plan("stopped"), new Told<DataProgress>(p => stages.Add(p.Stage)));
        Assert.DoesNotContain("pitch range of anna", stages);
        foreach (var name in new[] { "anna.voice", "ben.voice", VoiceLedger.FileName })
            Assert.Equal(File.ReadAllBytes(_folder["whole", name]), File.ReadAllBytes(_folder["stopped", name]));
        stages.Clear();
        VoicePreparation.Run(Plan("stopped"), new Told<DataProgress>(p => stages.Add(p.Stage)));
        Assert.Empty(stages);
    }

    [Fact]
    public void SilentRecordingsAreToldAndDamagedShardsMadeAgain()
    {
        WaveFile.Write(_folder["in", "ben", "wav", "ben_2.wav"], new(new float[4_800], VoiceFrames.SampleRateHz));
        var ledger = VoicePreparation.Run(Plan("out"));
        Assert.Equal(["ben_2"], ledger[1].Silent);
        var path = _folder["out", "ben.voice"];
        var whole = File.ReadAllBytes(path);
        var damaged = (byte[])whole.Clone();
        damaged[5_000] ^= 1;
        File.WriteAllBytes(path, damaged);
        Assert.Contains("SHA-256", Assert.Throws<InvalidDataException>(() => new VoiceShardReader(path)).Message);
        File.WriteAllBytes(path, whole[..^100]);
        Assert.Contains("cut short", Assert.Throws<InvalidDataException>(() => new VoiceShardReader(path)).Message);
        VoicePreparation.Run(Plan("out"));
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("id|text\n", "begin with")]
    [InlineData("id|speaker|style|text\nben_1|ben|neutral\n", "metadata.csv:2")]
    [InlineData("id|speaker|style|text\nben_1|ben|neutral|Hello.\nben_1|ben|neutral|Hello.\n", "twice")]
    [InlineData("id|speaker|style|text\nben_99|ben|neutral|Hello.\n", "no recording ben_99")]
    [InlineData("id|speaker|style|text\n", "names no recording")]
    public void WrongMetadataIsRefusedByLine(string metadata, string why)
    {
        _folder.Write("in/ben/metadata.csv", metadata);
        Assert.Contains(why, Assert.Throws<InvalidDataException>(() => VoicePreparation.Run(Plan("out"))).Message);
    }

    [Fact]
    public void AnEmptyPlaceIsNamed() => Assert.Contains("metadata.csv", Assert.Throws<FileNotFoundException>(() => VoiceCorpus.Find(_folder["in", "anna", "wav"])).Message);
}
