// The assistant: chats that the API keeps, answers that are streamed into place, or sent whole to a browser without scripts. A message is kept
// before the model is asked, so that nothing said is lost; one without an answer can be answered any time. Editing and asking again add a
// branch beside what was there, and remove nothing.

using Maison.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Maison.App.Assistant;

/// <summary>The pages of chats.</summary>
static class AssistantPages
{
    const int MostShown = 40, MostTold = 100, LongestTitle = 60;

    public static async Task New(Visit visit)
    {
        var query = visit.Context.Request.Query;
        await Page(visit, new() { Folder = query["folder"].ToString(), Draft = query["text"].ToString(), Model = query["model"].ToString() });
    }

    public static async Task Show(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var query = visit.Context.Request.Query;
        string? Asked(string name) => query[name].ToString() is { Length: > 0 } id ? id : null;
        var page = (await Read(visit, conversation, Asked("before"), Asked("at"))) with { Ask = query["ask"] == "1" };
        if (query["edit"].ToString() is { Length: > 0 } edit) page = page with { Edited = await visit.Api.Item(conversation.Id, edit, visit.Left) };
        if (query["over"].ToString() is { Length: > 0 } over && page.Turns is [.., { FromUser: false } chosen])
            page = page with { Note = visit.Texts.Chosen(chosen.Notes.Model ?? "", Notes.Of((await visit.Api.Item(conversation.Id, over, visit.Left)).Metadata).Model ?? "") };
        await Page(visit, page);
    }

    /// <summary>Keeps what was said, and answers unless the form asks for that to happen on the chat's own page.</summary>
    public static async Task Say(Visit visit)
    {
        var text = (await visit.Field("text")).ReplaceLineEndings("\n").Trim();
        var conversation = visit.RouteId is { } id ? await visit.Api.Conversation(id, visit.Left) : null;
        var models = await Models(visit, conversation);
        var wish = PictureWish.Of(text, await visit.Field("paint") is { Length: > 0 } ? PictureWish.New : null);
        if (text.Length == 0 || models.Count == 0 && wish is null)
        {
            await Refuse(visit, conversation, text.Length == 0 ? visit.Texts.Empty : visit.Texts.NoModel);
            return;
        }
        IReadOnlyList<Source> files;
        try
        {
            files = await Passages.Take(visit);
        }
        catch (ApiProblem problem) when (problem.Status is StatusCodes.Status400BadRequest or StatusCodes.Status413PayloadTooLarge)
        {
            await Refuse(visit, conversation, problem.Message);
            return;
        }
        var edited = await visit.Field("edit") is { Length: > 0 } edit && conversation is not null ? await visit.Api.Item(conversation.Id, edit, visit.Left) : null;
        if (conversation is null)
        {
            var described = new Dictionary<string, string> { ["title"] = Title(wish is { Prompt.Length: > 0 } ? wish.Prompt : text), ["model"] = models.FirstOrDefault() ?? "" };
            if (await visit.Field("folder") is { Length: > 0 } folder) described["folder"] = folder;
            if (await Tools(visit) is { Length: > 0 } tools) described["tools"] = tools;
            conversation = await visit.Api.NewConversation(described, visit.Left);
        }
        else if (await Tools(visit) is { } chosen && chosen != conversation.Metadata.GetValueOrDefault("tools", ""))
        {
            var metadata = new Dictionary<string, string>(conversation.Metadata) { ["tools"] = chosen };
            if (chosen.Length == 0) metadata.Remove("tools");
            conversation = await visit.Api.Describe(conversation.Id, metadata, visit.Left);
        }
        var added = await visit.Api.Add(conversation.Id, [new() { Type = "message", Role = "user", Content = text, Metadata = files.Count == 0 && wish is null ? null : new Notes { Files = files, Paint = wish?.Kind }.Kept }], visit.Left, edited is null ? null : edited.After ?? "start");
        if (await visit.Field("later") == "1")
        {
            visit.Go($"/assistant/{conversation.Id}?ask=1");
            return;
        }
        await Answer(visit, new(conversation, models, added.Data[0].Id) { Said = true, Cut = edited is null ? null : edited.After ?? "" });
    }

    /// <summary>The servers of tools that the form chooses; null where it offers none.</summary>
    static async Task<string?> Tools(Visit visit) => await visit.Field("tools") == "1" ? string.Join(',', visit.Context.Request.Form["tool"].Where(t => t?.Length is > 0 and <= 32)) : null;

    /// <summary>Lets a form bring as many files as are taken.</summary>
    public static void AllowFiles(HttpContext context)
    {
        const long most = Passages.MostFiles * (long)Passages.MostBytes + (1 << 20);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = most;
    }

    /// <summary>Answers a message again, or for the first time.</summary>
    public static async Task Again(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var models = await Models(visit, conversation);
        var after = await After(visit, conversation);
        if (after is null) await Refuse(visit, conversation, visit.Texts.Empty);
        else await Answer(visit, new(conversation, models, after) { Cut = after });
    }

    /// <summary>Two answers whose models are not told until one is chosen: the answer's own model and another where there is one.</summary>
    public static async Task Compare(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var own = (await Models(visit, conversation)).FirstOrDefault();
        var after = await After(visit, conversation);
        if (own is null || after is null)
        {
            await Refuse(visit, conversation, after is null ? visit.Texts.Empty : visit.Texts.NoModel);
            return;
        }
        var other = (await visit.Api.Writers(visit.Left)).Select(m => m.Id).Where(m => m != own).Shuffle().FirstOrDefault() ?? own;
        await Answer(visit, new(conversation, [.. new[] { own, other }.Shuffle()], after) { Cut = after, Blind = true });
    }

    /// <summary>Goes on with an answer that was stopped.</summary>
    public static async Task Continue(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var item = await visit.Field("item");
        var turns = await TurnsTo(visit, conversation, item);
        if (turns is not [.., { FromUser: false } begun]) await Refuse(visit, conversation, visit.Texts.Empty);
        else await Answer(visit, new(conversation, [begun.Notes.Model ?? (await Models(visit, conversation))[0]], begun.After ?? "start") { Begun = begun, Cut = begun.After ?? "" });
    }

    /// <summary>Goes on with another branch.</summary>
    public static async Task Turn(Visit visit)
    {
        var (item, over) = (await visit.Field("item"), await visit.Field("over"));
        await visit.Api.TurnTo(visit.RouteId!, item, visit.Left);
        visit.Go($"/assistant/{visit.RouteId}{(over.Length > 0 ? "?over=" + Uri.EscapeDataString(over) : "")}#m-{Uri.EscapeDataString(item)}");
    }

    /// <summary>Title, folder, tags; whether it is pinned or put away.</summary>
    public static async Task Describe(Visit visit)
    {
        var conversation = await visit.Api.Conversation(visit.RouteId!, visit.Left);
        var metadata = new Dictionary<string, string>(conversation.Metadata);
        foreach (var name in new[] { "title", "folder", "tags", "pinned", "archived" })
            if (visit.Context.Request.Form.ContainsKey(name))
                metadata[name] = Cut((await visit.Field(name)).Trim());
        if (metadata.GetValueOrDefault("title") == "") metadata["title"] = conversation.Metadata.GetValueOrDefault("title", "");
        foreach (var (name, value) in metadata.ToList())
            if (value.Length == 0) metadata.Remove(name);
        await visit.Api.Describe(conversation.Id, metadata, visit.Left);
        visit.Go($"/assistant/{conversation.Id}");

        static string Cut(string value) => value.Length <= 200 ? value : value[..200];
    }

    public static async Task Delete(Visit visit)
    {
        await visit.Api.Remove(visit.RouteId!, visit.Left);
        visit.Go("/assistant");
    }

    static async Task Answer(Visit visit, Asked asked)
    {
        var turns = asked.Begun is null ? await TurnsTo(visit, asked.Conversation, asked.After) : asked.After == "start" ? [] : await TurnsTo(visit, asked.Conversation, asked.After);
        if (asked.Begun is null && turns is [.., { FromUser: true } last] && PictureWish.Of(last.Text, last.Notes.Paint) is { } wish)
        {
            using var painting = new Saying(visit, asked, turns, "", []);
            var failed = await painting.Depict(wish);
            if (failed is not null) await Refuse(visit, asked.Conversation, failed);
            else if (!visit.Live) visit.Go($"/assistant/{asked.Conversation.Id}");
            return;
        }
        if (asked.Models.Count == 0)
        {
            await Refuse(visit, asked.Conversation, visit.Texts.NoModel);
            return;
        }
        var folders = await visit.Api.Folders(visit.Left);
        var given = await Passages.For(visit, turns);
        asked = asked with { Aloud = await visit.Field("aloud") == "1" };
        var told = string.Join("\n\n", new[] { Instructions(folders, asked.Conversation), Passages.Told(given) }.Where(t => t.Length > 0));
        using var saying = new Saying(visit, asked, turns, told, given);
        var problem = await saying.Answer();
        if (visit.Live) return;
        if (problem is null) visit.Go($"/assistant/{asked.Conversation.Id}");
        else await Refuse(visit, asked.Conversation, problem);
    }

    /// <summary>What models are told before a chat: everywhere, and in its folder.</summary>
    static string Instructions(IReadOnlyList<FolderBody> folders, ConversationBody conversation)
        => string.Join("\n\n", folders.Where(f => f.Id == FolderBody.Everywhere || f.Id == conversation.Metadata.GetValueOrDefault("folder")).Select(f => f.Instructions.Trim()).Where(i => i.Length > 0));

    /// <summary>The last messages up to one.</summary>
    static async Task<List<Turn>> TurnsTo(Visit visit, ConversationBody conversation, string item)
        => Assistant.Turn.Of((await visit.Api.Items(conversation.Id, null, MostTold, visit.Left, branch: item)).Data.Reverse());

    /// <summary>The message that is to be answered: the one that the form names, or the last one that somebody said.</summary>
    static async Task<string?> After(Visit visit, ConversationBody conversation)
        => await visit.Field("after") is { Length: > 0 } given ? given
            : Assistant.Turn.Of((await visit.Api.Items(conversation.Id, null, MostTold, visit.Left)).Data.Reverse()).LastOrDefault(t => t.FromUser)?.Id;

    /// <summary>The models that the form chooses: one, or two side by side; or the chat's, its folder's, or the first.</summary>
    static async Task<IReadOnlyList<string>> Models(Visit visit, ConversationBody? conversation)
    {
        var beside = await visit.Field("beside");
        if (await visit.Field("model") is { Length: > 0 } chosen) return beside.Length > 0 ? [chosen, beside] : [chosen];
        var models = await visit.Api.Writers(visit.Left);
        var used = conversation?.Metadata.GetValueOrDefault("model");
        return (models.FirstOrDefault(m => m.Id == used) ?? models.FirstOrDefault())?.Id is { } found ? [found] : [];
    }

    static string Title(string text)
    {
        var line = text.Split('\n')[0].Trim();
        if (line.Length <= LongestTitle) return line;
        var cut = line.LastIndexOf(' ', LongestTitle);
        return line[..(cut > LongestTitle / 2 ? cut : char.IsHighSurrogate(line[LongestTitle - 1]) ? LongestTitle - 1 : LongestTitle)] + "…";
    }

    /// <summary>The chat as it is, with what went wrong.</summary>
    static async Task Refuse(Visit visit, ConversationBody? conversation, string problem)
    {
        if (visit.Live) await Saying.Tell(visit, problem);
        else await Page(visit, (conversation is null ? new() : await Read(visit, conversation)) with { Problem = problem });
    }

    /// <param name="before">Shows what is before this item.</param>
    /// <param name="at">Shows the branch up to this item, where a search found it.</param>
    static async Task<Shown> Read(Visit visit, ConversationBody conversation, string? before = null, string? at = null)
    {
        if (at == conversation.Head) at = null;
        var page = await visit.Api.Items(conversation.Id, before, MostShown, visit.Left, branch: at);
        var items = page.Data.Reverse().ToList();
        // A page begins with what somebody said, so that no answer is cut from its reasoning.
        if (page.HasMore) items = [.. items.SkipWhile(i => i.Role != "user")];
        return new() { Conversation = conversation, Turns = Assistant.Turn.Of(items), Earlier = page.HasMore ? items.FirstOrDefault()?.Id : null, Past = (before ?? at) is not null };
    }

    static async Task Page(Visit visit, Shown shown)
    {
        var (served, folders, voices, servers) = (visit.Api.Models(visit.Left), visit.Api.Folders(visit.Left), visit.Api.Voices(visit.Left), visit.Api.ToolServers(visit.Left));
        List<ModelCard> models = [.. (await served).Where(m => m.OutputModalities.Contains("text"))];
        await visit.Page<AssistantPage>(new()
        {
            ["Shown"] = shown with { Problem = shown.Problem ?? (models.Count == 0 ? visit.Texts.NoModel : null) },
            ["Models"] = models,
            ["Paints"] = (await served).Any(m => m.OutputModalities.Contains("image")),
            ["Folders"] = await folders,
            ["Speaks"] = (await voices).Count > 0,
            ["Servers"] = await servers,
        }, shown.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }
}

/// <summary>A chat as a page shows it.</summary>
public sealed record Shown
{
    /// <summary>Null for one that has not begun.</summary>
    public ConversationBody? Conversation { get; init; }
    public List<Turn> Turns { get; init; } = [];

    /// <summary>The id before which there is more; null when all is shown.</summary>
    public string? Earlier { get; init; }

    /// <summary>Whether this is not the end of the chat.</summary>
    public bool Past { get; init; }
    public string? Problem { get; init; }
    public string? Note { get; init; }

    /// <summary>Whether the page asks for the answer by itself.</summary>
    public bool Ask { get; init; }

    /// <summary>The message that is being said anew.</summary>
    public OutputItem? Edited { get; init; }

    /// <summary>Of a chat that has not begun: the folder that it will be in, and what is in the box.</summary>
    public string Folder { get; init; } = "";
    public string Draft { get; init; } = "";

    /// <summary>The model that is chosen to begin with.</summary>
    public string Model { get; init; } = "";
}
