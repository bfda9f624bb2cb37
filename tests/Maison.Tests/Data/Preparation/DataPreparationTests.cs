using System.Security.Cryptography;
using System.Text;
using Maison.Data.Corpora;
using Maison.Data.Preparation;
using Maison.Data.Shards;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Preparation;

public sealed class DataPreparationTests : IDisposable
{
    readonly TestFolder _folder = new();

    public DataPreparationTests()
    {
        // "a" stands before "b" by name; b repeats ten of a's documents exactly and ten nearly.
        _folder.Write("in/a/part.jsonl.br", Rows(Enumerable.Range(0, 300).Select(i => Words(i, 120))) + "not json\n" + Rows(["short"]));
        _folder.Write("in/a/LICENCE.txt", "By the authors of a.");
        _folder.Write("in/b/part.jsonl.gz", Rows([.. Enumerable.Range(0, 10).Select(i => Words(i, 120)), .. Enumerable.Range(20, 10).Select(i => Words(i, 120) + " and so on"),
            .. Enumerable.Range(1000, 100).Select(i => Words(i, 60))]));
        _folder.Write("in/talk/part.jsonl", string.Concat(Enumerable.Range(0, 60).Select(i =>
            $"{{\"messages\":[{{\"role\":\"user\",\"content\":\"{Words(5000 + i, 9)}?\"}},{{\"role\":\"assistant\",\"content\":\"{Words(6000 + i, 20)}\\n\\nThe answer is {i}.\"}}],\"answer\":\"{i}\"}}\n")));
        _folder.Write("in/LEDGER.jsonl", "{\"corpus\":\"text/b\",\"licence\":\"MIT\",\"source\":\"here\"}\n");
    }

    public void Dispose() => _folder.Dispose();

    static string Rows(IEnumerable<string> texts) => string.Concat(texts.Select(t => $"{{\"text\":\"{t}\"}}\n"));

    static string Words(int seed, int count)
    {
        var random = new Random(seed);
        return string.Join(' ', Enumerable.Range(0, count).Select(_ => "w" + random.Next(5000)));
    }

    // Bytes are ids; 256 begins documents, 257 to 259 are chat marks.
    DataPlan Plan(string output, int threads = 2) => new()
    {
        Sources = [_folder["in"]],
        Output = _folder[output],
        Threads = threads,
        Tokenizer = sample =>
        {
            _samples.Add([.. sample.Select(s => Encoding.UTF8.GetString(s.Span))]);
            return new(300, 256, new byte[32], (utf8, ids) => { foreach (var b in utf8) ids.Add(b); }, turns =>
            {
                List<int> ids = [];
                List<bool> mask = [];
                foreach (var turn in turns)
                {
                    foreach (var b in Encoding.UTF8.GetBytes((turn.Reasoning is null ? "" : $"<{turn.Reasoning}>") + turn.Content))
                    {
                        ids.Add(b);
                        mask.Add(turn.Role == "assistant");
                    }
                    ids.Add(257);
                    mask.Add(false);
                }
                return new([.. ids], [.. mask]);
            });
        },
    };

    readonly List<List<string>> _samples = [];

    sealed class Recorder(Action<DataProgress> onReport) : IProgress<DataProgress>
    {
        public void Report(DataProgress value) => onReport(value);
    }

    static List<string> Texts(string shard)
    {
        using var reader = new ShardReader(shard);
        List<string> texts = [];
        foreach (var document in reader.Documents)
        {
            var ids = new int[document.Tokens];
            reader.ReadTokens(document.Start, ids);
            Assert.Equal(256, ids[0]);
            texts.Add(Encoding.UTF8.GetString([.. ids[1..].Where(i => i < 256).Select(i => (byte)i)]));
        }
        return texts;
    }

    Dictionary<string, byte[]> Files(string output) => Directory.GetFiles(_folder[output], "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(_folder[output], f), File.ReadAllBytes);

    static void AssertSameFiles(Dictionary<string, byte[]> expected, Dictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, file => Assert.Equal(file.Value, actual[file.Key]));
    }

    [Fact]
    public void TheLedgerCountsEveryDocument()
    {
        var ledger = DataPreparation.Run(Plan("out"));
        Assert.Equal(["a", "b", "talk"], ledger.Select(e => e.Corpus));
        var (a, b, talk) = (ledger[0].Clean, ledger[1].Clean, ledger[2].Clean);
        Assert.Equal((301L, 1L, 300), (a.Read, a.Malformed, a.Kept));
        Assert.Contains("part.jsonl.br:301", a.MalformedLines[0]);
        Assert.Equal(1, a.Rejected["too short"]);
        Assert.Equal("By the authors of a.", a.Licence.Attribution);
        Assert.Equal((120L, 10L), (b.Read, b.ExactDuplicates));
        Assert.Equal(10, b.NearDuplicates + b.CloseToHeldOut);
        Assert.Equal(("MIT", "here"), (b.Licence.Licence, b.Licence.Source));
        Assert.Equal((60, 60), (talk.Kept, talk.Conversations));
        Assert.Equal(CorpusLicence.NotStated, talk.Licence.Licence);
        Assert.All(ledger, e => Assert.Equal(e.Clean.Read, e.Clean.Kept + e.Clean.ExactDuplicates + e.Clean.NearDuplicates + e.Clean.CloseToHeldOut + e.Clean.Rejected.Values.Sum()));

        var read = DataLedger.Read(_folder["out"]);
        Assert.Equal(ledger.Select(e => e.Clean.Key), read.Select(e => e.Clean.Key));
        foreach (var shard in read.SelectMany(e => e.Shards))
        {
            using var reader = new ShardReader(_folder["out", shard.File]);
            Assert.Equal((reader.Hash, reader.Tokens, reader.TextBytes, (long)reader.Documents.Length), (shard.Sha256, shard.Tokens, shard.TextBytes, shard.Documents));
        }
    }

    [Fact]
    public void TrainAndHeldOutShareNothing()
    {
        var ledger = DataPreparation.Run(Plan("out"));
        Assert.Equal([16, 16, 12], ledger.Select(e => e.Clean.HeldOut.Count));
        List<string> train = [], heldOut = [];
        foreach (var corpus in (string[])["a", "b", "talk"])
        {
            train.AddRange(Texts(_folder["out", "train", corpus + ".bin"]));
            heldOut.AddRange(Texts(_folder["out", "heldout", corpus + ".bin"]));
        }
        Assert.Equal(300 + 100 + 60, train.Count + heldOut.Count);
        Assert.Empty(train.Intersect(heldOut));
        var sample = Assert.Single(_samples);
        Assert.Empty(sample.Intersect(heldOut));
        Assert.Equal(train.Count, sample.Count);
    }

    [Fact]
    public void ConversationsBecomeTextAndMaskedChat()
    {
        DataPreparation.Run(Plan("out"));
        var text = Texts(_folder["out", "train", "talk.bin"]);
        var chat = Texts(_folder["out", "chat", "train", "talk.bin"]);
        Assert.Equal((48, 48), (text.Count, chat.Count));
        Assert.Matches("^w[w0-9 ]+\\?<w[w0-9 ]+>The answer is \\d+\\.$", chat[0]);
        Assert.Matches("^w[w0-9 ]+\\?\n\nw[w0-9 ]+\n\nThe answer is \\d+\\.$", text[0]);
        using var reader = new ShardReader(_folder["out", "chat", "train", "talk.bin"]);
        var mask = new bool[reader.Documents[0].Tokens];
        reader.ReadMask(0, mask);
        Assert.Equal(chat[0].Length - chat[0].IndexOf('<'), mask.Count(true));
        Assert.Equal(mask.Count(true) - "<>".Length, reader.Documents[0].TextBytes);
        var prepared = PreparedData.Read(_folder["out"]);
        Assert.Equal((3, 3, 1, 1), (prepared.Train.Count, prepared.HeldOut.Count, prepared.ChatTrain.Count, prepared.ChatHeldOut.Count));
        var mixture = MixtureTable.Read(new StringReader("a 2 -\n* - 3\n"), "own");
        prepared = PreparedData.Read(_folder["out"], mixture);
        Assert.Equal(2, Assert.Single(prepared.Train).Value);
        Assert.Equal(3, Assert.Single(prepared.ChatTrain).Value);
    }

    [Theory]
    [InlineData("clean b", 1)]
    [InlineData("clean talk", 4)]
    [InlineData("encode a", 2)]
    [InlineData("encode talk", 1)]
    public void AStoppedRunGoesOnToTheSameBytes(string stage, int threads)
    {
        DataPreparation.Run(Plan("whole"));
        var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => DataPreparation.Run(Plan("parts", threads), new Recorder(p => { if (p.Stage == stage) stop.Cancel(); }), stop.Token));
        Assert.Throws<InvalidDataException>(() => DataLedger.Read(_folder["parts"]));
        List<string> finished = [.. Directory.GetFiles(_folder["parts", "clean"], "*.json").Where(f => !f.EndsWith(".shards.json", StringComparison.Ordinal)).Select(f => f + "l.br")];
        var before = finished.ToDictionary(f => f, File.GetLastWriteTimeUtc);
        DataPreparation.Run(Plan("parts", threads));
        AssertSameFiles(Files("whole"), Files("parts"));
        Assert.All(before, f => Assert.Equal(f.Value, File.GetLastWriteTimeUtc(f.Key)));
    }

    [Fact]
    public void WhatChangesIsMadeAgainAndTheRestKept()
    {
        DataPreparation.Run(Plan("out"));
        var a = File.GetLastWriteTimeUtc(_folder["out", "clean", "a.jsonl.br"]);
        var b = File.GetLastWriteTimeUtc(_folder["out", "clean", "b.jsonl.br"]);
        _folder.Write("in/b/part.jsonl.gz", Rows([Words(7777, 60)]));
        File.WriteAllText(_folder["out", "train", "a.bin"], "damaged");
        var ledger = DataPreparation.Run(Plan("out"));
        Assert.Equal(a, File.GetLastWriteTimeUtc(_folder["out", "clean", "a.jsonl.br"]));
        Assert.NotEqual(b, File.GetLastWriteTimeUtc(_folder["out", "clean", "b.jsonl.br"]));
        Assert.Equal((1, 0), (ledger[1].Clean.Kept, ledger[1].Clean.HeldOut.Count));
        Assert.Equal(284, Texts(_folder["out", "train", "a.bin"]).Count);
        Assert.False(File.Exists(_folder["out", "heldout", "b.bin"]));
    }

    [Fact]
    public void OnesOwnTextFileGoesThroughTokenizerAndShardsUnchanged()
    {
        var written = string.Join("\n\n", Enumerable.Range(0, 200).Select(i => Words(i, 60)));
        _folder.Write("mine.txt", written);
        var ledger = DataPreparation.Run(new()
        {
            Sources = [_folder["mine.txt"]],
            Output = _folder["own"],
            Tokenizer = sample =>
            {
                BpeTrainer.Train(sample, 400, MarkNames.All).Save(_folder["own", "tokenizer.json"]);
                return ShardTokenizer.Load(_folder["own", "tokenizer.json"]);
            },
        });
        Assert.Equal("mine", Assert.Single(ledger).Corpus);
        var tokenizer = BpeTokenizer.Load(_folder["own", "tokenizer.json"]);
        List<string> read = [];
        foreach (var file in (string[])["train", "heldout"])
        {
            using var shard = new ShardReader(_folder["own", file, "mine.bin"], SHA256.HashData(File.ReadAllBytes(_folder["own", "tokenizer.json"])));
            foreach (var document in shard.Documents)
            {
                var ids = new int[document.Tokens];
                shard.ReadTokens(document.Start, ids);
                var text = tokenizer.Decode(ids.AsSpan(1));
                Assert.Equal(document.TextBytes, Encoding.UTF8.GetByteCount(text));
                read.AddRange(text.Split("\n\n"));
            }
        }
        Assert.Equal(written.Split("\n\n").Order(), read.Order());
        Assert.NotEmpty(ledger[0].Clean.HeldOut);
    }

    [Fact]
    public void DocumentsThatHoldEvaluationQuestionsAreLeftOutAndCounted()
    {
        // One of b's documents shares 13 words in a row with a question, with another one only 12; one of talk's holds the whole of one of 9.
        var words = Words(1005, 60).Split(' ');
        _folder.Write("eval/long.jsonl", $"{{\"question\":\"Well: {string.Join("-", words[20..33])}, or not?\",\"answer\":\"4\"}}\n\n{{\"question\":\"{string.Join(' ', words[5..17])} otherwise\",\"answer\":\"5\"}}\n");
        _folder.Write("eval/short.jsonl", $"{{\"query\":\"Question: {Words(5003, 9).ToUpperInvariant()}?\",\"choices\":[\"yes\",\"no\"],\"gold\":0}}\n{{\"context\":\"1 + 1 =\",\"continuation\":\" 2\"}}\n");
        var plain = DataPreparation.Run(Plan("plain"));
        var ledger = DataPreparation.Run(Plan("out") with { Questions = _folder["eval"] });
        Assert.All(plain, e => Assert.Null(e.Clean.Overlap));
        Assert.Equal([0, 0], ledger[0].Clean.Overlap!.Documents.Values);
        Assert.Equal(1, ledger[1].Clean.Overlap!.Documents["long"]);
        Assert.Equal(1, ledger[2].Clean.Overlap!.Documents["short"]);
        Assert.All(ledger, e => Assert.Equal(1, e.Clean.Overlap!.TooShort));
        Assert.Equal((plain[1].Clean.Kept - 1, plain[2].Clean.Kept - 1), (ledger[1].Clean.Kept, ledger[2].Clean.Kept));
        Assert.All(ledger, e => Assert.Equal(e.Clean.Read, e.Clean.Kept + e.Clean.ExactDuplicates + e.Clean.NearDuplicates + e.Clean.CloseToHeldOut + e.Clean.Rejected.Values.Sum() + e.Clean.Overlap!.Documents.Values.Sum()));
        Assert.DoesNotContain(Texts(_folder["out", "train", "b.bin"]).Concat(Texts(_folder["out", "heldout", "b.bin"])), t => t.StartsWith(words[0] + " " + words[1] + " " + words[2], StringComparison.Ordinal));
        Assert.Equal(1, DataLedger.Read(_folder["out"])[1].Clean.Overlap!.Documents["long"]);
    }

    [Fact]
    public void QuestionsThatCannotBeReadAreNamed()
    {
        Assert.Throws<DirectoryNotFoundException>(() => DataPreparation.Run(Plan("out") with { Questions = _folder["none"] }));
        _folder.Write("eval/x.jsonl", "{\"question\":\"q\"}\n[1]\n");
        Assert.Contains("x.jsonl:2", Assert.Throws<InvalidDataException>(() => DataPreparation.Run(Plan("out") with { Questions = _folder["eval"] })).Message);
    }

    [Fact]
    public void NothingLeftIsAnErrorThatSaysWhy()
    {
        _folder.Write("poor/x.jsonl", "{\"text\":\"no\"}\nbroken\n");
        var error = Assert.Throws<InvalidDataException>(() => DataPreparation.Run(Plan("out") with { Sources = [_folder["poor"]] }));
        Assert.Contains("1 too short", error.Message);
        Assert.Contains("1 lines malformed", error.Message);
    }

    [Fact]
    public void ATornOrMissingLedgerIsSaid()
    {
        DataPreparation.Run(Plan("out"));
        var path = _folder["out", "ledger.jsonl"];
        File.WriteAllText(path, File.ReadAllText(path)[..^20]);
        Assert.Contains("ledger.jsonl:3", Assert.Throws<InvalidDataException>(() => DataLedger.Read(_folder["out"])).Message);
        Assert.Contains("holds no prepared data", Assert.Throws<InvalidDataException>(() => DataLedger.Read(_folder["in"])).Message);
    }

    [Theory]
    [InlineData("a 1\n", "own:1")]
    [InlineData("# fine\na 1 x\n", "own:2")]
    [InlineData("a 1 -1\n", "own:1")]
    [InlineData("a 1 1\na 2 2\n", "twice")]
    public void WrongTablesAreRefused(string table, string why) =>
        Assert.Contains(why, Assert.Throws<InvalidDataException>(() => MixtureTable.Read(new StringReader(table), "own")).Message);

    [Fact]
    public void TheHouseTableNamesItsCorporaInOrder()
    {
        Assert.Equal(1.7, MixtureTable.House["simplewiki"].Text);
        Assert.True(MixtureTable.House["children_stories"].Text > 1);
        Assert.Equal(["books", "simplewiki", "aaa", "zzz"], MixtureTable.House.Order(["zzz", "aaa", "simplewiki", "books"], n => n));
    }
}
