// The official OpenAI client for .NET as a black box: only the base address and the key are changed.

using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;
using OpenAI.Responses;

namespace Maison.Tests.Api;

public sealed class OpenAIClientTests
{
    static OpenAIClient Client(ApiServer server, string key = ApiServer.Key) => new(
        new ApiKeyCredential(key),
        new OpenAIClientOptions { Endpoint = new Uri(server.Url, "v1"), RetryPolicy = new ClientRetryPolicy(0) });

    static ChatClient Chat(ApiServer server) => Client(server).GetChatClient("test");

    [Fact]
    public async Task WholeAnswer()
    {
        await using var server = await ScriptedModel.Serve("Hello world €");
        ChatCompletion answer = await Chat(server).CompleteChatAsync([new SystemChatMessage("Be kind."), new UserChatMessage("Hi")]);
        Assert.Equal("Hello world €", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(ChatMessageRole.Assistant, answer.Role);
        Assert.Equal("test", answer.Model);
        Assert.Equal(answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount);
        Assert.Equal(2, answer.Usage.InputTokenDetails.CachedTokenCount);
        Assert.Equal(0, answer.Usage.OutputTokenDetails.ReasoningTokenCount);
    }

    [Fact]
    public async Task StreamedAnswer()
    {
        await using var server = await ScriptedModel.Serve("<think>\nthis is\n</think>\n\nHello world, this is the answer.");
        var text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        ChatMessageRole? role = null;
        await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hi")]))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish ??= update.FinishReason;
            usage ??= update.Usage;
            role ??= update.Role;
        }
        Assert.Equal("Hello world, this is the answer.", text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(ChatMessageRole.Assistant, role);
        Assert.True(usage!.OutputTokenDetails.ReasoningTokenCount > 0);
    }

    [Fact]
    public async Task LogProbabilitiesAndOptions()
    {
        var model = new ScriptedModel("Hello world");
        await using var server = await ApiServer.Start(model.Served);
        var options = new ChatCompletionOptions
        {
            IncludeLogProbabilities = true,
            TopLogProbabilityCount = 2,
            MaxOutputTokenCount = 50,
            Temperature = 0.5f,
            TopP = 0.9f,
            FrequencyPenalty = 0.1f,
            PresencePenalty = 0.2f,
            EndUserId = "somebody",
            StopSequences = { "zzz" },
        };
        options.LogitBiases[7] = -100;
        ChatCompletion answer = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], options);
        var tokens = answer.ContentTokenLogProbabilities;
        Assert.Equal(["Hello", " world"], tokens.Select(t => t.Token));
        Assert.Equal([-0.25f, -0.5f], tokens.Select(t => t.LogProbability));
        Assert.Equal("Hello"u8.ToArray(), tokens[0].Utf8Bytes!.Value.ToArray());
        Assert.Equal(2, tokens[0].TopLogProbabilities.Count);
        var sent = model.Requests.Single();
        Assert.Equal((0.5f, 0.9f, 0.1f, 0.2f, 50), (sent.Sampling.Temperature, sent.Sampling.TopP, sent.Sampling.FrequencyPenalty, sent.Sampling.PresencePenalty, sent.MaxTokens));
        Assert.Equal(-100, sent.Sampling.LogitBias![7]);

        var streamed = new List<string>();
        await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hi")], options))
            streamed.AddRange(update.ContentTokenLogProbabilities.Select(t => t.Token));
        Assert.Equal(["Hello", " world"], streamed);
    }

    [Fact]
    public async Task AnAnswerCanBeSentBack()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        ChatCompletion answer = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")]);
        ChatCompletion second = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi"), new AssistantChatMessage(answer), new UserChatMessage("And?")]);
        Assert.Equal("Hello", second.Content[0].Text);
    }

    const string WeatherCall = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}\n</tool_call>";

    static readonly BinaryData WeatherSchema = BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}""");

    [Fact]
    public async Task ToolsAndTheirResults()
    {
        var model = new ScriptedModel("Let me see.\n" + WeatherCall, "Sun.", WeatherCall) { ContextLength = 2048 };
        await using var server = await ApiServer.Start(model.Served);
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("weather", "Says it.", WeatherSchema, true) }, ToolChoice = ChatToolChoice.CreateRequiredChoice(), AllowParallelToolCalls = false };
        ChatCompletion called = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], options);
        Assert.Equal(ChatFinishReason.ToolCalls, called.FinishReason);
        Assert.Equal(("weather", "{\"city\": \"Bonn\"}"), (called.ToolCalls[0].FunctionName, called.ToolCalls[0].FunctionArguments.ToString()));
        ChatCompletion answer = await Chat(server).CompleteChatAsync(
            [new UserChatMessage("Hi"), new AssistantChatMessage(called), new ToolChatMessage(called.ToolCalls[0].Id, "sun")], new ChatCompletionOptions { Tools = { options.Tools[0] } });
        Assert.Equal("Sun.", answer.Content[0].Text);
        Assert.Contains("<tool_response>\nsun\n</tool_response>", ScriptedModel.Tokenizer.Decode(model.Requests[1].Prompt));
        var (id, name, arguments) = ("", "", "");
        await foreach (var update in Chat(server).CompleteChatStreamingAsync([new UserChatMessage("Hi")], options))
            foreach (var call in update.ToolCallUpdates)
                (id, name, arguments) = (id + call.ToolCallId, name + call.FunctionName, arguments + call.FunctionArgumentsUpdate);
        Assert.StartsWith("call_", id);
        Assert.Equal(("weather", "{\"city\": \"Bonn\"}"), (name, arguments));
    }

    [Fact]
    public async Task FormsOfAnswers()
    {
        var model = new ScriptedModel("{\"city\": \"Bonn\"}");
        await using var server = await ApiServer.Start(model.Served);
        var options = new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("place", WeatherSchema, "where", true) };
        ChatCompletion answer = await Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], options);
        Assert.Equal("{\"city\": \"Bonn\"}", answer.Content[0].Text);
        Assert.True(model.Requests[0].Grammar!.Matches(ScriptedModel.Tokenizer.Encode(answer.Content[0].Text)));
    }

    [Fact]
    public async Task Embeddings()
    {
        float[] vector = [0.6f, -0.8f, 0f];
        await using var server = await ApiServer.Start(new ScriptedModel("").Served with { Embed = (_, _) => Task.FromResult(vector), EmbeddingSize = 3 });
        OpenAIEmbeddingCollection answer = await Client(server).GetEmbeddingClient("test").GenerateEmbeddingsAsync(["a", "b"]);
        Assert.Equal(2, answer.Count);
        Assert.Equal(vector, answer[1].ToFloats().ToArray());
        Assert.Equal(2, answer.Usage.TotalTokenCount);
    }

#pragma warning disable OPENAI001 // The client calls its responses experimental.
    [Fact]
    public async Task Responses()
    {
        var model = new ScriptedModel("<think>\nso\n</think>\n\nHello world", WeatherCall, "Hello world") { ContextLength = 2048 };
        await using var server = await ApiServer.Start(model.Served);
        var client = Client(server).GetResponsesClient();
        ResponseResult first = await client.CreateResponseAsync("test", "Hi", null);
        Assert.Equal("Hello world", first.GetOutputText());
        Assert.Equal(ResponseStatus.Completed, first.Status);
        var options = new CreateResponseOptions("test", [ResponseItem.CreateUserMessageItem("And?")]) { PreviousResponseId = first.Id, Tools = { ResponseTool.CreateFunctionTool("weather", WeatherSchema, true, "Says it.") } };
        ResponseResult second = await client.CreateResponseAsync(options);
        var call = Assert.IsType<FunctionCallResponseItem>(second.OutputItems.Single());
        Assert.Equal(("weather", "{\"city\": \"Bonn\"}"), (call.FunctionName, call.FunctionArguments.ToString()));
        var (text, completed) = ("", false);
        await foreach (var update in await client.CreateResponseStreamingAsync("test", [call, ResponseItem.CreateFunctionCallOutputItem(call.CallId, "sun")], null))
        {
            if (update is StreamingResponseOutputTextDeltaUpdate delta) text += delta.Delta;
            completed |= update is StreamingResponseCompletedUpdate;
        }
        Assert.Equal(("Hello world", true), (text, completed));
        ResponseResult again = await client.GetResponseAsync(first.Id);
        Assert.Equal(first.GetOutputText(), again.GetOutputText());
    }
#pragma warning restore OPENAI001

    [Fact]
    public async Task Models()
    {
        await using var server = await ScriptedModel.Serve("a");
        OpenAIModelCollection list = await Client(server).GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(["test"], list.Select(m => m.Id));
        OpenAIModel model = await Client(server).GetOpenAIModelClient().GetModelAsync("test");
        Assert.Equal(("maison", 1_700_000_000), (model.OwnedBy, model.CreatedAt.ToUnixTimeSeconds()));
    }

    [Fact]
    public async Task ErrorsAreReadAsSuch()
    {
        await using var server = await ScriptedModel.Serve("a");
        var wrongKey = await Assert.ThrowsAsync<ClientResultException>(() => Client(server, "wrong-key-of-a-test").GetChatClient("test").CompleteChatAsync([new UserChatMessage("Hi")]));
        Assert.Equal(401, wrongKey.Status);
        Assert.Contains("invalid_api_key", wrongKey.Message);
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => Client(server).GetChatClient("gpt").CompleteChatAsync([new UserChatMessage("Hi")]));
        Assert.Equal(404, unknown.Status);
        Assert.Contains("The model 'gpt' is not served here.", unknown.Message);
        var tools = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("f", null, BinaryData.FromString("{\"type\":\"array\"}")) } };
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Chat(server).CompleteChatAsync([new UserChatMessage("Hi")], tools));
        Assert.Equal(400, refused.Status);
        Assert.Contains("must be \"object\"", refused.Message);
    }
}
