// A run is trained, and a corpus rendered, by one process at a time: two would write into each other's files. The lock is the system's, so it ends with its process.

namespace Maison.Cli.Terminal;

/// <summary>Holds the folder of a run or a corpus.</summary>
sealed class RunLock : IDisposable
{
    const string FileName = "run.lock";

    readonly string folder;
    readonly FileStream file;

    RunLock(string folder, FileStream file) => (this.folder, this.file) = (folder, file);

    /// <summary>Takes a folder, which is made where it is missing.</summary>
    /// <exception cref="UserException">Another process works there.</exception>
    public static RunLock Take(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        try
        {
            return new(folder, new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (IOException)
        {
            throw new UserException($"Another process works in {folder}. Wait for it or stop it, or give another folder.");
        }
    }

    /// <summary>Lets go of the folder, which does not stay if no run came of it.</summary>
    public void Dispose()
    {
        file.Dispose();
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }
}
