using System.Buffers;
using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>Encoding and decoding: no byte is lost, merges are those of a naive twin, marks come only from those allowed.</summary>
public sealed class BpeTokenizerTests
{
    static readonly BpeTokenizer tokenizer = SampleText.Tokenizer;

    [Fact]
    public void Every_byte_string_comes_back()
    {
        var random = new Random(3);
        var ids = new List<int>();
        var back = new ArrayBufferWriter<byte>();
        for (int round = 0; round < 3_000; round++)
        {
            var bytes = new byte[random.Next(200)];
            if (round % 2 == 0) random.NextBytes(bytes);
            else for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)"ab an\n'sé日"u8[random.Next(13)];
            ids.Clear();
            back.Clear();
            tokenizer.Encode(bytes, allowSpecial: round % 4 < 2, ids);
            foreach (int id in ids) tokenizer.AppendBytes(id, back);
            Assert.Equal(bytes, back.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void All_two_byte_strings_come_back()
    {
        var ids = new List<int>();
        for (int pair = 0; pair <= 0xFFFF; pair++)
        {
            byte[] bytes = [(byte)pair, (byte)(pair >> 8)];
            ids.Clear();
            tokenizer.Encode(bytes, allowSpecial: true, ids);
            Assert.Equal(bytes, ids.SelectMany(id => tokenizer.TokenBytes(id).ToArray()));
        }
    }

    [Fact]
    public void Merges_equal_a_naive_twin_on_short_and_long_pieces()
    {
        var random = new Random(8);
        var merges = tokenizer.Model.Merges;
        for (int round = 0; round < 300; round++)
        {
            // Letters only: one piece. Past 64 bytes the heap takes over; some pieces come twice, the second time from the cache.
            string word = string.Concat(Enumerable.Range(0, random.Next(1, round % 10 == 0 ? 90 : 9)).Select(_ => "banathinger"[random.Next(11)]));
            var expected = NaiveBpe.Encode(Encoding.UTF8.GetBytes(word), merges);
            Assert.Equal(expected, tokenizer.Encode(word));
            Assert.Equal(expected, tokenizer.Encode(word));
        }
    }

    [Fact]
    public void A_megabyte_of_one_letter_is_no_quadratic_trap()
    {
        string text = new('a', 1 << 20);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Marks_are_recognised_only_where_allowed()
    {
        const string text = "ba<|im_start|>na<think>x<|im_en<|im_end|>";
        int[] trusted = tokenizer.Encode(text, allowSpecial: true);
        Assert.Equal(["<|im_start|>", "<think>", "<|im_end|>"], trusted.Where(tokenizer.IsSpecial).Select(tokenizer.TokenText));
        int[] untrusted = tokenizer.Encode(text, allowSpecial: false);
        Assert.DoesNotContain(untrusted, tokenizer.IsSpecial);
        Assert.Equal(text, tokenizer.Decode(trusted));
        Assert.Equal(text, tokenizer.Decode(untrusted));
    }

    [Fact]
    public void Of_marks_that_start_alike_the_longest_is_taken()
    {
        var marked = BpeTrainer.Train([], 256 + 3, ["<a", "<a>>", "<a>"], null, 1, TestContext.Current.CancellationToken);
        Assert.Equal(["<a>>", "<a>", "<a", "b"], marked.Encode("<a>><a><ab", allowSpecial: true).Select(marked.TokenText));
    }

    [Fact]
    public void Bytes_and_text_of_single_tokens()
    {
        Assert.Equal([0xE6], tokenizer.TokenBytes(0xE6).ToArray());
        Assert.Equal("\uFFFD", tokenizer.TokenText(0xE6));
        Assert.Equal("<|endoftext|>", tokenizer.TokenText(tokenizer.SpecialTokens["<|endoftext|>"]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.TokenBytes(tokenizer.VocabSize).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    [Fact]
    public void A_lone_surrogate_reads_as_the_replacement_character()
    {
        Assert.Equal("a\uFFFDb", tokenizer.Decode(tokenizer.Encode("a\uD800b")));
        Assert.Empty(tokenizer.Encode(""));
    }

    [Fact]
    public void Threads_may_share_a_tokenizer()
    {
        var documents = SampleText.Documents(6, 100);
        var expected = documents.Select(d => tokenizer.Encode(d)).ToArray();
        var found = new int[8][][];
        var threads = Enumerable.Range(0, found.Length)
            .Select(t => new Thread(() => found[t] = [.. documents.Select(d => tokenizer.Encode(d))])).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.All(found, f => Assert.Equal(expected, f));
    }

    [Fact]
    public void Encoding_to_a_list_allocates_nothing_per_piece()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(SampleText.Documents(7, 200)));
        var ids = new List<int>(text.Length);
        tokenizer.Encode(text, false, ids);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ids.Clear();
        tokenizer.Encode(text, false, ids);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);
    }
}
