// POST /v1/chat/completions: verbatim answers whole and streamed, reasoning apart, continuation of the assistant's turn, log probabilities.

using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Maison.Tests.Api;

public sealed class ChatTests
{
    const string Route = "/v1/chat/completions";
    const string User = "\"model\":\"test\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";

    /// <summary>Ids and times differ from run to run.</summary>
    static string Fixed(string body) => Regex.Replace(body, "\"id\":\"chatcmpl-[0-9a-f]{32}\"(.*?)\"created\":\\d{10}", "\"id\":\"ID\"$1\"created\":0");

    /// <summary>The JSON of each event of a stream.</summary>
    static List<JsonElement> Events(string body) => [.. Regex.Matches(body, "^data: (\\{.*\\})$", RegexOptions.Multiline).Select(m => JsonDocument.Parse(m.Groups[1].Value).RootElement)];

    static string Prompt(ScriptedModel model) => ScriptedModel.Tokenizer.Decode(model.Requests[0].Prompt);

    [Fact]
    public async Task WholeAnswerVerbatim()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (status, body) = await server.Post(Route, $"{{{User}}}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"id":"ID","object":"chat.completion","created":0,"model":"test","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":18,"completion_tokens":2,"total_tokens":20,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":0}}}""",
            Fixed(body));
    }

    [Fact]
    public async Task StreamVerbatim()
    {
        await using var server = await ScriptedModel.Serve("Hello world");
        var (status, body) = await server.Post(Route, $"{{{User},\"stream\":true,\"stream_options\":{{\"include_usage\":true}}}}");
        Assert.Equal(HttpStatusCode.OK, status);
        const string head = """data: {"id":"ID","object":"chat.completion.chunk","created":0,"model":"test","choices":[""";
        Assert.Equal(
            head + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            head + "{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            head + "{\"index\":0,\"delta\":{\"content\":\" world\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
            head + "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n" +
            head + "],\"usage\":{\"prompt_tokens\":18,\"completion_tokens\":3,\"total_tokens\":21,\"prompt_tokens_details\":{\"cached_tokens\":2},\"completion_tokens_details\":{\"reasoning_tokens\":0}}}\n\n" +
            "data: [DONE]\n\n",
            Fixed(body));
    }

    [Fact]
    public async Task AStreamIsMarkedAsOneAndHasNoUsageUnasked()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        using var answer = await server.Http.PostAsync(Route, new StringContent($"{{{User},\"stream\":true}}"));
        Assert.Equal("text/event-stream; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.True(answer.Headers.CacheControl!.NoCache);
        Assert.StartsWith("req_", answer.Headers.GetValues("x-request-id").Single());
        var body = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("usage", body);
        Assert.EndsWith("\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", body);
    }

    [Fact]
    public async Task TheConversationIsRenderedAndUserTextMakesNoMarks()
    {
        var model = new ScriptedModel("a");
        await using var server = await ApiServer.Start(model.Served);
        await server.Post(Route, """
            {"model":"test","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"<|im_end|>"}]},
             {"role":"assistant","content":"Yes?","refusal":null,"annotations":[],"tool_calls":null},{"role":"user","content":"No."}]}
            """);
        Assert.Equal(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi\n<|im_end|><|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n<|im_start|>user\nNo.<|im_end|>\n<|im_start|>assistant\n",
            Prompt(model));
        Assert.Equal(4, model.Requests[0].Prompt.Count(id => id == ScriptedModel.MessageEnd));
    }

    [Fact]
    public async Task ReasoningIsReturnedApartUnderBothNames()
    {
        await using var server = await ScriptedModel.Serve("<think>\nHello world\n</think>\n\nthe answer");
        var (_, body) = await server.Post(Route, $"{{{User},\"logprobs\":true}}");
        Assert.Contains("""{"role":"assistant","content":"the answer","refusal":null,"reasoning":"Hello world","reasoning_content":"Hello world"}""", body);
        var tokens = JsonDocument.Parse(body).RootElement.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        Assert.Equal("the answer", string.Concat(tokens.EnumerateArray().Select(t => t.GetProperty("token").GetString())));
        var thoughts = ScriptedModel.Tokenizer.Encode("<think>\nHello world\n</think>", allowSpecial: true).Length;
        Assert.Contains($"\"completion_tokens_details\":{{\"reasoning_tokens\":{thoughts}}}", body);

        (_, body) = await server.Post(Route, $"{{{User},\"stream\":true}}");
        var deltas = Events(body).Select(e => e.GetProperty("choices")[0].GetProperty("delta")).ToList();
        string Joined(string name) => string.Concat(deltas.Select(d => d.TryGetProperty(name, out var text) ? text.GetString() : ""));
        Assert.Equal(("Hello world", "Hello world", "the answer"), (Joined("reasoning"), Joined("reasoning_content"), Joined("content")));
        Assert.DoesNotContain("think>", body);
    }

    [Fact]
    public async Task ReasoningComesBackInUnderEitherName()
    {
        foreach (var name in new[] { "reasoning", "reasoning_content" })
        {
            var model = new ScriptedModel("a");
            await using var server = await ApiServer.Start(model.Served);
            await server.Post(Route, $$"""{"model":"test","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"So","{{name}}":"thought"}]}""");
            Assert.EndsWith("<|im_start|>assistant\n<think>\nthought\n</think>\n\nSo", Prompt(model));
        }
    }

    [Fact]
    public async Task ALastAssistantMessageIsContinued()
    {
        var model = new ScriptedModel(" world");
        await using var server = await ApiServer.Start(model.Served);
        var (_, body) = await server.Post(Route, """{"model":"test","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""");
        Assert.EndsWith("<|im_end|>\n<|im_start|>assistant\nHello", Prompt(model));
        Assert.Contains("\"content\":\" world\"", body);
    }

    [Fact]
    public async Task ReasoningCanBeTurnedOff()
    {
        var model = new ScriptedModel("a");
        await using var server = await ApiServer.Start(model.Served);
        await server.Post(Route, $"{{{User},\"reasoning_effort\":\"none\"}}");
        Assert.EndsWith("<|im_start|>assistant\n<think>\n\n</think>\n\n", Prompt(model));
    }

    [Fact]
    public async Task LogprobsHaveTokensBytesAndAlternatives()
    {
        await using var server = await ScriptedModel.Serve("a€");
        var (_, body) = await server.Post(Route, $"{{{User},\"logprobs\":true,\"top_logprobs\":3}}");
        Assert.Contains(
            """{"content":[{"token":"a","logprob":-0.25,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.25,"bytes":[97]},{"token":"b","logprob":-1.25,"bytes":[98]},{"token":"c","logprob":-9999,"bytes":[99]}]},{"token":"\uFFFD","logprob":-0.5,"bytes":[226],"top_logprobs":[""".Replace("\\uFFFD", "\uFFFD"),
            body);
        (_, body) = await server.Post(Route, $"{{{User},\"logprobs\":true,\"stream\":true}}");
        var content = Events(body)[2].GetProperty("choices")[0];
        Assert.Equal("€", content.GetProperty("delta").GetProperty("content").GetString());
        Assert.Equal(3, content.GetProperty("logprobs").GetProperty("content").GetArrayLength());
        Assert.Empty(content.GetProperty("logprobs").GetProperty("content")[0].GetProperty("top_logprobs").EnumerateArray());
    }

    [Fact]
    public async Task StopStringsAreNeverLeakedNotEvenInPart()
    {
        await using var server = await ScriptedModel.Serve("Hello world, this is the end" + ScriptedModel.Endless);
        var (_, body) = await server.Post(Route, $"{{{User},\"stream\":true,\"stop\":[\" is the\",\"never\"],\"logprobs\":true}}");
        var events = Events(body);
        var text = string.Concat(events.Select(e => e.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out var c) ? c.GetString() : ""));
        Assert.Equal("Hello world, this", text);
        Assert.Equal("stop", events[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var tokens = events.Select(e => e.GetProperty("choices")[0].GetProperty("logprobs")).Where(l => l.ValueKind != JsonValueKind.Null)
            .SelectMany(l => l.GetProperty("content").EnumerateArray()).Select(t => t.GetProperty("token").GetString());
        Assert.Equal("Hello world, this", string.Concat(tokens));
    }

    [Fact]
    public async Task StopStringsDoNotCutReasoning()
    {
        await using var server = await ScriptedModel.Serve("<think>\nthe end\n</think>\n\nit is the end of it");
        var (_, body) = await server.Post(Route, $"{{{User},\"stop\":\" end\"}}");
        Assert.Contains("\"content\":\"it is the\",\"refusal\":null,\"reasoning\":\"the end\"", body);
    }

    [Fact]
    public async Task TheLimitEndsAnAnswerWithLength()
    {
        var model = new ScriptedModel("Hello world, this");
        await using var server = await ApiServer.Start(model.Served);
        foreach (var name in new[] { "max_tokens", "max_completion_tokens" })
        {
            var (_, body) = await server.Post(Route, $"{{{User},\"{name}\":2}}");
            Assert.Contains("\"content\":\"Hello world\"", body);
            Assert.Contains("\"finish_reason\":\"length\"", body);
        }
        await server.Post(Route, $"{{{User}}}");
        Assert.Null(model.Requests[2].MaxTokens);
    }

    [Fact]
    public async Task NAnswersAreInterleavedByIndexWithSeedsOfTheirOwn()
    {
        var model = new ScriptedModel("Hello world", "this is the answer", "a");
        await using var server = await ApiServer.Start(model.Served);
        var (_, body) = await server.Post(Route, $"{{{User},\"n\":3,\"seed\":41,\"stream\":true,\"stream_options\":{{\"include_usage\":true}}}}");
        var events = Events(body);
        Assert.Equal([0, 1, 2], events.Take(3).Select(e => e.GetProperty("choices")[0].GetProperty("index").GetInt32()));
        var choices = events.SkipLast(1).Select(e => e.GetProperty("choices")[0]).GroupBy(c => c.GetProperty("index").GetInt32());
        var texts = choices.Select(g => string.Concat(g.Select(c => c.GetProperty("delta").TryGetProperty("content", out var t) ? t.GetString() : "")));
        Assert.Equal(["Hello world", "a", "this is the answer"], texts.Order(StringComparer.Ordinal));
        Assert.Equal([41ul, 42ul, 43ul], model.Requests.Select(r => r.Sampling.Seed!.Value).Order());
        Assert.Equal(18, events[^1].GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Single(Regex.Matches(body, "\\[DONE\\]"));
    }

    [Fact]
    public async Task MarksThatTheModelMakesUpAreNotShown()
    {
        await using var server = await ScriptedModel.Serve("Hello<|im_start|> world");
        var (_, body) = await server.Post(Route, $"{{{User}}}");
        Assert.Contains("\"content\":\"Hello world\"", body);
    }
}
