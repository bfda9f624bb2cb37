// How fast a voice speaks, from text to samples, and how soon it is heard; beside flite where that is installed, measured by turns so that both meet
// the same neighbours. Everything is warm: kernels are compiled and weights packed, as in a server that has answered before.

using System.Diagnostics;
using Maison.Cli.Speech;
using Maison.Data.Audio;
using Maison.Data.Audio.Measures;
using Maison.Data.Speech.Reading;
using Maison.Inference.Speech;
using Maison.Tensors;

namespace Maison.Cli.Bench;

/// <summary>A minute of speech, and the first sound.</summary>
static class VoiceFigures
{
    const int turns = 7, firstSounds = 15;
    const double minute = 60;

    /// <param name="folder">The voice.</param>
    /// <param name="threads">The most threads; one is measured too.</param>
    public static IEnumerable<Figure> Measure(Surroundings here, string folder, int threads, Action<string> note, CancellationToken stop)
    {
        var text = string.Join(' ', HarvardSentences.Twenty);
        using Gang one = new(1), all = new(threads);
        using var alone = LoadedVoice.Load(here, folder, null, EmojiReading.Skip, one, TextWriter.Null);
        using var together = LoadedVoice.Load(here, folder, null, EmojiReading.Skip, all, TextWriter.Null);
        foreach (var voice in new[] { alone, together })
            for (var i = 0; i < 2; i++) Minute(voice, text, stop);
        List<double> single = [], several = [], other = [], first = [], firstAlone = [];
        for (var i = 0; i < turns; i++)
        {
            single.Add(Minute(alone, text, stop));
            several.Add(Minute(together, text, stop));
            if (Flite(text) is { } seconds) other.Add(seconds);
        }
        for (var i = 0; i < firstSounds; i++)
        {
            first.Add(First(together, text, stop));
            firstAlone.Add(First(alone, text, stop));
        }
        double? flite = other.Count > 0 ? Figure.Median(other) : null;
        if (flite is null) note("flite is not installed, so nothing is measured beside it.");
        double? Share(List<double> own) => flite is { } f ? f / Figure.Median(own) : null;
        var reference = flite is null ? null : "flite-rms's speed";
        yield return new("voice.minute", Figure.Median(several), "s", $"60 s of speech, text to samples, {all.Threads} threads", Share(several), reference, Goal: "at most 1");
        yield return new("voice.minute.one_thread", Figure.Median(single), "s", "60 s of speech, text to samples, 1 thread", Share(single), reference, Goal: "at most 1.5");
        if (flite is { } its) yield return new("voice.minute.flite_rms", its, "s", "60 s of speech by flite-rms, one process, one thread");
        yield return new("voice.first_sound", 1000 * Figure.Median(first), "ms", $"a warm request of a long text to its first samples, {all.Threads} threads", Goal: "at most 100");
        yield return new("voice.first_sound.one_thread", 1000 * Figure.Median(firstAlone), "ms", "a warm request of a long text to its first samples, 1 thread", Goal: "at most 100");
    }

    static SpeechOptions Plainly(LoadedVoice voice) => new(voice.Voices[0]);

    /// <summary>Seconds per minute of speech.</summary>
    static double Minute(LoadedVoice voice, string text, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var samples = voice.Speak(text, Plainly(voice), stop).Sum(chunk => (long)chunk.Samples.Length);
        return Stopwatch.GetElapsedTime(start).TotalSeconds * minute * VoiceFrames.SampleRateHz / samples;
    }

    /// <summary>Seconds to the first samples.</summary>
    static double First(LoadedVoice voice, string text, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        _ = voice.Speak(text, Plainly(voice), stop).First(chunk => chunk.Samples.Length > 0);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    static double? Flite(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            var start = Stopwatch.GetTimestamp();
            ClassicVoice.All[0].Speak(text, file);
            var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var sound = WaveFile.Read(file);
            return took * minute * sound.SampleRateHz / sound.Samples.Length;
        }
        catch (NotSupportedException)
        {
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
