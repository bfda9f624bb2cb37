// maison data prepare-voice: recordings to a folder of voice shards that `maison train` takes. The same command goes on where an
// interrupted one stopped.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Data.Audio.Preparation;
using Maison.Data.Corpora;

namespace Maison.Cli.Data;

static class PrepareVoice
{
    public static Command Create(Surroundings here)
    {
        var data = new Option<string>("--data") { Description = "A folder of voice corpora, or one: metadata.csv (id|speaker|style|text) and a recording per id (WAV, FLAC, Opus)", Required = true };
        var to = new Option<string>("--out") { Description = "Folder for the result; an interrupted run goes on there", Required = true };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("prepare-voice", "Level and trim recordings, hold prompts out, find pitch and spectra, pack shards") { data, to, threads };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var count = parsed.GetValue(threads)!.Value;
            var plan = new VoicePlan(parsed.GetValue(data)!, Path.GetFullPath(parsed.GetValue(to)!)) { Threads = count is 0 ? Environment.ProcessorCount : count };
            IReadOnlyList<VoiceLedgerEntry> ledger;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "recordings"))
                ledger = VoicePreparation.Run(plan, new Told<DataProgress>(p => line.Report(p.Stage, p.Done, p.Total)), stop);
            TextTable.Write(output, ["CORPUS", "RECORDINGS", "TRAIN", "MINUTES", "HELD OUT", "MINUTES", "QUARANTINED", "PITCH AGREES", "SPEAKERS", "LICENCE"],
                [.. ledger.Select(e => new[]
                {
                    e.Corpus, $"{e.Recordings:N0}", $"{e.TrainUtterances:N0}", $"{e.TrainSeconds / 60:F1}", $"{e.HeldOutUtterances:N0}", $"{e.HeldOutSeconds / 60:F1}", $"{e.Quarantined.Count:N0}",
                    e.VoicedFrames > 0 ? $"{(double)e.AgreeingFrames / e.VoicedFrames:P1}" : "", string.Join(", ", e.Speakers.Select(s => $"{s.Name} {s.MedianHz:F0} Hz")), e.Licence.Licence,
                })]);
            foreach (var entry in ledger.Where(e => e.Silent.Count > 0)) error.WriteLine($"{entry.Corpus}: nobody speaks in {entry.Silent.Count:N0} recordings, the first is {entry.Silent[0]}; they were left out");
            return Task.FromResult(0);
        });
        return command;
    }
}
