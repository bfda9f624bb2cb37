// maison models pack-image: runs of an autoencoder and of a flow become an image model that paints and is served.

using System.CommandLine;
using Maison.Cli.Imagine;
using Maison.Cli.Terminal;
using Maison.Tensors;
using Maison.Training.Image;
using Maison.Training.Image.Evaluations;
using Maison.Training.Packing;

namespace Maison.Cli.Models;

static class PackImageVerb
{
    public static Command Create(Surroundings here)
    {
        var autoencoder = new Argument<string?>("autoencoder") { Description = "A run of `maison train image --stage autoencoder`", Arity = ArgumentArity.ZeroOrOne };
        var flow = new Argument<string?>("flow") { Description = "A run of `maison train image --stage flow` over it, done", Arity = ArgumentArity.ZeroOrOne };
        var from = new Option<string?>("--from") { Description = "In place of an autoencoder and a flow: a packed model that a judge went on teaching (--rewarded)" };
        var distilled = new Option<string?>("--distilled") { Description = "A run of `maison train image --stage distil` after that flow, done: what is packed then" };
        var rewarded = new Option<string?>("--rewarded") { Description = "A run of `maison train image --stage rewarded` that began as the distilled one, or as the packed one, done: what is packed then" };
        var share = Choice.Number("--share", "Share of the rewarded flow's weights in what is packed; the rest is of the one that it began as (1)", 0.01f, 1);
        var guidance = Choice.Number("--guidance", "Guidance on top of what a distilled flow has learned to give, where nobody says otherwise (that of the one it began as; else 1)", 1, 30);
        var data = new Option<string>("--data") { Description = "The prepared pictures that they learned from", Required = true };
        var machine = new Option<string?>("--machine") { Description = "What they were trained on, in words, for the card" };
        var name = new Option<string>("--name") { Description = "The model's name", DefaultValueFactory = _ => ImageModel.Shipped };
        var to = new Option<string?>("--to") { Description = "The folder of models; otherwise that of the data folder, where imagine and serve find it" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("pack-image", "Make an autoencoder and a flow an image model, with a card that shows what it paints") { autoencoder, flow, from, distilled, rewarded, share, guidance, data, machine, name, to, threads };
        command.SetAction((parsed, stop) =>
        {
            ModelsVerb.CheckName(parsed.GetValue(name)!);
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? HomeFolder.Of(here).Models), parsed.GetValue(name)!);
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            string?[] runs = [parsed.GetValue(autoencoder), parsed.GetValue(flow)];
            var (packed, taught, pictures, part) = (parsed.GetValue(from), parsed.GetValue(rewarded), parsed.GetValue(data)!, parsed.GetValue(share));
            if (packed is not null && (runs.Any(r => r is not null) || parsed.GetValue(distilled) is not null)) throw new UserException("--from names a model that has its autoencoder and flow. Leave the runs of these and --distilled out.");
            if (packed is not null && taught is null) throw new UserException("--from goes on with what a judge taught: name the run with --rewarded.");
            if (packed is null && runs.Any(r => r is null)) throw new UserException("Name a run of an autoencoder and one of a flow over it, or a packed model with --from.");
            long bytes;
            using (var line = ProgressLine.Of(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, "pictures"))
            {
                bytes = packed is not null ? ImagePacker.Again(packed, taught!, part, parsed.GetValue(guidance), pictures, folder, parsed.GetValue(machine), gang, Painted, stop)
                    : ImagePacker.Run(new(runs[0]!, runs[1]!, parsed.GetValue(distilled), taught, pictures, folder, parsed.GetValue(machine), part, parsed.GetValue(guidance)), gang, Painted, stop);

                void Painted(int done, int of) => line.Report("paint", done, of);
            }
            parsed.InvocationConfiguration.Output.WriteLine($"Packed {folder}: {ByteSize.Show(bytes)}. Read its {CardWriter.FileName} before it is shipped.");
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Scores come after packing, since what is packed is what is scored.</summary>
    public static Command CreateScore(Surroundings here)
    {
        var folder = new Argument<string?>("model") { Description = $"Folder of a packed image model, instead of {ImageModel.Shipped}", Arity = ArgumentArity.ZeroOrOne };
        var eval = new Option<string>("--eval") { Description = "The --out of a finished `maison eval image --data` of these weights", Required = true };
        var command = new Command("score-image", "Write what an evaluation found into an image model's card and receipt") { folder, eval };
        command.SetAction(parsed =>
        {
            var scored = LoadedPainter.Find(here, parsed.GetValue(folder), folder.Name) ?? throw new UserException(LoadedPainter.Missing(here));
            ImagePacker.Score(scored, parsed.GetValue(eval)!);
            parsed.InvocationConfiguration.Output.WriteLine($"{ImageScores.FileName} of {parsed.GetValue(eval)} stands in the card of {scored}.");
            return 0;
        });
        return command;
    }
}
