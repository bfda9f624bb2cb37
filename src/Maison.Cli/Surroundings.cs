// What a verb sees of the process around it besides its output: input, environment, Ctrl+C. Tests make their own.

namespace Maison.Cli;

/// <summary>The process as the verbs see it.</summary>
sealed record Surroundings
{
    public required TextReader Input { get; init; }

    /// <summary>False when input comes from a file or a pipe.</summary>
    public required bool InputIsTerminal { get; init; }

    /// <summary>False when output goes to a file or a pipe.</summary>
    public required bool OutputIsTerminal { get; init; }

    /// <summary>False when errors, and with them progress, go to a file or a pipe.</summary>
    public required bool ErrorIsTerminal { get; init; }

    /// <summary>An environment variable; null when it is not set or empty.</summary>
    public required Func<string, string?> Variable { get; init; }
    public required Interrupts Interrupts { get; init; }

    /// <summary>Where the checkpoints that come with Maison are looked for.</summary>
    public required string ShippedModels { get; init; }

    public static Surroundings OfProcess(Interrupts interrupts) => new()
    {
        Input = Console.In,
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
        Interrupts = interrupts,
        ShippedModels = FindShipped(),
    };

    /// <summary>The folder models/ beside the program, or of the clone it was built in.</summary>
    static string FindShipped()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (Directory.Exists(models) || File.Exists(Path.Combine(folder.FullName, "Maison.slnx"))) return models;
        }
        return Path.Combine(AppContext.BaseDirectory, "models");
    }
}
