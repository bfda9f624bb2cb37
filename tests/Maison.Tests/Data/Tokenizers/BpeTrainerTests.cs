using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>Training against a naive twin, and what it refuses.</summary>
public sealed class BpeTrainerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Merges_in_the_order_of_a_naive_twin(int seed)
    {
        var documents = SampleText.Documents(seed, 40);
        var tokenizer = SampleText.Train(documents, 256 + 150 + MarkNames.All.Count);
        Assert.Equal(NaiveBpe.Train(documents, QwenScanner.Pattern(1), 150), tokenizer.Model.Merges);
    }

    [Fact]
    public void Runs_of_one_letter_are_counted_and_merged_without_overlap_errors()
    {
        string[] documents = ["aaaa aaaaa aaaaaaa", "aa aaa", "baaab abab ababab bababa"];
        var tokenizer = SampleText.Train(documents, 256 + 30 + MarkNames.All.Count);
        Assert.Equal(NaiveBpe.Train(documents, QwenScanner.Pattern(1), 30), tokenizer.Model.Merges);
    }

    [Fact]
    public void Threads_and_the_order_of_documents_change_nothing()
    {
        var documents = SampleText.Documents(4, 200);
        var one = SampleText.Train(documents, 600, threads: 1);
        var three = SampleText.Train(documents.AsEnumerable().Reverse(), 600, threads: 3);
        Assert.Equal(one.Model.Merges, three.Model.Merges);
    }

    [Fact]
    public void A_reused_document_buffer_is_read_before_it_changes()
    {
        IEnumerable<ReadOnlyMemory<byte>> Reusing()
        {
            var buffer = new byte[6];
            foreach (string word in (string[])["banana", "cabana", "banana"])
            {
                Encoding.UTF8.GetBytes(word, buffer);
                yield return buffer;
            }
        }
        var tokenizer = BpeTrainer.Train(Reusing(), 258, [], null, 1, TestContext.Current.CancellationToken);
        Assert.Equal([((int)'a', (int)'n'), ((int)'b', 256)], tokenizer.Model.Merges);
    }

    [Fact]
    public void Special_tokens_follow_the_merges_and_the_size_is_what_was_asked()
    {
        var tokenizer = SampleText.Train(SampleText.Documents(1, 100), 400);
        Assert.Equal(400, tokenizer.VocabSize);
        Assert.Equal(400 - MarkNames.All.Count, tokenizer.SpecialTokens[MarkNames.EndOfText]);
        Assert.Equal(MarkNames.All, tokenizer.AddedTokens.Select(t => t.Content));
        Assert.True(tokenizer.AddedTokens[0].Special);
        Assert.False(tokenizer.AddedTokens[3].Special);
    }

    [Fact]
    public void Documents_with_too_few_pairs_give_a_smaller_vocabulary()
    {
        var tokenizer = SampleText.Train(["ab ab"], 5000);
        Assert.Single(tokenizer.Model.Merges);
        Assert.Equal(257 + MarkNames.All.Count, tokenizer.VocabSize);
    }

    [Fact]
    public void Refuses_a_vocabulary_without_room_and_doubled_special_tokens()
    {
        Assert.Contains("too small", Assert.Throws<ArgumentException>(() => BpeTrainer.Train([], 256, ["<|x|>"], null, 1, TestContext.Current.CancellationToken)).Message);
        Assert.Contains("different", Assert.Throws<ArgumentException>(() => BpeTrainer.Train([], 300, ["<|x|>", "<|x|>"], null, 1, TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void A_failing_source_of_documents_ends_the_training()
    {
        static IEnumerable<ReadOnlyMemory<byte>> Failing()
        {
            yield return new byte[10];
            throw new IOException("disk gone");
        }
        Assert.Throws<IOException>(() => BpeTrainer.Train(Failing(), 300, [], null, 2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Reports_progress_and_stops_when_cancelled()
    {
        var reports = new List<BpeTrainingProgress>();
        using var stop = new CancellationTokenSource();
        var listener = new Listener(p => { reports.Add(p); stop.Cancel(); });
        var documents = SampleText.Documents(2, 400).Select(d => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(d));
        Assert.Throws<OperationCanceledException>(() => BpeTrainer.Train(documents, 1000, [], listener, 1, stop.Token));
        Assert.Equal(new BpeTrainingProgress("merge", 256, 744), Assert.Single(reports));
    }

    sealed class Listener(Action<BpeTrainingProgress> hear) : IProgress<BpeTrainingProgress>
    {
        public void Report(BpeTrainingProgress value) => hear(value);
    }
}
