// POST /v1/completions: verbatim answers whole and streamed, prompts in all shapes, echo, log probabilities, refusals.

using System.Net;
using System.Text.RegularExpressions;
using Maison.Inference;

namespace Maison.Tests.Api;

public sealed class CompletionTests
{
    const string Route = "/v1/completions";

    /// <summary>Ids and times differ from run to run.</summary>
    static string Fixed(string body) => Regex.Replace(body, "\"id\":\"(cmpl-)[0-9a-f]{32}\"(.*?)\"created\":\\d{10}", "\"id\":\"$1ID\"$2\"created\":0");

    [Fact]
    public async Task WholeAnswerVerbatim()
    {
        await using var server = await ScriptedModel.Serve(" world");
        var (status, body) = await server.Post(Route, """{"model":"test","prompt":"Hello"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"id":"cmpl-ID","object":"text_completion","created":0,"model":"test","choices":[{"index":0,"text":" world","logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":0}}}""",
            Fixed(body));
    }

    [Fact]
    public async Task StreamVerbatim()
    {
        await using var server = await ScriptedModel.Serve(" world €");
        var (status, body) = await server.Post(Route, """{"model":"test","prompt":"Hello","echo":true,"stream":true,"stream_options":{"include_usage":true}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        const string head = """data: {"id":"cmpl-ID","object":"text_completion","created":0,"model":"test",""";
        Assert.Equal(
            head + """
            "choices":[{"index":0,"text":"Hello","logprobs":null,"finish_reason":null}]}


            """ + head + """
            "choices":[{"index":0,"text":" world","logprobs":null,"finish_reason":null}]}


            """ + head + """
            "choices":[{"index":0,"text":" ","logprobs":null,"finish_reason":null}]}


            """ + head + """
            "choices":[{"index":0,"text":"€","logprobs":null,"finish_reason":null}]}


            """ + head + """
            "choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}


            """ + head + """
            "choices":[],"usage":{"prompt_tokens":1,"completion_tokens":6,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":0}}}

            data: [DONE]


            """,
            Fixed(body));
    }

    [Fact]
    public async Task AbsentFieldsTakeTheModelsDefaults()
    {
        var model = new ScriptedModel("a") { Defaults = new(Temperature: 0.6f, TopK: 20, TopP: 0.95f) };
        await using var server = await ApiServer.Start(model.Served);
        await server.Post(Route, """{"model":"test","prompt":"Hello"}""");
        await server.Post(Route, """{"model":"test","prompt":"Hello","temperature":0,"top_p":0,"top_k":0,"max_tokens":3}""");
        Assert.Equal(new SamplingOptions(Temperature: 0.6f, TopK: 20, TopP: 0.95f), model.Requests[0].Sampling);
        Assert.Equal(16, model.Requests[0].MaxTokens);
        Assert.Equal(new SamplingOptions(Temperature: 0, TopK: 0, TopP: float.Epsilon), model.Requests[1].Sampling);
        Assert.Equal(3, model.Requests[1].MaxTokens);
    }

    [Fact]
    public async Task SamplingFieldsReachTheScheduler()
    {
        var model = new ScriptedModel("a");
        await using var server = await ApiServer.Start(model.Served);
        await server.Post(Route, """
            {"model":"test","prompt":"Hello","temperature":0.5,"top_p":0.25,"top_k":7,"min_p":0.125,"frequency_penalty":-1.5,"presence_penalty":1.5,
             "repetition_penalty":1.25,"logit_bias":{"5":-100,"6":1.5},"seed":-1,"n":2,"logprobs":3}
            """);
        Assert.Equal(2, model.Requests.Count);
        var sent = model.Requests.OrderByDescending(r => r.Sampling.Seed).First().Sampling;
        Assert.Equal(new Dictionary<int, float> { [5] = -100, [6] = 1.5f }, sent.LogitBias);
        Assert.Equal(new SamplingOptions(0.5f, 7, 0.25f, 0.125f, -1.5f, 1.5f, 1.25f, sent.LogitBias, ulong.MaxValue, 3), sent);
        Assert.Equal(0ul, model.Requests.Min(r => r.Sampling.Seed));
    }

    [Fact]
    public async Task PromptsTimesNAreNumberedPromptFirst()
    {
        await using var server = await ScriptedModel.Serve("a");
        var (_, body) = await server.Post(Route, """{"model":"test","prompt":["Hello","b"],"n":2,"echo":true,"max_tokens":1}""");
        Assert.Equal(["Helloa", "Helloa", "ba", "ba"], Regex.Matches(body, "\"text\":\"([^\"]*)\"").Select(m => m.Groups[1].Value));
        Assert.Equal(["0", "1", "2", "3"], Regex.Matches(body, "\"index\":(\\d)").Select(m => m.Groups[1].Value));
        Assert.Contains("\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":4,\"total_tokens\":6,", body);
        Assert.Equal(4, Regex.Count(body, "\"finish_reason\":\"length\""));
    }

    [Fact]
    public async Task TokenIdsAreAPrompt()
    {
        var model = new ScriptedModel("b");
        await using var server = await ApiServer.Start(model.Served);
        var (_, body) = await server.Post(Route, """{"model":"test","prompt":[72,105],"echo":true}""");
        Assert.Equal([72, 105], model.Requests[0].Prompt);
        Assert.Contains("\"text\":\"Hib\"", body);
    }

    [Fact]
    public async Task MarksInRawTextAreTokensAndTheDocumentStartComesFirst()
    {
        var model = new ScriptedModel("b");
        await using var server = await ApiServer.Start(model.Served with { DocumentStart = 7 });
        await server.Post(Route, """{"model":"test","prompt":"<|im_end|>"}""");
        Assert.Equal([7, ScriptedModel.MessageEnd], model.Requests[0].Prompt);
    }

    [Fact]
    public async Task StopStringsEndTheTextAndFreeTheSlot()
    {
        var model = new ScriptedModel("one, two. three" + ScriptedModel.Endless);
        await using var server = await ApiServer.Start(model.Served);
        var (_, body) = await server.Post(Route, """{"model":"test","prompt":"Hello","max_tokens":200,"stop":["o. t","zzz"]}""");
        Assert.Contains("\"text\":\"one, tw\",\"logprobs\":null,\"finish_reason\":\"stop\"", body);
        await model.Released.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task LogprobsAreParallelLists()
    {
        await using var server = await ScriptedModel.Serve(" world€");
        var (_, body) = await server.Post(Route, """{"model":"test","prompt":"Hello","logprobs":1}""");
        Assert.Contains(
            "\"logprobs\":{\"tokens\":[\" world\",\"bytes:\\\\xe2\",\"bytes:\\\\x82\",\"bytes:\\\\xac\"],\"token_logprobs\":[-0.25,-0.5,-0.75,-1],",
            body);
        Assert.Contains("\"text_offset\":[0,6,6,6]}", body);
        (_, body) = await server.Post(Route, """{"model":"test","prompt":"Hello","logprobs":3,"max_tokens":1}""");
        Assert.Contains(":-9999,", body);
    }

    [Fact]
    public async Task TokensOfAStopStringHaveNoLogprobs()
    {
        await using var server = await ScriptedModel.Serve("abcd");
        var (_, body) = await server.Post(Route, """{"model":"test","prompt":"Hello","logprobs":0,"stop":"cd"}""");
        Assert.Contains("\"tokens\":[\"a\",\"b\"]", body);
    }

    [Theory]
    [InlineData("""{"prompt":"a"}""", 400, "model", "missing_parameter", "'model' is missing. Served: test.")]
    [InlineData("""{"model":"gpt","prompt":"a"}""", 404, "model", "model_not_found", "The model 'gpt' is not served here. Served: test.")]
    [InlineData("""{"model":"test"}""", 400, "prompt", "missing_parameter", "'prompt' is missing.")]
    [InlineData("""{"model":"test","prompt":""}""", 400, "prompt", "invalid_value", "'prompt' is empty; send at least one token.")]
    [InlineData("""{"model":"test","prompt":[]}""", 400, "prompt", "invalid_value", "'prompt' is an empty list; send at least one prompt.")]
    [InlineData("""{"model":"test","prompt":[999]}""", 400, "prompt", "invalid_value", "has the token id 999")]
    [InlineData("""{"model":"test","prompt":"a","best_of":2}""", 400, "best_of", "unsupported_parameter", "Only 1 is taken.")]
    [InlineData("""{"model":"test","prompt":"a","suffix":"b"}""", 400, "suffix", "unsupported_parameter", "can not fill a gap")]
    [InlineData("""{"model":"test","prompt":"a","echo":true,"logprobs":1}""", 400, "echo", "unsupported_parameter", "Leave one of them out.")]
    [InlineData("""{"model":"test","prompt":"a","tempratur":1}""", 400, "tempratur", "unknown_parameter", "Unknown parameter 'tempratur'.")]
    [InlineData("""{"model":"test","prompt":"a","max_tokens":0}""", 400, "max_tokens", "invalid_value", "'max_tokens' is 0, but must be between 1 and 2147483647.")]
    [InlineData("""{"model":"test","prompt":"a","max_tokens":256}""", 400, "prompt", "context_length_exceeded", "The context of test holds 256 tokens; 'prompt' has 1 and 256 more were asked for.")]
    [InlineData("""{"model":"test","prompt":["a","b","c"],"n":50}""", 400, "n", "invalid_value", "3 prompts with n = 50 make 150 answers; at most 128")]
    [InlineData("""{"model":"test","prompt":"a","temperature":2.1}""", 400, "temperature", "invalid_value", "'temperature' is 2.1, but must be between 0 and 2.")]
    [InlineData("""{"model":"test","prompt":"a","temperature":1e999}""", 400, "temperature", "invalid_value", "must be between 0 and 2.")]
    [InlineData("""{"model":"test","prompt":"a","top_p":-0.1}""", 400, "top_p", "invalid_value", "must be between 0 and 1.")]
    [InlineData("""{"model":"test","prompt":"a","top_k":-1}""", 400, "top_k", "invalid_value", "'top_k' is -1")]
    [InlineData("""{"model":"test","prompt":"a","min_p":2}""", 400, "min_p", "invalid_value", "must be between 0 and 1.")]
    [InlineData("""{"model":"test","prompt":"a","frequency_penalty":3}""", 400, "frequency_penalty", "invalid_value", "must be between -2 and 2.")]
    [InlineData("""{"model":"test","prompt":"a","presence_penalty":-3}""", 400, "presence_penalty", "invalid_value", "must be between -2 and 2.")]
    [InlineData("""{"model":"test","prompt":"a","repetition_penalty":0}""", 400, "repetition_penalty", "invalid_value", "above 0 and at most 10")]
    [InlineData("""{"model":"test","prompt":"a","n":0}""", 400, "n", "invalid_value", "must be between 1 and 128.")]
    [InlineData("""{"model":"test","prompt":"a","logprobs":21}""", 400, "logprobs", "invalid_value", "must be between 0 and 20.")]
    [InlineData("""{"model":"test","prompt":"a","stop":["a","b","c","d","e"]}""", 400, "stop", "invalid_value", "at most 4 are allowed.")]
    [InlineData("""{"model":"test","prompt":"a","stop":""}""", 400, "stop", "invalid_value", "empty string")]
    [InlineData("""{"model":"test","prompt":"a","logit_bias":{"x":1}}""", 400, "logit_bias.x", "invalid_value", "is no token id")]
    [InlineData("""{"model":"test","prompt":"a","logit_bias":{"5000":1}}""", 400, "logit_bias.5000", "invalid_value", "is no token id")]
    [InlineData("""{"model":"test","prompt":"a","logit_bias":{"5":101}}""", 400, "logit_bias.5", "invalid_value", "must be between -100 and 100.")]
    [InlineData("""{"model":"test","prompt":"a","logit_bias":{"5":1,"05":1}}""", 400, "logit_bias.05", "invalid_value", "names token 5 twice")]
    [InlineData("""{"model":"test","prompt":"a","stream_options":{}}""", 400, "stream_options", "invalid_value", "only allowed together with 'stream': true.")]
    [InlineData("""{"model":"test","prompt":"a","stream":true,"stream_options":{"x":1}}""", 400, "stream_options.x", "unknown_parameter", "Unknown parameter")]
    [InlineData("""{"model":"test","prompt":"a","stream":true,"stream_options":{"include_obfuscation":true}}""", 400, "stream_options.include_obfuscation", "unsupported_parameter", "Only false is taken.")]
    public async Task WhatIsNotObeyedIsRefusedByName(string json, int expected, string param, string code, string message)
    {
        await using var server = await ScriptedModel.Serve("b");
        var (status, body) = await server.Post(Route, json);
        Assert.Equal(expected, (int)status);
        Assert.Contains($"\"type\":\"invalid_request_error\",\"param\":\"{param}\",\"code\":\"{code}\"}}}}", body);
        Assert.Contains(message, body);
    }
}
