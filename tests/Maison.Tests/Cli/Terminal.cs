// Runs the command line inside the test: its own home, its own environment, what it printed.

using Maison.Cli;

namespace Maison.Tests.Cli;

/// <summary>A terminal with a data folder that goes away with the test.</summary>
sealed class Terminal : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("maison-cli-");

    public Terminal()
    {
        Variables[HomeFolder.Variable] = Home;
        Directory.CreateDirectory(Shipped);
    }

    public Dictionary<string, string> Variables { get; } = [];
    public Interrupts Interrupts { get; } = new(listen: false);
    public string Home => Path("home");
    public string Shipped => Path("models");

    public string Path(string name) => System.IO.Path.Combine(folder.FullName, name);

    /// <summary>Runs one command to its end.</summary>
    public async Task<(int Code, string Output, string Error)> RunWith(string input, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.Run(args, Around(new StringReader(input)), TextWriter.Synchronized(output), TextWriter.Synchronized(error));
        return (code, output.ToString(), error.ToString());
    }

    public Task<(int Code, string Output, string Error)> Run(params string[] args) => RunWith("", args);

    public Surroundings Around(TextReader input) => new()
    {
        Input = input,
        InputIsTerminal = false,
        OutputIsTerminal = false,
        ErrorIsTerminal = false,
        Variable = name => Variables.GetValueOrDefault(name),
        Interrupts = Interrupts,
        ShippedModels = Shipped,
    };

    public void Dispose()
    {
        Interrupts.Dispose();
        folder.Delete(recursive: true);
    }
}
