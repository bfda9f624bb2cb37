// Bodies damaged at random: every one is either a request or an ApiException that names what is wrong, never another failure.

using System.Text;
using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Embeddings;
using Maison.Api.Errors;
using Maison.Api.Messages;
using Maison.Api.Models;
using Maison.Api.Responses;
using Maison.Wire;

namespace Maison.Tests.Api;

public sealed class DamagedRequestTests
{
    const string Chat = """
        {"model":"test","messages":[{"role":"system","content":"é\n\u00e9"},{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","content":"a","reasoning":"b","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"d"}],
         "temperature":0.5,"top_p":1,"n":2,"stop":["a","b"],"logit_bias":{"5":1.5},"seed":-7,"max_tokens":9,"stream":true,"stream_options":{"include_usage":true},
         "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}}}],"tool_choice":"auto",
         "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"array","items":{"type":"string","pattern":"^a{2}$"}}}},"metadata":{"a":"b"},"logprobs":true,"top_logprobs":3}
        """;

    const string Completion = """{"model":"test","prompt":[[1,2],[3]],"max_tokens":4,"temperature":1,"echo":false,"logprobs":2,"stop":"x","best_of":1,"suffix":null,"n":1}""";

    const string Response = """
        {"model":"test","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"d"}],
         "instructions":"a","text":{"format":{"type":"regex","regex":"a|[b-c]{1,2}"}},"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],"include":[],"max_output_tokens":5,"reasoning":{"effort":"none"},"metadata":{}}
        """;

    const string Message = """
        {"model":"test","max_tokens":5,"system":[{"type":"text","text":"a"}],"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"a":1}}]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"d"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"},"stop_sequences":["x"],"top_k":3,"thinking":{"type":"disabled"}}
        """;

    const string Embedding = """{"model":"test","input":[[1,2],[3]],"encoding_format":"base64","dimensions":4}""";

    static readonly ModelRegistry Models = Registry();

    static ModelRegistry Registry()
    {
        var models = new ModelRegistry();
        models.Add((new ScriptedModel("a") { ContextLength = 4096 }).Served with { Embed = (_, _) => Task.FromResult(new float[8]), EmbeddingSize = 8 });
        return models;
    }

    static bool Taken(byte[] json, string route)
    {
        try
        {
            switch (route)
            {
                case "chat": ChatRules.Plan(JsonBody.Parse(json, WireJson.Default.ChatRequest), Models); break;
                case "completions": CompletionRules.Plan(JsonBody.Parse(json, WireJson.Default.CompletionRequest), Models); break;
                case "responses": ResponseRules.Plan(JsonBody.Parse(json, WireJson.Default.ResponseRequest), Models, new(), "project"); break;
                case "messages": MessageRules.Turn(JsonBody.Parse(json, WireJson.Default.MessageRequest), Models, generates: true).Answers(); break;
                default: EmbeddingEndpoint.Plan(JsonBody.Parse(json, WireJson.Default.EmbeddingRequest), Models); break;
            }
            return true;
        }
        catch (ApiException refusal)
        {
            Assert.InRange(refusal.Status, 400, 404);
            Assert.NotEmpty(refusal.Detail.Message);
            return false;
        }
    }

    [Theory]
    [InlineData(Chat, "chat")]
    [InlineData(Completion, "completions")]
    [InlineData(Response, "responses")]
    [InlineData(Message, "messages")]
    [InlineData(Embedding, "embeddings")]
    public void TruncatedAnywhereIsRefused(string text, string route)
    {
        var json = Encoding.UTF8.GetBytes(text);
        Assert.True(Taken(json, route));
        for (var length = 0; length < json.Length; length++) Assert.False(Taken(json[..length], route));
    }

    [Theory]
    [InlineData(Chat, "chat")]
    [InlineData(Completion, "completions")]
    [InlineData(Response, "responses")]
    [InlineData(Message, "messages")]
    [InlineData(Embedding, "embeddings")]
    public void DamagedAnywhereIsTakenOrRefused(string text, string route)
    {
        var random = new Random(7);
        string[] values = ["null", "true", "-1", "0.5", "1e400", "99999999999", "\"\"", "\"\\ud800\"", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"a\":{}}", "\"\u0000\""];
        for (var round = 0; round < 2000; round++)
        {
            var json = Encoding.UTF8.GetBytes(text).ToList();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                var at = random.Next(json.Count);
                switch (random.Next(4))
                {
                    case 0: json[at] = (byte)random.Next(256); break;
                    case 1: json.RemoveRange(at, Math.Min(random.Next(1, 9), json.Count - at)); break;
                    case 2: json.InsertRange(at, Encoding.UTF8.GetBytes(values[random.Next(values.Length)])); break;
                    default: ReplaceValue(json, at, Encoding.UTF8.GetBytes(values[random.Next(values.Length)])); break;
                }
            }
            Taken([.. json], route);
        }
    }

    /// <summary>Replaces what stands between the next colon and the comma or brace after it.</summary>
    static void ReplaceValue(List<byte> json, int at, byte[] value)
    {
        var colon = json.IndexOf((byte)':', at);
        if (colon < 0) return;
        var end = json.FindIndex(colon, b => b is (byte)',' or (byte)'}');
        if (end < 0) return;
        json.RemoveRange(colon + 1, end - colon - 1);
        json.InsertRange(colon + 1, value);
    }
}
