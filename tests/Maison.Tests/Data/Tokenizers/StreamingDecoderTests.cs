using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>A stream shows whole characters only, and all of them.</summary>
public sealed class StreamingDecoderTests
{
    static readonly BpeTokenizer tokenizer = SampleText.Tokenizer;

    [Fact]
    public void A_character_split_over_tokens_waits_until_it_is_whole()
    {
        var stream = new StreamingDecoder(tokenizer);
        Assert.Equal(["", "", "", "😀", "a", "", "é"], new int[] { 0xF0, 0x9F, 0x98, 0x80, 'a', 0xC3, 0xA9 }.Select(stream.Push));
        Assert.Equal("", stream.Flush());
    }

    [Fact]
    public void What_never_becomes_a_character_shows_as_replacement()
    {
        var stream = new StreamingDecoder(tokenizer);
        Assert.Equal("", stream.Push(0xE6));
        Assert.Equal("\uFFFDb", stream.Push('b'));
        Assert.Equal("", stream.Push(0xF0));
        Assert.Equal("\uFFFD", stream.Flush());
        Assert.Equal("c", stream.Push('c'));
    }

    [Fact]
    public void Joined_pieces_equal_decoding_at_once()
    {
        var random = new Random(1);
        for (int round = 0; round < 2_000; round++)
        {
            var ids = Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(round % 2 == 0 ? 256 : tokenizer.VocabSize)).ToArray();
            var stream = new StreamingDecoder(tokenizer);
            Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(stream.Push)) + stream.Flush());
        }
    }
}
