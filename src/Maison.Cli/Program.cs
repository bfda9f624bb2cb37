// The command line: one verb per file in the folder of its job. Errors a user can mend are printed as one line, without a trace.

using System.CommandLine;
using Maison.Cli.Training;

var root = new RootCommand("Maison trains, evaluates and serves your own models behind one OpenAI-compatible API.")
{
    TrainVerb.Create(),
};
var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
try
{
    return await root.Parse(args).InvokeAsync(invocation);
}
catch (OperationCanceledException)
{
    return 130;
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or NotSupportedException or UnauthorizedAccessException or ArithmeticException or FormatException)
{
    Console.Error.WriteLine($"maison: {e.Message}");
    return 1;
}
