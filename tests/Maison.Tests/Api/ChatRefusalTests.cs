// Obeyed or refused: neutral values pass, everything else that is not honoured is refused by name, and the published table tells the truth.

using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Maison.Api.Chat;
using Maison.Api.Completions;
using Maison.Api.Embeddings;
using Maison.Api.Messages;
using Maison.Api.Responses;
using Maison.Wire;

namespace Maison.Tests.Api;

public sealed class ChatRefusalTests
{
    const string Route = "/v1/chat/completions";

    [Theory]
    [InlineData("\"store\":false")]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"service_tier\":\"default\"")]
    [InlineData("\"verbosity\":\"medium\"")]
    [InlineData("\"response_format\":{\"type\":\"text\"}")]
    [InlineData("\"modalities\":[\"text\"]")]
    [InlineData("\"tools\":[]")]
    [InlineData("\"tools\":null,\"tool_choice\":\"auto\",\"parallel_tool_calls\":true")]
    [InlineData("\"tool_choice\":\"none\"")]
    [InlineData("\"functions\":[]")]
    [InlineData("\"function_call\":\"none\"")]
    [InlineData("\"user\":\"u\",\"safety_identifier\":\"s\",\"prompt_cache_key\":\"k\",\"metadata\":{\"a\":\"b\"}")]
    [InlineData("\"prompt_cache_options\":{\"ttl\":\"1h\"},\"prompt_cache_retention\":\"24h\"")]
    [InlineData("\"temperature\":null,\"stop\":null,\"audio\":null,\"seed\":null,\"stream\":null,\"logit_bias\":null,\"reasoning_effort\":null")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":false,\"include_obfuscation\":false}")]
    public async Task NeutralValuesPass(string fields)
    {
        await using var server = await ScriptedModel.Serve("a");
        var (status, body) = await server.Post(Route, $$"""{"model":"test","messages":[{"role":"user","content":"Hi"}],{{fields}}}""");
        Assert.True(status == HttpStatusCode.OK, body);
    }

    [Theory]
    [InlineData("\"store\":true", "store", "unsupported_parameter", "Only false is taken.")]
    [InlineData("\"service_tier\":\"flex\"", "service_tier", "unsupported_parameter", "There is one tier.")]
    [InlineData("\"verbosity\":\"low\"", "verbosity", "unsupported_parameter", "Ask for the length in a message.")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format.type", "invalid_value", "must be text, json_object, json_schema, regex or grammar")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\"}}", "response_format.json_schema.schema", "missing_parameter", "is missing")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{\"properties\":{\"b\":{\"not\":{}}}}}}", "response_format.json_schema.schema#/properties/b/not", "unsupported_schema", "'not' can not be enforced")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}", "response_format.json_schema.name", "missing_parameter", "is missing")]
    [InlineData("\"response_format\":{\"type\":\"text\",\"regex\":\"a\"}", "response_format.regex", "invalid_value", "has no meaning with the type 'text'")]
    [InlineData("\"response_format\":{\"type\":\"regex\",\"regex\":\"(a\"}", "response_format.regex", "unsupported_schema", "without its ')'")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities", "unsupported_parameter", "answer in text")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"f\"}}]", "tools[0].type", "unsupported_parameter", "only functions can be called here")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "tools[0].function", "missing_parameter", "is missing")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]", "tools[0].function.name", "invalid_value", "1 to 64 letters")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":{\"type\":\"object\",\"not\":{}}}}]", "tools[0].function.parameters#/not", "unsupported_schema", "can not be enforced")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}", "tool_choice", "invalid_value", "names 'g', which is not among the 'tools': f")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":\"maybe\"", "tool_choice", "invalid_value", "'tool_choice' is 'maybe'")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice", "invalid_value", "there are no 'tools'")]
    [InlineData("\"functions\":[{\"name\":\"f\"}]", "functions", "unsupported_parameter", "It is the older name")]
    [InlineData("\"function_call\":{\"name\":\"f\"}", "function_call", "unsupported_parameter", "It is the older name")]
    [InlineData("\"audio\":{\"voice\":\"a\",\"format\":\"mp3\"}", "audio", "unsupported_parameter", "answer in text")]
    [InlineData("\"prediction\":{\"type\":\"content\",\"content\":\"a\"}", "prediction", "unsupported_parameter", "Leave it out")]
    [InlineData("\"web_search_options\":{}", "web_search_options", "unsupported_parameter", "does not search the web")]
    [InlineData("\"moderation\":{\"model\":\"m\"}", "moderation", "unsupported_parameter", "/v1/moderations")]
    [InlineData("\"reasoning_effort\":\"high\"", "reasoning_effort", "unsupported_parameter", "Only \\\"none\\\" is taken.")]
    [InlineData("\"temprature\":1", "temprature", "unknown_parameter", "Unknown parameter 'temprature'. Remove it, or check its spelling.")]
    [InlineData("\"chat_template_kwargs\":{}", "chat_template_kwargs", "unknown_parameter", "Unknown parameter")]
    [InlineData("\"top_logprobs\":2", "top_logprobs", "invalid_value", "only allowed together with 'logprobs': true.")]
    [InlineData("\"logprobs\":true,\"top_logprobs\":21", "top_logprobs", "invalid_value", "'top_logprobs' is 21, but must be between 0 and 20.")]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":6", "max_tokens", "invalid_value", "two names of one limit")]
    [InlineData("\"max_tokens\":-1", "max_tokens", "invalid_value", "must be between 1 and 2147483647.")]
    [InlineData("\"max_tokens\":300", "messages", "context_length_exceeded", "The context of test holds 256 tokens; 'messages' has 19 and 300 more were asked for. Shorten 'messages' or lower max_tokens.")]
    [InlineData("\"n\":129", "n", "invalid_value", "must be between 1 and 128.")]
    [InlineData("\"temperature\":\"0.5\"", "temperature", "invalid_type", "must be a number.")]
    [InlineData("\"metadata\":{\"a\":1}", "metadata.a", "invalid_type", "must be a string.")]
    public async Task WhatIsNotObeyedIsRefusedByName(string fields, string param, string code, string message)
    {
        await using var server = await ScriptedModel.Serve("a");
        var (status, body) = await server.Post(Route, $$"""{"model":"test","messages":[{"role":"user","content":"Hi"}],{{fields}}}""");
        AssertRefused(status, body, param, code, message);
    }

    [Theory]
    [InlineData("[]", "messages", "invalid_value", "'messages' is empty")]
    [InlineData("null", "messages", "missing_parameter", "'messages' is missing.")]
    [InlineData("[null]", "messages[0]", "invalid_value", "is null")]
    [InlineData("""[{"content":"a"}]""", "messages[0].role", "missing_parameter", "send system, developer, user, assistant or tool")]
    [InlineData("""[{"role":"king","content":"a"}]""", "messages[0].role", "invalid_value", "'king'")]
    [InlineData("""[{"role":"user","content":"a"},{"role":"tool","content":"a","tool_call_id":"x"}]""", "messages[1].tool_call_id", "invalid_value", "made no such call")]
    [InlineData("""[{"role":"tool","content":"a"}]""", "messages[0].tool_call_id", "missing_parameter", "is missing")]
    [InlineData("""[{"role":"function","content":"a"}]""", "messages[0].role", "unsupported_parameter", "send the role tool")]
    [InlineData("""[{"role":"user"}]""", "messages[0].content", "missing_parameter", "send a string or an array of text parts.")]
    [InlineData("""[{"role":"assistant"}]""", "messages[0].content", "missing_parameter", "send a string or an array of text parts.")]
    [InlineData("""[{"role":"user","content":"a","name":"bob"}]""", "messages[0].name", "unsupported_parameter", "Write the name into the content.")]
    [InlineData("""[{"role":"user","content":"a","reasoning":"b"}]""", "messages[0].reasoning", "invalid_value", "only the assistant's can have it")]
    [InlineData("""[{"role":"assistant","content":"a","reasoning":"b","reasoning_content":"c"}]""", "messages[0].reasoning_content", "invalid_value", "two names of one field")]
    [InlineData("""[{"role":"assistant","content":"a","tool_calls":[{"id":"x"}]}]""", "messages[0].tool_calls[0].function", "missing_parameter", "is missing")]
    [InlineData("""[{"role":"assistant","tool_calls":[{"id":"x","function":{"name":"f","arguments":"[]"}}]}]""", "messages[0].tool_calls[0].function.arguments", "invalid_value", "is no JSON object")]
    [InlineData("""[{"role":"user","content":"a","tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}}]}]""", "messages[0].tool_calls", "invalid_value", "only the assistant's can have it")]
    [InlineData("""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]""", "messages[0].content[0].type", "unsupported_parameter", "is 'image_url', but the models here read text only")]
    [InlineData("""[{"role":"user","content":[{"text":"a"}]}]""", "messages[0].content[0].type", "missing_parameter", "send 'text'")]
    [InlineData("""[{"role":"user","content":[{"type":"text"}]}]""", "messages[0].content[0].text", "missing_parameter", "is missing")]
    [InlineData("""[{"role":"user","content":[{"type":"text","text":"a","x":1}]}]""", "messages[0].content[0].x", "unknown_parameter", "Unknown parameter")]
    [InlineData("""[{"role":"user","content":"a","x":1}]""", "messages[0].x", "unknown_parameter", "Unknown parameter")]
    public async Task MessagesAreCheckedOneByOne(string messages, string param, string code, string message)
    {
        await using var server = await ScriptedModel.Serve("a");
        var (status, body) = await server.Post(Route, $$"""{"model":"test","messages":{{messages}}}""");
        AssertRefused(status, body, param, code, message);
    }

    static void AssertRefused(HttpStatusCode status, string body, string param, string code, string message)
    {
        Assert.True(status == HttpStatusCode.BadRequest, body);
        Assert.Contains($"\"type\":\"invalid_request_error\",\"param\":\"{param}\",\"code\":\"{code}\"}}}}", body);
        Assert.Contains(message, body);
    }

    [Fact]
    public async Task APromptThatFillsTheContextIsRefusedWithNumbers()
    {
        await using var server = await ApiServer.Start((new ScriptedModel("a") { ContextLength = 19 }).Served);
        var (status, body) = await server.Post(Route, """{"model":"test","messages":[{"role":"user","content":"Hi"}]}""");
        AssertRefused(status, body, "messages", "context_length_exceeded", "holds 19 tokens; 'messages' has 19 and an answer needs at least one more.");
    }

    [Fact]
    public async Task AModelWithoutAChatFormatSendsToCompletions()
    {
        await using var server = await ApiServer.Start(new ScriptedModel("a").Served with { ChatFormat = null });
        var (status, body) = await server.Post(Route, """{"model":"test","messages":[{"role":"user","content":"Hi"}]}""");
        AssertRefused(status, body, "model", "unsupported_parameter", "Use POST /v1/completions");
    }

    [Fact]
    public void EveryFieldOfTheSchemaStandsInTheTableOnce()
    {
        AssertComplete<ChatRequest>(ChatRules.Fields.Support);
        AssertComplete<CompletionRequest>(CompletionRules.Fields.Support);
        AssertComplete<ResponseRequest>(ResponseRules.Fields.Support);
        AssertComplete<MessageRequest>(MessageRules.Fields.Support);
        AssertComplete<EmbeddingRequest>(EmbeddingEndpoint.Fields.Support);

        static void AssertComplete<T>(ParameterSupport support)
        {
            var fields = typeof(T).GetProperties().Where(p => p.GetCustomAttribute<JsonExtensionDataAttribute>() is null)
                .Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name)).Order();
            Assert.Equal(fields, support.Obeyed.Concat(support.Accepted).Concat(support.Refused).Order());
        }
    }

    [Fact]
    public async Task AModelsCardShowsTheTable()
    {
        await using var server = await ScriptedModel.Serve("a");
        var (_, list) = await server.Get("/v1/models");
        Assert.Equal(
            """{"object":"list","data":[{"id":"test","object":"model","created":1700000000,"owned_by":"maison","output_modalities":["text"],"context_window":256,"parameter_count":1234,"weight_format":"Q8_0","license":"MIT","defaults":{"temperature":1,"top_p":1,"top_k":0,"min_p":0,"repetition_penalty":1}}]}""",
            list);
        var (_, card) = await server.Get("/v1/models/test");
        var parameters = JsonDocument.Parse(card).RootElement.GetProperty("parameters");
        Assert.Contains("temperature", parameters.GetProperty(Route).GetProperty("obeyed").EnumerateArray().Select(e => e.GetString()));
        Assert.Contains("user", parameters.GetProperty(Route).GetProperty("accepted").EnumerateArray().Select(e => e.GetString()));
        Assert.Contains("suffix", parameters.GetProperty("/v1/completions").GetProperty("refused").EnumerateArray().Select(e => e.GetString()));
    }
}
