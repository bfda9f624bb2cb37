// The command line: one verb per file in the folder of its job. Errors a user can mend are printed as one line, without a trace.
// Only the verb that was named is made, since building a whole tree of options would be paid at every cold start.

using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text.Json;
using Maison.Cli.Arena;
using Maison.Cli.Bench;
using Maison.Cli.Brief;
using Maison.Cli.Chat;
using Maison.Cli.Data;
using Maison.Cli.Doctor;
using Maison.Cli.Evaluation;
using Maison.Cli.Imagine;
using Maison.Cli.Keys;
using Maison.Cli.Models;
using Maison.Cli.Serving;
using Maison.Cli.Speech;
using Maison.Cli.Training;
using Maison.Models.Weights;

namespace Maison.Cli;

/// <summary>Parses arguments and runs the verb they name.</summary>
static class CommandLine
{
    static readonly (string Name, Func<Surroundings, Command> Create)[] Verbs =
    [
        ("serve", ServeVerb.Create),
        ("chat", ChatVerb.Create),
        ("imagine", ImagineVerb.Create),
        ("brief", BriefVerb.Create),
        ("train", TrainVerb.Create),
        ("data", DataVerb.Create),
        ("eval", EvalVerb.Create),
        ("models", ModelsVerb.Create),
        ("keys", KeysVerb.Create),
        ("arena", ArenaVerb.Create),
        ("speak", SpeakVerb.Create),
        ("pronounce", PronounceVerb.Create),
        ("bench", BenchVerb.Create),
        ("doctor", DoctorVerb.Create),
    ];

    /// <summary>The exit code: 0 done, 1 failed, 130 stopped by the user.</summary>
    public static async Task<int> Run(string[] args, Surroundings here, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Maison trains, evaluates and serves your own models behind one OpenAI-compatible API.");
        var named = Verbs.Where(v => args.Length > 0 && v.Name == args[0]).ToArray();
        foreach (var (_, create) in named.Length > 0 ? named : Verbs) root.Add(create(here));

        var parsed = root.Parse(args);
        // A verb that only names a group is answered with what there is to choose from.
        if (parsed.Action is ParseErrorAction errors) errors.ShowHelp = parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count == 0;
        // Interrupts owns Ctrl+C: a chat stops an answer with it, a training run finishes its step.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error };
        try
        {
            return await parsed.InvokeAsync(invocation, here.Interrupts.Token);
        }
        catch (OperationCanceledException) when (here.Interrupts.Token.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or NotSupportedException or UnauthorizedAccessException
            or ArithmeticException or FormatException or JsonException or HttpRequestException or CheckpointFormatException or UserException)
        {
            // The name of a parameter in the code says nothing to whoever typed an option.
            var message = e is ArgumentException { ParamName: { } name } ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;
            error.WriteLine($"maison: {message}");
            return 1;
        }
        catch (OutOfMemoryException)
        {
            error.WriteLine("maison: There is not enough memory for this. Choose a smaller model, context or batch, or close other programs.");
            return 1;
        }
    }
}

/// <summary>A refusal that the user can mend; the message names what is wrong and the remedy.</summary>
sealed class UserException(string message) : Exception(message);
