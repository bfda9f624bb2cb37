using System.Text;
using Maison.Data.Chat;
using Maison.Data.Corpora;

namespace Maison.Tests.Data.Corpora;

public sealed class CorpusReaderTests : IDisposable
{
    readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static List<CorpusDocument> ReadAll(Corpus corpus, CorpusReadCount? count = null) => [.. CorpusReader.Read(corpus, count ?? new())];

    [Theory]
    [InlineData("rows.jsonl")]
    [InlineData("rows.jsonl.gz")]
    [InlineData("rows.jsonl.br")]
    public void TheSameRowsComeOutOfEveryCompression(string name)
    {
        // Lines longer than the reader's buffer, an empty line, no line feed at the end, a byte order mark.
        var rows = Enumerable.Range(0, 40).Select(i => $"{{\"text\":\"{i} {new string('é', i * 20_000)}\",\"book\":\"x\"}}");
        var corpus = Assert.Single(CorpusReader.Find(_folder.Write(name, "\uFEFF" + string.Join("\r\n\n", rows))));
        Assert.Equal("rows", corpus.Name);
        var documents = ReadAll(corpus);
        Assert.Equal(40, documents.Count);
        for (var i = 0; i < 40; i++) Assert.Equal($"{i} {new string('é', i * 20_000)}", documents[i].Text);
        Assert.Equal(2 * 39 + 1, documents[39].Line);
    }

    [Fact]
    public void ConversationsAndAnswersAreRead()
    {
        var path = _folder.Write("maths.jsonl", """
            {"messages":[{"role":"user","content":"2+2?","lang":"en"},{"role":"assistant","content":"2+2=4","reasoning":"add"}],"answer":"4","level":{"a":[1]}}
            {"answer":4,"messages":[{"content":"hi","role":"user"}]}
            """);
        var documents = ReadAll(CorpusReader.Find(path)[0]);
        Assert.Equal(new ChatMessage("assistant", "2+2=4", "add"), documents[0].Messages![1]);
        Assert.Equal("4", documents[0].Answer);
        Assert.Equal("2+2?\n\nadd\n\n2+2=4", documents[0].PlainText);
        Assert.Equal("4", documents[1].Answer);
        Assert.Equal("hi", documents[1].PlainText);
    }

    [Fact]
    public void MalformedLinesAreCountedNotLost()
    {
        var path = _folder.Write("bad.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\n{\"text\":\"three\"} x\n{\"text\":\"\\ud800\"}\n{\"text\":\"four\"}\n");
        var count = new CorpusReadCount();
        Assert.Equal(["one", "four"], ReadAll(CorpusReader.Find(path)[0], count).Select(d => d.Text));
        Assert.Equal(3, count.Malformed);
        Assert.Equal(2, count.Documents);
        Assert.StartsWith($"{path}:2: ", count.MalformedLines[0]);
        Assert.StartsWith($"{path}:4: ", count.MalformedLines[2]);
    }

    [Theory]
    [InlineData("{\"question\":\"a\",\"body\":\"b\"}", "\"question\", \"body\"")]
    [InlineData("{}", "neither")]
    [InlineData("[1]", "no object")]
    [InlineData("{\"text\":5}", "\"text\" is no string")]
    [InlineData("{\"text\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}", "both")]
    [InlineData("{\"messages\":[]}", "empty")]
    [InlineData("{\"messages\":[{\"role\":\"user\"}]}", "lacks \"content\"")]
    [InlineData("{\"messages\":[{\"role\":\"robot\",\"content\":\"b\"}]}", "\"robot\"")]
    public void UnknownShapesAreRefusedWithFileLineAndRemedy(string row, string why)
    {
        var path = _folder.Write("rows.jsonl", "{\"text\":\"fine\"}\n" + row + "\n");
        var error = Assert.Throws<InvalidDataException>(() => ReadAll(CorpusReader.Find(path)[0]));
        Assert.Contains($"{path}:2: ", error.Message);
        Assert.Contains(why, error.Message);
        Assert.Contains("Rows must be", error.Message);
    }

    [Theory]
    [InlineData("rows.jsonl.gz")]
    [InlineData("rows.jsonl.br")]
    public void ACompressedFileCutShortIsRefused(string name)
    {
        var random = new Random(1);
        var path = _folder.Write(name, string.Concat(Enumerable.Range(0, 3000).Select(i => $"{{\"text\":\"{random.NextInt64()}\"}}\n")));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length * 2 / 3)]);
        var error = Assert.Throws<InvalidDataException>(() => ReadAll(CorpusReader.Find(path)[0]));
        Assert.Contains(path, error.Message);
        Assert.Contains("cut short", error.Message);
    }

    [Fact]
    public void TextFilesAreCutAtBlankLinesAndMarks()
    {
        var paragraph = string.Join('\n', Enumerable.Repeat("All work and no play makes Jack a dull boy.", 50));
        var long1 = string.Join("\n\n", Enumerable.Repeat(paragraph, 20));
        var documents = ReadAll(CorpusReader.Find(_folder.Write("own.txt.gz", long1 + "\n<|endoftext|>\n\nThe end.\n"))[0]);
        Assert.True(documents.Count > 2);
        Assert.All(documents.SkipLast(2), d => Assert.InRange(d.Text!.Length, CorpusReader.TextDocumentChars, CorpusReader.TextDocumentChars + paragraph.Length + 2));
        Assert.Equal("The end.\n", documents[^1].Text);
        Assert.Equal(long1.Replace("\n", ""), string.Concat(documents.SkipLast(1).Select(d => d.Text)).Replace("\n", ""));
    }

    [Fact]
    public void TextThatIsNotUtf8IsRefusedWithItsLine()
    {
        var path = _folder["latin.txt"];
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes("plain\ncafé\n"));
        var error = Assert.Throws<InvalidDataException>(() => ReadAll(CorpusReader.Find(path)[0]));
        Assert.Contains($"{path}:2: not UTF-8", error.Message);
    }

    [Fact]
    public void CorporaCarryTheirLicences()
    {
        _folder.Write("data/text/wiki/part-000.jsonl", "{\"text\":\"a\"}");
        _folder.Write("data/text/wiki/LICENCE.txt", "By the contributors.\n");
        _folder.Write("data/text/tales/a.txt", "Once.");
        _folder.Write("data/text/tales/LICENCE.txt", "Public domain.");
        _folder.Write("data/text/mine/a.txt", "Mine.");
        _folder.Write("data/LEDGER.jsonl", "{\"corpus\":\"text/wiki\",\"licence\":\"CC BY-SA 4.0\",\"source\":\"simple.wikipedia.org\",\"sha256\":\"ab\",\"documents\":7}\n{\"corpus\":\"other\"}\n");
        var corpora = CorpusReader.Find(_folder["data", "text"]);
        Assert.Equal(["mine", "tales", "wiki"], corpora.Select(c => c.Name));
        Assert.Equal(CorpusLicence.NotStated, corpora[0].Licence.Licence);
        Assert.Equal("Public domain.", corpora[1].Licence.Attribution);
        Assert.Equal(new CorpusLicence("wiki", "CC BY-SA 4.0", "simple.wikipedia.org", "By the contributors.", "ab", 7), corpora[2].Licence);
        Assert.DoesNotContain(corpora[1].Files, f => f.EndsWith("LICENCE.txt", StringComparison.Ordinal));

        _folder.Write("data/LEDGER.jsonl", "{\"licence\":\"MIT\"}\n");
        Assert.Contains("LEDGER.jsonl:1", Assert.Throws<InvalidDataException>(() => CorpusReader.Find(_folder["data", "text"])).Message);
    }

    [Fact]
    public void NothingToReadIsSaid()
    {
        Assert.Contains("No data at", Assert.Throws<FileNotFoundException>(() => CorpusReader.Find(_folder["nowhere"])).Message);
        Assert.Contains("No corpus in", Assert.Throws<FileNotFoundException>(() => CorpusReader.Find(_folder.Path)).Message);
        Assert.Contains("no corpus file", Assert.Throws<FileNotFoundException>(() => CorpusReader.Find(_folder.Write("a.pdf", "x"))).Message);
    }
}
