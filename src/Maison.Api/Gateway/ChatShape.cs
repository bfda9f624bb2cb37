// Chat completions are the form in which the gateway works: what comes in goes out, and what comes back is passed on, under the house's names.

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Gateway;

/// <summary>A request of /v1/chat/completions.</summary>
sealed class ChatShape(JsonObject request) : IChatShape
{
    readonly string id = "chatcmpl-" + Guid.NewGuid().ToString("N");
    readonly long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    string model = "";

    public string LongField => "messages";

    public JsonObject Chat(Target target) => (JsonObject)request.DeepClone();

    public JsonObject Own(string model) => request.As(model);

    public Task Whole(HttpContext context, JsonObject answer) => JsonAnswer.Write(context, StatusCodes.Status200OK, answer, GatewayJson.Default.JsonObject);

    public Task Begin(HttpContext context, string model)
    {
        this.model = model;
        return Task.CompletedTask;
    }

    public Task Add(HttpContext context, JsonObject chunk)
    {
        (chunk["id"], chunk["created"], chunk["model"]) = (id, created, model);
        return JsonAnswer.WriteEvent(context, chunk, GatewayJson.Default.JsonObject);
    }

    public async Task End(HttpContext context, JsonObject usage)
    {
        if (request["stream_options"].Part("include_usage") is JsonValue wanted && wanted.TryGetValue<bool>(out var told) && told)
            await Add(context, new() { ["id"] = id, ["object"] = "chat.completion.chunk", ["choices"] = new JsonArray(), ["usage"] = usage });
        await JsonAnswer.WriteDone(context);
    }
}
