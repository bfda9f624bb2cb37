using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Tests.Data.Tokenizers;

namespace Maison.Tests.Data.Chat;

/// <summary>Thoughts and answer come apart the same way however the stream is cut.</summary>
public sealed class ReasoningParserTests
{
    static readonly BpeTokenizer tokenizer = SampleText.Tokenizer;

    [Theory]
    [InlineData(false, "<think>\n10 + 5\n\nso\n</think>\n\n15 é", "10 + 5\n\nso", "15 é")]
    [InlineData(false, "just the answer\n", "", "just the answer\n")]
    [InlineData(false, "\n\nkept", "", "\n\nkept")]
    [InlineData(false, "<think>\n\n</think>\n\nb", "", "b")]
    [InlineData(false, "<think>cut off in thou", "cut off in thou", "")]
    [InlineData(true, "open already\n</think>\n\nthe ☃ na", "open already", "the ☃ na")]
    [InlineData(false, "a < b <thin < c", "", "a < b <thin < c")]
    [InlineData(false, "<think>if a</thin then</think>b", "if a</thin then", "b")]
    [InlineData(false, "a<think>b</think>\nc<think>d</think>e", "bd", "ace")]
    public void Splits_text_and_ids_however_they_are_cut(bool inReasoning, string generated, string reasoning, string content)
    {
        var random = new Random(1);
        for (int round = 0; round < 50; round++)
        {
            var text = new ReasoningParser(inReasoning);
            var pieces = new List<ChatDelta>();
            for (int at = 0; at < generated.Length;)
            {
                int length = Math.Min(generated.Length - at, random.Next(1, round + 2));
                pieces.Add(text.Push(generated.Substring(at, length)));
                at += length;
            }
            pieces.Add(text.Flush());
            AssertJoined(pieces, reasoning, content);
        }

        var ids = new ReasoningParser(tokenizer, inReasoning);
        AssertJoined([.. tokenizer.Encode(generated + "<|im_end|>", allowSpecial: true).Select(ids.Push), ids.Flush()], reasoning, content);
    }

    [Fact]
    public void Among_ids_only_the_real_marks_count()
    {
        var parser = new ReasoningParser(tokenizer);
        AssertJoined([.. tokenizer.Encode("say <think> aloud", allowSpecial: false).Select(parser.Push), parser.Flush()], "", "say <think> aloud");
    }

    [Fact]
    public void A_tokenizer_without_think_marks_is_read_by_spelling()
    {
        var plain = BpeTrainer.Train([], 258, ["<|im_start|>", "<|im_end|>"], null, 1, TestContext.Current.CancellationToken);
        var parser = new ReasoningParser(plain);
        AssertJoined([.. plain.Encode("<think>\na\n</think>\n\né<|im_end|>", allowSpecial: true).Select(parser.Push), parser.Flush()], "a", "é");
    }

    [Fact]
    public void A_character_cut_off_by_a_mark_or_the_end_shows_as_replacement()
    {
        var parser = new ReasoningParser(tokenizer);
        ChatDelta[] pieces = [parser.Push(tokenizer.SpecialTokens["<think>"]), parser.Push(0xC3), parser.Push(tokenizer.SpecialTokens["</think>"]), parser.Push(0xE6), parser.Flush()];
        AssertJoined(pieces, "\uFFFD", "\uFFFD");
    }

    static void AssertJoined(IEnumerable<ChatDelta> pieces, string reasoning, string content)
    {
        Assert.Equal(reasoning, string.Concat(pieces.Select(p => p.Reasoning)));
        Assert.Equal(content, string.Concat(pieces.Select(p => p.Content)));
    }
}
