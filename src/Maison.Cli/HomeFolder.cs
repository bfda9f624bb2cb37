// The data folder: keys, added models. MAISON_HOME or ~/.maison, readable by its owner only.

namespace Maison.Cli;

/// <summary>Where this user's data lies.</summary>
sealed record HomeFolder(string Path)
{
    public const string Variable = "MAISON_HOME";

    /// <summary>Models that were added with `maison models add`.</summary>
    public string Models => System.IO.Path.Combine(Path, "models");

    /// <summary>The folder as the environment names it, made or not.</summary>
    public static HomeFolder Of(Surroundings here)
        => new(System.IO.Path.GetFullPath(here.Variable(Variable) ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".maison")));

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
