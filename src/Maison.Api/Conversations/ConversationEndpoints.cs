// /v1/conversations: create, list, look at, describe anew, remove; and the items of one. A key sees the conversations of its project alone.

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
    const int ListedByDefault = 20, MostListed = 100, MostMetadata = 16;

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
        Check(asked.Metadata);
        await Write(context, await conversations.Create(ProjectOf(context), asked.Metadata ?? new Dictionary<string, string>(), ConversationItems.Read(asked.Items)));
    }

    Task List(HttpContext context)
    {
        var page = Page.Of(context.Request.Query, conversations.List(ProjectOf(context)), c => c.Id, ListedByDefault, MostListed);
        return JsonAnswer.Write(context, StatusCodes.Status200OK,
            new ConversationList(page.Items) { FirstId = page.Items.FirstOrDefault()?.Id, LastId = page.Items.LastOrDefault()?.Id, HasMore = page.HasMore }, WireJson.Default.ConversationList);
    }

    async Task Describe(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.ConversationRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        if (asked.Items is not null) throw ApiException.Unsupported("items", $"Items are added with POST {Routes.Conversations}/{{id}}/items.");
        if (asked.Metadata is not { } metadata) throw ApiException.Invalid("metadata", "'metadata' is missing.", "missing_parameter");
        Check(metadata);
        await Write(context, await conversations.Describe(ProjectOf(context), IdOf(context), metadata) ?? throw Unknown(context));
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
        if (!await conversations.Add(ProjectOf(context), IdOf(context), items)) throw Unknown(context);
        await Write(context, items, more: false);
    }

    Task Items(HttpContext context)
    {
        var query = context.Request.Query;
        var (limit, order) = (ListedByDefault, query["order"].ToString());
        if (query["limit"].ToString() is { Length: > 0 } text && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MostListed))
            throw ApiException.Invalid("limit", $"'limit' is '{text}', but must be 1 to {MostListed}.");
        if (order is not ("" or "asc" or "desc")) throw ApiException.Invalid("order", $"'order' is '{order}', but must be asc or desc.");
        var after = query["after"].ToString() is { Length: > 0 } given ? given : null;
        var found = conversations.Items(Find(context).Id, after, newestFirst: order != "asc", limit + 1)
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

    static void Check(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is not null && (metadata.Count > MostMetadata || metadata.Any(m => m.Key.Length > 64 || m.Value is null || m.Value.Length > 512)))
            throw ApiException.Invalid("metadata", $"'metadata' takes at most {MostMetadata} pairs, names of 64 and values of 512 characters.");
    }

    ConversationBody Find(HttpContext context) => conversations.Find(ProjectOf(context), IdOf(context)) ?? throw Unknown(context);

    static string ProjectOf(HttpContext context) => context.Features.Get<ApiKey>()!.ProjectId;

    static string IdOf(HttpContext context) => (string)context.Request.RouteValues["id"]!;

    static string ItemOf(HttpContext context) => (string)context.Request.RouteValues["item"]!;

    static ApiException Unknown(HttpContext context) => ApiException.NotFound($"There is no conversation '{IdOf(context)}' in the project of this key.");

    static ApiException UnknownItem(HttpContext context) => ApiException.NotFound($"The conversation '{IdOf(context)}' has no item '{ItemOf(context)}'.");

    static Task Write(HttpContext context, ConversationBody body) => JsonAnswer.Write(context, StatusCodes.Status200OK, body, WireJson.Default.ConversationBody);

    static Task Write(HttpContext context, IReadOnlyList<OutputItem> items, bool more) => JsonAnswer.Write(context, StatusCodes.Status200OK,
        new ConversationItemList(items) { FirstId = items.FirstOrDefault()?.Id, LastId = items.LastOrDefault()?.Id, HasMore = more }, WireJson.Default.ConversationItemList);
}
