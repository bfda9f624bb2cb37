// All chats: found by words, folder, tag, or put away; their folders with what models are told there; and the ways in and out of the house:
// export as Markdown or JSON, import of our own JSON or of ChatGPT's conversations.json.

using System.Text.Json;
using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Maison.App.Chats;

/// <summary>The pages of all chats.</summary>
static class ChatPages
{
    const int Listed = 50;
    const long MostImported = 1L << 30;

    public static Task Show(Visit visit) => Page(visit, null, null);

    public static async Task Export(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var items = await visit.Api.AllItems(conversation.Id, visit.Left);
        var json = visit.Path.EndsWith(".json", StringComparison.Ordinal);
        Attach(visit, $"{FileName(conversation.TitleIn(visit.Texts))}.{(json ? "json" : "md")}", json ? "application/json" : "text/markdown");
        if (json) await JsonSerializer.SerializeAsync(visit.Context.Response.Body, new ChatFile([ChatFile.Chat.Of(conversation, items)]), ChatFileJson.Default.ChatFile, visit.Left);
        else await visit.Context.Response.WriteAsync(ChatFile.Markdown(conversation, items, visit.Texts), visit.Left);
    }

    /// <summary>All chats in one file, one after the other, so that no more than one is in memory.</summary>
    public static async Task ExportAll(Visit visit)
    {
        Attach(visit, "maison-chats.json", "application/json");
        var body = visit.Context.Response.Body;
        await body.WriteAsync(ChatFile.Head, visit.Left);
        var first = true;
        foreach (var archived in new[] { "false", "true" })
            for (string? after = null, last = ""; last is not null; after = last)
            {
                var page = await visit.Api.Conversations(Listed, visit.Left, ("archived", archived), ("after", after));
                foreach (var conversation in page.Data)
                {
                    if (!first) await body.WriteAsync(","u8.ToArray(), visit.Left);
                    first = false;
                    await JsonSerializer.SerializeAsync(body, ChatFile.Chat.Of(conversation, await visit.Api.AllItems(conversation.Id, visit.Left)), ChatFileJson.Default.Chat, visit.Left);
                }
                last = page.HasMore ? page.LastId : null;
            }
        await body.WriteAsync(ChatFile.Tail, visit.Left);
    }

    public static async Task Import(Visit visit)
    {
        var file = visit.Context.Request.Form.Files.GetFile("file");
        if (file is null || file.Length == 0)
        {
            await Page(visit, visit.Texts.NoFile, null);
            return;
        }
        try
        {
            using var stream = file.OpenReadStream();
            var (chats, skipped) = await ChatImport.Read(stream, visit.Left);
            foreach (var chat in chats) await ChatImport.Keep(visit.Api, chat, visit.Left);
            await Page(visit, null, visit.Texts.Imported(chats.Count, skipped));
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            await Page(visit, visit.Texts.NotImported(e.Message), null);
        }
    }

    /// <summary>Lets a form bring a large file.</summary>
    public static void AllowLarge(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MostImported;
        context.Features.Set<IFormFeature>(new FormFeature(context.Request, new() { MultipartBodyLengthLimit = MostImported }));
    }

    public static async Task SetFolder(Visit visit)
    {
        var (id, name) = (visit.RouteId, (await visit.Field("name")).Trim());
        await visit.Api.SetFolder(id, new()
        {
            Name = id == FolderBody.Everywhere ? null : name,
            Instructions = (await visit.Field("instructions")).ReplaceLineEndings("\n").Trim(),
            Model = await visit.Field("model"),
        }, visit.Left);
        visit.Go("/chats/folders");
    }

    public static async Task RemoveFolder(Visit visit)
    {
        await visit.Api.RemoveFolder(visit.RouteId!, visit.Left);
        visit.Go("/chats/folders");
    }

    public static async Task Folders(Visit visit)
    {
        var models = visit.Api.Writers(visit.Left);
        await visit.Page<FoldersPage>(new() { ["Folders"] = await visit.Api.Folders(visit.Left), ["Models"] = await models });
    }

    static async Task Page(Visit visit, string? problem, string? note)
    {
        string Asked(string name) => visit.Context.Request.Query[name].ToString().Trim();
        var folders = visit.Api.Folders(visit.Left);
        var found = await visit.Api.Conversations(Listed, visit.Left, ("search", Asked("search")), ("archived", Asked("archived")), ("folder", Asked("folder")), ("tag", Asked("tag")), ("after", Asked("after")));
        await visit.Page<ChatsPage>(new()
        {
            ["Found"] = found,
            ["Folders"] = await folders,
            ["Search"] = Asked("search"),
            ["Archived"] = Asked("archived") == "true",
            ["Folder"] = Asked("folder"),
            ["Tag"] = Asked("tag"),
            ["Problem"] = problem,
            ["Note"] = note,
        }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    static void Attach(Visit visit, string name, string type)
    {
        visit.Context.Response.ContentType = type + "; charset=utf-8";
        visit.Context.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(name)}";
    }

    static string FileName(string title) => string.Concat(title.Select(c => char.IsLetterOrDigit(c) ? c : ' ')).Trim() is { Length: > 0 } name ? string.Join('-', name.Split(' ', StringSplitOptions.RemoveEmptyEntries)) : "chat";
}
