// maison data prepare: raw corpora to a folder that `maison train text --data` takes: tokenizer.json, shards, ledger.
// The same command goes on where an interrupted one stopped.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Data.Corpora;
using Maison.Data.Preparation;
using Maison.Data.Tokenizers;

namespace Maison.Cli.Data;

static class DataVerb
{
    const int defaultVocab = 8192, mostVocab = 1 << 20;

    public static Command Create(Surroundings here) => new("data", "Prepare data for training") { Prepare(here), PrepareVoice.Create(here), PrepareImage.Create(here), RenderScenes.Create(here), Sums() };

    static Command Sums()
    {
        var to = new Option<string>("--out") { Description = "Folder for the corpus, such as CORPORA/sums", Required = true };
        var rows = Choice.Whole("--rows", "Problems to make", 1, 10_000_000, 20_000);
        var seed = Choice.Whole("--seed", "Fixes the problems", 0, int.MaxValue, 1);
        var command = new Command("sums", "Make a corpus of sums with visible steps, by rule") { to, rows, seed };
        command.SetAction(parsed =>
        {
            SumProblems.Write(Path.GetFullPath(parsed.GetValue(to)!), parsed.GetValue(rows)!.Value, parsed.GetValue(seed)!.Value);
            return 0;
        });
        return command;
    }

    static Command Prepare(Surroundings here)
    {
        var data = new Option<string[]>("--data") { Description = "A folder of corpora, one corpus folder, or one file: JSON lines or text, plain, .gz or .br; may be given again", Required = true };
        var to = new Option<string>("--out") { Description = "Folder for the result; an interrupted run goes on there", Required = true };
        var vocab = Choice.Whole("--vocab", "Token ids of the tokenizer that is trained", 256 + MarkNames.All.Count, mostVocab, defaultVocab);
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Use this tokenizer.json instead of training one" };
        var mixture = new Option<string?>("--mixture") { Description = "Table of corpus weights: per line a corpus or *, its text weight, its chat weight" };
        var questions = new Option<string?>("--exclude-overlap") { Description = "A folder of evaluation questions (.jsonl): documents that share 13 words in a row with one, or all of one of 8 to 12 words, are left out" };
        var threads = Choice.Whole("--threads", "Threads to use; 0 takes one per processor", 0, 1024, 0);

        var command = new Command("prepare", "Clean, deduplicate, hold out, train a tokenizer and pack shards") { data, to, vocab, tokenizer, mixture, questions, threads };
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(tokenizer) is { } absent && !File.Exists(absent)) throw new UserException($"--tokenizer {absent}: there is no such file.");
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var folder = Path.GetFullPath(parsed.GetValue(to)!);
            var table = parsed.GetValue(mixture) is { } weights ? ReadMixture(weights) : MixtureTable.House;
            var ledger = Run(here, error, parsed.GetValue(data)!, folder, parsed.GetValue(tokenizer), parsed.GetValue(vocab)!.Value, table, parsed.GetValue(questions), parsed.GetValue(threads)!.Value, stop);
            Show(output, ledger);
            foreach (var entry in ledger.Where(e => e.Clean.Malformed > 0))
                error.WriteLine($"{entry.Corpus}: {entry.Clean.Malformed:N0} lines are not JSON and were left out, the first at {entry.Clean.MalformedLines[0]}");
            if (ledger[0].Clean.Overlap is { } compared)
                output.WriteLine($"Left out because they hold questions of {string.Join(", ", compared.Documents.Keys)}: {Overlapping(ledger)}. Questions too short to look for: {compared.TooShort:N0}.");
            output.WriteLine($"Next: maison train text --run RUN --data {folder} --budget 90m");
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Prepares a source into a folder with progress on <paramref name="error"/>; what an earlier run finished is kept.</summary>
    public static IReadOnlyList<LedgerEntry> Run(Surroundings here, TextWriter error, IReadOnlyList<string> sources, string folder, string? tokenizer, int vocab, MixtureTable mixture, string? questions, int threads, CancellationToken stop)
    {
        var count = threads is 0 ? Environment.ProcessorCount : threads;
        using var bytes = ProgressLine.OfBytes(error, here.ErrorIsTerminal);
        return DataPreparation.Run(new DataPlan
        {
            Sources = sources,
            Output = folder,
            Tokenizer = new TokenizerSource(folder, tokenizer, vocab, count, new(error, here.ErrorIsTerminal), stop).Make,
            Mixture = mixture,
            Questions = questions,
            Threads = count,
        }, new Told<DataProgress>(p => bytes.Report(p.Stage, p.Done, p.Total)), stop);
    }

    static string Overlapping(IReadOnlyList<LedgerEntry> ledger)
    {
        string[] told = [.. ledger.Select(e => (e.Corpus, Count: e.Clean.Overlap!.Documents.Values.Sum())).Where(e => e.Count > 0).Select(e => $"{e.Count:N0} of {e.Corpus}")];
        return told.Length == 0 ? "no document" : string.Join(", ", told);
    }

    static MixtureTable ReadMixture(string path)
    {
        if (!File.Exists(path)) throw new UserException($"--mixture {path}: there is no such file.");
        using var reader = new StreamReader(path);
        return MixtureTable.Read(reader, path);
    }

    static void Show(TextWriter output, IReadOnlyList<LedgerEntry> ledger)
    {
        TextTable.Write(output, ["CORPUS", "READ", "KEPT", "TEXT TOKENS", "CHAT TOKENS", "HELD OUT", "LICENCE"],
        [
            .. ledger.Select(e => new[]
            {
                e.Corpus, $"{e.Clean.Read:N0}", $"{e.Clean.Kept:N0}", $"{Tokens(e, "train/"):N0}", $"{Tokens(e, "chat/train/"):N0}",
                $"{Tokens(e, "heldout/") + Tokens(e, "chat/heldout/"):N0}", e.Clean.Licence.Licence,
            }),
            ["all", $"{ledger.Sum(e => e.Clean.Read):N0}", $"{ledger.Sum(e => e.Clean.Kept):N0}", $"{ledger.Sum(e => Tokens(e, "train/")):N0}",
                $"{ledger.Sum(e => Tokens(e, "chat/train/")):N0}", $"{ledger.Sum(e => Tokens(e, "heldout/") + Tokens(e, "chat/heldout/")):N0}", ""],
        ]);

        static long Tokens(LedgerEntry entry, string folder) => entry.Shards.Where(s => s.File.StartsWith(folder, StringComparison.Ordinal)).Sum(s => s.Tokens);
    }
}

/// <summary>Trains or takes the tokenizer of a preparation and leaves it beside the shards.</summary>
sealed class TokenizerSource(string folder, string? given, int vocab, int threads, (TextWriter To, bool Live) terminal, CancellationToken stop)
{
    public ShardTokenizer Make(IEnumerable<ReadOnlyMemory<byte>> sample)
    {
        var path = Path.Combine(folder, "tokenizer.json");
        if (given is null) Train(sample).Save(path);
        else if (Path.GetFullPath(given) != path) File.Copy(given, path, overwrite: true);
        return ShardTokenizer.Load(path);
    }

    BpeTokenizer Train(IEnumerable<ReadOnlyMemory<byte>> sample)
    {
        using var bytes = ProgressLine.OfBytes(terminal.To, terminal.Live);
        using var merges = ProgressLine.Of(terminal.To, terminal.Live, "merges");
        return BpeTrainer.Train(sample, vocab, MarkNames.All, new Told<BpeTrainingProgress>(p =>
        {
            if (p.Stage == "merge") merges.Report("tokenizer: merge", p.Done, p.Total);
            else bytes.Report("tokenizer: count", p.Done, p.Total);
        }), threads, stop);
    }
}
