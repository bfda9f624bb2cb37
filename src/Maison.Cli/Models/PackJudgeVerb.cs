// maison models pack-judge: a run of a judge becomes the network by which maison eval image scores pictures.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Image;
using Maison.Training.Image.Evaluations;
using Maison.Training.Packing;

namespace Maison.Cli.Models;

static class PackJudgeVerb
{
    public static Command Create(Surroundings here)
    {
        var run = new Argument<string>("run") { Description = "A run of `maison train image --stage judge`, done" };
        var data = new Option<string>("--data") { Description = "The prepared pictures that it learned from", Required = true };
        var machine = new Option<string?>("--machine") { Description = "What it was trained on, in words, for the card" };
        var name = new Option<string?>("--name") { Description = $"Its name, otherwise {ImageJudge.Shipped}, or {PictureChooser.Shipped} of one that names colours" };
        var to = new Option<string?>("--to") { Description = "The folder of models; otherwise that of the data folder, where eval finds it" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("pack-judge", "Make a judge of pictures a model that scores, or where it names colours one that chooses between seeds, with a card that says how right it is") { run, data, machine, name, to, threads };
        command.SetAction((parsed, stop) =>
        {
            var called = parsed.GetValue(name) ?? (ImageRun.Read(parsed.GetValue(run)!, JudgeStage.Name).Plan.Judge is { Colours: true } ? PictureChooser.Shipped : ImageJudge.Shipped);
            ModelsVerb.CheckName(called);
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? HomeFolder.Of(here).Models), called);
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            long bytes;
            using (var line = ProgressLine.Of(parsed.InvocationConfiguration.Error, here.ErrorIsTerminal, "pictures"))
                bytes = JudgePacker.Run(parsed.GetValue(run)!, parsed.GetValue(data)!, folder, parsed.GetValue(machine), gang, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), stop: stop);
            parsed.InvocationConfiguration.Output.WriteLine($"Packed {folder}: {ByteSize.Show(bytes)}. Read its {CardWriter.FileName} before it is shipped.");
            return Task.FromResult(0);
        });
        return command;
    }
}
