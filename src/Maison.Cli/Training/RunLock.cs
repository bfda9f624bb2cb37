// A run is trained by one process at a time: two would write each other's checkpoints. The lock is the system's, so it ends with its process.

namespace Maison.Cli.Training;

/// <summary>Holds a run folder.</summary>
sealed class RunLock : IDisposable
{
    const string FileName = "run.lock";

    readonly string folder;
    readonly FileStream file;

    RunLock(string folder, FileStream file) => (this.folder, this.file) = (folder, file);

    /// <summary>Takes a run folder, which is made where it is missing.</summary>
    /// <exception cref="UserException">Another process trains there.</exception>
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
            throw new UserException($"Another process trains in {folder}. Wait for it or stop it, or start another run with --run.");
        }
    }

    /// <summary>Lets go of the folder, which does not stay if no run came of it.</summary>
    public void Dispose()
    {
        file.Dispose();
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }
}
