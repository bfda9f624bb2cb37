// The data folder: the store with keys and spending, added models. MAISON_HOME or ~/.maison, readable by its owner only.

using Maison.Api.Keys;
using Maison.Api.Store;

namespace Maison.Cli;

/// <summary>Where this user's data lies.</summary>
sealed record HomeFolder(string Path)
{
    public const string Variable = "MAISON_HOME";

    /// <summary>A PostgreSQL connection string, for a store that several machines share.</summary>
    public const string StoreVariable = "MAISON_STORE";

    /// <summary>Which third parties may be asked; need not be there.</summary>
    public string Gateway => System.IO.Path.Combine(Path, "gateway.yaml");

    /// <summary>Models that were added with `maison models add`.</summary>
    public string Models => System.IO.Path.Combine(Path, "models");

    /// <summary>A line for each request, a file per day.</summary>
    public string Logs => System.IO.Path.Combine(Path, "logs");

    /// <summary>The folder as the environment names it, made or not.</summary>
    public static HomeFolder Of(Surroundings here)
        => new(System.IO.Path.GetFullPath(here.Variable(Variable) ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".maison")));

    /// <summary>Whether anything was stored yet; looking makes nothing.</summary>
    public bool HasStore(Surroundings here) => here.Variable(StoreVariable) is not null || Database.Exists(Path) || KeyFile.Exists(Path);

    /// <summary>Opens the store, in this folder or where MAISON_STORE says; keys of a former key file are taken over.</summary>
    /// <exception cref="InvalidDataException">It can not be opened; names the remedy.</exception>
    public Database OpenStore(Surroundings here)
    {
        var store = Database.Open(Made().Path, here.Variable(StoreVariable));
        try
        {
            KeyFile.MoveInto(store, Path);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Makes the folder when it is missing.</summary>
    /// <exception cref="UserException">It can not be made or written; names the variable to change.</exception>
    public HomeFolder Made()
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Path);
            else Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return this;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"The data folder {Path} can not be made: {e.Message} Set {Variable} to a folder that you can write to.");
        }
    }
}
