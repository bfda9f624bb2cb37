// A response that a third party writes: the same checks of fields as for the house's models, the same writer of events, the same memory of what was
// said. Only what a third party can be asked beyond the house's models, pictures and efforts, is taken besides.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Responses;

/// <summary>A request of /v1/responses.</summary>
sealed class ResponseShape(JsonObject sent, ResponseStore store, string project) : IChatShape
{
    static readonly string[] efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    readonly ChatPieces pieces = new();
    IReadOnlyList<InputItem?> items = [];
    ResponseRequest request = new();
    ResponseWriter? writer;

    public string LongField => "input";

    public JsonObject Own(string model) => sent.As(model);

    public JsonObject Chat(Target target)
    {
        request = JsonBody.Parse(JsonSerializer.SerializeToUtf8Bytes(Own(target.Name), GatewayJson.Default.JsonObject), WireJson.Default.ResponseRequest);
        ResponseRules.Fields.Check(request, request.Unknown);
        ResponseRules.Verbosity(request.Text, ["low", "medium", "high"]);
        (items, var earlier) = ResponseRules.Items(request, store, project);
        var conversation = ResponseItems.Messages(items, earlier, target.Provider!.Kind == "anthropic" ? Reach.Anthropic : Reach.OpenAI);
        if (request.Instructions is { } instructions) conversation = new([new() { Role = "system", Content = instructions }, .. conversation.Messages], ["instructions", .. conversation.At]);
        var chat = new OutgoingTurn
        {
            Conversation = conversation,
            Tools = ToolRules.Use(request.Tools, request.ToolChoice, request.ParallelToolCalls, flat: true),
            Form = Form(request.Text),
            Temperature = request.Temperature,
            TopP = request.TopP,
            MaxTokens = SamplingRules.InRange("max_output_tokens", request.MaxOutputTokens, 1, int.MaxValue),
            TopLogprobs = ResponseRules.Logprobs(request with { Include = [.. (request.Include ?? []).Where(i => i != "reasoning.encrypted_content")] }),
            Effort = Effort(request.Reasoning),
            Verbosity = request.Text?.Verbosity,
            Stream = request.Stream ?? false,
        }.For(target);
        if (sent["maison"] is { } own) chat["maison"] = own.DeepClone();
        return chat;
    }

    public async Task Whole(HttpContext context, JsonObject answer)
    {
        Start((string)answer["model"]!);
        writer!.Begin();
        writer.Add(pieces.Read((JsonObject)answer["choices"]![0]!));
        Finish((JsonObject)answer["usage"]!);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, writer.Result!, WireJson.Default.ResponseObject);
    }

    public Task Begin(HttpContext context, string model)
    {
        Start(model);
        return Send(context, writer!.Begin());
    }

    public async Task Add(HttpContext context, JsonObject chunk)
    {
        foreach (var choice in chunk["choices"]!.AsArray().OfType<JsonObject>()) await Send(context, writer!.Add(pieces.Read(choice)));
    }

    public Task End(HttpContext context, JsonObject usage) => Send(context, Finish(usage));

    void Start(string model) => writer = new(ResponseRules.Draft(request, model, request.Temperature ?? 1, request.TopP ?? 1));

    /// <summary>Keeps it before the caller hears of the end, who may go on at once.</summary>
    IReadOnlyList<ResponseEvent> Finish(JsonObject usage)
    {
        var last = writer!.Finish(pieces.End(usage));
        if (writer.Result is { Store: true } result) store.Add(project, result, items);
        return last;
    }

    static async Task Send(HttpContext context, IReadOnlyList<ResponseEvent> events)
    {
        foreach (var e in events) await JsonAnswer.WriteEvent(context, e, WireJson.Default.ResponseEvent, e.Type);
    }

    static JsonObject? Form(TextOptions? text)
    {
        if (ResponseRules.TextFormat(text) is not { } form) return null;
        var format = text!.Format!;
        return form.Kind switch
        {
            "json_object" => new() { ["type"] = "json_object" },
            "json_schema" => OutgoingTurn.Schema(format.Name!, JsonNode.Parse(form.Source), format.Strict, format.Description),
            var kind => throw ApiException.Unsupported("text.format", $"'text.format' of the type {kind} is enforced by the house's own models alone. Send json_schema, or ask one of them."),
        };
    }

    static string? Effort(ReasoningOptions? reasoning)
    {
        if (reasoning is null) return null;
        RequestFields.RefuseUnknown(reasoning.Unknown, "reasoning.");
        if ((reasoning.Summary ?? reasoning.GenerateSummary) is not (null or "auto"))
            throw ApiException.Unsupported("reasoning.summary", "'reasoning.summary' is not supported: the reasoning itself is sent where its provider shows it. Leave it out.");
        return reasoning.Effort is null || efforts.Contains(reasoning.Effort) ? reasoning.Effort : throw ApiException.Invalid("reasoning.effort", $"'reasoning.effort' is '{reasoning.Effort}', but must be one of {string.Join(", ", efforts)}.");
    }
}
