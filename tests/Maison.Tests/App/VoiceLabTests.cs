// The voice lab and listening: sound and words as the page's module hears them, and files to take along.

using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Maison.App;
using Maison.App.Assistant;
using Maison.App.VoiceLab;
using Maison.Tests.Api;

namespace Maison.Tests.App;

public sealed class VoiceLabTests
{
    static readonly (string, string)[] Form = [("text", "He paid $5 and left."), ("voice", "kathleen"), ("mode", "emotive"), ("style", ""), ("strength", "0.5"), ("speed", "1.25")];

    static Task<ApiServer> Serve(params string[] scripts) => ApiServer.Start(new ScriptedModel(scripts).Served, ScriptedSenses.Voice);

    [Fact]
    public async Task SpeechComesAsSoundWordsAndDeliveries()
    {
        await using var server = await Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        Assert.Contains("<option value=\"kathleen\"", await browser.Page("/voice-lab"));
        using var answer = await browser.Send("/voice-lab/speak", live: true, Form);
        var stream = await answer.Content.ReadAsStringAsync();
        Assert.Contains("event: words\ndata: [[\"he\",0,0.1,\"He\"],[\"paid\",0.1,0.2,\"paid\"],[\"five\",0.2,0.3,\"$5\"],[\"dollars\",0.3,0.4,\"\"]", stream);
        Assert.Contains("event: delivery\ndata: \"kathleen", stream);
        Assert.Contains("event: sound\ndata: \"AAAA", stream);
    }

    [Theory]
    [InlineData("wav", "audio/wav", "RIFF")]
    [InlineData("flac", "audio/flac", "fLaC")]
    [InlineData("srt", "application/x-subrip", "1\n00:00:00,000 --> 00:00:00,600\nHe paid $5 and left.\n\n")]
    public async Task SpeechIsTakenAlongAsAFile(string format, string type, string begin)
    {
        await using var server = await Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Send("/voice-lab/speech." + format, live: false, Form);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("speech." + format, answer.Content.Headers.ContentDisposition!.FileName);
        Assert.StartsWith(begin, Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task WhatTheApiRefusesIsSaidInItsWords()
    {
        await using var server = await Serve("Hello");
        using var browser = await Browser.SignedIn(server);
        using var answer = await browser.Send("/voice-lab/speak", live: true, ("text", "Hi"), ("voice", "kathleen"), ("speed", "9"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("'speed' is 9", WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()));
    }

    [Fact]
    public async Task AnAnswerIsReadAloudWithoutItsMarkup()
    {
        await using var server = await Serve("# Hello\n\n**the** `answer`\n\n```\ncode\n```");
        using var browser = await Browser.SignedIn(server);
        var chat = await browser.Say("Hi");
        Assert.Contains("data-speaks", await browser.Source(chat));
        var item = Regex.Match(await browser.Source(chat), "data-item=\"([^\"]+)\"").Groups[1].Value;
        var stream = await browser.Source($"{chat}/listen/{item}");
        Assert.Equal(["Hello.", "the", "answer."], Regex.Matches(stream, "\"([^\"]*)\"\\]").Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void LongTextsAreReadInPartsCutBehindSentences()
    {
        var text = string.Concat(Enumerable.Repeat("A sentence of some words. ", 300));
        var parts = Listening.Parts(text).ToList();
        Assert.All(parts, p => Assert.True(p.Length <= 2000 && p.EndsWith('.')));
        Assert.Equal(text.Trim(), string.Join(' ', parts));
        Assert.Equal(3, Listening.Parts(new string('x', 5000)).Count());
        Assert.Equal("one. two three.", Markup.Plain("- one\n- **two** [three](https://a.example)").ReplaceLineEndings(" "));
    }

    [Fact]
    public void CaptionsEndWithSentencesAndBeforeTheyAreTooLong()
    {
        var srt = Subtitles.Of([.. "One. A caption that goes on for rather more words than fit.".Split(' ').Select((w, i) => new Maison.Wire.SpokenWordTime(w, i, i + 0.5, w))]);
        Assert.Equal(["One.", "A caption that goes on for rather more", "words than fit."], srt.Split('\n').Where(l => l.Length > 0 && char.IsLetter(l[0])));
        Assert.Contains("3\n00:00:09,000 --> 00:00:11,500", srt);
    }
}
