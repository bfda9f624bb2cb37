// POST /v1/images/edits over a scripted painter: what is painted and what stays, uploads of every kind, refusals by name, and the official client.

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Images;
using Maison.Data.Pictures;
using Maison.Tests.Data.Pictures;
using OpenAI;
using OpenAI.Images;

namespace Maison.Tests.Api;

public sealed class ImageEditTests
{
    const string Route = "/v1/images/edits";

    static Task<ApiServer> Serve(ImageGenerationTests.ScriptedPainter painter) => ApiServer.Start(painter.Served);

    static MultipartFormDataContent Form(byte[]? image, byte[]? mask, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        if (image is not null) form.Add(new ByteArrayContent(image), "image", "photo.png");
        if (mask is not null) form.Add(new ByteArrayContent(mask), "mask", "mask.png");
        return form;
    }

    static async Task<(HttpStatusCode Status, JsonElement Body)> Ask(ApiServer server, byte[]? image, byte[]? mask, params (string, string)[] fields)
    {
        using var answer = await server.Http.PostAsync(Route, Form(image, mask, fields));
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    static byte[] File(JsonElement body, int index = 0) => body.GetProperty("data")[index].GetProperty("b64_json").GetBytesFromBase64();

    [Fact]
    public async Task AWholePictureIsPaintedAnewInItsOwnSize()
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        var image = SamplePictures.Png(SamplePictures.Noise(48, 32));
        var (status, body) = await Ask(server, image, null, ("prompt", "three red hats"), ("n", "2"), ("seed", "7"), ("steps", "10"), ("strength", "0.5"), ("user", "u"), ("moderation", "low"), ("input_fidelity", "low"), ("quality", ""));
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        Assert.Equal(("48x32", "opaque", "png"), (Word(body, "size"), Word(body, "background"), Word(body, "output_format")));
        Assert.Equal("""{"input_tokens":7,"input_tokens_details":{"text_tokens":3,"image_tokens":4},"output_tokens":8,"total_tokens":15}""", body.GetProperty("usage").GetRawText());
        var made = PngReader.Read(File(body, 1));
        Assert.Equal(Enumerable.Repeat(new byte[] { 8, 10, 255 }, 48 * 32).SelectMany(p => p), made.Pixels);
        Assert.Equal((8 * 8 * 3, 0.5f, null), (painter.From!.Pixels.Length, painter.From.Strength, painter.From.Mask));
        var digest = EditRecipe.Digest(image);
        Assert.Equal($$"""{"model":"test-painter","seed":8,"steps":10,"guidance":3,"strength":0.5,"source":"{{digest}}"}""", body.GetProperty("data")[1].GetProperty("maison").GetRawText());
        Assert.Equal(new PictureRecipe("three red hats", 8, 1, 10, 3, "test-painter", 16, Edit: new(digest, null, 0.5f, 48, 32)), PictureRecipe.Read(File(body, 1)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatAMaskKeepsIsTheSameToTheLastBit(bool ofItsOwn)
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        var image = SamplePictures.Noise(96, 64, 4);
        var whole = PictureFile.On(image, (255, 255, 255));
        var (status, body) = ofItsOwn ? await Ask(server, SamplePictures.Png(SamplePictures.Opened(image, 30, 20, 60, 50)), null, ("prompt", "a hat"), ("seed", "7"))
            : await Ask(server, SamplePictures.Png(image), SamplePictures.Png(SamplePictures.Opened(SamplePictures.Noise(96, 64, 4), 30, 20, 60, 50)), ("prompt", "a hat"), ("seed", "7"));
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        var made = PngReader.Read(File(body));
        Assert.Equal((96, 64, 1f), (made.Width, made.Height, painter.From!.Strength));
        var seam = 0;
        for (var i = 0; i < made.Pixels.Length; i++)
        {
            var (x, y) = (i / 3 % 96, i / 3 / 96);
            if (x is < 30 or >= 60 || y is < 20 or >= 50) Assert.Equal(whole.Pixels[i], made.Pixels[i]);
            else if (x is >= 35 and < 55 && y is >= 25 and < 45) Assert.Equal(new byte[] { 7, 16, 255 }[i % 3], made.Pixels[i]);
            else if (x == 30 && made.Pixels[i] != new byte[] { 7, 16, 255 }[i % 3]) seam++;
        }
        Assert.True(seam > 50, "The edge is faded in.");
        Assert.Equal([0, 255], painter.From.Mask!.Where(m => m is 0 or 255).Distinct().Order().Select(m => (int)m));
    }

    [Fact]
    public async Task ARectangleInPercentIsAMaskToo()
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        var image = SamplePictures.Noise(100, 50);
        var (status, body) = await Ask(server, SamplePictures.Png(image), null, ("prompt", "a hat"), ("seed", "7"), ("area", "50, 20,75.5,100"));
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        var made = PngReader.Read(File(body));
        for (var i = 0; i < made.Pixels.Length; i++)
            if (i / 3 % 100 is < 50 or >= 76 || i / 3 / 100 < 10) Assert.Equal(image.Pixels[i], made.Pixels[i]);
        Assert.Equal(7, made.Pixels[3 * (40 * 100 + 62)]);
        Assert.Equal("50,20,75.5,100", PictureRecipe.Read(File(body)).Edit!.Area);
        (status, body) = await Ask(server, SamplePictures.Png(image), SamplePictures.Png(SamplePictures.Opened(SamplePictures.Noise(100, 50, 4), 0, 0, 9, 9)), ("prompt", "a hat"), ("area", "0,0,50,50"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Refuses(body, "area", "invalid_value", "one of them");
    }

    [Theory]
    [InlineData("128x64", 128, 64)]
    [InlineData("64x96", 64, 96)]
    [InlineData("auto", 100, 50)]
    public async Task TheAnswerHasTheWantedSize(string size, int width, int height)
    {
        await using var server = await Serve(new());
        var (status, body) = await Ask(server, SamplePictures.Png(SamplePictures.Noise(100, 50)), null, ("prompt", "a hat"), ("size", size));
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        var made = PngReader.Read(File(body));
        Assert.Equal((width, height), (made.Width, made.Height));
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("webp")]
    public async Task OtherFormatsAreReadAndMade(string format)
    {
        Assert.SkipWhen(format == "webp" && !WebpFile.Present, WebpFile.Missing);
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        var grey = new Picture(40, 24, [.. Enumerable.Repeat((byte)90, 40 * 24 * 3)]);
        var image = format == "jpeg" ? JpegFile.Write(grey, 95) : WebpFile.Write(grey, 95);
        var (status, body) = await Ask(server, image, null, ("prompt", "a hat"), ("seed", "200"), ("output_format", format), ("output_compression", "90"));
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        Assert.Equal(format, Word(body, "output_format"));
        var made = PictureUpload.Read(File(body));
        Assert.Equal((40, 24), (made.Width, made.Height));
        Assert.InRange(made.Pixels[0], 190, 210);
        Assert.All(painter.From!.Pixels, p => Assert.InRange(p, 85, 95));
        Assert.Equal(EditRecipe.Digest(image), PictureRecipe.Read(File(body)).Edit!.Source);
    }

    [Fact]
    public async Task AStreamTellsOfAnEdit()
    {
        await using var server = await Serve(new());
        using var answer = await server.Http.PostAsync(Route, Form(SamplePictures.Png(SamplePictures.Noise(32, 32)), null, ("prompt", "a hat"), ("seed", "3"), ("steps", "8"), ("stream", "true"), ("partial_images", "2")));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var events = (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('\n')).ToArray();
        Assert.Equal(["event: image_edit.partial_image", "event: image_edit.partial_image", "event: image_edit.completed"], events.Select(e => e[0]));
        var last = JsonDocument.Parse(events[2][1]["data: ".Length..]).RootElement;
        Assert.Equal(("32x32", 4), (Word(last, "size"), last.GetProperty("usage").GetProperty("input_tokens_details").GetProperty("image_tokens").GetInt32()));
    }

    public static TheoryData<string, string, string, string> Refused() => new()
    {
        { "prompt=", "prompt", "invalid_value", "empty" },
        { "-prompt", "prompt", "missing_parameter", "missing" },
        { "prompt=1 2 3 4 5 6 7 8 9", "prompt", "string_above_max_length", "9 tokens" },
        { "prompt=" + new string('a', 10_001), "prompt", "string_above_max_length", "10001 characters" },
        { "prompt=" + new string('a', 70_000), "prompt", "string_above_max_length", "65536" },
        { "-image", "image", "missing_parameter", "as a file" },
        { "model=dall-e-9", "model", "model_not_found", "test-painter" },
        { "n=0", "n", "invalid_value", "between 1 and 10" },
        { "n=two", "n", "invalid_type", "integer" },
        { "n=99999999999", "n", "invalid_type", "integer" },
        { "size=100x100", "size", "invalid_value", "16 divides" },
        { "size=4096x4096", "size", "invalid_value", "64 to 2048" },
        { "size=1024x64", "size", "invalid_value", "3 times" },
        { "size=big", "size", "invalid_value", "auto" },
        { "strength=0", "strength", "invalid_value", "between 0.05 and 1" },
        { "strength=1.5", "strength", "invalid_value", "between 0.05 and 1" },
        { "area=10,10", "area", "invalid_value", "LEFT,TOP,RIGHT,BOTTOM" },
        { "area=60,10,40,90", "area", "invalid_value", "LEFT,TOP,RIGHT,BOTTOM" },
        { "area=0,0,101,50", "area", "invalid_value", "LEFT,TOP,RIGHT,BOTTOM" },
        { "strength=NaN", "strength", "invalid_type", "a number" },
        { "stream=yes", "stream", "invalid_type", "true or false" },
        { "output_format=gif", "output_format", "invalid_value", "'gif'" },
        { "background=transparent", "background", "unsupported_parameter", "not for edits" },
        { "style=vivid", "style", "unsupported_parameter", "in the prompt" },
        { "negative_prompt=x", "negative_prompt", "unsupported_parameter", "in the prompt" },
        { "input_fidelity=high", "input_fidelity", "unsupported_parameter", "strength" },
        { "widht=16", "widht", "unknown_parameter", "Unknown parameter" },
        { "prompt=a&prompt=b", "prompt", "invalid_value", "more than once" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task WhatIsNotObeyedIsRefusedByName(string fields, string param, string code, string message)
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        List<(string, string)> all = [.. fields.Split('&').Where(f => f[0] != '-').Select(f => (f.Split('=')[0], f[(f.IndexOf('=') + 1)..]))];
        if (!fields.Contains("prompt")) all.Add(("prompt", "a hat"));
        var (status, body) = await Ask(server, fields == "-image" ? null : SamplePictures.Png(SamplePictures.Noise(32, 32)), null, [.. all]);
        Assert.True((int)status is 400 or 404, body.ToString());
        Refuses(body, param, code, message);
        Assert.Empty(painter.Asked);
    }

    public static TheoryData<string, byte[], string> Damaged()
    {
        var (png, jpeg) = (SamplePictures.Png(SamplePictures.Noise(64, 64)), JpegFile.Write(SamplePictures.Noise(64, 64), 90));
        var bomb = (byte[])png.Clone();
        (bomb[16], bomb[20]) = (0x10, 0x10);
        var bombed = (byte[])jpeg.Clone();
        var frame = bombed.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        bombed.AsSpan(frame + 5, 4).Fill(0xF0);
        var broken = (byte[])jpeg.Clone();
        broken.AsSpan(jpeg.Length / 2, 200).Fill(0xFF);
        return new()
        {
            { "empty", [], "empty" },
            { "text", Encoding.ASCII.GetBytes("this is no picture"), "neither PNG nor JPEG nor WebP" },
            { "gif", Encoding.ASCII.GetBytes("GIF89a................"), "neither PNG nor JPEG nor WebP" },
            { "cut png", png[..(png.Length / 2)], "cut off" },
            { "png bomb", bomb, "Make it smaller" },
            { "cut jpeg", jpeg[..(jpeg.Length / 2)], "damaged" },
            { "head of a jpeg", jpeg[..20], "damaged" },
            { "jpeg bomb", bombed, "Make it smaller" },
            { "broken jpeg", broken, "damaged" },
            { "tiny", SamplePictures.Png(SamplePictures.Noise(8, 8)), "at least 16" },
            { "a line", SamplePictures.Png(SamplePictures.Noise(400, 16)), "8 times" },
        };
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public async Task AnUploadThatIsNoPictureIsRefused(string what, byte[] file, string message)
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        foreach (var field in new[] { "image", "mask" })
        {
            var good = SamplePictures.Png(SamplePictures.Noise(32, 32));
            var (status, body) = await Ask(server, field == "image" ? file : good, field == "mask" ? file : null, ("prompt", "a hat"));
            Assert.True(status == HttpStatusCode.BadRequest, $"{what}: {body}");
            Refuses(body, field, "invalid_image", message);
        }
        Assert.Empty(painter.Asked);
        Assert.Empty(server.Log.ToString());
    }

    [Fact]
    public async Task AMaskThatDoesNotFitIsRefused()
    {
        await using var server = await Serve(new());
        var image = SamplePictures.Png(SamplePictures.Noise(32, 32));
        foreach (var (mask, message) in new[] { (SamplePictures.Noise(32, 33, 4), "32 × 33"), (SamplePictures.Noise(32, 32), "no transparent part"), (SamplePictures.Noise(32, 32, 4), "opens nothing") })
        {
            var (status, body) = await Ask(server, image, SamplePictures.Png(mask), ("prompt", "a hat"));
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Refuses(body, "mask", "invalid_value", message);
        }
    }

    [Fact]
    public async Task FormsThatAreNoneAreRefused()
    {
        await using var server = await Serve(new());
        var (status, body) = await server.Post(Route, """{"prompt":"a hat"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("multipart/form-data", body);

        using var two = Form(SamplePictures.Png(SamplePictures.Noise(32, 32)), null, ("prompt", "a hat"));
        two.Add(new ByteArrayContent(SamplePictures.Png(SamplePictures.Noise(32, 32))), "image[]", "second.png");
        using var twice = await server.Http.PostAsync(Route, two);
        Refuses(JsonDocument.Parse(await twice.Content.ReadAsStringAsync()).RootElement, "image", "invalid_value", "one picture is edited at a time");

        using var word = new MultipartFormDataContent { { new StringContent("a hat"), "prompt" }, { new StringContent("https://x.example/a.png"), "image" } };
        using var text = await server.Http.PostAsync(Route, word);
        Refuses(JsonDocument.Parse(await text.Content.ReadAsStringAsync()).RootElement, "image", "invalid_type", "send a file");

        using var cut = new ByteArrayContent(Encoding.ASCII.GetBytes("--b\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\na h"));
        cut.Headers.TryAddWithoutValidation("content-type", "multipart/form-data; boundary=b");
        using var ended = await server.Http.PostAsync(Route, cut);
        Assert.Equal(HttpStatusCode.BadRequest, ended.StatusCode);

        using var huge = Form(new byte[PictureUpload.MostBytes + 1], null, ("prompt", "a hat"));
        using var large = await server.Http.PostAsync(Route, huge);
        Refuses(JsonDocument.Parse(await large.Content.ReadAsStringAsync()).RootElement, "image", "file_too_large", "26214400 bytes");
        using var both = Form(new byte[PictureUpload.MostBytes], new byte[PictureUpload.MostBytes], ("prompt", new string('a', 2 << 20)));
        using var told = new HttpRequestMessage(HttpMethod.Post, Route) { Content = both };
        told.Headers.ExpectContinue = true;
        using var refused = await server.Http.SendAsync(told);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Refuses(JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement, "image", "file_too_large", "Send smaller files");
    }

    [Fact]
    public async Task AClientThatLeavesStopsTheWork()
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        using var leave = new CancellationTokenSource();
        var asking = server.Http.PostAsync(Route, Form(SamplePictures.Png(SamplePictures.Noise(32, 32)), null, ("prompt", "wait")), leave.Token);
        while (painter.Asked.Count == 0) await Task.Delay(5);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await painter.Stopped.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task MemoryThatIsNotFreeIsRefusedBeforeItIsTaken()
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await ApiServer.Start(painter.Served with { FreeBytes = () => 40 << 20 });
        var image = SamplePictures.Png(new(1024, 512, new byte[1024 * 512 * 3]));
        Assert.Equal(HttpStatusCode.OK, (await Ask(server, SamplePictures.Png(SamplePictures.Noise(32, 32)), null, ("prompt", "a hat"), ("n", "10"))).Status);
        var (status, body) = await Ask(server, image, null, ("prompt", "a hat"), ("n", "10"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("10 pictures of 1024x512 would take 121 MB, of which 40 are free. Ask for fewer or smaller ones, or again later.", Word(body.GetProperty("error"), "message"));
        Assert.Equal(HttpStatusCode.OK, (await Ask(server, image, null, ("prompt", "a hat"))).Status);
    }

    [Fact]
    public async Task VariationsAreRefusedWithAWayOn()
    {
        await using var server = await Serve(new());
        var (status, body) = await server.Post("/v1/images/variations", "{}");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("/v1/images/edits", body);
    }

    [Fact]
    public async Task AnEditIsBookedAsAPictureAndBelongsToTheKeysModality()
    {
        await using var server = await Serve(new());
        var keys = new Maison.Api.Keys.KeyStore(server.Store);
        using var writer = server.With(keys.Create(new() { Name = "writer", Scope = new() { Modalities = ["text"] } }, "test").Value);
        using var refused = await writer.PostAsync(Route, Form(SamplePictures.Png(SamplePictures.Noise(32, 32)), null, ("prompt", "a hat")));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        await Ask(server, SamplePictures.Png(SamplePictures.Noise(32, 32)), null, ("prompt", "a hat"), ("n", "3"));
        Assert.Contains("\"images\":3", (await server.Get("/v1/organization/usage/images")).Body);
    }

    [Fact]
    public async Task TheOfficialClientEdits()
    {
        var painter = new ImageGenerationTests.ScriptedPainter();
        await using var server = await Serve(painter);
        var client = new OpenAIClient(new ApiKeyCredential(ApiServer.Key), new OpenAIClientOptions { Endpoint = new Uri(server.Url, "v1"), RetryPolicy = new ClientRetryPolicy(0) }).GetImageClient("test-painter");
        using var image = new MemoryStream(SamplePictures.Png(SamplePictures.Noise(64, 64)));
        using var mask = new MemoryStream(SamplePictures.Png(SamplePictures.Opened(SamplePictures.Noise(64, 64, 4), 10, 10, 50, 50)));
        GeneratedImageCollection pictures = await client.GenerateImageEditsAsync(image, "photo.png", "a hat", mask, "mask.png", 2, new() { Size = new GeneratedImageSize(64, 64), ResponseFormat = GeneratedImageFormat.Bytes, EndUserId = "me" });
        Assert.Equal(2, pictures.Count);
        Assert.All(pictures, p => Assert.Equal(64, PngReader.Read(p.ImageBytes.ToArray()).Width));
        Assert.NotNull(painter.From!.Mask);
        using var again = new MemoryStream(SamplePictures.Png(SamplePictures.Noise(64, 64)));
        GeneratedImage linked = await client.GenerateImageEditAsync(again, "photo.png", "a hat", new() { ResponseFormat = GeneratedImageFormat.Uri });
        using var anybody = new HttpClient();
        Assert.Equal(64, PngReader.Read(await anybody.GetByteArrayAsync(linked.ImageUri)).Height);
    }

    static void Refuses(JsonElement body, string param, string code, string message)
    {
        var error = body.GetProperty("error");
        Assert.Equal((param, code), (Word(error, "param"), Word(error, "code")));
        Assert.Contains(message, Word(error, "message"));
    }

    static string? Word(JsonElement from, string name) => from.GetProperty(name).GetString();
}
