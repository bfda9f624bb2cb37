// An outside judge of intelligibility: the recogniser pocketsphinx with its US English model. It is old and hard of hearing, which is a
// virtue here: it does not guess garbled words from their neighbours as large models do. Only measuring needs it.

using System.ComponentModel;
using System.Diagnostics;

namespace Maison.Data.Audio.Measures;

/// <summary>Transcribes by pocketsphinx.</summary>
public static class PocketSphinx
{
    const string Program = "pocketsphinx_batch", Models = "/usr/share/pocketsphinx/model/en-us";
    const int SampleRateHz = 16_000;

    /// <summary>What is heard in each sound, in order; empty where nothing is understood.</summary>
    /// <param name="sounds">Voices at 24 kHz.</param>
    /// <param name="stop">Ends the recogniser.</param>
    /// <exception cref="NotSupportedException">The recogniser or its model is not installed; the message names the packages.</exception>
    public static IReadOnlyList<string> Transcribe(IReadOnlyList<float[]> sounds, CancellationToken stop = default)
    {
        if (!Directory.Exists(Models)) throw Missing($"there is no {Models}");
        var folder = Directory.CreateTempSubdirectory("maison-listen-").FullName;
        try
        {
            var resampler = Resampler.Rates(VoiceFrames.SampleRateHz, SampleRateHz);
            for (var i = 0; i < sounds.Count; i++) WaveFile.Write(Path.Combine(folder, $"{i:D5}.wav"), new(resampler.Run(sounds[i]), SampleRateHz));
            var (list, heard) = (Path.Combine(folder, "list"), Path.Combine(folder, "heard"));
            File.WriteAllLines(list, Enumerable.Range(0, sounds.Count).Select(i => $"{i:D5}"));
            Run(stop, "-adcin", "yes", "-cepdir", folder, "-cepext", ".wav", "-ctl", list, "-hyp", heard, "-adchdr", "44",
                "-hmm", Path.Combine(Models, "en-us"), "-lm", Path.Combine(Models, "en-us.lm.bin"), "-dict", Path.Combine(Models, "cmudict-en-us.dict"));
            // A line is "words (name score)".
            var words = File.ReadLines(heard).Select(line => (Line: line, At: line.LastIndexOf('('))).Where(l => l.At >= 0)
                .ToDictionary(l => l.Line[(l.At + 1)..].Split(' ')[0].TrimEnd(')'), l => l.Line[..l.At].Trim());
            return [.. Enumerable.Range(0, sounds.Count).Select(i => words.GetValueOrDefault($"{i:D5}", ""))];
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    static void Run(CancellationToken stop, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        Process process;
        try { process = Process.Start(start)!; }
        catch (Win32Exception) { throw Missing($"there is no program {Program}"); }
        using (process)
        using (stop.Register(() => process.Kill()))
        {
            var complaint = process.StandardError.ReadToEndAsync(CancellationToken.None);
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            process.WaitForExit();
            stop.ThrowIfCancellationRequested();
            if (process.ExitCode != 0) throw new IOException($"{Program} failed ({process.ExitCode}): {complaint.Result.Trim().Split('\n')[^1]}");
        }
    }

    static NotSupportedException Missing(string why) => new($"Transcribing needs pocketsphinx, and {why}. Install the packages pocketsphinx and pocketsphinx-en-us, or measure without it.");
}
