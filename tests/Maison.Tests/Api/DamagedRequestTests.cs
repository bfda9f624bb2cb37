// Bodies damaged at random: every one is either a request or an ApiException that names what is wrong, never another failure.

using System.Text;
using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Wire;

namespace Maison.Tests.Api;

public sealed class DamagedRequestTests
{
    const string Chat = """
        {"model":"test","messages":[{"role":"system","content":"é\n\u00e9"},{"role":"user","content":[{"type":"text","text":"Hi"}]},{"role":"assistant","content":"a","reasoning":"b"}],
         "temperature":0.5,"top_p":1,"n":2,"stop":["a","b"],"logit_bias":{"5":1.5},"seed":-7,"max_tokens":9,"stream":true,"stream_options":{"include_usage":true},
         "tools":[],"response_format":{"type":"text"},"metadata":{"a":"b"},"logprobs":true,"top_logprobs":3}
        """;

    const string Completion = """{"model":"test","prompt":[[1,2],[3]],"max_tokens":4,"temperature":1,"echo":false,"logprobs":2,"stop":"x","best_of":1,"suffix":null,"n":1}""";

    static readonly ModelRegistry Models = Registry();

    static ModelRegistry Registry()
    {
        var models = new ModelRegistry();
        models.Add(new ScriptedModel("a").Served);
        return models;
    }

    static bool Taken(byte[] json, bool chat)
    {
        try
        {
            if (chat) ChatRules.Plan(JsonBody.Parse(json, WireJson.Default.ChatRequest), Models);
            else CompletionRules.Plan(JsonBody.Parse(json, WireJson.Default.CompletionRequest), Models);
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
    [InlineData(Chat, true)]
    [InlineData(Completion, false)]
    public void TruncatedAnywhereIsRefused(string text, bool chat)
    {
        var json = Encoding.UTF8.GetBytes(text);
        Assert.True(Taken(json, chat));
        for (var length = 0; length < json.Length; length++) Assert.False(Taken(json[..length], chat));
    }

    [Theory]
    [InlineData(Chat, true)]
    [InlineData(Completion, false)]
    public void DamagedAnywhereIsTakenOrRefused(string text, bool chat)
    {
        var random = new Random(7);
        string[] values = ["null", "true", "-1", "0.5", "1e400", "99999999999", "\"\"", "\"\\ud800\"", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"a\":{}}", "\"\u0000\""];
        for (var round = 0; round < 4000; round++)
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
            Taken([.. json], chat);
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
