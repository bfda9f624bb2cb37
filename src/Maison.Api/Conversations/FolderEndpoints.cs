// /v1/conversations/folders: what models are told in the conversations of a folder, and who answers there. The folder "everywhere" is always
// there and stands for all conversations. Removing a folder leaves its conversations, in none.

using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Requests;
using Maison.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Maison.Api.Conversations;

/// <summary>The routes of folders.</summary>
sealed class FolderEndpoints(FolderStore folders)
{
    const int LongestName = 80, LongestInstructions = 8000;

    public static void Map(IEndpointRouteBuilder routes, FolderStore folders)
    {
        var here = new FolderEndpoints(folders);
        const string all = Routes.Conversations + "/folders", one = all + "/{folder}";
        routes.MapGet(all, context => JsonAnswer.Write(context, StatusCodes.Status200OK, new FolderList(folders.All(ProjectOf(context))), WireJson.Default.FolderList));
        routes.MapPost(all, here.Create);
        routes.MapGet(one, context => Write(context, here.Find(context)));
        routes.MapPost(one, here.Change);
        routes.MapDelete(one, here.Delete);
    }

    async Task Create(HttpContext context)
    {
        var asked = await Read(context);
        var name = asked.Name?.Trim() is { Length: > 0 } given ? given : throw ApiException.Invalid("name", "'name' is missing or empty.", "missing_parameter");
        await Write(context, await folders.Create(ProjectOf(context), name, asked.Instructions ?? "", asked.Model ?? ""));
    }

    async Task Change(HttpContext context)
    {
        var asked = await Read(context);
        var before = Find(context);
        if (before.Id == FolderBody.Everywhere && asked.Name is { Length: > 0 }) throw ApiException.Invalid("name", "The folder 'everywhere' has no name of its own. Leave 'name' out.");
        if (before.Id != FolderBody.Everywhere && asked.Name is not null && asked.Name.Trim().Length == 0) throw ApiException.Invalid("name", "'name' is empty.");
        await Write(context, await folders.Set(ProjectOf(context), before with { Name = asked.Name?.Trim() ?? before.Name, Instructions = asked.Instructions ?? before.Instructions, Model = asked.Model ?? before.Model }));
    }

    async Task Delete(HttpContext context)
    {
        var id = Find(context).Id;
        if (id == FolderBody.Everywhere) throw ApiException.Invalid("folder", "The folder 'everywhere' can not be removed. Empty its instructions instead.");
        await folders.Delete(ProjectOf(context), id);
        await JsonAnswer.Write(context, StatusCodes.Status200OK, new DeletedBody(id, "conversation.folder.deleted"), WireJson.Default.DeletedBody);
    }

    static async Task<FolderRequest> Read(HttpContext context)
    {
        var asked = await JsonBody.Read(context, WireJson.Default.FolderRequest);
        RequestFields.RefuseUnknown(asked.Unknown, "");
        foreach (var (name, value, most) in new[] { ("name", asked.Name, LongestName), ("instructions", asked.Instructions, LongestInstructions), ("model", asked.Model, LongestName) })
            if (value?.Length > most) throw ApiException.Invalid(name, $"'{name}' has {value.Length} characters, but at most {most} are kept.", "string_above_max_length");
        return asked;
    }

    FolderBody Find(HttpContext context)
    {
        var id = (string)context.Request.RouteValues["folder"]!;
        return folders.Find(ProjectOf(context), id) ?? throw ApiException.NotFound($"There is no folder '{id}' in the project of this key.");
    }

    static string ProjectOf(HttpContext context) => context.Features.Get<ApiKey>()!.ProjectId;

    static Task Write(HttpContext context, FolderBody body) => JsonAnswer.Write(context, StatusCodes.Status200OK, body, WireJson.Default.FolderBody);
}
