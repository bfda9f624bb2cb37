// /v1/briefings over a scripted voice: asking, listening in parts, reading, feedback that orders the next one, shows and their podcast, refusals.

using System.Net;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Maison.Api.Briefings.Shows;
using Maison.Api.Speech;
using Maison.Inference.Speech;
using Maison.Wire;

namespace Maison.Tests.Api.Briefings;

public sealed class BriefingRouteTests
{
    const string Route = "/v1/briefings";

    /// <summary>Speaks a third of a second of silence per word.</summary>
    static IEnumerable<SpeechChunk> Speak(string text, SpeechOptions options, CancellationToken stop)
    {
        if (text.Contains("Unspeakable", StringComparison.Ordinal)) throw new InvalidOperationException("the voice breaks here");
        stop.ThrowIfCancellationRequested();
        yield return new(new float[8_000 * (text.Count(c => c == ' ') + 1)], [], null);
    }

    internal static Task<ApiServer> Serve(params Maison.Api.Models.CatalogEntry[] more)
        => ApiServer.Start(options =>
        {
            options.Models.Add(new ServedSpeaker { Id = "test-voice", Voices = SpeechVoices.All, Speak = Speak });
            foreach (var model in more) options.Models.Add(model);
            return options;
        });

    static BriefingText[] Texts => [.. Material.Texts.Select(t => new BriefingText { Name = t.Name, Text = Encoding.UTF8.GetString(t.Bytes) })];

    static BriefingRequest Asked => new() { Texts = Texts, Length = "brief", ResponseFormat = "wav", Date = "2026-11-26" };

    static async Task<T> Post<T>(ApiServer server, string path, BriefingRequest body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var (status, text) = await server.Post(path, JsonSerializer.Serialize(body, WireJson.Default.BriefingRequest));
        Assert.True(status == HttpStatusCode.OK, text);
        return JsonSerializer.Deserialize(text, type)!;
    }

    internal static async Task<BriefingBody> Done(ApiServer server, string id)
    {
        for (var i = 0; i < 600; i++)
        {
            var (_, text) = await server.Get($"{Route}/{id}");
            var briefing = JsonSerializer.Deserialize(text, WireJson.Default.BriefingBody)!;
            if (briefing.Status is "completed" or "failed") return briefing;
            await Task.Delay(50);
        }
        throw new TimeoutException(id);
    }

    internal static async Task<BriefingBody> Made(ApiServer server, BriefingRequest? request = null)
    {
        var asked = await Post(server, Route, request ?? Asked, WireJson.Default.BriefingBody);
        Assert.Equal("queued", asked.Status);
        return await Done(server, asked.Id);
    }

    [Fact]
    public async Task ABriefingIsMadeHeardReadAndRemoved()
    {
        await using var server = await Serve();
        var made = await Made(server);
        Assert.True(made.Status == "completed", made.Error);
        Assert.InRange(made.Seconds!.Value, 108, 132);
        Assert.Equal(("Briefing of 26 November 2026", "2026-11-26", 120.0), (made.Title, made.Date, made.SecondsAsked));
        Assert.Contains("spoken by software", made.Notice);

        // Every line of a story is the house's, or stands in a passage of a source that is listed.
        var sources = made.Sources!.ToDictionary(s => s.Id);
        Assert.All(made.Script!.Where(l => l.Claim.Length > 0), l => Assert.All(l.Passages, p => Assert.True(sources.ContainsKey(p.Source) && p.Text.Length > 0)));
        Assert.All(made.Script!.Where(l => l.Claim.Length > 0), l => Assert.NotEmpty(l.Passages));
        Assert.Contains(made.Script!, l => l.Chapter == -1 && l.Lead.Contains("put together by software", StringComparison.Ordinal));
        for (var i = 1; i < made.Script!.Count; i++) Assert.True(made.Script[i].Start >= made.Script[i - 1].End);
        Assert.All(made.Chapters!, c => Assert.True(c.End > c.Start));

        using (var audio = await server.Http.GetAsync($"{Route}/{made.Id}/audio"))
        {
            Assert.Equal(("audio/wav", made.AudioBytes), (audio.Content.Headers.ContentType!.MediaType, audio.Content.Headers.ContentLength));
            Assert.InRange(made.AudioBytes!.Value, 48_000 * (made.Seconds.Value - 0.1), 48_000 * (made.Seconds.Value + 0.1) + 100);
        }
        using (var part = new HttpRequestMessage(HttpMethod.Get, $"{Route}/{made.Id}/audio"))
        {
            part.Headers.Range = new(10, 19);
            using var answer = await server.Http.SendAsync(part);
            Assert.Equal((HttpStatusCode.PartialContent, 10L, $"bytes 10-19/{made.AudioBytes}"), (answer.StatusCode, answer.Content.Headers.ContentLength, answer.Content.Headers.ContentRange!.ToString()));
        }
        var (_, vtt) = await server.Get($"{Route}/{made.Id}/transcript");
        Assert.StartsWith("WEBVTT", vtt);
        Assert.Equal(made.Script.Count, vtt.Split(" --> ").Length - 1);
        Assert.Contains("Sources\n[1] ", (await server.Get($"{Route}/{made.Id}/transcript?format=text")).Body);
        var chapters = JsonDocument.Parse((await server.Get($"{Route}/{made.Id}/chapters")).Body).RootElement;
        Assert.Equal(made.Chapters!.Select(c => c.Title), chapters.GetProperty("chapters").EnumerateArray().Select(c => c.GetProperty("title").GetString()));

        var list = JsonSerializer.Deserialize((await server.Get(Route)).Body, WireJson.Default.BriefingList)!;
        Assert.Null(Assert.Single(list.Data).Script);
        using (var deleted = await server.Http.DeleteAsync($"{Route}/{made.Id}")) Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"{Route}/{made.Id}")).Status);
        Assert.DoesNotContain("briefing", (await server.Get("/v1/files")).Body);
    }

    [Fact]
    public async Task SkipsAndReplaysOrderTheNextOne()
    {
        await using var server = await Serve();
        var first = await Made(server);
        var (opened, last) = (first.Chapters![0], first.Chapters[^1]);
        foreach (var (chapter, kind) in new[] { (opened, "skip"), (last, "skip"), (last, "replay") })
            Assert.Equal(HttpStatusCode.OK, (await server.Post($"{Route}/{first.Id}/feedback", $$"""{"chapter":{{chapter.Number}},"kind":"{{kind}}"}""")).Status);
        var said = JsonSerializer.Deserialize((await server.Get($"{Route}/{first.Id}")).Body, WireJson.Default.BriefingBody)!;
        Assert.Equal(("skip", "replay"), (said.Chapters![0].Feedback, said.Chapters[^1].Feedback));
        var next = await Made(server);
        Assert.Equal(last.Title, next.Chapters![0].Title);
        Assert.Contains("like what you replayed", next.Chapters[0].Reasons);
        Assert.NotEqual(opened.Title, next.Chapters[1].Title);
    }

    [Fact]
    public async Task InterestsComeFirstAndTwoHostsShareTheWords()
    {
        await using var server = await Serve();
        var made = await Made(server, Asked with { Interests = ["old maps", "museum"], Hosts = 2, Title = "Mine" });
        Assert.Equal("Mine", made.Title);
        Assert.Equal("Museum buys lost map of the coast", made.Chapters![0].Title);
        Assert.Equal(["kathleen", "martin"], made.Script!.Select(l => l.Speaker).Distinct().Order());
        Assert.Contains("about museum", made.Chapters[0].Reasons);
    }

    [Fact]
    public async Task TooLittleMaterialIsSaid()
    {
        await using var server = await Serve();
        var made = await Made(server, new() { Texts = [Texts[2]], Length = "deep", ResponseFormat = "wav" });
        Assert.Contains("There was material for", Assert.Single(made.Notes!));
        Assert.Contains(made.Script!, l => l.Lead == "That is all there was in your sources.");
    }

    [Fact]
    public async Task WhatFailsSaysWhy()
    {
        await using var server = await Serve();
        var nothing = await Made(server, Asked with { Texts = [new() { Text = "Hello." }] });
        Assert.Equal("failed", nothing.Status);
        Assert.Contains("No source could be read", nothing.Error);
        var broken = await Made(server, Asked with { Texts = [new() { Text = "Unspeakable things\n\nThe council of the town has approved the plan to build a wall." }] });
        Assert.Equal("failed", broken.Status);
        Assert.DoesNotContain("breaks here", broken.Error);
        Assert.Contains("breaks here", server.Log.ToString());
        Assert.Equal(HttpStatusCode.Conflict, (await server.Get($"{Route}/{broken.Id}/audio")).Status);
        var inside = await Made(server, new() { Feeds = ["http://127.0.0.1/feed"], ResponseFormat = "wav" });
        Assert.Contains("not on the open Internet", inside.Error);
    }

    [Fact]
    public async Task AModelWritesUnderTheSameChecks()
    {
        const string answer = """{"sentences":[{"passage":2,"text":"A ferry driven by solar power will cross Lake Tarn."},{"passage":2,"text":"A ferry driven by nuclear power will carry 900 people across Lake Ontario."},{"passage":3,"text":"The boat is 24 metres long."},{"passage":3,"text":"The boat is 42 metres long."},{"passage":99,"text":"The ferry is the best of all ferries."}]}""";
        await using var server = await Serve(new ScriptedModel(answer) { ContextLength = 100_000 }.Served);
        var made = await Made(server, Asked with { Texts = [Texts.Single(t => t.Name == "solar-ferry.txt")], Model = "test" });
        Assert.True(made.Status == "completed", made.Error);
        var claims = made.Script!.Select(l => l.Claim).ToList();
        Assert.Contains("The boat is 24 metres long.", claims);
        Assert.Contains("A ferry driven by solar power will cross Lake Tarn.", claims);
        Assert.DoesNotContain(claims, c => c.Contains("42", StringComparison.Ordinal) || c.Contains("Ontario", StringComparison.Ordinal) || c.Contains("best of all", StringComparison.Ordinal));
        Assert.Equal(3, made.Cut!.Count);
        // What was cut leaves time, which the source's own sentences fill.
        Assert.Contains(claims, c => c.Contains("60,000 litres", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AShowIsMadeOncePerSlotAndPlayedAsAPodcast()
    {
        await using var server = await Serve();
        var show = await Post(server, Route + "/shows", Asked with { Date = null, Title = "Morning & more", Schedule = new() { At = "06:30", TimeZone = "Europe/Paris", Days = ["mon", "fri"] } }, WireJson.Default.ShowBody);
        Assert.NotNull(show.NextAt);
        var episode = await Post(server, $"{Route}/shows/{show.Id}/briefings", new(), WireJson.Default.BriefingBody);
        var made = await Done(server, episode.Id);
        Assert.True(made.Status == "completed", made.Error);
        Assert.Equal(show.Id, made.Show);

        // The player has no key.
        using var player = new HttpClient { BaseAddress = server.Url };
        var feed = XDocument.Parse(await player.GetStringAsync(show.PodcastPath));
        PodcastRules.Check(feed);
        var item = feed.Root!.Element("channel")!.Elements("item").Single();
        var enclosure = item.Element("enclosure")!;
        Assert.Equal(made.AudioBytes.ToString(), enclosure.Attribute("length")!.Value);
        foreach (var link in item.Descendants().Concat(feed.Root.Descendants()).Select(e => e.Attribute("url")?.Value ?? (e.Name.LocalName == "image" ? e.Attribute("href")?.Value : null)).OfType<string>().Distinct())
            using (var answer = await player.GetAsync(link)) Assert.True(answer.IsSuccessStatusCode, link);
        using (var head = await player.SendAsync(new(HttpMethod.Head, enclosure.Attribute("url")!.Value))) Assert.Equal(made.AudioBytes, head.Content.Headers.ContentLength);

        // Neither another token nor a briefing of another show opens anything.
        var other = await Made(server, Asked);
        foreach (var closed in new[] { show.PodcastPath.Replace(show.PodcastPath[12..20], "00000000", StringComparison.Ordinal), show.PodcastPath.Replace("feed.xml", $"{other.Id}/transcript.vtt", StringComparison.Ordinal) })
            using (var answer = await player.GetAsync(closed)) Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using (var listed = await player.GetAsync(Route)) Assert.Equal(HttpStatusCode.Unauthorized, listed.StatusCode);

        // The next episode leaves out what the last one told, as long as there is other news.
        var next = await Done(server, (await Post(server, $"{Route}/shows/{show.Id}/briefings", new(), WireJson.Default.BriefingBody)).Id);
        Assert.Empty(next.Sources!.Select(s => s.Url).Intersect(made.Sources!.Select(s => s.Url)));
        using (var deleted = await server.Http.DeleteAsync($"{Route}/shows/{show.Id}")) Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        using (var gone = await player.GetAsync(show.PodcastPath)) Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public void SchedulesKeepTheTimeOfTheirPlace()
    {
        var summer = new BriefingSchedule { At = "06:30", TimeZone = "Europe/Paris" };
        Assert.Equal(DateTimeOffset.Parse("2026-07-01T04:30:00Z"), Timetable.Next(summer, DateTimeOffset.Parse("2026-07-01T00:00:00Z")));
        Assert.Equal(DateTimeOffset.Parse("2026-12-01T05:30:00Z"), Timetable.Next(summer, DateTimeOffset.Parse("2026-12-01T00:00:00Z")));
        // 2026-11-26 is a Thursday.
        Assert.Equal(DateTimeOffset.Parse("2026-11-30T06:30:00Z"), Timetable.Next(new() { At = "06:30", Days = ["mon"] }, DateTimeOffset.Parse("2026-11-26T12:00:00Z")));
        Assert.Equal(new(2026, 7, 2), Timetable.DayOf(summer, DateTimeOffset.Parse("2026-07-01T22:30:00Z")));
    }

    [Fact]
    public async Task WhatWasMissedIsMadeOnceAndNotTooLate()
    {
        var made = new List<(string, DateTimeOffset)>();
        var now = DateTimeOffset.Parse("2026-11-26T08:00:00Z");
        await using var timetable = new Timetable((show, time) => { made.Add((show, time)); return Task.CompletedTask; }, new StillClock(now));
        await timetable.Set("missed", new() { At = "06:30" }, since: now.AddDays(-2));
        await timetable.Set("made", new() { At = "06:30" }, since: now.AddHours(-1));
        await timetable.Set("late", new() { At = "19:00" }, since: now.AddDays(-2));
        Assert.Equal([("missed", now.Date + TimeSpan.FromHours(6.5))], made.Select(m => (m.Item1, m.Item2.UtcDateTime)));
    }

    sealed class StillClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    [Theory]
    [InlineData("""{}""", "feeds", "no sources")]
    [InlineData("""{"feeds":["ftp://x.example"]}""", "feeds", "https://")]
    [InlineData("""{"texts":[{"text":" "}]}""", "texts[0].text", "empty")]
    [InlineData("""{"texts":[{"text":"x"}],"length":"long"}""", "length", "brief, morning or deep")]
    [InlineData("""{"texts":[{"text":"x"}],"hosts":3}""", "hosts", "1 or 2")]
    [InlineData("""{"texts":[{"text":"x"}],"voices":["bob"]}""", "voices[0]", "kathleen")]
    [InlineData("""{"texts":[{"text":"x"}],"hosts":1,"voices":["ida","nora"]}""", "voices", "one per host")]
    [InlineData("""{"texts":[{"text":"x"}],"response_format":"aac"}""", "response_format", "mp3")]
    [InlineData("""{"texts":[{"text":"x"}],"date":"26.11.2026"}""", "date", "2026-11-26")]
    [InlineData("""{"texts":[{"text":"x"}],"music":true}""", "music", "Unknown parameter")]
    [InlineData("""{"texts":[{"text":"x"}],"schedule":{"at":"06:30"}}""", "schedule", "/v1/briefings/shows")]
    public async Task WhatIsNotObeyedIsRefusedByName(string json, string param, string message)
    {
        await using var server = await Serve();
        var (status, body) = await server.Post(Route, json);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Contains(message, error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"at":"6:30 am"}""", "schedule.at")]
    [InlineData("""{"at":"06:30","time_zone":"Moon/Base"}""", "schedule.time_zone")]
    [InlineData("""{"at":"06:30","days":["monday"]}""", "schedule.days")]
    [InlineData("""{"at":"06:30","every":"hour"}""", "schedule.every")]
    public async Task ASchedulesFieldsAreRefusedByName(string schedule, string param)
    {
        await using var server = await Serve();
        var (status, body) = await server.Post(Route + "/shows", $$"""{"texts":[{"text":"x"}],"schedule":{{schedule}}}""");
        Assert.Equal((HttpStatusCode.BadRequest, param), (status, JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task WithoutAVoiceTheRouteSaysSo()
    {
        await using var server = await ApiServer.Start();
        var (status, body) = await server.Post(Route, """{"texts":[{"text":"x"}]}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("No voice model", body);
    }
}
