// What a voice of Maison's says to be scored: copies of recordings, which tell how good the vocoder is, sentences, which tell how good the whole is,
// and the same few sentences in every style and by every voice, of which the changes against plain reading are measured.

using Maison.Cli.Speech;
using Maison.Data.Audio;
using Maison.Data.Audio.Analysis;
using Maison.Data.Audio.Measures;
using Maison.Data.Audio.Preparation;
using Maison.Data.Pictures;
using Maison.Inference.Speech;

namespace Maison.Cli.Evaluation;

/// <summary>What a style or a voice changes against the first voice's plain reading of the same sentences.</summary>
/// <param name="PitchSemitones">Step of the median pitch.</param>
/// <param name="Spread">Factor of the pitch's standard deviation in semitones.</param>
/// <param name="LevelDb">Step of the active level.</param>
/// <param name="Tempo">Factor of words per minute, pauses included.</param>
/// <param name="Voiced">Share of frames with voice.</param>
sealed record DeliveryShift(string Voice, string Style, double PitchSemitones, double Spread, double LevelDb, double Tempo, double Voiced);

/// <summary>Lets a voice speak for its evaluation.</summary>
/// <param name="keep">Folder in which what it spoke is kept, or null.</param>
sealed class VoiceTrial(LoadedVoice voice, string? keep, CancellationToken stop)
{
    const int ShiftSentences = 10, Pictures = 6;

    /// <summary>The recordings through the vocoder alone.</summary>
    public IReadOnlyList<SpokenSentence> Copies(IReadOnlyList<(SpokenSentence Spoken, VoiceFeatures Features)> recordings)
        => Kept("copies", [.. recordings.Select(r => new SpokenSentence(r.Spoken.Text, voice.Copy(r.Features)))]);

    /// <summary>Sentences in the first voice, plainly.</summary>
    public IReadOnlyList<SpokenSentence> Speak(IEnumerable<string> texts)
        => Kept("plain", [.. texts.Select(text => Say(text, voice.Voices[0], SpeechStyles.Neutral))]);

    /// <summary>What is heard where pieces and sentences of one streamed text meet.</summary>
    public (JoinScore Pieces, JoinScore Sentences, double PeakDb) Joins(IEnumerable<string> texts)
    {
        var (samples, pieces, sentences) = (new List<float>(), new List<long>(), new List<long>());
        foreach (var chunk in voice.Speak(string.Join(' ', texts), new(voice.Voices[0]), stop))
        {
            pieces.AddRange([samples.Count, chunk.StartFrame * VoiceTime.HopSamples]);
            if (chunk.Delivery is not null) sentences.Add(chunk.StartFrame * VoiceTime.HopSamples);
            samples.AddRange(chunk.Samples);
        }
        float[] sound = [.. samples];
        return (Artefacts.Joins(sound, pieces.Except(sentences)), Artefacts.Joins(sound, sentences), 20 * Math.Log10(sound.Max(Math.Abs)));
    }

    /// <summary>What each style does to the first voice and each voice to the plain style, on the first of these texts.</summary>
    public IReadOnlyList<DeliveryShift> Shifts(IReadOnlyList<string> texts)
    {
        var deliveries = SpeechStyles.All.Select(style => (Voice: voice.Voices[0], Style: style)).Concat(voice.Voices.Skip(1).Select(v => (Voice: v, Style: SpeechStyles.Neutral))).ToArray();
        var measured = deliveries.Select(d => Measure(Kept($"{d.Voice.Name}-{d.Style.Name}", [.. texts.Take(ShiftSentences).Select(text => Say(text, d.Voice, d.Style))]))).ToArray();
        return [.. deliveries.Zip(measured, (d, m) => new DeliveryShift(d.Voice.Name, d.Style.Name, m.Pitch - measured[0].Pitch, m.Spread / measured[0].Spread, m.Level - measured[0].Level, m.Tempo / measured[0].Tempo, m.Voiced))];
    }

    SpokenSentence Say(string text, SpeechVoice who, SpeechStyle style)
        => new(text, [.. voice.Speak(text, new(who, Style: style), stop).SelectMany(chunk => chunk.Samples)]);

    static (double Pitch, double Spread, double Level, double Tempo, double Voiced) Measure(IReadOnlyList<SpokenSentence> spoken)
    {
        var tracker = new PitchTracker(PitchRange.Anyone);
        float[] hz = [.. spoken.SelectMany(s => tracker.Track(s.Samples).Hz)];
        double[] pitch = [.. hz.Where(f => f > 0).Select(f => 12 * Math.Log2(f)).Order()];
        var mean = pitch.DefaultIfEmpty(double.NaN).Average();
        var samples = spoken.Sum(s => (double)s.Samples.Length);
        return (pitch.Length > 0 ? pitch[pitch.Length / 2] : double.NaN, Math.Sqrt(pitch.Select(p => (p - mean) * (p - mean)).DefaultIfEmpty(double.NaN).Average()),
            spoken.Average(s => Loudness.ActiveLevelDb(s.Samples, VoiceFrames.SampleRateHz)), spoken.Sum(s => WordErrors.WordsOf(s.Text).Length) / samples, pitch.Length / (double)Math.Max(1, hz.Length));
    }

    IReadOnlyList<SpokenSentence> Kept(string name, IReadOnlyList<SpokenSentence> spoken)
    {
        if (keep is null) return spoken;
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetFullPath(keep), name)).FullName;
        for (var i = 0; i < spoken.Count; i++)
        {
            WaveFile.Write(Path.Combine(folder, $"{i:D3}.wav"), new(spoken[i].Samples, VoiceFrames.SampleRateHz));
            if (i < Pictures) PngFile.Write(Path.Combine(folder, $"{i:D3}.png"), SpectrogramPicture.Linear(spoken[i].Samples, []));
        }
        File.WriteAllText(Path.Combine(folder, VoiceCorpus.MetadataName), "id|speaker|style|text\n" + string.Concat(spoken.Select((s, i) => $"{i:D3}|{name}|neutral|{s.Text}\n")));
        return spoken;
    }
}
