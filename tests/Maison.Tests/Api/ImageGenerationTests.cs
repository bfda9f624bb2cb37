// POST /v1/images/generations over a scripted painter: pictures, events, refusals by name, and the official client as a black box.

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Budgets;
using Maison.Api.Images;
using Maison.Api.Keys;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using OpenAI;
using OpenAI.Images;

namespace Maison.Tests.Api;

public sealed class ImageGenerationTests
{
    const string Route = "/v1/images/generations";

    // A picture is one colour: its seed, its steps and what step it was looked at. "fail" breaks the painter, "wait" paints until it is stopped,
    // "loud" paints every pixel another colour, "moody" its first two pictures.
    internal sealed class ScriptedPainter
    {
        public List<PaintingOptions> Asked { get; } = [];

        /// <summary>What the last pictures were painted from.</summary>
        public PaintingSource? From { get; private set; }
        public TaskCompletionSource Stopped { get; } = new();

        /// <summary>Pictures so far.</summary>
        public int Painted { get; private set; }

        public ServedPainter Served => new()
        {
            Id = "test-painter",
            Sides = [8, 16],
            MostTokens = 8,
            PictureTokens = 4,
            Tokens = prompt => prompt.Split(' ').Length,
            Unknown = prompt => [.. prompt.Split(' ').Where(w => w.StartsWith("zib", StringComparison.Ordinal))],
            Paint = Paint,
        };

        public static byte[] Pixels(int seed, int steps, int look, int side = 16) => [.. Enumerable.Repeat(new[] { (byte)seed, (byte)steps, (byte)look }, side * side).SelectMany(p => p)];

        /// <summary>Seeds among which the first picture of the last request might be chosen; it paints the last of them.</summary>
        public IReadOnlyList<ulong> Seeds { get; private set; } = [];

        IReadOnlyList<PaintedPicture> Paint(IReadOnlyList<PaintOrder> wanted, PaintingOptions options, int side, PaintingSource? from, Action<int, Func<IReadOnlyList<PaintedPicture>>>? onStep, CancellationToken stop)
        {
            From = from;
            Seeds = wanted[0].Seeds;
            lock (Asked) Asked.Add(options);
            if (wanted[0].Prompt.StartsWith("loud", StringComparison.Ordinal)) return [.. wanted.Select(w => new PaintedPicture(Loud(side), w.Seeds[^1]))];
            if (wanted[0].Prompt == "fail") throw new InvalidOperationException("the painter breaks here");
            if (wanted[0].Prompt == "wait")
            {
                stop.WaitHandle.WaitOne();
                Stopped.TrySetResult();
                stop.ThrowIfCancellationRequested();
            }
            for (var step = 1; step <= options.StepsFrom(from?.Strength ?? 1); step++) onStep?.Invoke(step, () => [.. wanted.Select(w => new PaintedPicture(Pixels((int)w.Seeds[^1], options.Steps, step, side), w.Seeds[^1]))]);
            return [.. wanted.Select(w => new PaintedPicture(++Painted <= 2 && w.Prompt.StartsWith("moody", StringComparison.Ordinal) ? Loud(side) : Pixels((int)w.Seeds[^1], options.Steps, 255, side), w.Seeds[^1]))];
        }

        static byte[] Loud(int side) => [.. Enumerable.Range(0, side * side * 3).Select(i => (byte)(i * 97))];
    }

    static Task<ApiServer> Serve(ScriptedPainter painter) => ApiServer.Start(painter.Served);

    [Fact]
    public async Task ABarInAPromptIsNoSecondPrompt()
    {
        await using var server = await Serve(new());
        var (_, body) = await server.Post(Route, """{"prompt":"red | blue","seed":2,"steps":1}""");
        using var answer = System.Text.Json.JsonDocument.Parse(body);
        var recipe = PictureRecipe.Read(answer.RootElement.GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64());
        Assert.Equal(["red | blue"], PictureRecipe.Split(recipe.Prompt));
        Assert.Equal(["a", "b|c", "d"], PictureRecipe.Split(PictureRecipe.Joined(["a", "b|c", "d"])));
        Assert.Equal(["a", "b"], PictureRecipe.Split("a||b|"));
    }

    [Fact]
    public async Task AnAnswerHoldsThePicturesAndWhatMakesThemAgain()
    {
        await using var server = await Serve(new());
        var (status, body) = await server.Post(Route, """{"model":"test-painter","prompt":"three red hats","n":2,"seed":7,"quality":"high","size":"16x16","guidance":2.5,"user":"u","moderation":"low","style":null}""");
        Assert.True(status == HttpStatusCode.OK, body);
        var answer = JsonDocument.Parse(body).RootElement;
        Assert.Equal(("16x16", "high", "png", "opaque"), (Word(answer, "size"), Word(answer, "quality"), Word(answer, "output_format"), Word(answer, "background")));
        Assert.Equal("""{"input_tokens":3,"input_tokens_details":{"text_tokens":3,"image_tokens":0},"output_tokens":8,"total_tokens":11}""", answer.GetProperty("usage").GetRawText());
        var files = answer.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("b64_json").GetBytesFromBase64()).ToArray();
        Assert.Equal([ScriptedPainter.Pixels(7, 32, 255), ScriptedPainter.Pixels(8, 32, 255)], files.Select(f => PngReader.Read(f).Pixels));
        Assert.Equal("""{"model":"test-painter","seed":8,"steps":32,"guidance":2.5}""", answer.GetProperty("data")[1].GetProperty("maison").GetRawText());
        Assert.Equal(new PictureRecipe("three red hats", 8, 1, 32, 2.5f, "test-painter", 16), PictureRecipe.Read(files[1]));
    }

    [Theory]
    [InlineData("", 16, "medium")]
    [InlineData(",\"quality\":\"low\"", 8, "low")]
    [InlineData(",\"quality\":\"hd\"", 32, "high")]
    [InlineData(",\"steps\":5,\"size\":\"auto\"", 5, "low")]
    public async Task QualityIsStepsAndTheModelMayBeLeftOut(string fields, int steps, string quality)
    {
        var painter = new ScriptedPainter();
        await using var server = await Serve(painter);
        var (status, body) = await server.Post(Route, $$"""{"prompt":"наброски 😀 帽子"{{fields}}}""");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Equal(steps, Assert.Single(painter.Asked).Steps);
        Assert.Equal(quality, Word(JsonDocument.Parse(body).RootElement, "quality"));
    }

    [Fact]
    public async Task AStreamShowsThePictureWhileItIsPainted()
    {
        await using var server = await Serve(new());
        using var answer = await server.Http.PostAsync(Route, new StringContent("""{"prompt":"a hat","seed":3,"steps":8,"stream":true,"partial_images":3}""", Encoding.UTF8, "application/json"));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var events = (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('\n')).ToArray();
        Assert.Equal([.. Enumerable.Repeat("event: image_generation.partial_image", 3), "event: image_generation.completed"], events.Select(e => e[0]));
        var told = events.Select(e => JsonDocument.Parse(e[1]["data: ".Length..]).RootElement).ToArray();
        Assert.Equal([1, 2, 4, 255], told.Select(e => (int)PngReader.Read(e.GetProperty("b64_json").GetBytesFromBase64()).Pixels[2]));
        Assert.Equal([0, 1, 2], told[..3].Select(e => e.GetProperty("partial_image_index").GetInt32()));
        Assert.Equal(6, told[3].GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.False(told[0].TryGetProperty("usage", out _));
    }

    [Fact]
    public async Task TheModelsCardTellsSizesAndFormats()
    {
        await using var server = await Serve(new());
        var (_, body) = await server.Get("/v1/models/test-painter");
        var card = JsonDocument.Parse(body).RootElement;
        Assert.Equal("""["8x8","16x16"]""", card.GetProperty("sizes").GetRawText());
        Assert.StartsWith("[\"png\",\"jpeg\"", card.GetProperty("output_formats").GetRawText());
        Assert.True(card.GetProperty("parameters").TryGetProperty("/v1/images/edits", out _));
    }

    [Fact]
    public async Task AModelsOwnGuidanceIsUsedWhereNoneIsAskedFor()
    {
        var painter = new ScriptedPainter();
        await using var server = await ApiServer.Start(painter.Served with { Usual = new(8, 2, 0.3f, 0.65f) });
        await server.Post(Route, """{"prompt":"a hat"}""");
        var (status, answer) = await server.Post(Route, """{"prompt":"a hat","guidance":1,"steps":16}""");
        Assert.True(status == HttpStatusCode.OK, answer);
        Assert.Equal([new PaintingOptions(8, 2, 0.3f, 0.65f), new(16, 1, 0.3f, 0.65f)], painter.Asked);
    }

    [Fact]
    public async Task WordsThatTheModelNeverSawAreNamed()
    {
        await using var server = await Serve(new());
        using var answer = await server.Http.PostAsync(Route, new StringContent("""{"prompt":"a zibü zibb"}""", Encoding.UTF8, "application/json"));
        Assert.Equal("zib%C3%BC, zibb", Assert.Single(answer.Headers.GetValues("maison-prompt-words-unknown")));
    }

    [Theory]
    [InlineData("\"prompt\":null", "prompt", "missing_parameter", "missing")]
    [InlineData("\"prompt\":\" \"", "prompt", "invalid_value", "empty")]
    [InlineData("\"prompt\":\"1 2 3 4 5 6 7 8 9\"", "prompt", "string_above_max_length", "9 tokens")]
    [InlineData("\"prompt\":\"LONG\"", "prompt", "string_above_max_length", "10001 characters")]
    [InlineData("\"n\":0", "n", "invalid_value", "between 1 and 10")]
    [InlineData("\"n\":11", "n", "invalid_value", "between 1 and 10")]
    [InlineData("\"n\":\"2\"", "n", "invalid_type", "n")]
    [InlineData("\"size\":\"1024x1024\"", "size", "invalid_value", "16x16 only")]
    [InlineData("\"size\":\"big\"", "size", "invalid_value", "16x16 only")]
    [InlineData("\"quality\":\"ultra\"", "quality", "invalid_value", "low, medium, high or auto")]
    [InlineData("\"output_format\":\"gif\"", "output_format", "invalid_value", "'gif'")]
    [InlineData("\"output_compression\":50", "output_compression", "invalid_value", "png loses nothing")]
    [InlineData("\"output_compression\":101,\"output_format\":\"jpeg\"", "output_compression", "invalid_value", "between 0 and 100")]
    [InlineData("\"background\":\"transparent\"", "background", "unsupported_parameter", "Name a style")]
    [InlineData("\"background\":\"transparent\",\"output_format\":\"jpeg\"", "background", "invalid_value", "no opacity")]
    [InlineData("\"background\":\"blue\"", "background", "invalid_value", "transparent or opaque or auto")]
    [InlineData("\"response_format\":\"file\"", "response_format", "invalid_value", "b64_json or url")]
    [InlineData("\"response_format\":\"url\",\"stream\":true", "response_format", "invalid_value", "streams")]
    [InlineData("\"size\":\"16x8\"", "size", "invalid_value", "16x16 only")]
    [InlineData("\"style\":\"vivid\"", "style", "unsupported_parameter", "in the prompt")]
    [InlineData("\"negative_prompt\":\"x\"", "negative_prompt", "unsupported_parameter", "in the prompt")]
    [InlineData("\"seed\":-1", "seed", "invalid_value", "between 0")]
    [InlineData("\"steps\":0", "steps", "invalid_value", "between 1 and 100")]
    [InlineData("\"steps\":9,\"quality\":\"low\"", "steps", "invalid_value", "one of them")]
    [InlineData("\"guidance\":0.5", "guidance", "invalid_value", "between 1 and 30")]
    [InlineData("\"guidance\":1e20", "guidance", "invalid_value", "between 1 and 30")]
    [InlineData("\"partial_images\":2", "partial_images", "invalid_value", "stream")]
    [InlineData("\"partial_images\":4,\"stream\":true", "partial_images", "invalid_value", "between 0 and 3")]
    [InlineData("\"stream\":true,\"n\":2", "n", "invalid_value", "one picture")]
    [InlineData("\"model\":\"dall-e-9\"", "model", "model_not_found", "test-painter")]
    [InlineData("\"widht\":16", "widht", "unknown_parameter", "Unknown parameter")]
    public async Task WhatIsNotObeyedIsRefusedByName(string fields, string param, string code, string message)
    {
        var painter = new ScriptedPainter();
        await using var server = await Serve(painter);
        var rest = fields.StartsWith("\"prompt\"", StringComparison.Ordinal) ? "" : ",\"prompt\":\"a hat\"";
        var (status, body) = await server.Post(Route, $"{{{fields.Replace("LONG", new string('a', 10_001), StringComparison.Ordinal)}{rest}}}");
        Assert.True((int)status is 400 or 404, body);
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal((param, code), (Word(error, "param"), Word(error, "code")));
        Assert.Contains(message, Word(error, "message"));
        Assert.Empty(painter.Asked);
    }

    [Fact]
    public async Task WithoutAnImageModelTheRouteSaysSoAndABrokenOneIsAFaultOfTheServer()
    {
        await using (var none = await ApiServer.Start())
        {
            var (missing, why) = await none.Post(Route, """{"prompt":"a hat"}""");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, missing);
            Assert.Contains("No image model", why);
        }
        await using var server = await Serve(new());
        foreach (var stream in new[] { "false", "true" })
        {
            var (status, body) = await server.Post(Route, $$"""{"prompt":"fail","stream":{{stream}}}""");
            Assert.Equal(HttpStatusCode.InternalServerError, status);
            Assert.DoesNotContain("breaks here", body);
        }
        Assert.Contains("breaks here", server.Log.ToString());
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task AClientThatLeavesStopsTheWork(string stream)
    {
        var painter = new ScriptedPainter();
        await using var server = await Serve(painter);
        using var leave = new CancellationTokenSource();
        var asking = server.Http.PostAsync(Route, new StringContent($$"""{"prompt":"wait","stream":{{stream}}}""", Encoding.UTF8, "application/json"), leave.Token);
        while (painter.Asked.Count == 0) await Task.Delay(5);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await painter.Stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task ScopesBudgetsAndUsageHoldForPictures()
    {
        await using var server = await Serve(new());
        var keys = new KeyStore(server.Store);
        new PriceBook(server.Store).Set("test-painter", new(Image: 2_000), "test");
        using (var writer = server.With(keys.Create(new() { Name = "writer", Scope = new() { Modalities = ["text"] } }, "test").Value))
            Assert.Equal(HttpStatusCode.Forbidden, await Ask(writer, 1));
        var (_, value) = keys.Create(new() { Name = "painter", Limits = new(BudgetDay: 5_000) }, "test");
        using var painter = server.With(value);
        Assert.Equal(HttpStatusCode.OK, await Ask(painter, 2));
        Assert.Equal(HttpStatusCode.TooManyRequests, await Ask(painter, 1));
        var (_, usage) = await server.Get("/v1/organization/usage/images?group_by=api_key_id");
        Assert.Contains("\"images\":2", usage);

        static async Task<HttpStatusCode> Ask(HttpClient http, int count)
        {
            using var answer = await http.PostAsync(Route, new StringContent($$"""{"prompt":"a hat","n":{{count}}}""", Encoding.UTF8, "application/json"));
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("webp")]
    public async Task OtherFormatsCarryTheirRecipeToo(string format)
    {
        Assert.SkipWhen(format == "webp" && !WebpFile.Present, WebpFile.Missing);
        await using var server = await Serve(new());
        var (status, body) = await server.Post(Route, $$"""{"prompt":"a hät","seed":200,"output_format":"{{format}}","output_compression":80}""");
        Assert.True(status == HttpStatusCode.OK, body);
        var file = JsonDocument.Parse(body).RootElement.GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64();
        Assert.Equal("a hät", PictureRecipe.Read(file).Prompt);
        Assert.InRange(PictureUpload.Read(file).Pixels[0], 190, 210);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    public async Task APlainBackgroundIsCutOut(string format)
    {
        Assert.SkipWhen(format == "webp" && !WebpFile.Present, WebpFile.Missing);
        await using var server = await Serve(new());
        var (status, body) = await server.Post(Route, $$"""{"prompt":"a hat emoji","background":"transparent","output_format":"{{format}}"}""");
        Assert.True(status == HttpStatusCode.OK, body);
        var answer = JsonDocument.Parse(body).RootElement;
        Assert.Equal("transparent", Word(answer, "background"));
        var file = answer.GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64();
        Assert.Equal((4, 0, true), (PictureUpload.Read(file).Channels, PictureUpload.Read(file).Pixels[3], PictureRecipe.Read(file).Cut));

        var (failed, why) = await server.Post(Route, """{"prompt":"loud emoji","background":"transparent","seed":5}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, failed);
        Assert.Contains("seed 5", why);
    }

    [Fact]
    public async Task APictureWithoutAPlainBackgroundIsPaintedAgainWhereTheSeedIsOurs()
    {
        var painter = new ScriptedPainter();
        await using var server = await Serve(painter);
        var (status, body) = await server.Post(Route, """{"prompt":"moody emoji","background":"transparent","n":4}""");
        Assert.True(status == HttpStatusCode.OK, body);
        var data = JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(4, data.Length);
        foreach (var one in data)
        {
            var (seed, recipe) = (one.GetProperty("maison").GetProperty("seed").GetInt64(), PictureRecipe.Read(one.GetProperty("b64_json").GetBytesFromBase64()));
            Assert.Equal(seed, recipe.Seed);
        }
        Assert.Equal(6, painter.Painted);                               // the first two of four were busy, and then no more
    }

    [Fact]
    public async Task APictureIsTheBestOfAFewSeedsWhereNoneIsTold()
    {
        var painter = new ScriptedPainter();
        await using var server = await ApiServer.Start(painter.Served with { Candidates = pictures => 3 / pictures });
        var (_, body) = await server.Post(Route, """{"prompt":"a hat"}""");
        Assert.Equal(3, painter.Seeds.Distinct().Count());
        var one = JsonDocument.Parse(body).RootElement.GetProperty("data")[0];
        // The seed of the answer and of the file is the one that was chosen.
        Assert.Equal((long)painter.Seeds[^1], one.GetProperty("maison").GetProperty("seed").GetInt64());
        Assert.Equal((int)painter.Seeds[^1], PictureRecipe.Read(one.GetProperty("b64_json").GetBytesFromBase64()).Seed);

        await server.Post(Route, """{"prompt":"a hat","n":2}""");
        Assert.Single(painter.Seeds);
        await server.Post(Route, """{"prompt":"a hat","seed":7}""");
        Assert.Equal([7UL], painter.Seeds);
    }

    [Fact]
    public async Task AnAddressOpensAPictureForAnHour()
    {
        var clock = new SetClock { Now = DateTimeOffset.UtcNow };
        await using var server = await ApiServer.Start(options => options with { Clock = clock }, new ScriptedPainter().Served);
        var (status, body) = await server.Post(Route, """{"prompt":"a hat","response_format":"url","n":2}""");
        Assert.True(status == HttpStatusCode.OK, body);
        var urls = JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray().Select(d => Word(d, "url")!).ToArray();
        Assert.Equal(2, urls.Distinct().Count());
        Assert.DoesNotContain("b64_json", body);
        using var anybody = new HttpClient();
        using (var got = await anybody.GetAsync(urls[1]))
        {
            Assert.Equal("image/png", got.Content.Headers.ContentType!.MediaType);
            Assert.Equal(16, PngReader.Read(await got.Content.ReadAsByteArrayAsync()).Width);
        }
        foreach (var wrong in new[] { urls[0].Replace(".png", ".jpeg"), urls[0][..^5] + (urls[0][^5] == '0' ? "1.png" : "0.png"), new Uri(server.Url, "v1/images/kept/..%2fmaison.db").ToString(), new Uri(server.Url, "v1/images/kept/x").ToString() })
            Assert.NotEqual(HttpStatusCode.OK, (await anybody.GetAsync(wrong)).StatusCode);
        clock.Now += TimeSpan.FromMinutes(59);
        Assert.Equal(HttpStatusCode.OK, (await anybody.GetAsync(urls[0])).StatusCode);
        clock.Now += TimeSpan.FromMinutes(2);
        Assert.Equal(HttpStatusCode.NotFound, (await anybody.GetAsync(urls[0])).StatusCode);
        await server.Post(Route, """{"prompt":"a hat","response_format":"url"}""");
        Assert.Single(Directory.GetFiles(Path.Combine(server.Store.Home, "pictures")));
    }

    static ImageClient Client(ApiServer server) => new OpenAIClient(
        new ApiKeyCredential(ApiServer.Key), new OpenAIClientOptions { Endpoint = new Uri(server.Url, "v1"), RetryPolicy = new ClientRetryPolicy(0) }).GetImageClient("test-painter");

    [Fact]
    public async Task TheOfficialClientGetsPictures()
    {
        var painter = new ScriptedPainter();
        await using var server = await Serve(painter);
        GeneratedImageCollection pictures = await Client(server).GenerateImagesAsync("two hats", 2, new() { Size = new GeneratedImageSize(16, 16), ResponseFormat = GeneratedImageFormat.Bytes, EndUserId = "me" });
        Assert.Equal(2, pictures.Count);
        Assert.All(pictures, p => Assert.Equal(16, PngReader.Read(p.ImageBytes.ToArray()).Width));
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Client(server).GenerateImageAsync("a hat", new() { Size = GeneratedImageSize.W1024xH1024 }));
        Assert.Contains("16x16 only", refused.Message);
    }

    static string? Word(JsonElement from, string name) => from.GetProperty(name).GetString();
}
