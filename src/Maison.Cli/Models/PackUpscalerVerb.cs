// maison models pack-upscaler: a run of an upscaler becomes a model that imagine and serve use behind any image model.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Training.Image;
using Maison.Training.Packing;

namespace Maison.Cli.Models;

static class PackUpscalerVerb
{
    public static Command Create(Surroundings here)
    {
        var run = new Argument<string>("run") { Description = "A run of `maison train image --stage upscaler`, done" };
        var data = new Option<string>("--data") { Description = "The prepared pictures that it learned from", Required = true };
        var machine = new Option<string?>("--machine") { Description = "What it was trained on, in words, for the card" };
        var name = new Option<string>("--name") { Description = "The model's name", DefaultValueFactory = _ => ImageModel.ShippedUpscaler };
        var to = new Option<string?>("--to") { Description = "The folder of models; otherwise that of the data folder, where imagine and serve find it" };
        var command = new Command("pack-upscaler", "Make an upscaler a model, with a card that compares") { run, data, machine, name, to };
        command.SetAction(parsed =>
        {
            ModelsVerb.CheckName(parsed.GetValue(name)!);
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? HomeFolder.Of(here).Models), parsed.GetValue(name)!);
            var bytes = UpscalerPacker.Run(parsed.GetValue(run)!, parsed.GetValue(data)!, folder, parsed.GetValue(machine));
            parsed.InvocationConfiguration.Output.WriteLine($"Packed {folder}: {ByteSize.Show(bytes)}. Read its {CardWriter.FileName} before it is shipped.");
        });
        return command;
    }
}
