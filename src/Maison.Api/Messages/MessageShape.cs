// A message in Anthropic's shape that a third party writes. Asked of Anthropic's own models, what the chat form has no words for goes along beside it:
// signed thoughts, marks of what is to be cached, whether a tool failed, and how much is thought.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Messages;

/// <summary>A request of /v1/messages.</summary>
sealed class MessageShape(JsonObject sent) : IChatShape
{
    readonly ChatPieces pieces = new();
    MessageWriter? writer;

    public string LongField => "messages";

    public JsonObject Own(string model) => sent.As(model);

    public JsonObject Chat(Target target)
    {
        var request = JsonBody.Parse(JsonSerializer.SerializeToUtf8Bytes(Own(target.Name), GatewayJson.Default.JsonObject), WireJson.Default.MessageRequest);
        MessageRules.Fields.Check(request with { OutputConfig = null }, request.Unknown);
        var anthropic = target.Provider!.Kind == "anthropic";
        var (form, effort) = Output(request.OutputConfig);
        RequestFields.RefuseUnknown(request.Thinking?.Unknown, "thinking.");
        var chat = new OutgoingTurn
        {
            Conversation = MessageBlocks.Messages(request.System, request.Messages, anthropic ? Reach.Anthropic : Reach.OpenAI),
            Tools = MessageRules.Tools(request),
            Form = form,
            Temperature = request.Temperature,
            TopP = request.TopP,
            TopK = request.TopK,
            MaxTokens = SamplingRules.InRange("max_tokens", request.MaxTokens, 1, int.MaxValue) ?? throw ApiException.Invalid("max_tokens", "'max_tokens' is missing.", "missing_parameter"),
            Stops = MessageRules.Stops(request.StopSequences ?? []),
            Effort = effort ?? (anthropic ? null : Effort(request.Thinking)),
            Thinking = anthropic && request.Thinking is { } thinking ? JsonSerializer.SerializeToNode(thinking, WireJson.Default.ThinkingOptions) : null,
            Stream = request.Stream ?? false,
        }.For(target);
        if (sent["maison"] is { } own) chat["maison"] = own.DeepClone();
        return chat;
    }

    public async Task Whole(HttpContext context, JsonObject answer)
    {
        writer = new((string)answer["model"]!, 0);
        writer.Begin();
        writer.Add(pieces.Read((JsonObject)answer["choices"]![0]!));
        writer.Finish(pieces.End((JsonObject)answer["usage"]!));
        await JsonAnswer.Write(context, StatusCodes.Status200OK, writer.Result!, WireJson.Default.MessageAnswer);
    }

    public Task Begin(HttpContext context, string model)
    {
        writer = new(model, 0);
        return Send(context, writer.Begin());
    }

    public async Task Add(HttpContext context, JsonObject chunk)
    {
        foreach (var choice in chunk["choices"]!.AsArray().OfType<JsonObject>()) await Send(context, writer!.Add(pieces.Read(choice)));
    }

    public Task End(HttpContext context, JsonObject usage) => Send(context, writer!.Finish(pieces.End(usage)));

    static async Task Send(HttpContext context, IReadOnlyList<MessageEvent> events)
    {
        foreach (var e in events) await JsonAnswer.WriteEvent(context, e, WireJson.Default.MessageEvent, e.Type);
    }

    /// <summary>A form and an effort out of output_config.</summary>
    static (JsonObject? Form, string? Effort) Output(JsonElement? config)
    {
        if (config is not { ValueKind: not JsonValueKind.Null } given) return (null, null);
        if (given.ValueKind != JsonValueKind.Object) throw ApiException.Invalid("output_config", "'output_config' must be an object.", "invalid_type");
        JsonObject? form = null;
        string? effort = null;
        foreach (var field in given.EnumerateObject())
            switch (field.Name)
            {
                case "format" when field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("type", out var type) && type.ValueEquals("json_schema") && field.Value.TryGetProperty("schema", out var schema):
                    form = OutgoingTurn.Schema("answer", JsonNode.Parse(schema.GetRawText()), strict: true);
                    break;
                case "format" when field.Value.ValueKind != JsonValueKind.Null:
                    throw ApiException.Invalid("output_config.format", "'output_config.format' must be {\"type\":\"json_schema\",\"schema\":…}.");
                case "effort" when field.Value.ValueKind == JsonValueKind.String:
                    effort = field.Value.GetString();
                    break;
                case "effort" or "format" when field.Value.ValueKind == JsonValueKind.Null:
                    break;
                default:
                    throw ApiException.Unknown($"output_config.{field.Name}");
            }
        return (form, effort);
    }

    /// <summary>A budget of thinking as the effort of other vendors' models.</summary>
    static string? Effort(ThinkingOptions? thinking) => thinking?.Type switch
    {
        null => null,
        "disabled" => "none",
        "adaptive" => "medium",
        "enabled" => thinking.BudgetTokens switch { null => "medium", < 4096 => "low", < 16384 => "medium", _ => "high" },
        var other => throw ApiException.Invalid("thinking.type", $"'thinking.type' is '{other}', but must be adaptive, enabled or disabled."),
    };
}
