// One response with tools of other servers: rounds of asking and calling, written as the events of a single response. A round is an inner call of
// the same route with the tools as functions, so that whoever answers, routing, budgets, masks and receipts are what they are without tools.

using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Budgets;
using Maison.Api.Chat;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Api.Responses;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Mcp;

/// <summary>The state of one request.</summary>
sealed class McpRun(HttpContext context, JsonObject body, ResponseStore kept, InnerCalls inner) : IAsyncDisposable
{
    const int MostRounds = 16, MostCalls = 64;

    readonly ApiKey key = context.Features.Get<ApiKey>()!;
    readonly List<McpConnection> connections = [];
    readonly Dictionary<string, McpFunction> functions = new(StringComparer.Ordinal);
    readonly List<OutputItem> output = [];
    readonly List<ResponseEvent> waiting = [];
    readonly List<ResponseUsage> usages = [];
    readonly List<Grant> grants = [];
    ResponseRequest request = new();
    List<InputItem?> items = [];
    ResponseObject? draft;
    McpCalls? calls;
    int sequence, taken;

    CancellationToken Stop => context.RequestAborted;

    /// <summary>Answers the request.</summary>
    /// <exception cref="ApiException">It is refused, or a server of tools is no use.</exception>
    public async Task Answer(McpHub hub, IReadOnlyList<McpServerConfig> config, Func<McpServerConfig, string?> secret)
    {
        var own = (JsonObject)body.DeepClone();
        own.Remove("maison");
        request = JsonBody.Parse(JsonSerializer.SerializeToUtf8Bytes(own, GatewayJson.Default.JsonObject), WireJson.Default.ResponseRequest);
        ResponseRules.Fields.Check(request with { MaxToolCalls = null }, request.Unknown);
        calls = new(key.MaskPersonalData, Most(request.MaxToolCalls));
        (var said, var earlier) = ResponseRules.Items(request, kept, key.ProjectId);
        // Checked before anybody is connected to; the round checks it again for whoever answers.
        ResponseItems.Messages(said, earlier, Reach.OpenAI);
        items = [.. said];
        var wanted = (request.Tools ?? []).Select((tool, i) => (Tool: tool, At: $"tools[{i}]")).Where(t => t.Tool?.Type == McpWanted.Type).Select(t => McpWanted.Of(t.Tool, t.At, config, secret, key)).ToList();
        if (wanted.GroupBy(w => w.Server.Label).FirstOrDefault(g => g.Count() > 1) is { } twice) throw ApiException.Invalid("tools", $"'tools' has two servers labelled '{twice.Key}'.");
        foreach (var server in wanted) await Connect(hub, server);
        await Approve(earlier);
        taken = output.Count;
        for (var round = 1; ; round++)
        {
            var (final, open) = await Round(round);
            if (final is null) return;
            if (round > MostRounds) calls.End();
            if (open.Count > 0) await Make(open);
            if (open.Count > 0 && round <= MostRounds && output.All(o => o.Type is not McpItems.Request) && !output.Any(o => o.Type == "function_call")) continue;
            await Finish(final);
            return;
        }
    }

    static int Most(JsonElement? sent) => sent is not { ValueKind: not JsonValueKind.Null } most ? MostCalls
        : most.ValueKind == JsonValueKind.Number && most.TryGetInt32(out var n) && n is >= 1 and <= MostCalls ? n : throw ApiException.Invalid("max_tool_calls", $"'max_tool_calls' must be a whole number from 1 to {MostCalls}.");

    async Task Connect(McpHub hub, McpWanted wanted)
    {
        IReadOnlyList<McpTool> tools;
        try
        {
            var connection = await hub.Open(wanted.Server, Stop);
            connections.Add(connection);
            tools = [.. (await connection.Tools(Stop)).Where(t => wanted.Allowed?.Contains(t.Name) ?? true)
                .Select(t => new McpTool(t.Name, t.Description, t.InputSchema) { Annotations = t.Annotations is { } notes ? JsonSerializer.SerializeToElement(notes, ModelContextProtocol.McpJsonUtilities.DefaultOptions.GetTypeInfo(notes.GetType())) : null })];
            foreach (var tool in tools)
                if (!functions.TryAdd(McpItems.FunctionName(wanted.Server.Label, tool.Name), new(McpItems.FunctionName(wanted.Server.Label, tool.Name), connection, tool, wanted.Asks(tool.Name))))
                    throw new McpProblem($"The server of tools '{wanted.Server.Label}' has two tools whose names can not be told apart: '{tool.Name}' is one. Name those that are wanted in 'allowed_tools'.");
        }
        catch (McpProblem problem)
        {
            throw ApiException.Request(StatusCodes.Status424FailedDependency, problem.Message, wanted.At, "mcp_server_unavailable");
        }
        if (wanted.Allowed?.FirstOrDefault(a => tools.All(t => t.Name != a)) is { } missing)
            throw ApiException.Invalid($"{wanted.At}.allowed_tools", $"The server of tools '{wanted.Server.Label}' has no tool '{missing}'.");
        // Told once in a conversation.
        if (items.Any(i => i?.Type == McpItems.List && McpItems.Text(i, "server_label") == wanted.Server.Label)) return;
        var list = new OutputItem { Id = "mcpl_" + Guid.NewGuid().ToString("N"), Type = McpItems.List, ServerLabel = wanted.Server.Label, Tools = [] };
        var index = Add(list);
        await Emit(new() { Type = "response.output_item.added", OutputIndex = index, Item = list });
        await Emit(new() { Type = "response.mcp_list_tools.in_progress", OutputIndex = index, ItemId = list.Id });
        await Emit(new() { Type = "response.mcp_list_tools.completed", OutputIndex = index, ItemId = list.Id });
        await Close(index, list with { Tools = tools });
    }

    /// <summary>Makes the calls that the caller was asked about and approves.</summary>
    async Task Approve(int earlier)
    {
        for (var i = earlier; i < items.Count; i++)
        {
            if (items[i] is not { Type: McpItems.Response } answer) continue;
            var at = $"input[{i - earlier}]";
            var id = McpItems.Text(answer, "approval_request_id") ?? throw ApiException.Invalid($"{at}.approval_request_id", $"'{at}.approval_request_id' is missing.", "missing_parameter");
            if (answer.Unknown!.TryGetValue("approve", out var approve) is false || approve.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) throw ApiException.Invalid($"{at}.approve", $"'{at}.approve' must be true or false.", "invalid_type");
            if (items.FirstOrDefault(r => r is { Type: McpItems.Request } && r.Id == id) is not { Name: { } name } asked || McpItems.Text(asked, "server_label") is not { } label)
                throw ApiException.Invalid($"{at}.approval_request_id", $"'{at}.approval_request_id' is '{id}', but no approval was asked for under that name.");
            if (items.Any(c => c is { Type: McpItems.Call } && McpItems.Text(c, "approval_request_id") == id)) throw ApiException.Invalid($"{at}.approval_request_id", $"'{at}' approves a call that was made already.");
            var open = new OutputItem { Id = "mcp_" + Guid.NewGuid().ToString("N"), Type = McpItems.Call, Status = "in_progress", ServerLabel = label, Name = name, Arguments = asked.Arguments ?? "{}", ApprovalRequestId = id };
            var index = Add(open);
            await Emit(new() { Type = "response.output_item.added", OutputIndex = index, Item = open });
            if (approve.ValueKind == JsonValueKind.False)
            {
                await Close(index, open with { Status = "failed", Error = $"The user did not approve this call.{(McpItems.Text(answer, "reason") is { } reason ? " " + reason : "")}" });
                items.Add(ResponseItems.Again(output[index]));
            }
            else if (functions.TryGetValue(McpItems.FunctionName(label, name), out var function)) await Make([(index, function)]);
            else throw ApiException.Invalid(at, $"'{at}' approves a call of '{name}', but 'tools' names no server '{label}' that has it.");
        }
    }

    /// <summary>Asks once: the end of the answer, and the calls that it leaves to be made; no end where the answer is an error.</summary>
    async Task<(ResponseObject? Final, List<(int Index, McpFunction Function)> Open)> Round(int round)
    {
        await using var answer = await inner.Open(Routes.Responses, JsonSerializer.SerializeToUtf8Bytes(Asked(round), GatewayJson.Default.JsonObject), key, Stop);
        var open = new List<(int, McpFunction)>();
        if (answer.StatusCode != StatusCodes.Status200OK)
        {
            await Relay(answer);
            return (null, open);
        }
        var places = new Dictionary<int, int>();
        var asking = new HashSet<int>();
        ResponseObject? final = null;
        await foreach (var sent in SseParser.Create(answer.Content).EnumerateAsync(Stop))
        {
            var e = JsonSerializer.Deserialize(sent.Data, WireJson.Default.ResponseEvent)!;
            switch (e.Type)
            {
                case "response.created":
                    if (draft is null) await Begin(answer, e.Response!);
                    break;
                case "response.in_progress":
                    break;
                case "error":
                    await Emit(e);
                    return (null, open);
                case "response.completed" or "response.incomplete":
                    final = e.Response!;
                    usages.Add(final.Usage!);
                    break;
                case "response.output_item.added" when FunctionOf(e.Item!) is { } function:
                    if (function.Asks)
                    {
                        asking.Add(e.OutputIndex!.Value);
                        break;
                    }
                    places[e.OutputIndex!.Value] = Add(new() { Id = "mcp_" + Guid.NewGuid().ToString("N"), Type = McpItems.Call, Status = "in_progress", ServerLabel = function.Connection.Server.Label, Name = function.Tool.Name, Arguments = "" });
                    await Emit(new() { Type = e.Type, OutputIndex = places[e.OutputIndex.Value], Item = output[^1] });
                    break;
                case "response.output_item.added":
                    places[e.OutputIndex!.Value] = Add(e.Item!);
                    await Emit(e with { OutputIndex = places[e.OutputIndex.Value] });
                    break;
                case "response.output_item.done" when FunctionOf(e.Item!) is { } function:
                    if (asking.Contains(e.OutputIndex!.Value)) await Ask(function, e.Item!.Arguments!);
                    else open.Add((places[e.OutputIndex.Value], function));
                    break;
                case "response.output_item.done":
                    await Close(places[e.OutputIndex!.Value], e.Item!);
                    break;
                default:
                    if (e.OutputIndex is not { } at || asking.Contains(at)) break;
                    var item = output[places[at]];
                    if (item.Type == McpItems.Call)
                    {
                        if (e.Arguments is not null) output[places[at]] = item with { Arguments = e.Arguments };
                        await Emit(e with { Type = e.Type.Replace("function_call_arguments", "mcp_call_arguments", StringComparison.Ordinal), OutputIndex = places[at], ItemId = item.Id, Name = null });
                    }
                    else await Emit(e with { OutputIndex = places[at] });
                    break;
            }
        }
        if (answer.Context.Features.Get<Grant>() is { } grant) grants.Add(grant);
        if (grants.Count > 0) context.Features.Set<IReadOnlyList<Grant>>(grants);
        // What was said in this round stands before its calls.
        items.AddRange(output.Skip(taken).Where(o => o.Type != McpItems.Call).Select(ResponseItems.Again));
        return (final ?? throw ApiException.Unavailable("The answer ended before its end.", "upstream_unavailable"), open);
    }

    McpFunction? FunctionOf(OutputItem item) => item.Type == "function_call" ? functions.GetValueOrDefault(item.Name!) : null;

    async Task Ask(McpFunction function, string arguments)
    {
        var asked = new OutputItem { Id = "mcpr_" + Guid.NewGuid().ToString("N"), Type = McpItems.Request, ServerLabel = function.Connection.Server.Label, Name = function.Tool.Name, Arguments = arguments };
        var index = Add(asked);
        await Emit(new() { Type = "response.output_item.added", OutputIndex = index, Item = asked });
        await Close(index, asked);
    }

    /// <summary>Makes calls side by side, and tells of them in their order.</summary>
    async Task Make(List<(int Index, McpFunction Function)> open)
    {
        foreach (var (index, _) in open) await Emit(new() { Type = "response.mcp_call.in_progress", OutputIndex = index, ItemId = output[index].Id });
        var running = open.Select(o => (o.Index, Done: calls!.Make(o.Function, output[o.Index], Stop))).ToList();
        foreach (var (index, done) in running) await Close(index, await done);
        items.AddRange(open.Select(o => ResponseItems.Again(output[o.Index])));
        taken = output.Count;
    }

    /// <summary>The request of a round.</summary>
    JsonObject Asked(int round)
    {
        var asked = (JsonObject)body.DeepClone();
        foreach (var name in (string[])["previous_response_id", "max_tool_calls"]) asked.Remove(name);
        asked["input"] = JsonSerializer.SerializeToNode([.. items.Where(i => i?.Type is not (McpItems.Request or McpItems.Response))!], WireJson.Default.IReadOnlyListInputItem);
        asked["tools"] = new JsonArray([
            .. (body["tools"] as JsonArray ?? []).Where(t => t.Part("type").Text() != McpWanted.Type).Select(t => t?.DeepClone()),
            .. functions.Values.Select(f => (JsonNode)new JsonObject { ["type"] = "function", ["name"] = f.Name, ["description"] = f.Tool.Description, ["parameters"] = JsonNode.Parse(f.Tool.InputSchema.GetRawText()) }),
        ]);
        (asked["store"], asked["stream"]) = (false, true);
        // What forces a call would force one for ever; out of calls, or out of rounds, it has to answer in words.
        if (calls!.Spent || round > MostRounds) asked["tool_choice"] = "none";
        else if (round > 1 && body["tool_choice"] is { } forced && forced.Text() is not ("none" or "auto")) asked.Remove("tool_choice");
        else if (body["tool_choice"] is JsonObject choice && choice["type"].Text() == McpWanted.Type) asked["tool_choice"] = Choice(choice);
        if (asked["tools"]!.AsArray().Count == 0) asked.Remove("tools");
        return asked;
    }

    JsonNode Choice(JsonObject choice)
    {
        static JsonObject Named(string name) => new() { ["type"] = "function", ["name"] = name };
        var label = choice["server_label"].Text() ?? throw ApiException.Invalid("tool_choice.server_label", "'tool_choice.server_label' is missing.", "missing_parameter");
        if (choice["name"].Text() is { } tool)
            return functions.ContainsKey(McpItems.FunctionName(label, tool)) ? Named(McpItems.FunctionName(label, tool)) : throw ApiException.Invalid("tool_choice.name", $"'tool_choice.name' is '{tool}', which is no tool of the server '{label}'.");
        var all = functions.Values.Where(f => f.Connection.Server.Label == label).Select(f => (JsonNode)Named(f.Name)).ToArray();
        return all.Length > 0 ? new JsonObject { ["type"] = "allowed_tools", ["mode"] = "required", ["tools"] = new JsonArray(all) } : throw ApiException.Invalid("tool_choice.server_label", $"'tool_choice.server_label' is '{label}', but no such server with tools is among the 'tools'.");
    }

    /// <summary>An error of the first round is the answer; of a later one it ends the stream.</summary>
    async Task Relay(InnerStream answer)
    {
        using var told = new MemoryStream();
        await answer.Content.CopyToAsync(told, Stop);
        if (draft is null)
        {
            foreach (var (name, value) in answer.Headers) if (name is not ("Content-Length" or "x-request-id")) context.Response.Headers[name] = value;
            context.Response.StatusCode = answer.StatusCode;
            await context.Response.BodyWriter.WriteAsync(told.GetBuffer().AsMemory(0, (int)told.Length), Stop);
            return;
        }
        var error = JsonSerializer.Deserialize(told.ToArray(), WireJson.Default.ErrorBody)!.Error;
        if (!(request.Stream ?? false)) throw new ApiException(answer.StatusCode, error);
        await Emit(new() { Type = "error", Code = error.Code, Message = error.Message, Param = error.Param });
    }

    async Task Begin(InnerStream answer, ResponseObject first)
    {
        foreach (var (name, value) in answer.Headers)
            if (name.StartsWith("x-maison", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase)) context.Response.Headers[name] = value;
        draft = first with
        {
            PreviousResponseId = request.PreviousResponseId,
            Store = request.Store ?? true,
            ToolChoice = request.ToolChoice ?? first.ToolChoice,
            Tools = [.. (request.Tools ?? []).Select(McpWanted.Shown)],
            Metadata = request.Metadata ?? first.Metadata,
        };
        if (request.Stream ?? false) JsonAnswer.BeginEvents(context);
        List<ResponseEvent> before = [.. waiting];
        waiting.Clear();
        foreach (var e in (ResponseEvent[])[new() { Type = "response.created", Response = draft }, new() { Type = "response.in_progress", Response = draft }, .. before]) await Emit(e);
    }

    async Task Finish(ResponseObject final)
    {
        ResponseUsage sum = usages[^1] with
        {
            InputTokens = usages.Sum(u => u.InputTokens),
            InputTokensDetails = new(usages.Sum(u => u.InputTokensDetails.CachedTokens)),
            OutputTokens = usages.Sum(u => u.OutputTokens),
            OutputTokensDetails = new(usages.Sum(u => u.OutputTokensDetails.ReasoningTokens)),
            TotalTokens = usages.Sum(u => u.TotalTokens),
            Maison = Receipt(),
        };
        var result = draft! with { Status = final.Status, IncompleteDetails = final.IncompleteDetails, Output = output, Usage = sum };
        if (result.Store) kept.Add(key.ProjectId, result, [.. ResponseRules.Items(request, kept, key.ProjectId).Items]);
        if (request.Stream ?? false) await Emit(new() { Type = $"response.{final.Status}", Response = result });
        else await JsonAnswer.Write(context, StatusCodes.Status200OK, result, WireJson.Default.ResponseObject);
    }

    /// <summary>The last round's receipt, with the cost of all and what tools were told.</summary>
    JsonElement? Receipt()
    {
        var left = calls!.Left();
        var last = usages[^1].Maison is { } told ? JsonNode.Parse(told.GetRawText()) as JsonObject : null;
        if (last is null && left is null) return null;
        last ??= [];
        if (last.ContainsKey("cost_micros")) last["cost_micros"] = usages.Sum(u => u.Maison is { } m && m.TryGetProperty("cost_micros", out var cost) ? cost.GetInt64() : 0);
        if (left is not null) last["tools"] = left;
        return JsonSerializer.SerializeToElement(last, GatewayJson.Default.JsonObject);
    }

    int Add(OutputItem item)
    {
        output.Add(item);
        return output.Count - 1;
    }

    Task Close(int index, OutputItem item)
    {
        output[index] = item;
        return Finished();

        async Task Finished()
        {
            if (item.Type == McpItems.Call) await Emit(new() { Type = item.Error is null ? "response.mcp_call.completed" : "response.mcp_call.failed", OutputIndex = index, ItemId = item.Id });
            await Emit(new() { Type = "response.output_item.done", OutputIndex = index, Item = item });
        }
    }

    /// <summary>Writes an event; before the answer has begun it waits.</summary>
    Task Emit(ResponseEvent e)
    {
        if (draft is null) waiting.Add(e);
        else if (request.Stream ?? false) return JsonAnswer.WriteEvent(context, e with { SequenceNumber = sequence++ }, WireJson.Default.ResponseEvent, e.Type);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections)
            try { await connection.DisposeAsync(); }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or ModelContextProtocol.McpException) { /* It is over anyway. */ }
    }
}
