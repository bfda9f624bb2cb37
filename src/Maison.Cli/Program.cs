// The process: gives the command line its arguments, its streams and the Ctrl+C that verbs listen to.

using Maison.Cli;

using var interrupts = new Interrupts();
return await CommandLine.Run(args, Surroundings.OfProcess(interrupts), Console.Out, Console.Error);
