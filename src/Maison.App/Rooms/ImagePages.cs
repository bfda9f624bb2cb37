// The image creator as far as it goes: a prompt, four pictures. The last pictures painted are kept in memory for their pages to show; the
// file carries its recipe, so whoever wants one keeps it by downloading it.

using System.Buffers.Text;
using System.Security.Cryptography;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Rooms;

sealed class ImagePages
{
    const int AtOnce = 4, Kept = 200, IdBytes = 16;

    readonly Lock kept = new();
    readonly Dictionary<string, byte[]> pictures = [];
    readonly Queue<string> order = new();

    public Task Show(Visit visit) => visit.Page<ImagePage>([]);

    public async Task Paint(Visit visit)
    {
        var prompt = (await visit.Field("prompt")).Trim();
        try
        {
            var painted = await visit.Api.Paint(new() { Prompt = prompt, N = AtOnce }, visit.Left);
            var shown = painted.Data.Select(p => KeyValuePair.Create(Keep(Convert.FromBase64String(p.Base64)), p.Maison)).ToList();
            await visit.Page<ImagePage>(new() { ["Prompt"] = prompt, ["Pictures"] = shown });
        }
        catch (ApiProblem problem) when (problem.Status != StatusCodes.Status401Unauthorized)
        {
            var missing = problem.Status is StatusCodes.Status404NotFound or StatusCodes.Status503ServiceUnavailable;
            await visit.Page<ImagePage>(new() { ["Prompt"] = prompt, ["Problem"] = missing ? visit.Texts.ImagesMissing : problem.Message }, problem.Status);
        }
    }

    public async Task Send(Visit visit)
    {
        byte[]? file;
        lock (kept) pictures.TryGetValue(visit.RouteId ?? "", out file);
        if (file is null)
        {
            await visit.Problem(StatusCodes.Status404NotFound, visit.Texts.PictureGone);
            return;
        }
        visit.Context.Response.ContentType = "image/png";
        await visit.Context.Response.Body.WriteAsync(file, visit.Left);
    }

    string Keep(byte[] file)
    {
        // Nobody guesses another's picture.
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(IdBytes));
        lock (kept)
        {
            pictures[id] = file;
            order.Enqueue(id);
            if (order.Count > Kept) pictures.Remove(order.Dequeue());
        }
        return id;
    }
}
