// The wire records as a client uses them: requests are written as the schema wants, answers and events of a stream are read back.

using System.Text.Json;
using Maison.Wire;

namespace Maison.Tests.Wire;

public sealed class WireJsonTests
{
    [Fact]
    public void AChatRequestIsWrittenWithoutWhatIsAbsent()
    {
        var request = new ChatRequest
        {
            Model = "m",
            Messages =
            [
                new() { Role = "user", Content = "Hi" },
                new() { Role = "user", Content = new(null, [new() { Type = "text", Text = "there" }]) },
                new() { Role = "assistant", Content = "Yes", Reasoning = "thought" },
            ],
            MaxCompletionTokens = 5,
            Stop = new(["a", "b"]),
            LogitBias = new Dictionary<string, float> { ["7"] = -100 },
            Stream = true,
            StreamOptions = new() { IncludeUsage = true },
        };
        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"user","content":[{"type":"text","text":"there"}]},{"role":"assistant","content":"Yes","reasoning":"thought"}],"max_completion_tokens":5,"logit_bias":{"7":-100},"stop":["a","b"],"stream":true,"stream_options":{"include_usage":true}}""",
            JsonSerializer.Serialize(request, WireJson.Default.ChatRequest));
    }

    [Theory]
    [InlineData("""{"model":"m","prompt":["a","b"],"logprobs":2}""")]
    [InlineData("""{"model":"m","prompt":[[1,2],[3]],"echo":true}""")]
    public void ACompletionRequestSurvivesReadingAndWriting(string json)
        => Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, WireJson.Default.CompletionRequest), WireJson.Default.CompletionRequest));

    [Theory]
    [InlineData("""{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""")]
    [InlineData("""{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"reasoning":"r","reasoning_content":"r"},"logprobs":null,"finish_reason":null}]}""")]
    [InlineData("""{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"c"},"logprobs":{"content":[{"token":"c","logprob":-0.5,"bytes":[99],"top_logprobs":[{"token":"c","logprob":-0.5,"bytes":[99]}]}],"refusal":null},"finish_reason":null}]}""")]
    [InlineData("""{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":1}}}""")]
    public void EventsSurviveReadingAndWriting(string json)
        => Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, WireJson.Default.ChatChunk), WireJson.Default.ChatChunk));

    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","param":null,"code":"c"}}""")]
    [InlineData("""{"error":{"message":"m","type":"t","param":"p","code":null}}""")]
    public void ErrorsSurviveReadingAndWriting(string json)
        => Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, WireJson.Default.ErrorBody), WireJson.Default.ErrorBody));

    [Fact]
    public void AModelCardIsReadBack()
    {
        var card = new ModelCard
        {
            Id = "m",
            Created = 1,
            OwnedBy = "o",
            OutputModalities = ["text"],
            ContextWindow = 2,
            Defaults = new(0.5f, 1, 0, 0, 1),
            Parameters = new Dictionary<string, ParameterSupport> { ["/r"] = new(["a"], ["b"], ["c"]) },
        };
        var json = JsonSerializer.Serialize(card, WireJson.Default.ModelCard);
        Assert.Contains("\"defaults\":{\"temperature\":0.5,\"top_p\":1,\"top_k\":0,\"min_p\":0,\"repetition_penalty\":1}", json);
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize(json, WireJson.Default.ModelCard), WireJson.Default.ModelCard));
    }
}
