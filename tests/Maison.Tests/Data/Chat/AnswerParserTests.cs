using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Tests.Data.Tokenizers;

namespace Maison.Tests.Data.Chat;

/// <summary>Thoughts, content and calls come apart the same way however the text was cut into tokens.</summary>
public sealed class AnswerParserTests
{
    static readonly BpeTokenizer tokenizer = SampleText.Tokenizer;

    const string Call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}\\\" é\", \"b\": [{}]}}\n</tool_call>";

    [Theory]
    [InlineData("<think>\nhm <tool_call>\n</think>\n\nthe é\n" + Call, "hm <tool_call>", "the é", "f{\"a\": \"}\\\" é\", \"b\": [{}]}")]
    [InlineData(Call + "\n<tool_call>\n{\"name\": \"g_2\", \"arguments\": {}}\n</tool_call>", "", "", "f{\"a\": \"}\\\" é\", \"b\": [{}]}|g_2{}")]
    [InlineData("a\n\n" + Call, "", "a\n", "f{\"a\": \"}\\\" é\", \"b\": [{}]}")]
    [InlineData("just text\n", "", "just text\n", "")]
    [InlineData("cut <tool_call>\n{\"name\": \"f\", \"argum", "", "cut ", "")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"b", "", "", "f{\"a\": \"b")]
    [InlineData("<tool_call>\n{\"tool\": 1}\n</tool_call> so", "", "<tool_call>\n{\"tool\": 1}\n</tool_call> so", "")]
    [InlineData("<tool_call></tool_call>", "", "<tool_call></tool_call>", "")]
    public void Any_tokens_of_a_text_give_the_same_answer(string generated, string reasoning, string content, string calls)
    {
        var random = new Random(3);
        for (var round = 0; round < 60; round++)
        {
            var parser = new AnswerParser(tokenizer, tools: true);
            var pieces = Tokens(generated, round == 0 ? 1 : 1 + random.Next(6), random).Select(parser.Push).ToList();
            pieces.Add(parser.Flush());
            Assert.Equal(content, string.Concat(pieces.Select(p => p.Content)));
            var made = pieces.SelectMany(p => p.Calls).ToList();
            Assert.Equal(calls, string.Join("|", made.GroupBy(c => c.Index).Select(g => string.Concat(g.Select(c => c.Name + c.Arguments)))));
            Assert.Equal(calls.Length == 0 ? 0 : calls.Split('|').Length, parser.Calls);
            Assert.All(made.GroupBy(c => c.Index), g => Assert.NotNull(g.First().Name));
            Assert.All(made.GroupBy(c => c.Index), g => Assert.All(g.Skip(1), c => Assert.Null(c.Name)));
            // In thoughts a call's mark is text or hidden, as the vocabulary says of it.
            Assert.Equal(reasoning.Replace("<tool_call>", "").Trim(), string.Concat(pieces.Select(p => p.Reasoning)).Replace("<tool_call>", "").Trim());
        }
    }

    [Fact]
    public void Without_tools_marks_have_no_meaning_and_line_breaks_do_not_wait()
    {
        var parser = new AnswerParser(tokenizer, tools: false);
        Assert.Equal("a\n", string.Concat(tokenizer.Encode("a\n").Select(id => parser.Push(id).Content)));
        Assert.Equal(0, parser.Calls);
    }

    /// <summary>The marks, and between them pieces of the text of random length, each encoded by itself.</summary>
    static IEnumerable<int> Tokens(string text, int longest, Random random)
    {
        for (var at = 0; at < text.Length;)
        {
            var mark = MarkNames.All.FirstOrDefault(m => string.CompareOrdinal(text, at, m, 0, m.Length) == 0);
            var length = mark?.Length ?? Math.Min(Math.Min(text.Length - at, 1 + random.Next(longest)), NextMark(text, at) - at);
            foreach (var id in tokenizer.Encode(text.Substring(at, length), allowSpecial: true)) yield return id;
            at += length;
        }
    }

    static int NextMark(string text, int at) => MarkNames.All.Select(m => text.IndexOf(m, at, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(text.Length).Min();
}
