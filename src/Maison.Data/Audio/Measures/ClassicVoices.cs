// Classic synthesisers to measure beside: flite (clustergen and diphone voices) and espeak-ng (formants). Only measuring and blind battles need
// them. A text is an argument and never an option, whatever it begins with.

using System.ComponentModel;
using System.Diagnostics;

namespace Maison.Data.Audio.Measures;

/// <summary>A synthesiser that is run as a program.</summary>
/// <param name="Name">How a table names it.</param>
/// <param name="Package">The Debian package that brings it.</param>
/// <param name="Program">The program.</param>
/// <param name="Arguments">Its arguments, with {text} and {file} to fill in.</param>
public sealed record ClassicVoice(string Name, string Package, string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The voices that a table of the house holds its own against.</summary>
    public static IReadOnlyList<ClassicVoice> All { get; } =
    [
        .. ((string[])["rms", "slt", "kal16"]).Select(voice => new ClassicVoice($"flite-{voice}", "flite", "flite", ["-voice", voice, "-t", "{text}", "-o", "{file}"])),
        new("espeak-ng", "espeak-ng", "espeak-ng", ["-v", "en-us", "-w", "{file}", "--", "{text}"]),
    ];

    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Whether its program is on the path.</summary>
    public bool Installed => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, Program)));

    /// <summary>Speaks a text into a WAV file.</summary>
    /// <exception cref="NotSupportedException">The program is not installed; the message names the package.</exception>
    public void Speak(string text, string file)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in Arguments) start.ArgumentList.Add(argument.Replace("{text}", text, StringComparison.Ordinal).Replace("{file}", file, StringComparison.Ordinal));
        try
        {
            using var process = Process.Start(start)!;
            _ = process.StandardOutput.ReadToEndAsync();
            var complaint = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Longest))
            {
                process.Kill();
                throw new IOException($"{Program} did not end within {Longest.TotalSeconds:0} s. Give it a shorter text.");
            }
            if (process.ExitCode != 0) throw new IOException($"{Program} failed ({process.ExitCode}): {complaint.Result.Trim()}");
        }
        catch (Win32Exception) { throw new NotSupportedException($"{Name} needs the program {Program}. Install the package {Package}, or leave it out."); }
    }
}
