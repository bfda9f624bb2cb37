// Battles of briefings: the same articles and minutes for both, a model that writes what its sources say, one that does not, and what its reader hears.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Maison.Api.Speech;
using Maison.Battles;
using Maison.Data.Audio;
using Maison.Inference.Speech;
using Maison.Tests.Api.Gateway;
using Microsoft.AspNetCore.Http;
using static Maison.Tests.Api.Blind.BlindHouse;

namespace Maison.Tests.Api.Blind;

public sealed class BriefingBattleTests
{
    const string Article = "Ferry to run on sunlight\\n\\nThe ferry of Port Ellis will run on sunlight from 2 May. It carries 140 people. Captain Rosa Lind has steered it for 12 years. The panels cost 90,000 euros. A trip will take nine minutes as before. The old engine goes to a museum.";

    /// <summary>A third party whose model tells six sentences of whatever it is given, and who it is.</summary>
    static Task<StandIn> Copying(string name) => StandIn.Start(async context =>
    {
        var prompt = StandIn.AskedOf(context)["messages"]![0]!["content"]!.ToString();
        var sentences = Regex.Matches(prompt, @"^(\d+)\. (.+)$", RegexOptions.Multiline).Skip(1).Take(6).Select(m => new { passage = int.Parse(m.Groups[1].Value), text = m.Groups[2].Value.Trim() });
        var story = JsonSerializer.Serialize(new { sentences = sentences.Append(new { passage = 1, text = $"This was written by {name}." }) });
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { id = "x", @object = "chat.completion", created = 1, model = "m", choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = story } } }, usage = new { prompt_tokens = 1, completion_tokens = 1, total_tokens = 2 } }));
    });

    [Fact]
    public async Task WritersGetTheSameArticlesAndAReaderHearsBothInOneVoice()
    {
        await using var server = await ApiServer.Start(o => o, new ScriptedModel("Nothing that could be read.").Served with { Id = "beta-quill-9" }, Speaker);
        for (var i = 0; i < 8; i++)
        {
            // beta-quill-9 writes no briefing at all, so the sources' own sentences meet each other, for one host and for two.
            var (battle, all) = await Battle(server, "briefing", Article);
            Assert.DoesNotContain("quill", all, StringComparison.OrdinalIgnoreCase);
            var texts = battle.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("text").GetString()!).ToList();
            Assert.All(texts, t => Assert.Contains("Captain Rosa Lind has steered it for 12 years.", t));
            Assert.Single(texts, t => t.StartsWith("Hello", StringComparison.Ordinal));    // the other begins with the dash of a turn
            Assert.NotEmpty(WaveFile.Parse(await Fetch(server, battle, 0)).Samples);
            var (status, body) = await Vote(server, battle, "b");
            Assert.True(status == HttpStatusCode.OK, body);
            Assert.Contains("sources' sentences, two hosts", Regex.Unescape(body));
        }
        var (_, board) = await server.Get("/v1/arena/board?modality=briefing");
        Assert.Equal(1, JsonDocument.Parse(board).RootElement.GetProperty("votes").GetInt32());    // one question, one pair, one voter
        Assert.Equal(3, StyleControl.Of("briefing").Count);
    }

    [Fact]
    public async Task AModelWhoseSentencesStandSitsThereAndSaysNotWhoItIs()
    {
        await using var other = await Copying("Alpha Quill");
        await using var server = await ApiServer.Start(o => o with { Gateway = new() { Providers = [new() { Name = "zeppelin", Kind = "openai-compatible", BaseUrl = other.Url, Models = [new() { Id = "alpha-quill-7" }] }] } }, Speaker);
        var seen = new HashSet<string>();
        for (var i = 0; i < 12; i++)
        {
            var (battle, all) = await Battle(server, "briefing", i % 2 == 0 ? "News of a river city" : "News of a mountain valley");
            foreach (var telltale in Telltales.Except(["steps"])) Assert.DoesNotContain(telltale, all, StringComparison.OrdinalIgnoreCase);
            var vote = JsonDocument.Parse((await Vote(server, battle, "a")).Body).RootElement.GetProperty("vote");
            seen.UnionWith([vote.GetProperty("a").GetString()!, vote.GetProperty("b").GetString()!]);
        }
        Assert.Contains(seen, s => s.StartsWith("zeppelin/alpha-quill-7, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutAVoiceThereIsNothingToHearAndWithoutSourcesNothingToTell()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (battle, _) = await Battle(server, "briefing", "News of a harbour town");
        Assert.False(battle.GetProperty("outputs")[0].TryGetProperty("url", out _));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync($"/v1/arena/battles/{IdOf(battle)}/a")).StatusCode);
        var (status, body) = await server.Post("/v1/arena/battles", """{"modality":"briefing","prompt":"http://localhost/feed.xml"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("not on the open Internet", body);
    }

    static ServedSpeaker Speaker => new() { Id = "gramophone-1", Voices = [.. SpeechVoices.All.Take(2)], Speak = (text, _, _) => [new(new float[text.Length * 100], [], null)] };
}
