// /v1/conversations: create, list, search, look at, describe anew, turn to another branch, remove; and the items of one. A key sees the
// conversations of its project alone.

using System.Globalization;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Conversations;

/// <summary>The routes of conversations.</summary>
sealed class ConversationEndpoints(ConversationStore conversations)
{
    const int ListedByDefault = 20, MostListed = 100;
    const string Start = "start";

    public static void Map(IEndpointRouteBuilder routes, ConversationStore conversations)
    {
        var here = new ConversationEndpoints(conversations);
        const string one = Routes.Conversations + "/{id}", items = one + "/items", item = items + "/{item}";
        routes.MapPost(Routes.Conversations, here.Create);
        routes.MapGet(Routes.Conversations, here.List);
        routes.MapGet(one, context => Write(context, here.Find(context)));
        routes.MapPost(one, here.Describe);
        routes.MapDelete(one, here.Delete);
        routes.MapPost(items, here.Add);
        routes.MapGet(items, here.Items);
        routes.MapGet(item, here.Item);
        routes.MapDelete(item, here.DeleteItem);
    }

    async Task Create(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ConversationRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        RefuseAfter(asked);
        RefuseHead(asked);
        ConversationItems.CheckMetadata(asked.Metadata, "metadata");
        await Write(context, await conversations.Create(ProjectOf(context), asked.Metadata ?? new Dictionary<string, string>(), ConversationItems.Read(asked.Items)));
    }

    Task List(HttpContext context)
    {
        var (query, limit) = (context.Request.Query, Limit(context.Request.Query));
        if (Text(query, "search") is { } asked) return Write(context, conversations.Search(ProjectOf(context), asked, limit), limit);
        var archived = Text(query, "archived") switch { null or "false" => false, "true" => true, var other => throw ApiException.Invalid("archived", $"'archived' is '{other}', but must be true or false.") };
        var after = Text(query, "after");
        var found = conversations.List(ProjectOf(context), new(archived, Text(query, "folder"), Text(query, "tag")), after, limit + 1)
            ?? throw ApiException.Invalid("after", $"'after' is '{after}', which is not in the list.");
        return Write(context, found, limit);
    }

    async Task Describe(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ConversationRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        if (asked.Items is not null) throw ApiException.Unsupported("items", $"Items are added with POST {Routes.Conversations}/{{id}}/items.");
        RefuseAfter(asked);
        if (asked is { Metadata: null, Head: null }) throw ApiException.Invalid("metadata", "'metadata' is missing, and so is 'head'.", "missing_parameter");
        ConversationItems.CheckMetadata(asked.Metadata, "metadata");
        var conversation = Find(context);
        if (asked.Head is { } head) conversation = await conversations.Turn(ProjectOf(context), conversation.Id, head) ?? throw ApiException.Invalid("head", $"'head' is '{head}', which is not in the conversation.");
        if (asked.Metadata is { } metadata) conversation = await conversations.Describe(ProjectOf(context), conversation.Id, metadata) ?? throw Unknown(context);
        await Write(context, conversation);
    }

    async Task Delete(HttpContext context)
    {
        if (!await conversations.Delete(ProjectOf(context), IdOf(context))) throw Unknown(context);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedConversation(IdOf(context)), WireJson.Default.DeletedConversation);
    }

    async Task Add(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ConversationRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        if (asked.Metadata is not null) throw ApiException.Unsupported("metadata", "Items take no 'metadata'. Leave it out.");
        var items = ConversationItems.Read(asked.Items);
        if (items.Count == 0) throw ApiException.Invalid("items", "'items' is missing or empty; send at least one item.", "missing_parameter");
        RefuseHead(asked);
        try
        {
            if (!await conversations.Add(ProjectOf(context), IdOf(context), asked.After == Start ? "" : asked.After, items)) throw Unknown(context);
        }
        catch (ArgumentException e)
        {
            throw ApiException.Invalid("after", e.Message);
        }
        await Write(context, items, more: false);
    }

    Task Items(HttpContext context)
    {
        var (query, limit) = (context.Request.Query, Limit(context.Request.Query));
        var (order, after, branch) = (Text(query, "order"), Text(query, "after"), Text(query, "branch"));
        if (order is not (null or "asc" or "desc")) throw ApiException.Invalid("order", $"'order' is '{order}', but must be asc or desc.");
        if (branch == "all" && order != "asc") throw ApiException.Invalid("order", "'branch' all comes in the order in which it was written. Send 'order' asc.");
        var conversation = Find(context);
        if (branch is not (null or "all") && conversations.Item(conversation.Id, branch) is null) throw ApiException.Invalid("branch", $"'branch' is '{branch}', but must be all or an item of the conversation.");
        var found = (branch == "all" ? conversations.Everything(conversation.Id, after, limit + 1) : conversations.Items(conversation.Id, branch ?? conversation.Head ?? "", after, newestFirst: order != "asc", limit + 1))
            ?? throw ApiException.Invalid("after", $"'after' is '{after}', which is not in the conversation.");
        return Write(context, [.. found.Take(limit)], more: found.Count > limit);
    }

    Task Item(HttpContext context)
        => JsonAnswer.Write(context, StatusCodes.Status200OK, conversations.Item(Find(context).Id, ItemOf(context)) ?? throw UnknownItem(context), WireJson.Default.OutputItem);

    async Task DeleteItem(HttpContext context)
    {
        var conversation = Find(context);
        if (!await conversations.DeleteItem(conversation.Id, ItemOf(context))) throw UnknownItem(context);
        await Write(context, conversation);
    }

    static int Limit(IQueryCollection query)
    {
        if (Text(query, "limit") is not { } text) return ListedByDefault;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostListed ? limit
            : throw ApiException.Invalid("limit", $"'limit' is '{text}', but must be 1 to {MostListed}.");
    }

    static string? Text(IQueryCollection query, string name) => query[name].ToString() is { Length: > 0 } given ? given : null;

    static void RefuseAfter(ConversationRequest asked)
    {
        if (asked.After is not null) throw ApiException.Unsupported("after", $"'after' says where items are added, with POST {Routes.Conversations}/{{id}}/items.");
    }

    static void RefuseHead(ConversationRequest asked)
    {
        if (asked.Head is not null) throw ApiException.Unsupported("head", $"The branch is chosen with POST {Routes.Conversations}/{{id}}.");
    }

    ConversationBody Find(HttpContext context) => conversations.Find(ProjectOf(context), IdOf(context)) ?? throw Unknown(context);

    static string ProjectOf(HttpContext context) => context.Features.Get<ApiKey>()!.ProjectId;

    static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    static string ItemOf(HttpContext context) => (string)context.Request.RouteValues["item"]!;

    static ApiException Unknown(HttpContext context) => ApiException.NotFound($"There is no conversation '{IdOf(context)}' in the project of this key.");

    static ApiException UnknownItem(HttpContext context) => ApiException.NotFound($"The conversation '{IdOf(context)}' has no item '{ItemOf(context)}'.");

    static Task Write(HttpContext context, ConversationBody body) => JsonAnswer.Write(context, StatusCodes.Status200OK, body, WireJson.Default.ConversationBody);

    static Task Write(HttpContext context, List<ConversationBody> found, int limit)
    {
        var shown = found.Take(limit).ToList();
        return JsonAnswer.Write(context, StatusCodes.Status200OK,
            new ConversationList(shown) { FirstId = shown.FirstOrDefault()?.Id, LastId = shown.LastOrDefault()?.Id, HasMore = found.Count > limit }, WireJson.Default.ConversationList);
    }

    static Task Write(HttpContext context, IReadOnlyList<OutputItem> items, bool more) => JsonAnswer.Write(context, StatusCodes.Status200OK,
        new ConversationItemList(items) { FirstId = items.FirstOrDefault()?.Id, LastId = items.LastOrDefault()?.Id, HasMore = more }, WireJson.Default.ConversationItemList);
}
