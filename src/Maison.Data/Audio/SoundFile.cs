// Reads a recording by its ending: WAV and FLAC by our own readers, Ogg Opus by the tool opusdec, which only preparation of data needs.

using System.ComponentModel;
using System.Diagnostics;

namespace Maison.Data.Audio;

/// <summary>Reads sound files.</summary>
public static class SoundFile
{
    /// <summary>Endings that can be read.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".wav", ".flac", ".opus", ".ogg"];

    /// <summary>Reads a file as one channel at 24 kHz, whatever its own rate.</summary>
    /// <exception cref="InvalidDataException">Unknown, damaged or cut short; the message names the file and the remedy.</exception>
    public static float[] ReadVoice(string path)
    {
        var sound = Read(path);
        return sound.SampleRateHz == VoiceFrames.SampleRateHz ? sound.Samples : Resampler.Rates(sound.SampleRateHz, VoiceFrames.SampleRateHz).Run(sound.Samples);
    }

    /// <summary>Reads a file as one channel at its own rate; Opus is always given at 24 kHz.</summary>
    /// <exception cref="InvalidDataException">Unknown, damaged or cut short; the message names the file and the remedy.</exception>
    public static Sound Read(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".wav" => WaveFile.Read(path),
        ".flac" => FlacFile.Read(path),
        ".opus" or ".ogg" => ReadOpus(path),
        var other => throw new InvalidDataException($"{path}: sound files end in {string.Join(", ", Endings)}, not '{other}'. Convert it first."),
    };

    // As floats: the tool dithers integers, and then two preparations would differ.
    static Sound ReadOpus(string path)
    {
        var start = new ProcessStartInfo("opusdec") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["--quiet", "--float", "--force-wav", "--rate", $"{VoiceFrames.SampleRateHz}", path, "-"]) start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var complaint = process.StandardError.ReadToEndAsync();
            using var bytes = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(bytes);
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidDataException($"{path}: opusdec cannot read it ({complaint.Result.Trim()}). Copy or encode it again.");
            return WaveFile.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        }
        catch (Win32Exception)
        {
            throw new InvalidDataException($"{path}: reading Ogg Opus needs the program opusdec. Install the package opus-tools, or convert the files to WAV or FLAC.");
        }
    }
}
