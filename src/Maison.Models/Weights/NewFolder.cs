// A folder in the making: filled under "<path>.tmp" and renamed when whole, so that a kill or a full disk never leaves half of one.

namespace Maison.Models.Weights;

/// <summary>Collects files; without <see cref="Commit"/>, disposing it leaves nothing behind.</summary>
sealed class NewFolder : IDisposable
{
    readonly string _path;
    readonly string _temporary;

    /// <exception cref="CheckpointFormatException">Something of this name exists.</exception>
    public NewFolder(string path)
    {
        _path = Path.TrimEndingDirectorySeparator(path);
        _temporary = _path + ".tmp";
        if (Path.Exists(_path)) throw Exists(_path);
        if (Directory.Exists(_temporary)) Directory.Delete(_temporary, recursive: true);   // what a kill left
        Directory.CreateDirectory(_temporary);
    }

    public string File(string name) => Path.Combine(_temporary, name);

    public void Commit() => Directory.Move(_temporary, _path);

    public void Dispose()
    {
        if (Directory.Exists(_temporary)) Directory.Delete(_temporary, recursive: true);
    }

    public static CheckpointFormatException Exists(string path) => new(path, "target", "it exists already", "Choose another path, or remove it first");
}
