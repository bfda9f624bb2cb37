// Files in chats: cut into passages, chosen by their words, told to the model with numbers, followed from the answer to their place.

using System.Net;
using System.Text.RegularExpressions;
using Maison.App.Assistant;
using Maison.Tests.Api;

namespace Maison.Tests.App;

public sealed class PassageTests
{
    static readonly string Text = string.Join(' ', Enumerable.Range(0, 200).Select(i => $"word{i}")) + " The harbour lamp is lit at nine. " + string.Join(' ', Enumerable.Range(0, 200).Select(i => $"more{i}"));

    [Fact]
    public void PassagesAreTheWholeTextAndTheRightOneIsFound()
    {
        var passages = Passages.Cut("f", "log.txt", Text).ToList();
        Assert.Equal(Text.Split(' '), passages.SelectMany(p => p.Text.Split(' ')));
        Assert.All(passages, p => Assert.Equal(p.Start == 0 ? 0 : p.Start + 1, Text.IndexOf(p.Text, p.Start, StringComparison.Ordinal)));
        Assert.Contains("lamp is lit", Ranking.ByWords(passages, "When is the LAMP lit?")[0].Passage.Text);
        Assert.Empty(Ranking.ByWords(passages, "Nothing of that"));
        Assert.Empty(Passages.Cut("f", "empty.txt", " \n ").ToList());
    }

    [Fact]
    public async Task MeaningDecidesBetweenPassagesThatWordsCanNotTellApart()
    {
        Passage[] passages = [.. new[] { "the lamp on the table", "the lamp in the tower", "nothing at all", "lamps and towers" }.Select((t, i) => new Passage($"f{i}", "n", 0, t))];
        var asked = new List<string>();
        Task<IReadOnlyList<float[]>?> Embed(IReadOnlyList<string> texts)
        {
            asked.AddRange(texts);
            return Task.FromResult<IReadOnlyList<float[]>?>([.. texts.Select(t => t.Contains("tower", StringComparison.Ordinal) || t == "the lamp" ? new[] { 1f, 0 } : [0f, 1])]);
        }
        var model = Guid.NewGuid().ToString();
        Assert.Equal("the lamp in the tower", (await Ranking.Best(passages, "the lamp", model, Embed))[0].Text);
        // What was read once is known, a form of a word is the word, and without vectors words alone decide.
        var before = asked.Count;
        await Ranking.Best(passages, "the lamp", model, Embed);
        Assert.Equal(before, asked.Count);
        Assert.Equal("lamps and towers", Ranking.ByWords(passages, "towering")[0].Passage.Text);
        Assert.Equal("the lamp on the table", (await Ranking.Best(passages, "the lamp", model + "2", _ => Task.FromResult<IReadOnlyList<float[]>?>(null)))[0].Text);
    }

    [Fact]
    public async Task AnAnswerIsGivenPassagesAndLeadsBackToThem()
    {
        var model = new ScriptedModel("At nine [1].") { ContextLength = 4000 };
        await using var server = await ApiServer.Start(model.Served);
        using var browser = await Browser.SignedIn(server);
        using var said = await browser.SendFile("/assistant/say", "log.txt", Text, ("text", "When is the lamp lit?"));
        var chat = said.Headers.Location!.OriginalString;
        var prompt = ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt);
        Assert.Contains("[1] log.txt: ", prompt);
        Assert.Contains("The harbour lamp is lit at nine.", prompt);
        Assert.DoesNotContain("word0 ", prompt);
        var page = await browser.Page(chat);
        Assert.Contains("Sources (", page);
        var source = Regex.Match(page, "href=\"(/assistant/files/[^\"]+\\?at=[0-9]+)#passage").Groups[1].Value;
        Assert.Matches("<mark id=\"passage\">[^<]*lamp is lit", await browser.Page(source));
        // The file stays with the chat, and is asked again.
        using (await browser.Send(chat + "/say", live: false, ("text", "Who saw more7?"))) { }
        Assert.Contains("more7", ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt).Split("<|im_end|>")[0]);
    }

    [Fact]
    public async Task AQuestionThatSharesNoWordIsToldHowTheFileBegins()
    {
        var model = new ScriptedModel("A harbour.") { ContextLength = 4000 };
        await using var server = await ApiServer.Start(model.Served);
        using var browser = await Browser.SignedIn(server);
        using (await browser.SendFile("/assistant/say", "log.txt", Text, ("text", "Summarise!"))) { }
        Assert.Contains("[1] log.txt: word0 word1", ScriptedModel.Tokenizer.Decode(model.Requests[^1].Prompt));
    }

    [Fact]
    public async Task WhatIsNoTextIsRefusedInWordsAndNothingIsSaid()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        using var refused = await browser.SendFile("/assistant/say", "picture.png", "\0\u0001", ("text", "Look"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("“picture.png” is no text", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()));
        Assert.Equal(0, server.Store.Read(s => s.First("SELECT count(*) FROM conversation_items", r => r.Whole(0))));
    }
}
