// A Model Context Protocol server at /mcp (streamable HTTP, without sessions): assistants of other houses use this one's models as tools.
// Each tool is one call of the public API under the caller's key, with its scope, budget and receipt. Source: modelcontextprotocol.io/specification.

using System.Text.Json;
using System.Text.Json.Nodes;
using Maison.Api.Errors;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Data.Pictures;
using Maison.Inference.Speech;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Maison.Api.Mcp;

/// <summary>The tools chat, speak, imagine and edit_picture, each as long as a model for it is served.</summary>
sealed class ToolServer(ModelRegistry models, Router router, InnerCalls calls)
{
    const string Chat = "chat", Speak = "speak", Imagine = "imagine", Edit = "edit_picture";

    /// <summary>Registers what the protocol needs; the tools themselves come with <see cref="Map"/>.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddLogging();
        services.AddHttpContextAccessor();
        services.AddMcpServer(options => options.ServerInfo = new() { Name = "maison", Version = typeof(ToolServer).Assembly.GetName().Version?.ToString(3) ?? "0" })
            .WithHttpTransport(options => options.SessionMode = HttpServerSessionMode.Stateless)
            .WithListToolsHandler((request, _) => ValueTask.FromResult(new ListToolsResult { Tools = [.. Of(request.Services!).Tools()] }))
            .WithCallToolHandler((request, cancellation) => Of(request.Services!).Call(request.Params, request.Services!.GetRequiredService<IHttpContextAccessor>().HttpContext!, cancellation));
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMcp(Routes.Mcp);

    static ToolServer Of(IServiceProvider services) => services.GetRequiredService<ToolServer>();

    IEnumerable<Tool> Tools()
    {
        string[] writers = [.. models.Texts.Select(m => m.Id), .. router.Names.Where(n => n.Output == "text").Select(n => n.Name)];
        if (writers.Length > 0)
            yield return Tool(Chat, "Asks one of the house's language models and returns its answer.", ["prompt"], new()
            {
                ["prompt"] = Text("What to ask"),
                ["system"] = Text("How to answer: role, tone, form"),
                ["model"] = OneOf("Which model; otherwise the first", writers),
                ["max_tokens"] = Number("integer", "Tokens that the answer may have at most", 1),
            });
        if (models.Speakers is [var speaker, ..])
            yield return Tool(Speak, "Speaks a text aloud and returns the sound as a WAV file.", ["text"], new()
            {
                ["text"] = Text($"What to say, at most {speaker.MostCharacters} characters"),
                ["voice"] = OneOf("Who speaks", [.. speaker.Voices.Select(v => v.Name)]),
                ["style"] = OneOf("How", [.. SpeechStyles.All.Select(s => s.Name)]),
                ["speed"] = Number("number", "1 is natural", 0.25, 4),
            });
        if (models.Painters is not [var painter, ..]) yield break;
        yield return Tool(Imagine, $"Paints a picture from a description and returns it as a PNG file of {painter.Sides[^1]} × {painter.Sides[^1]} pixels.", ["prompt"], new()
        {
            ["prompt"] = Text("What the picture shows, and in which style"),
            ["seed"] = Number("integer", "The same seed paints the same picture", 0),
            ["background"] = OneOf("transparent cuts out the plain background of emoji and icons", ["opaque", "transparent"]),
        });
        yield return Tool(Edit, "Paints a picture anew, whole or in a part, and returns it as a PNG file of the same size. What is not opened stays as it is.", ["image", "prompt"], new()
        {
            ["image"] = Text("The picture's file in base 64: PNG, JPEG or WebP"),
            ["prompt"] = Text("What the picture, or its part, shows then"),
            ["area"] = Text($"The part that is painted: {OpenedArea.Form}; otherwise all, or what is transparent in the picture"),
            ["strength"] = Number("number", "How much is painted anew", 0.05, 1),
            ["seed"] = Number("integer", "The same seed paints the same picture", 0),
        });
    }

    async ValueTask<CallToolResult> Call(CallToolRequestParams? call, HttpContext context, CancellationToken cancellation)
    {
        var tool = Tools().FirstOrDefault(t => t.Name == call?.Name)
            ?? throw new McpProtocolException($"There is no tool '{call?.Name}'. There are: {string.Join(", ", Tools().Select(t => t.Name))}.", McpErrorCode.InvalidParams);
        var given = call!.Arguments ?? new Dictionary<string, JsonElement>();
        var known = tool.InputSchema.GetProperty("properties");
        foreach (var name in given.Keys)
            if (!known.TryGetProperty(name, out _)) return Failed($"'{name}' is no argument of {tool.Name}. It takes {string.Join(", ", known.EnumerateObject().Select(p => p.Name))}.");
        foreach (var needed in tool.InputSchema.GetProperty("required").EnumerateArray())
            if (!given.ContainsKey(needed.GetString()!)) return Failed($"'{needed}' is missing.");

        var key = context.Features.Get<ApiKey>()!;
        var (path, body) = tool.Name switch
        {
            Chat => (Routes.ChatCompletions, Asked(given)),
            Speak => (Routes.Speech, Spoken(given)),
            Edit => (Routes.Edits, With(given, "image", "prompt", "area", "strength", "seed")),
            _ => (Routes.Pictures, With(given, "prompt", "seed", "background")),
        };
        if (!key.Scope.OpensRoute(path)) return Failed($"This key does not open {path}.");
        InnerAnswer answer;
        if (path == Routes.Edits)
        {
            if (Form(body) is not { } form) return Failed("'image' is no text in base 64.");
            using (form) answer = await calls.Post(path, await form.ReadAsByteArrayAsync(cancellation), () => key, cancellation, form.Headers.ContentType!.ToString());
        }
        else answer = await calls.Post(path, JsonSerializer.SerializeToUtf8Bytes(body, GatewayJson.Default.JsonObject), () => key, cancellation);
        if (answer.Status != StatusCodes.Status200OK) return Failed(JsonNode.Parse(answer.Body.Span)?["error"]?["message"]?.GetValue<string>() ?? $"The house answered {answer.Status}.");
        return tool.Name switch
        {
            Chat => Result(new TextContentBlock { Text = JsonNode.Parse(answer.Body.Span)!["choices"]![0]!["message"]!["content"]?.GetValue<string>() ?? "" }),
            Speak => Result(AudioContentBlock.FromBytes(answer.Body, "audio/wav")),
            _ => Result(ImageContentBlock.FromBytes(Convert.FromBase64String(JsonNode.Parse(answer.Body.Span)!["data"]![0]!["b64_json"]!.GetValue<string>()), "image/png")),
        };
    }

    JsonObject Asked(IDictionary<string, JsonElement> given)
    {
        var body = With(given, "max_tokens");
        body["model"] = given.TryGetValue("model", out var model) ? JsonNode.Parse(model.GetRawText()) : models.Texts.FirstOrDefault()?.Id ?? router.Names.First().Name;
        var messages = new JsonArray();
        if (given.TryGetValue("system", out var system)) messages.Add((JsonNode)new JsonObject { ["role"] = "system", ["content"] = JsonNode.Parse(system.GetRawText()) });
        messages.Add((JsonNode)new JsonObject { ["role"] = "user", ["content"] = JsonNode.Parse(given["prompt"].GetRawText()) });
        body["messages"] = messages;
        return body;
    }

    JsonObject Spoken(IDictionary<string, JsonElement> given)
    {
        var body = With(given, "speed");
        body["model"] = models.Speakers[0].Id;
        body["input"] = JsonNode.Parse(given["text"].GetRawText());
        body["voice"] = given.TryGetValue("voice", out var voice) ? JsonNode.Parse(voice.GetRawText()) : models.Speakers[0].Voices[0].Name;
        body["response_format"] = "wav";
        if (given.TryGetValue("style", out var style)) body["maison"] = new JsonObject { ["style"] = JsonNode.Parse(style.GetRawText()) };
        return body;
    }

    /// <summary>An edit as a form; null where the picture is not in base 64.</summary>
    static MultipartFormDataContent? Form(JsonObject body)
    {
        const string image = "image";
        if (body[image] is not JsonValue given || !given.TryGetValue<string>(out var text)) return null;
        var file = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, file, out var length)) return null;
        var form = new MultipartFormDataContent { { new ByteArrayContent(file, 0, length), image, image } };
        foreach (var (name, value) in body)
            if (name != image && value is not null) form.Add(new StringContent(value is JsonValue word && word.TryGetValue<string>(out var said) ? said : value.ToJsonString()), name);
        return form;
    }

    static JsonObject With(IDictionary<string, JsonElement> given, params string[] names)
        => new(names.Where(given.ContainsKey).Select(n => KeyValuePair.Create(n, JsonNode.Parse(given[n].GetRawText()))));

    static CallToolResult Result(ContentBlock content) => new() { Content = [content] };

    static CallToolResult Failed(string why) => new() { Content = [new TextContentBlock { Text = why }], IsError = true };

    static Tool Tool(string name, string description, string[] required, JsonObject properties)
    {
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = new JsonArray([.. required.Select(r => (JsonNode)r)]), ["additionalProperties"] = false };
        return new() { Name = name, Description = description, InputSchema = JsonSerializer.SerializeToElement(schema, GatewayJson.Default.JsonObject) };
    }

    static JsonObject Text(string description) => new() { ["type"] = "string", ["description"] = description };

    static JsonObject OneOf(string description, IReadOnlyList<string> values) => new() { ["type"] = "string", ["description"] = description, ["enum"] = new JsonArray([.. values.Select(v => (JsonNode)v)]) };

    static JsonObject Number(string type, string description, double least, double? most = null)
    {
        var schema = new JsonObject { ["type"] = type, ["description"] = description, ["minimum"] = least };
        if (most is { } limit) schema["maximum"] = limit;
        return schema;
    }
}
