// maison data prepare-image: folders of captioned pictures to a folder that `maison train image` takes.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Data.Corpora;
using Maison.Data.Pictures.Preparation;

namespace Maison.Cli.Data;

static class PrepareImage
{
    public static Command Create(Surroundings here)
    {
        var data = new Option<string>("--data") { Description = "A folder of picture corpora, or one: captions.jsonl (file, caption, style, name, tags) and PNG or WebP files", Required = true };
        var to = new Option<string>("--out") { Description = "Folder for the result", Required = true };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("prepare-image", "Look at captioned pictures, word their captions, hold concepts out, give the others views (mirrored, moved, in other colours), pack them") { data, to, threads };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var count = parsed.GetValue(threads)!.Value;
            var folder = Path.GetFullPath(parsed.GetValue(to)!);
            IReadOnlyList<PictureLedgerEntry> ledger;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "pictures"))
                ledger = PicturePreparation.Run(parsed.GetValue(data)!, folder, count is 0 ? Environment.ProcessorCount : count, new Told<DataProgress>(p => line.Report(p.Stage, p.Done, p.Total)), stop);
            TextTable.Write(output, ["CORPUS", "TRAIN", "HELD OUT", "LICENCE"],
                [.. ledger.Select(e => new[] { e.Corpus, $"{e.Train:N0}", $"{e.HeldOut:N0}", e.Licence.Licence }), ["all", $"{ledger.Sum(e => e.Train):N0}", $"{ledger.Sum(e => e.HeldOut):N0}", ""]]);
            output.WriteLine($"Next: maison train image --stage autoencoder --run RUN --data {folder}");
            return Task.FromResult(0);
        });
        return command;
    }
}
