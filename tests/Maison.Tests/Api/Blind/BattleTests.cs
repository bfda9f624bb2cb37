// Battles over the wire: what is seen before the vote and after it, what levels outputs, what a vote needs, what is refused by name.

using System.Net;
using System.Text.Json;
using Maison.Api;
using Maison.Api.Arena;
using Maison.Api.Keys;
using Maison.Data.Audio;
using Maison.Data.Pictures;
using Maison.Tests.Api.Gateway;
using Microsoft.AspNetCore.Http;
using static Maison.Tests.Api.Blind.BlindHouse;

namespace Maison.Tests.Api.Blind;

public sealed class BattleTests
{
    static void NoNameIn(string all)
    {
        foreach (var telltale in Telltales) Assert.DoesNotContain(telltale, all, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("text"), InlineData("image"), InlineData("voice"), InlineData("briefing")]
    public async Task NoNameIsOnTheWireBeforeTheVoteAndBothAreAfterIt(string modality)
    {
        await using var server = await BlindHouse.Start(o => o with { Clock = new SetClock() });
        for (var i = 0; i < 6; i++)
        {
            var (battle, all) = await Battle(server, modality, modality == "briefing" ? "News of a harbour town" : $"one two three {i}");
            NoNameIn(all);
            NoNameIn((await Raw(server, HttpMethod.Get, $"/v1/arena/battles/{IdOf(battle)}")).All);
            NoNameIn((await Raw(server, HttpMethod.Post, $"/v1/arena/battles/{IdOf(battle)}/vote", """{"choice":"x"}""")).All);
            Assert.False(battle.TryGetProperty("vote", out _));
            if (modality != "text")
            {
                var answers = new List<string>();
                foreach (var seat in new[] { "a", "b" }) answers.Add((await Raw(server, HttpMethod.Get, $"/v1/arena/battles/{IdOf(battle)}/{seat}")).All);
                foreach (var answer in answers) NoNameIn(answer);
                if (modality != "briefing") Assert.Equal(answers[0].Length, answers[1].Length);
            }
            if (modality == "voice") continue;
            var (status, body) = await Vote(server, battle, "a");
            Assert.Equal(HttpStatusCode.OK, status);
            var vote = JsonDocument.Parse(body).RootElement.GetProperty("vote");
            Assert.NotEqual(vote.GetProperty("a").GetString(), vote.GetProperty("b").GetString());
            if (modality != "briefing") Assert.All(new[] { "a", "b" }, seat => Assert.Contains(Telltales, t => vote.GetProperty(seat).GetString()!.Contains(t, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task WhoWritesIsTakenOutOfWhatTheyWriteAndNothingElse()
    {
        await using var server = await BlindHouse.Start();
        var (battle, _) = await Battle(server, "text");
        var texts = battle.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("text").GetString()).ToList();
        Assert.Contains("I am [name], made by [name]. Hello **world**.\n\n- one\n- two", texts);
        Assert.Contains("This is the answer of [name], and the llama agrees.", texts);
    }

    [Fact]
    public async Task SoundsAreOfOneLengthRateAndLoudness()
    {
        await using var server = await BlindHouse.Start();
        for (var i = 0; i < 4; i++)
        {
            var (battle, _) = await Battle(server, "voice", "one two three four five six");
            byte[] a = await Fetch(server, battle, 0), b = await Fetch(server, battle, 1);
            Assert.Equal(a.Length, b.Length);
            Assert.Equal(a[..WaveFile.HeaderBytes], b[..WaveFile.HeaderBytes]);
            Assert.Equal(WaveFile.HeaderBytes + 2 * WaveFile.Parse(a).Samples.Length, a.Length);    // and nothing else in it
            double loudA = Loudness.IntegratedLufs(WaveFile.Parse(a).Samples, VoiceFrames.SampleRateHz), loudB = Loudness.IntegratedLufs(WaveFile.Parse(b).Samples, VoiceFrames.SampleRateHz);
            Assert.InRange(loudA - loudB, -0.3, 0.3);
            Assert.True(Loudness.TruePeakDb(WaveFile.Parse(a).Samples) <= -0.9 && Loudness.TruePeakDb(WaveFile.Parse(b).Samples) <= -0.9);
            Assert.InRange(battle.GetProperty("listen_seconds").GetDouble(), 0.5, 6);
        }
    }

    [Fact]
    public async Task PicturesAreOfOneSizeAndCarryNoNotes()
    {
        await using var server = await BlindHouse.Start();
        var (battle, _) = await Battle(server, "image");
        byte[] a = await Fetch(server, battle, 0), b = await Fetch(server, battle, 1);
        Assert.Equal(a.Length, b.Length);
        Assert.NotEqual(a, b);
        Assert.Null(PngReader.Text(a, PictureRecipe.Keyword));
        Assert.Equal((64, 64), (PngReader.Read(a).Width, PngReader.Read(b).Height));
    }

    [Fact]
    public async Task AVoiceIsJudgedOnlyAfterBothWereListenedTo()
    {
        var clock = new SetClock();
        await using var server = await BlindHouse.Start(o => o with { Clock = clock });
        var (battle, _) = await Battle(server, "voice", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen");
        var each = TimeSpan.FromSeconds(battle.GetProperty("listen_seconds").GetDouble() / 2);

        async Task Refused(double seconds)
        {
            var (status, body) = await Vote(server, battle, "a");
            Assert.Equal(HttpStatusCode.Conflict, status);
            Assert.Contains("listen_first", body);
            Assert.Contains($"{Math.Ceiling(seconds):0} s more", body);
        }
        clock.Now += TimeSpan.FromMinutes(10);                              // time alone is no listening
        await Refused(2 * each.TotalSeconds);
        await Fetch(server, battle, 0);
        clock.Now += each;
        await Refused(each.TotalSeconds);
        await Fetch(server, battle, 1);
        clock.Now += each / 2;
        await Refused(each.TotalSeconds / 2);
        await Fetch(server, battle, 1);                                      // again is not anew
        clock.Now += each / 2;
        Assert.Equal(HttpStatusCode.OK, (await Vote(server, battle, "b")).Status);
    }

    [Fact]
    public async Task ABattleHasOneVoteAndOneVoter()
    {
        await using var server = await BlindHouse.Start();
        var (battle, _) = await Battle(server, "text");
        using var stranger = server.With(server.Keys.Create(new() { Name = "other" }, "tester").Value);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/arena/battles/{IdOf(battle)}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.PostAsync($"/v1/arena/battles/{IdOf(battle)}/vote", new StringContent("""{"choice":"a"}"""))).StatusCode);
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Vote(server, battle, i % 2 == 0 ? "a" : "b")));
        Assert.Single(all, v => v.Status == HttpStatusCode.OK);
        Assert.All(all.Where(v => v.Status != HttpStatusCode.OK), v => Assert.Contains("already_voted", v.Body));
    }

    [Theory]
    [InlineData("""{"prompt":"x"}""", "modality"), InlineData("""{"modality":"smell"}""", "modality"), InlineData("""{"modality":"text","prompt":" "}""", "prompt"), InlineData("""{"modality":"text","model":"x"}""", "model")]
    public async Task AWrongBattleIsRefusedByName(string json, string param)
    {
        await using var server = await BlindHouse.Start();
        var (status, body) = await server.Post("/v1/arena/battles", json);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(param, JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("modality=smell", "modality"), InlineData("category=smell", "category"), InlineData("style_control=perhaps", "style_control"), InlineData("sort=up", "sort")]
    public async Task AWrongBoardIsRefusedByName(string query, string param)
    {
        await using var server = await BlindHouse.Start();
        var (status, body) = await server.Get("/v1/arena/board?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(param, JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task WithoutTwoContestantsThereIsNoBattleAndTheRemedyIsNamed()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        Assert.Equal(HttpStatusCode.OK, (await server.Post("/v1/arena/battles", """{"modality":"text"}""")).Status);    // one writer meets itself at another temperature
        var (status, body) = await server.Post("/v1/arena/battles", """{"modality":"voice"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("install flite", body);
        using var narrow = server.With(server.Keys.Create(new() { Name = "narrow", Scope = new(Modalities: ["audio"]) }, "tester").Value);
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.PostAsync("/v1/arena/battles", new StringContent("""{"modality":"text"}"""))).StatusCode);
    }

    [Fact]
    public async Task AContestantThatFailsIsNotNamed()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("Hello" + ScriptedModel.Failure).Served with { Id = "alpha-quill-7" }, new ScriptedModel("" + ScriptedModel.Failure).Served with { Id = "beta-quill-9" });
        var (status, body, all) = await Raw(server, HttpMethod.Post, "/v1/arena/battles", """{"modality":"text","prompt":"Hi"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("contestant_failed", body);
        NoNameIn(all);
        var (tooLong, _, about) = await Raw(server, HttpMethod.Post, "/v1/arena/battles", $$"""{"modality":"text","prompt":"{{new string('x', 1900)}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, tooLong);
        NoNameIn(about);
    }

    [Fact]
    public async Task TheHousesQuestionsAreDrawnWithoutRepeatingWhileThereAreOthers()
    {
        await using var server = await BlindHouse.Start();
        var asked = new List<string>();
        for (var i = 0; i < PromptPool.Of("text").Count; i++)
            asked.Add(JsonDocument.Parse((await server.Post("/v1/arena/battles", """{"modality":"text"}""")).Body).RootElement.GetProperty("prompt").GetString()!);
        Assert.Equal(PromptPool.Of("text").Order(), asked.Order());
    }

    [Fact]
    public async Task PicturesAndVoicesOfThirdPartiesMeetAsTheHousesDo()
    {
        // A big picture with a note and a small one; a loud sound of another rate and a quiet one.
        static byte[] Png(int side, byte tone)
        {
            using var file = new MemoryStream();
            PngFile.Write(file, new(side, side, [.. Enumerable.Repeat(tone, side * side * 3)]), new Dictionary<string, string> { ["maker"] = "zeppelin" });
            return file.ToArray();
        }
        static byte[] Wav(int rate, float level)
        {
            using var file = new MemoryStream();
            WaveFile.Write(file, new Sound([.. Enumerable.Range(0, rate * 2).Select(i => level * MathF.Sin(i * 0.05f))], rate));
            return file.ToArray();
        }
        var asked = 0;
        await using var other = await StandIn.Start(async context =>
        {
            var first = Interlocked.Increment(ref asked) % 2 == 1;
            if (context.Request.Path.Value!.EndsWith("speech", StringComparison.Ordinal)) await context.Response.Body.WriteAsync(first ? Wav(16_000, 0.9f) : Wav(24_000, 0.02f));
            else await context.Response.WriteAsync($$"""{"created":1,"data":[{"b64_json":"{{Convert.ToBase64String(first ? Png(256, 40) : Png(64, 200))}}"}]}""");
        });
        await using var server = await ApiServer.Start(o => o with
        {
            Gateway = new()
            {
                Providers =
                [
                    new()
                    {
                        Name = "zeppelin", Kind = "openai-compatible", BaseUrl = other.Url,
                        Models = [new() { Id = "quill-1", Output = "image" }, new() { Id = "quill-2", Output = "image" }, new() { Id = "gramophone-1", Output = "audio" }, new() { Id = "gramophone-2", Output = "audio" }],
                    },
                ],
            },
        }, new ScriptedModel("Hello").Served);
        foreach (var modality in new[] { "image", "voice" })
        {
            var (battle, all) = await Battle(server, modality);
            byte[] a = await Fetch(server, battle, 0), b = await Fetch(server, battle, 1);
            NoNameIn(all + System.Text.Encoding.Latin1.GetString(a) + System.Text.Encoding.Latin1.GetString(b));
            Assert.Equal(a.Length, b.Length);
            Assert.NotEqual(a, b);
            if (modality == "image") Assert.Equal((256, 256), (PngReader.Read(a).Width, PngReader.Read(b).Width));
        }
    }

    [Fact]
    public async Task AKeyThatMaySpendNothingIsToldSoWithoutNames()
    {
        await using var server = await BlindHouse.Start();
        using var slow = server.With(server.Keys.Create(new() { Name = "slow", Limits = new(RequestsPerMinute: 1) }, "tester").Value);
        using var answer = await slow.PostAsync("/v1/arena/battles", new StringContent("""{"modality":"text","prompt":"Hi"}"""));
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        NoNameIn(await answer.Content.ReadAsStringAsync());
    }
}
