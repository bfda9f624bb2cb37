// maison models pack-g2p: a run of `maison train g2p` becomes the network that ships, with its exceptions, receipt, curve and card.

using System.CommandLine;
using System.Globalization;
using Maison.Cli.Terminal;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Packing;
using Maison.Training.Speech;

namespace Maison.Cli.Models;

static class PackG2pVerb
{
    public static Command Create(Surroundings here)
    {
        var run = new Argument<string>("run") { Description = "A run folder of `maison train g2p`" };
        var data = new Option<string>("--data") { Description = "The dictionary that it learned from", Required = true };
        var texts = new Option<string>("--texts") { Description = "Corpora that tell which words are common", Required = true };
        var name = new Option<string>("--name") { Description = "The model's name", DefaultValueFactory = _ => G2pModel.Shipped };
        var to = new Option<string?>("--to") { Description = "The folder of shipped models; otherwise models/ of this clone" };
        var common = Choice.Whole("--common", "So many of the commonest words are said as the dictionary says", 0, 200_000, 20_000);
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("pack-g2p", "Make a run of `maison train g2p` the network that ships") { run, data, texts, name, to, common, threads };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            ModelsVerb.CheckName(parsed.GetValue(name)!);
            var folder = Path.Combine(Path.GetFullPath(parsed.GetValue(to) ?? here.ShippedModels), parsed.GetValue(name)!);
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            G2pReceipt receipt;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "words"))
                receipt = G2pPacker.Run(new(parsed.GetValue(run)!, parsed.GetValue(data)!, parsed.GetValue(texts)!, folder, parsed.GetValue(common)!.Value), gang, new Told<EvaluationProgress>(p => line.Report(p.Name, p.Done, p.Total)), stop);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Packed {folder}: {ByteSize.Show(new DirectoryInfo(folder).EnumerateFiles().Sum(f => f.Length))}, {100 * receipt.Network.WordErrors:F1} % of held-out words wrong ({100 * receipt.Network.WordErrorsWithoutStress:F1} % without stress), {receipt.Exceptions:N0} exceptions. Read its {CardWriter.FileName} before it is shipped."));
            return Task.FromResult(0);
        });
        return command;
    }
}
