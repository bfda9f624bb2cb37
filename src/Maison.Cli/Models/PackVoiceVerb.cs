// maison models pack-voice: runs of an acoustic model and a vocoder become a voice that speaks and is served.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Training.Packing;
using Maison.Training.Voice;

namespace Maison.Cli.Models;

static class PackVoiceVerb
{
    public static Command Create(Surroundings here)
    {
        var acoustic = new Argument<string>("acoustic") { Description = "A run of `maison train voice --stage acoustic` or acoustic-judged" };
        var vocoder = new Argument<string>("vocoder") { Description = "A run of `maison train voice --stage vocoder` or vocoder-judged" };
        var data = new Option<string>("--data") { Description = "The prepared recordings that they learned from", Required = true };
        var name = new Option<string>("--name") { Description = "The voice's name", DefaultValueFactory = _ => VoiceModel.Shipped };
        var to = new Option<string?>("--to") { Description = "The folder of models; otherwise that of the data folder, where speak and serve find it" };
        var spread = Choice.Number("--pitch-spread", "Factor of the predicted pitch's movement that gives it the spread of recordings, as maison eval voice measures both", 0.5f, 3);
        var sharpness = Choice.Number("--sharpness", "Factor that draws peaks and valleys of predicted spectra apart, so that they vary as recordings do (VARIANCE of maison eval voice)", 0.5f, 3);
        var scores = new Option<string?>("--scores") { Description = "What maison eval voice --json printed of it, for the card" };
        var pictures = new Option<string[]>("--picture") { Description = "PNG files for the card; may be repeated", AllowMultipleArgumentsPerToken = true };
        var notes = new Option<string[]>("--note") { Description = "A remark for the card; may be repeated" };
        var command = new Command("pack-voice", "Make an acoustic model and a vocoder a voice") { acoustic, vocoder, data, name, to, spread, sharpness, scores, pictures, notes };
        command.SetAction(parsed =>
        {
            ModelsVerb.CheckName(parsed.GetValue(name)!);
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? HomeFolder.Of(here).Models), parsed.GetValue(name)!);
            var bytes = VoicePacker.Run(new(parsed.GetValue(acoustic)!, parsed.GetValue(vocoder)!, parsed.GetValue(data)!, folder, parsed.GetValue(spread), parsed.GetValue(sharpness), parsed.GetValue(scores), parsed.GetValue(pictures), parsed.GetValue(notes)));
            parsed.InvocationConfiguration.Output.WriteLine($"Packed {folder}: {ByteSize.Show(bytes)}. Read its {CardWriter.FileName} before it is shipped.");
        });
        return command;
    }
}
