// Finds the shared libraries that two formats need. Nothing here runs until such a format is asked for, and without the library only
// that format is refused: the house has no native dependency.

using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Maison.Data.Audio.Encoders;

/// <summary>A shared library and the Debian package that brings it.</summary>
sealed record NativeCodec(string Format, string[] FileNames, string Package)
{
    public static readonly NativeCodec Lame = new("MP3", ["libmp3lame.so.0", "libmp3lame.dylib", "libmp3lame.dll"], "libmp3lame0");
    public static readonly NativeCodec Opus = new("Opus", ["libopus.so.0", "libopus.dylib", "opus.dll"], "libopus0");

    static readonly ConcurrentDictionary<string, nint> Loaded = new();

    /// <summary>Whether the library is on this machine.</summary>
    public bool Present => Handle != 0;

    nint Handle => Loaded.GetOrAdd(Package, _ => FileNames.Select(name => NativeLibrary.TryLoad(name, out var handle) ? handle : 0).FirstOrDefault(handle => handle != 0));

    /// <summary>The address of a function.</summary>
    /// <exception cref="NotSupportedException">The library is missing; the message names the package.</exception>
    public nint Function(string name) => Present
        ? NativeLibrary.GetExport(Handle, name)
        : throw new NotSupportedException($"{Format} needs the library {FileNames[0]}, which is not on this machine. Install the package {Package}, or ask for wav, flac or pcm.");
}
