using System.Text;
using Maison.Data.Shards;
using Maison.Tensors;
using Maison.Tests.Data;
using Maison.Training.Evaluations;
using Maison.Training.Text;

namespace Maison.Tests.Training.Evaluations;

public sealed class TextEvaluationTests : IDisposable
{
    const double tolerance = 1e-5;

    readonly TestFolder folder = new();
    readonly Gang gang = new(1);

    public void Dispose()
    {
        gang.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void ChoicesAreComparedAsSumsAndPerByte()
    {
        using var model = ByteChain.Model(gang, 64, (" ", "y"), ("y", "e"), ("e", "s"), ("s", "."));
        var score = Run(model, "choices", """
            {"query": "Question: so?\n", "choices": ["no", "yes"], "gold": 1}
            {"query": "Question: so?", "choices": ["yes", "no"], "gold": 1}
            {"query": "Question: so?", "choices": ["n", "yesyes"], "gold": 1}
            """);
        // "n" has one unlikely byte, "yesyes" one too but five likely ones beside it: the sum is lower, the mean higher.
        Assert.Equal(1 / 3.0, score.Metrics[MetricNames.Accuracy].Value, tolerance);
        Assert.Equal(2 / 3.0, score.Metrics[MetricNames.AccuracyPerByte].Value, tolerance);
        Assert.Equal(Math.Sqrt(1 / 3.0 * (2 / 3.0) / 2), score.Metrics[MetricNames.Accuracy].Error!.Value, tolerance);
        Assert.Equal((3, 0, 0.5), (score.Count, score.TooLong, score.Chance));
    }

    [Fact]
    public void ContinuationsAreSaidExactlyAndTheirLikelihoodIsThatOfAllTheirBytes()
    {
        using var model = ByteChain.Model(gang, 64, ("d", " "), (" ", "o"), ("o", "k"));
        var score = Run(model, "last", """
            {"context": "end", "continuation": "ok"}
            {"context": "end", "continuation": " ok"}
            {"context": "end ", "continuation": "ok"}
            {"context": "end", "continuation": "on"}
            """);
        Assert.Equal(0.75, score.Metrics[MetricNames.Accuracy].Value, tolerance);
        var nats = -(3 * ByteChain.Likely * 2 + 2 * ByteChain.Likely + 2 * ByteChain.Likely + ByteChain.Unlikely) / 4;
        Assert.Equal(Math.Exp(nats), score.Metrics[MetricNames.Perplexity].Value, 1e-3);
        Assert.Null(score.Chance);
    }

    [Fact]
    public void OfAProblemTheNumberBehindTheThoughtsCounts()
    {
        using var model = ByteChain.Model(gang, 128, ("\n", "8"), ("8", "</think>"), ("</think>", "4"), ("4", "2"), ("2", "<|im_end|>"));
        var score = Run(model, "problems", """
            {"question": "Six times seven?", "answer": "6*7 = <<6*7=42>>42\n#### 42"}
            {"question": "Twice four?", "answer": "8"}
            """);
        Assert.Equal(0.5, score.Metrics[MetricNames.Accuracy].Value, tolerance);
        Assert.Equal(1, score.Metrics[MetricNames.Answered].Value);
    }

    [Fact]
    public void ThoughtsWithoutAnEndAreNoAnswer()
    {
        using var model = ByteChain.Model(gang, 128, ("\n", "7"), ("7", "7"));
        var score = Run(model, "problems", """{"question": "Seven?", "answer": "7"}""");
        Assert.Equal(0, score.Metrics[MetricNames.Accuracy].Value);
        Assert.Equal(0, score.Metrics[MetricNames.Answered].Value);
        Assert.Null(score.Metrics[MetricNames.Accuracy].Error);
    }

    [Fact]
    public void WhatDoesNotFitTheContextIsCountedAndLeftOut()
    {
        using var model = ByteChain.Model(gang, 40, ("d", " "));
        var score = Run(model, "last", $$"""
            {"context": "{{new string('x', 40)}}", "continuation": "ok"}
            {"context": "end", "continuation": "ok"}
            """);
        Assert.Equal((1, 1), (score.Count, score.TooLong));
        var error = Assert.Throws<InvalidDataException>(() => Run(model, "long", $$"""{"context": "{{new string('x', 40)}}", "continuation": "ok"}"""));
        Assert.Contains("context", error.Message);
    }

    [Fact]
    public void ALimitLooksAtTheFirstRows()
    {
        using var model = ByteChain.Model(gang, 64, ("d", " "), (" ", "o"), ("o", "k"));
        var file = Write("last", string.Join('\n', Enumerable.Range(0, 100).Select(i => $$"""{"context": "end", "continuation": "{{(i < 70 ? "ok" : "no")}}"}""")));
        var evaluation = new TextEvaluation(model);
        Assert.Equal((70, 70, 1.0), (evaluation.Run(file, 70).Count, evaluation.Run(file, 70).Limit, evaluation.Run(file, 70).Metrics[MetricNames.Accuracy].Value));
        Assert.Equal((100, null, 0.7), (evaluation.Run(file, 1000).Count, evaluation.Run(file, 1000).Limit, Math.Round(evaluation.Run(file).Metrics[MetricNames.Accuracy].Value, 6)));
    }

    [Fact]
    public void HeldOutTextIsScoredFromItsStartMarkAndOnlyWithItsOwnTokenizer()
    {
        var saved = ByteChain.Save(folder["model"], ByteChain.Decoder(64, ("<|endoftext|>", "a"), ("a", "b"), ("b", "c")));
        var digest = Convert.FromHexString(CheckpointFiles.Digest(folder["model", "tokenizer.json"]));
        string Shard(string name, byte[] tokenizer)
        {
            using var writer = new ShardWriter(folder[name], ByteChain.Tokenizer.VocabSize, ByteChain.Id("<|endoftext|>"), tokenizer);
            writer.Add(ByteChain.Tokenizer.Encode("ab"), 2, "letters");
            writer.Add(ByteChain.Tokenizer.Encode("aba"), 3, "letters");
            writer.Complete();
            return folder[name];
        }

        using var model = EvaluatedModel.Load(saved, gang);
        var score = new TextEvaluation(model).HeldOut(Shard("letters.bin", digest), chat: false);
        Assert.Equal(-(4 * ByteChain.Likely + ByteChain.Unlikely) / Math.Log(2) / 5, score.Metrics[MetricNames.BitsPerByte].Value, tolerance);
        Assert.Equal(("letters", 2, 5L), (score.Name, score.Count, score.Bytes));
        Assert.Contains("tokenizer", Assert.Throws<InvalidDataException>(() => new TextEvaluation(model).HeldOut(Shard("other.bin", new byte[32]), false)).Message);
    }

    [Fact]
    public void WhatALogHoldsIsNotDoneAgain()
    {
        var rows = """{"context": "end", "continuation": "ok"}""" + "\n" + """{"context": "end", "continuation": "no"}""";
        var log = folder["scores.jsonl"];
        var file = Write("last", rows);
        EvaluationScore first;
        using (var model = ByteChain.Model(gang, 64, ("d", " "), (" ", "o"), ("o", "k"))) first = new TextEvaluation(model, null, new ScoreLog(log)).Run(file);
        File.AppendAllText(log, "{\"name\":\"la");                            // a kill in the middle of the next line

        using (var model = ByteChain.Model(gang, 64))                          // claims the same weights, so it is not even asked
        {
            var again = new ScoreLog(log);
            Assert.Equal(first.ToJson(), new TextEvaluation(model, null, again).Run(file).ToJson());
            Assert.Equal(first.ToJson(), new TextEvaluation(model, null, again).Run(file, 5).ToJson());
            Assert.NotEqual(first.Metrics[MetricNames.Accuracy], new TextEvaluation(model, null, again).Run(file, 1).Metrics[MetricNames.Accuracy]);
            Assert.NotEqual(first.Data, new TextEvaluation(model, null, again).Run(Write("last", rows + "\n" + rows)).Data);
        }
        Assert.Equal(3, new ScoreLog(log).Scores.Count);
        File.WriteAllText(log, "no score\n");
        Assert.Contains("scores.jsonl:1", Assert.Throws<InvalidDataException>(() => new ScoreLog(log)).Message);
    }

    [Theory]
    [InlineData("""{"query": "q", "choices": ["a"], "gold": 0}""", "choices")]
    [InlineData("""{"query": "q", "choices": ["a", 1], "gold": 0}""", "choices[1]")]
    [InlineData("""{"query": "q", "choices": ["a", "b"], "gold": 2}""", "gold")]
    [InlineData("""{"query": "q", "choices": ["a", "b"], "gold": "b"}""", "gold")]
    [InlineData("""{"query": "", "choices": ["a", "b"], "gold": 1}""", "query")]
    [InlineData("""{"context": "c", "continuation": 3}""", "continuation")]
    [InlineData("""{"question": "How many?", "answer": "none"}""", "answer")]
    public void DamagedRowsAreRefusedByFileLineAndField(string row, string named)
    {
        using var model = ByteChain.Model(gang, 64);
        var error = Assert.Throws<InvalidDataException>(() => Run(model, "bad", row));
        Assert.Contains("bad.jsonl:1", error.Message);
        Assert.Contains(named, error.Message);
    }

    [Fact]
    public void FoldersAreSearchedAndUnknownShapesAreTold()
    {
        Write("b", """{"question": "1+1?", "answer": "2"}""");
        Write("a", """{"text": "long", "summaries": ["short"]}""");
        var tasks = EvaluationTasks.Find(folder.Path, null, []);
        Assert.Equal(["b"], tasks.Files.Select(f => f.Name));
        Assert.Contains("a is left out", Assert.Single(tasks.Notes));
        Assert.Contains("--only c", Assert.Throws<ArgumentException>(() => EvaluationTasks.Find(folder.Path, null, ["c"])).Message);
        using var model = ByteChain.Model(gang, 64);
        Assert.Contains("summaries", Assert.Throws<NotSupportedException>(() => EvaluationTasks.Find(folder.Path, null, ["a"]).Run(new(model), null).ToArray()).Message);
        Assert.Throws<DirectoryNotFoundException>(() => EvaluationFile.Find(folder["nowhere"]));
        folder.Write("broken.jsonl", "{");
        Assert.Contains("broken.jsonl:1", Assert.Throws<InvalidDataException>(() => EvaluationFile.Find(folder.Path)).Message);
    }

    EvaluationScore Run(EvaluatedModel model, string name, string rows) => new TextEvaluation(model).Run(Write(name, rows));

    EvaluationFile Write(string name, string rows)
    {
        folder.Write(name + ".jsonl", rows);
        return Assert.Single(EvaluationFile.Find(folder.Path), f => f.Name == name);
    }
}
