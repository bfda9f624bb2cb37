// Scores one voice from what it spoke: how well it is understood, how far it is from natural recordings of the same texts, and which
// faults it has. Every sound is levelled and trimmed alike first, so that nobody wins by loudness. It knows nothing about how the
// sounds were made.

using Maison.Data.Audio.Analysis;
using Maison.Data.Audio.Preparation;

namespace Maison.Data.Audio.Measures;

/// <summary>A sentence and how it was spoken.</summary>
/// <param name="Text">What should be said.</param>
/// <param name="Samples">The sound at 24 kHz.</param>
public sealed record SpokenSentence(string Text, float[] Samples);

/// <summary>Words understood of one set of sentences.</summary>
/// <param name="Sentences">How many sentences.</param>
/// <param name="Words">Their words.</param>
/// <param name="Errors">Substitutions, insertions and deletions.</param>
/// <param name="LongestRun">The longest run of errors in one sentence.</param>
public readonly record struct WordErrorSum(int Sentences, int Words, int Errors, int LongestRun)
{
    /// <summary>Errors per word.</summary>
    public double Rate => Words > 0 ? (double)Errors / Words : double.NaN;
}

/// <summary>What a voice scores.</summary>
/// <param name="Name">Name of the voice.</param>
/// <param name="Harvard">Word errors of the Harvard sentences, null without a recogniser or sentences.</param>
/// <param name="Prompts">Word errors of all others.</param>
/// <param name="Comparison">Distance from the natural recordings, null where no text is shared.</param>
/// <param name="MedianHz">Median pitch.</param>
/// <param name="PitchSpreadSemitones">Standard deviation of pitch around it.</param>
/// <param name="WordsPerMinute">Tempo, pauses included.</param>
/// <param name="HarmonicDb">Harmonic to noise ratio of 3.75 to 8.25 kHz.</param>
/// <param name="LineDb">Height of lines at multiples of the frame rate in pauses.</param>
/// <param name="FrozenNoise">Correlation of unvoiced fine structure over 200 ms.</param>
/// <param name="Heard">What the recogniser heard, by sentence.</param>
public sealed record VoiceScore(string Name, WordErrorSum? Harvard, WordErrorSum? Prompts, VoiceComparison? Comparison, double MedianHz, double PitchSpreadSemitones,
    double WordsPerMinute, double HarmonicDb, double LineDb, double FrozenNoise, IReadOnlyList<(string Said, string Heard)> Heard);

/// <summary>Scores voices.</summary>
public static class VoiceEvaluation
{
    static readonly HashSet<string> HarvardKeys = [.. HarvardSentences.Twenty.Select(HeldOutPrompts.Key)];

    /// <summary>Scores one voice.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="spoken">What it spoke.</param>
    /// <param name="natural">Features of natural recordings by <see cref="TextKey"/>.</param>
    /// <param name="listen">A recogniser, sounds to words; null to leave word errors out.</param>
    /// <exception cref="InvalidDataException">A sound holds no speech; the message names the text.</exception>
    public static VoiceScore Score(string name, IReadOnlyList<SpokenSentence> spoken, IReadOnlyDictionary<string, VoiceFeatures> natural, Func<IReadOnlyList<float[]>, IReadOnlyList<string>>? listen)
    {
        var sounds = spoken.Select(s => UtteranceCleaner.Clean(s.Samples, new())?.Samples
            ?? throw new InvalidDataException($"{name} says nothing for \"{s.Text}\". Speak it again or remove it.")).ToArray();
        var voices = Analyse(sounds);
        var pairs = sounds.Zip(voices).ToArray();
        var comparison = new VoiceComparison();
        for (var i = 0; i < voices.Length; i++)
            if (natural.TryGetValue(TextKey(spoken[i].Text), out var reference)) comparison.Add(reference, voices[i], warp: true);
        double[] pitch = [.. voices.SelectMany(v => v.Hz).Where(f => f > 0).Select(f => 12 * Math.Log2(f)).Order()];
        var mean = pitch.DefaultIfEmpty().Average();
        var heard = listen?.Invoke(sounds);
        var words = spoken.Sum(s => WordErrors.WordsOf(s.Text).Length);
        return new(name, Errors(harvard: true), Errors(harvard: false), comparison.Utterances > 0 ? comparison : null,
            pitch.Length > 0 ? Math.Pow(2, pitch[pitch.Length / 2] / 12) : double.NaN, pitch.Length > 0 ? Math.Sqrt(pitch.Average(p => (p - mean) * (p - mean))) : double.NaN,
            60.0 * words * VoiceFrames.SampleRateHz / sounds.Sum(s => (long)s.Length), Artefacts.HarmonicDb(voices), Artefacts.LineDb(pairs), Artefacts.FrozenNoise(pairs),
            heard is null ? [] : [.. spoken.Zip(heard, (s, h) => (s.Text, h))]);

        WordErrorSum? Errors(bool harvard)
        {
            if (heard is null) return null;
            var errors = spoken.Zip(heard).Where(p => HarvardKeys.Contains(TextKey(p.First.Text)) == harvard).Select(p => WordErrors.Of(p.First.Text, p.Second)).ToArray();
            return errors.Length == 0 ? null : new(errors.Length, errors.Sum(e => e.Words), errors.Sum(e => e.Errors), errors.Max(e => e.LongestRun));
        }
    }

    /// <summary>Texts with the same key are the same sentence.</summary>
    public static string TextKey(string text) => HeldOutPrompts.Key(text);

    // The voice's own pitch range first, as preparation finds that of a speaker.
    static VoiceFeatures[] Analyse(float[][] sounds)
    {
        var first = new PitchTracker(PitchRange.Anyone);
        var analyser = new VoiceAnalyser(PitchRange.Of(sounds.SelectMany(s => first.Track(s).Hz)));
        return [.. sounds.Select(s => analyser.Analyse(s).Features)];
    }
}
