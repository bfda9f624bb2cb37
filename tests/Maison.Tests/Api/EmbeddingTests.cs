// POST /v1/embeddings with a real decoder: vectors are the mean of its rows whatever runs beside them, in both encodings.

using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Maison.Inference;
using Maison.Tensors;
using Maison.Tests.Inference;

namespace Maison.Tests.Api;

public sealed class EmbeddingTests : IDisposable
{
    const string Route = "/v1/embeddings";

    readonly TinyModel tiny = new(seed: 6, vocab: ScriptedModel.Tokenizer.VocabSize + 3);
    readonly Scheduler scheduler;

    public EmbeddingTests() => scheduler = new(tiny.Decoder, tiny.Gang, new() { MaxRunning = 6, CachePages = 6, MaxBatchTokens = 24 });

    Task<ApiServer> Serve() => ApiServer.Start(new ScriptedModel("").Served with
    {
        ContextLength = scheduler.ContextLength,
        Generate = scheduler.Generate,
        Embed = (ids, c) => scheduler.Embed(ids, c),
        EmbeddingSize = tiny.Decoder.Config.Hidden,
    });

    /// <summary>The definition, in one forward without cache or chunks.</summary>
    float[] Expected(int[] ids)
    {
        using var arena = new Arena();
        using var gang = new Gang(1);
        using var pass = new Pass(arena, gang);
        pass.Begin(ids.Length);
        var rows = tiny.Decoder.Hidden(pass, ids);
        var sum = new double[rows.Cols];
        for (var r = 0; r < rows.Rows; r++)
            for (var i = 0; i < sum.Length; i++) sum[i] += rows.Row(r)[i];
        var length = Math.Sqrt(sum.Sum(x => x * x));
        return [.. sum.Select(x => (float)(x / length))];
    }

    [Fact]
    public async Task VectorsAreTheirDefinitionToTheBitUnderPressure()
    {
        var random = new Random(4);
        var requests = Enumerable.Range(0, 7).Select(i => new GenerationRequest([3 * i, 1], new(Temperature: 0), 80, [])).ToList();
        var texts = Enumerable.Range(0, 13).Select(_ => Enumerable.Range(0, 1 + random.Next(150)).Select(_ => random.Next(200)).ToArray()).ToList();
        // In turns of one answer and two vectors.
        List<Task<List<int>>> answers = [];
        List<Task<float[]>> vectors = [];
        for (var i = 0; i < 20; i++)
            if (i % 3 == 0) answers.Add(Answer(requests[i / 3]));
            else vectors.Add(scheduler.Embed(texts[vectors.Count]));
        await Task.WhenAll([.. answers, .. vectors]);
        // The naive model has one pass: it is asked by one thread.
        for (var i = 0; i < answers.Count; i++) tiny.AssertAnswer(requests[i], scheduler.ContextLength, await answers[i]);
        for (var i = 0; i < vectors.Count; i++) Assert.Equal(Expected(texts[i]), await vectors[i]);
        Assert.Equal((0, 0), (scheduler.Stats.Running, scheduler.Stats.Queued));
    }

    async Task<List<int>> Answer(GenerationRequest request) => [.. await scheduler.GenerateAll(request)];

    [Fact]
    public async Task BothEncodingsAndAllShapesOfInput()
    {
        await using var server = await Serve();
        async Task<List<float[]>> Vectors(string input, string more = "")
        {
            var (status, body) = await server.Post(Route, $$"""{"model":"test","input":{{input}}{{more}}}""");
            Assert.True(status == HttpStatusCode.OK, body);
            return [.. JsonDocument.Parse(body).RootElement.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("embedding"))
                .Select(e => e.ValueKind == JsonValueKind.String ? MemoryMarshal.Cast<byte, float>(e.GetBytesFromBase64()).ToArray() : [.. e.EnumerateArray().Select(n => n.GetSingle())])];
        }
        var ids = ScriptedModel.Tokenizer.Encode("Hello world");
        var expected = Expected(ids);
        Assert.Equal([expected], await Vectors("\"Hello world\""));
        Assert.Equal([expected], await Vectors("\"Hello world\"", ",\"encoding_format\":\"base64\""));
        Assert.Equal([expected, Expected([7])], await Vectors($"[[{string.Join(',', ids)}],[7]]", ",\"encoding_format\":\"float\""));
        Assert.Equal([Expected(ScriptedModel.Tokenizer.Encode("a")), expected], await Vectors("[\"a\",\"Hello world\"]"));
        var cut = (await Vectors("\"Hello world\"", ",\"dimensions\":5"))[0];
        Assert.Equal(5, cut.Length);
        Assert.Equal(1, cut.Sum(x => x * x), 5);
        Assert.Equal(expected[0] / expected[1], cut[0] / cut[1], 4);
        var (_, whole) = await server.Post(Route, """{"model":"test","input":"Hello world","dimensions":1}""");
        Assert.Equal($$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":[{{{Math.Sign(expected[0])}}}]}],"model":"test","usage":{"prompt_tokens":2,"total_tokens":2}}""", whole);
    }

    [Theory]
    [InlineData("\"input\":\"\"", "input", "invalid_value")]
    [InlineData("\"input\":[]", "input", "invalid_value")]
    [InlineData("\"input\":[[99999]]", "input", "invalid_value")]
    [InlineData("\"input\":3", "input", "invalid_type")]
    [InlineData("\"input\":\"a\",\"dimensions\":1000", "dimensions", "invalid_value")]
    [InlineData("\"input\":\"a\",\"encoding_format\":\"int8\"", "encoding_format", "invalid_value")]
    [InlineData("\"input\":\"a\",\"input_type\":\"query\"", "input_type", "unknown_parameter")]
    public async Task WhatIsWrongIsNamed(string fields, string param, string code)
    {
        await using var server = await Serve();
        var (status, body) = await server.Post(Route, $$"""{"model":"test",{{fields}}}""");
        Assert.True(status == HttpStatusCode.BadRequest, body);
        Assert.Contains($"\"param\":\"{param}\",\"code\":\"{code}\"", body);
    }

    [Fact]
    public async Task TooLongATextIsRefusedNotCut()
    {
        await using var server = await Serve();
        var (status, body) = await server.Post(Route, $$"""{"model":"test","input":"{{new string('z', 400)}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("context_length_exceeded", body);
    }

    public void Dispose()
    {
        scheduler.Dispose();
        tiny.Dispose();
    }
}
