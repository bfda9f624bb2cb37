// What a body that can not be read is answered with: position for syntax, path and expected type for fields.

using System.Text;
using Maison.Api.Errors;
using Maison.Wire;

namespace Maison.Tests.Api;

public sealed class JsonBodyTests
{
    static ApiException Refusal(string json) => Assert.Throws<ApiException>(() => JsonBody.Parse(Encoding.UTF8.GetBytes(json), WireJson.Default.ChatRequest));

    [Theory]
    [InlineData("", "The body is empty. Send a JSON object.")]
    [InlineData("null", "The body is null. Send a JSON object.")]
    [InlineData("{\"model\":\"a\",}", "The body is not valid JSON at line 1, byte 14: ")]
    [InlineData("{\n  \"model\": \"a", "The body is not valid JSON at line 2, byte 14: ")]
    [InlineData("{\"messages\":[{\"role\":\"user\"", "The body is not valid JSON at line 1, byte 28: ")]
    [InlineData("{\"temperature\":NaN}", "The body is not valid JSON at line 1, byte 16: ")]
    [InlineData("{} {}", "The body is not valid JSON at line 1, byte 4: ")]
    [InlineData("[]", "The body must be a JSON object")]
    [InlineData("\"text\"", "The body must be a JSON object")]
    public void SyntaxIsReportedByPosition(string json, string message)
    {
        var refusal = Refusal(json);
        Assert.Equal(400, refusal.Status);
        Assert.Equal("invalid_json", refusal.Detail.Code);
        Assert.Null(refusal.Detail.Param);
        Assert.StartsWith(message, refusal.Message);
        Assert.DoesNotContain("LineNumber", refusal.Message);
        Assert.DoesNotContain("Maison.Wire", refusal.Message);
    }

    [Theory]
    [InlineData("""{"temperature":"0.5"}""", "temperature", "'temperature' (line 1, byte 21): must be a number.")]
    [InlineData("""{"max_tokens":1.5}""", "max_tokens", "'max_tokens' (line 1, byte 18): must be an integer of 32 bits.")]
    [InlineData("""{"max_tokens":99999999999}""", "max_tokens", "must be an integer of 32 bits.")]
    [InlineData("""{"seed":"7"}""", "seed", "must be an integer of 64 bits.")]
    [InlineData("""{"stream":1}""", "stream", "must be true or false.")]
    [InlineData("""{"model":7}""", "model", "must be a string.")]
    [InlineData("""{"messages":"hello"}""", "messages", "must be an array.")]
    [InlineData("""{"messages":[{"role":7}]}""", "messages[0].role", "must be a string.")]
    [InlineData("""{"messages":[{"role":"user","content":7}]}""", "messages[0].content", "must be a string or an array of parts.")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":7}]}]}""", "messages[0].content[0].text", "must be a string.")]
    [InlineData("""{"stop":[1]}""", "stop", "must be a string or an array of strings.")]
    [InlineData("""{"logit_bias":{"5":"x"}}""", "logit_bias.5", "must be a number.")]
    [InlineData("""{"stream_options":[]}""", "stream_options", "must be an object.")]
    [InlineData("""{"model":"a","model":"b"}""", "model", "Duplicate property")]
    public void AWrongTypeIsReportedByPath(string json, string param, string message)
    {
        var refusal = Refusal(json);
        Assert.Equal(400, refusal.Status);
        Assert.Equal(param, refusal.Detail.Param);
        Assert.Equal("invalid_type", refusal.Detail.Code);
        Assert.Contains(message, refusal.Message);
        Assert.DoesNotContain("LineNumber", refusal.Message);
        Assert.DoesNotContain("System.", refusal.Message);
    }

    [Fact]
    public void TextThatIsNotUnicodeIsRefused()
    {
        Assert.Contains("The string at byte 10 of the body holds half of a surrogate pair.", Refusal("{\"model\":\"\\ud800\"}").Message);
        Assert.Equal("invalid_json", Refusal("{\"tools\":[\"\\udc00\"]}").Detail.Code);
        byte[] latin1 = [.. "{\"model\":\""u8, 0xE9, .. "\"}"u8];
        Assert.Contains("not valid UTF-8", Assert.Throws<ApiException>(() => JsonBody.Parse(latin1, WireJson.Default.ChatRequest)).Message);
    }

    [Fact]
    public void AByteOrderMarkIsSkipped()
        => Assert.Equal("a", JsonBody.Parse("\uFEFF{\"model\":\"a\"}"u8, WireJson.Default.ChatRequest).Model);

    [Theory]
    [InlineData("\"text\"", 1)]
    [InlineData("[\"a\",\"b\"]", 2)]
    [InlineData("[1,2,3]", 1)]
    [InlineData("[[1],[2,3]]", 2)]
    [InlineData("[]", 0)]
    public void PromptsComeInFourShapes(string prompt, int count)
        => Assert.Equal(count, JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"prompt":{{prompt}}}"""), WireJson.Default.CompletionRequest).Prompt!.Items.Count);

    [Theory]
    [InlineData("7")]
    [InlineData("[1,\"a\"]")]
    [InlineData("[1.5]")]
    [InlineData("[[1,[2]]]")]
    [InlineData("[null]")]
    [InlineData("{}")]
    public void OtherPromptsAreRefused(string prompt)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"prompt":{{prompt}}}""");
        var refusal = Assert.Throws<ApiException>(() => JsonBody.Parse(json, WireJson.Default.CompletionRequest));
        Assert.Equal("prompt", refusal.Detail.Param);
        Assert.Contains("must be a string, an array of strings", refusal.Message);
    }
}
