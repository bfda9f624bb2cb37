// Vectors, sound and pictures of third parties behind the house's routes.

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Microsoft.AspNetCore.Http;

namespace Maison.Tests.Api.Gateway;

public sealed class MediaGatewayTests
{
    static ProviderConfig Provider(string name, StandIn at, string kind = "openai-compatible") => new()
    {
        Name = name,
        Kind = kind,
        BaseUrl = at.Url,
        Models =
        [
            new() { Id = "vectors", Output = "embeddings", Prices = new() { Input = 1 } },
            new() { Id = "voice", Output = "audio", Prices = new() { Input = 15 } },
            new() { Id = "brush", Output = "image", Prices = new() { Image = 0.04m } },
            new() { Id = "ear", Output = "transcription", Prices = new() { Input = 6, Output = 10, AudioMinute = 0.006m } },
        ],
    };

    static Task<ApiServer> Serve(GatewayConfig config) => ApiServer.Start(o => o with { Gateway = config },
        new ScriptedModel("Hello").Served with { Embed = (_, _) => Task.FromResult(new float[] { 1, 0 }), EmbeddingSize = 2 }, new SpeechTests.ScriptedVoice().Served);

    static async Task<(HttpResponseMessage Answer, byte[] Body)> Post(ApiServer server, string path, string json, HttpClient? http = null)
    {
        var answer = await (http ?? server.Http).PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        return (answer, await answer.Content.ReadAsByteArrayAsync());
    }

    static UsageSum Booked(ApiServer server) => Assert.Single(new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), ["provider", "model"]));

    [Fact]
    public async Task VectorsComeWithTheirPriceAndReceiptAndLeaveMasked()
    {
        await using var other = await StandIn.Start(StandIn.Json("""{"object":"list","model":"upstream","data":[{"object":"embedding","index":0,"embedding":[0.5,0.5]}],"usage":{"prompt_tokens":4,"total_tokens":4}}"""));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var (answer, body) = await Post(server, "/v1/embeddings", """{"model":"lab/vectors","input":"write to anna@example.com"}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var read = JsonNode.Parse(body)!;
        Assert.Equal(("lab/vectors", 4L), ((string?)read["model"], (long?)read["usage"]!["maison"]!["cost_micros"]));
        Assert.Contains("masked=1 email", answer.Headers.GetValues("x-maison-receipt").Single());
        Assert.DoesNotContain("anna@example.com", other.Asked[0].ToJsonString());
        Assert.Equal("vectors", (string?)other.Asked[0]["model"]);
        Assert.Equal(("lab", 4L), (Booked(server).Provider, Booked(server).Cost));
        Assert.Contains("\"output_modalities\":[\"embeddings\"]", (await server.Get("/v1/models/lab/vectors")).Body);
    }

    [Fact]
    public async Task SoundIsPassedOnByteForByteAndPricedByItsText()
    {
        byte[] sound = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7))];
        await using var other = await StandIn.Start(async context =>
        {
            context.Response.ContentType = "audio/mpeg";
            await context.Response.Body.WriteAsync(sound);
        });
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var (answer, body) = await Post(server, "/v1/audio/speech", """{"model":"lab/voice","input":"ten chars.","voice":"alloy"}""");
        Assert.Equal(("audio/mpeg", 150L), (answer.Content.Headers.ContentType!.MediaType, Booked(server).Cost));
        Assert.Equal(sound, body);
        Assert.Equal("alloy", (string?)other.Asked[0]["voice"]);
    }

    [Fact]
    public async Task PicturesArePricedByTheirNumber()
    {
        await using var other = await StandIn.Start(StandIn.Json("""{"created":1,"data":[{"b64_json":"AA=="},{"b64_json":"AQ=="}]}"""));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var (answer, body) = await Post(server, "/v1/images/generations", """{"model":"lab/brush","prompt":"a red apple","n":2}""");
        Assert.Equal((HttpStatusCode.OK, 80_000L, 2L), (answer.StatusCode, Booked(server).Cost, Booked(server).Amounts.Images));
        Assert.Equal(2, JsonNode.Parse(body)!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task AnAliasFallsBackToTheHouseAndSaysSo()
    {
        await using var other = await StandIn.Start(StandIn.Fail(503));
        await using var server = await Serve(new()
        {
            Providers = [Provider("lab", other)],
            Aliases = [new() { Name = "speaker", Targets = [new() { Model = "lab/voice" }, new() { Model = "test-voice" }] }],
        });
        var (answer, body) = await Post(server, "/v1/audio/speech", """{"model":"speaker","input":"one two","voice":"kathleen","response_format":"wav"}""");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("RIFF"u8, body.AsSpan(0, 4));
        Assert.Contains("tried=lab/voice (unavailable)", answer.Headers.GetValues("x-maison-receipt").Single());
    }

    [Theory]
    [InlineData(400, "upstream_refused", HttpStatusCode.BadRequest)]
    [InlineData(500, "upstream_unavailable", HttpStatusCode.ServiceUnavailable)]
    [InlineData(401, "upstream_unavailable", HttpStatusCode.ServiceUnavailable)]
    public async Task FailuresAreToldAndNothingIsBooked(int status, string code, HttpStatusCode told)
    {
        await using var other = await StandIn.Start(StandIn.Fail(status));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var (answer, body) = await Post(server, "/v1/images/generations", """{"model":"lab/brush","prompt":"a red apple"}""");
        Assert.Equal(told, answer.StatusCode);
        Assert.Contains($"\"code\":\"{code}\"", Encoding.UTF8.GetString(body));
        Assert.Equal(0, new UsageBook(server.Store).Sums(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), ["provider"]).Sum(s => s.Cost));
    }

    [Theory]
    [InlineData("""{"object":"list"}""")]
    [InlineData("""[1,2]""")]
    [InlineData("""{"data":""")]
    public async Task BrokenVectorsAreUnavailable(string broken)
    {
        await using var other = await StandIn.Start(StandIn.Json(broken));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var (answer, _) = await Post(server, "/v1/embeddings", """{"model":"lab/vectors","input":"a"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task AKeyWithoutTheModalityAndABudgetThatIsSpentAreRefusedBeforeAnythingLeaves()
    {
        await using var other = await StandIn.Start(StandIn.Json("""{"data":[]}"""));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var narrow = server.Keys.Create(new() { Name = "narrow", Scope = new(Modalities: ["text"]) }, AuditLog.Terminal);
        using var first = server.With(narrow.Value);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(server, "/v1/images/generations", """{"model":"lab/brush","prompt":"a"}""", first)).Answer.StatusCode);
        var poor = server.Keys.Create(new() { Name = "poor", Limits = new(BudgetDay: 10_000) }, AuditLog.Terminal);
        using var second = server.With(poor.Value);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await Post(server, "/v1/images/generations", """{"model":"lab/brush","prompt":"a"}""", second)).Answer.StatusCode);
        Assert.Empty(other.Asked);
    }

    [Fact]
    public async Task AProviderWithoutSuchRoutesIsPassedBy()
    {
        await using var other = await StandIn.Start(StandIn.Fail(500));
        await using var server = await Serve(new() { Providers = [Provider("lab", other, "anthropic")] });
        var (answer, body) = await Post(server, "/v1/audio/speech", """{"model":"lab/voice","input":"a","voice":"alloy"}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("anthropic has no such route", Encoding.UTF8.GetString(body));
        Assert.Empty(other.Asked);
    }

    static async Task<(HttpResponseMessage Answer, string Text)> PostForm(ApiServer server, string path, byte[] file, string fileField, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), fileField, "a.bin" } };
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        var answer = await server.Http.PostAsync(path, form);
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Silence of a length.</summary>
    static byte[] Wave(int seconds)
    {
        var file = new byte[44 + seconds * 16_000];
        "RIFF"u8.CopyTo(file);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BitConverter.TryWriteBytes(file.AsSpan(16), 16);
        BitConverter.TryWriteBytes(file.AsSpan(28), 16_000);
        "data"u8.CopyTo(file.AsSpan(36));
        BitConverter.TryWriteBytes(file.AsSpan(40), seconds * 16_000);
        return file;
    }

    [Theory]
    [InlineData("""{"text":"hello"}""", 200)]                                                                          // by the file's length
    [InlineData("""{"text":"hello","duration":1.5}""", 150)]
    [InlineData("""{"text":"hello","usage":{"type":"duration","seconds":1}}""", 100)]
    [InlineData("""{"text":"hello","usage":{"type":"tokens","input_tokens":20,"output_tokens":8,"total_tokens":28}}""", 200)]
    public async Task ARecordingIsWrittenDownAndPaidByWhatItTook(string told, long cost)
    {
        await using var other = await StandIn.Start(StandIn.Json(told));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)], Aliases = [new() { Name = "listen", Targets = [new() { Model = "lab/ear" }] }] });
        var wave = Wave(2);
        var (answer, text) = await PostForm(server, "/v1/audio/transcriptions", wave, "file", ("model", "listen"), ("prompt", "Speaker is a@b.org"), ("language", "en"), ("timestamp_granularities[]", "word"));
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal(("ear", "en", "word", "Speaker is [EMAIL_1]", (long)wave.Length), ((string?)other.Asked[0]["model"], (string?)other.Asked[0]["language"], (string?)other.Asked[0]["timestamp_granularities[]"], (string?)other.Asked[0]["prompt"], (long?)other.Asked[0]["file"]));
        Assert.Equal(("hello", cost, cost), ((string?)JsonNode.Parse(text)!["text"], (long?)JsonNode.Parse(text)!["usage"]!["maison"]!["cost_micros"], Booked(server).Cost));
        Assert.Contains("1 recordings; masked=1 email", answer.Headers.GetValues("x-maison-receipt").Single());
    }

    [Fact]
    public async Task ATranscriptMayBeTextOrEvents()
    {
        await using var other = await StandIn.Start(
            context => { context.Response.ContentType = "text/plain"; return context.Response.WriteAsync("hello\n"); },
            StandIn.Events(["data: {\"type\":\"transcript.text.delta\",\"delta\":\"hel\"}", "data: {\"type\":\"transcript.text.done\",\"text\":\"hello\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":20,\"output_tokens\":8}}"]));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        Assert.Equal("hello\n", (await PostForm(server, "/v1/audio/transcriptions", Wave(2), "file", ("model", "lab/ear"), ("response_format", "text"))).Text);
        Assert.Equal(200, Booked(server).Cost);
        Assert.Contains("transcript.text.done", (await PostForm(server, "/v1/audio/transcriptions", Wave(2), "file", ("model", "lab/ear"), ("stream", "true"))).Text);
        Assert.Equal(400, Booked(server).Cost);
    }

    [Fact]
    public async Task WhoDoesNotListenSaysWhoDoes()
    {
        await using var other = await StandIn.Start(StandIn.Json("{}"));
        await using var server = await Serve(new() { Providers = [Provider("lab", other)] });
        var (answer, text) = await PostForm(server, "/v1/audio/transcriptions", Wave(1), "file", ("model", "test"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("lab/ear", text);
        Assert.Contains("\"param\":\"model\"", (await PostForm(server, "/v1/audio/transcriptions", Wave(1), "file")).Text);
        Assert.Contains("multipart/form-data", (await server.Post("/v1/audio/transcriptions", "{}")).Body);
        await using var alone = await ApiServer.Start(new ScriptedModel("a").Served);
        Assert.Contains("Add a provider", (await PostForm(alone, "/v1/audio/transcriptions", Wave(1), "file", ("model", "whisper-1"))).Text);
    }

    [Fact]
    public async Task AnEditIsPassedOnAndFallsBackToTheHouse()
    {
        await using var other = await StandIn.Start(StandIn.Json("""{"created":1,"data":[{"b64_json":"AA=="}]}"""), StandIn.Fail(401));
        var picture = Maison.Tests.Data.Pictures.SamplePictures.Png(Maison.Tests.Data.Pictures.SamplePictures.Noise(16, 16));
        await using var server = await ApiServer.Start(o => o with { Gateway = new() { Providers = [Provider("lab", other)], Aliases = [new() { Name = "painter", Targets = [new() { Model = "lab/brush" }, new() { Model = "test-image" }] }] } },
            new ImageGenerationTests.ScriptedPainter().Served with { Id = "test-image" });
        var (answer, text) = await PostForm(server, "/v1/images/edits", picture, "image", ("model", "painter"), ("prompt", "a hat for a@b.org"), ("n", "1"));
        Assert.Equal((HttpStatusCode.OK, "AA==", 40_000L), (answer.StatusCode, (string?)JsonNode.Parse(text)!["data"]![0]!["b64_json"], Booked(server).Cost));
        Assert.Equal(("brush", "a hat for [EMAIL_1]", (long)picture.Length), ((string?)other.Asked[0]["model"], (string?)other.Asked[0]["prompt"], (long?)other.Asked[0]["image"]));
        Assert.Contains("1 images", answer.Headers.GetValues("x-maison-receipt").Single());
        (answer, text) = await PostForm(server, "/v1/images/edits", picture, "image", ("model", "painter"), ("prompt", "a hat"));
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Contains("model=test-image", answer.Headers.GetValues("x-maison-receipt").Single());
    }
}
