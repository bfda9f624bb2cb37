// The voice lab as far as it goes: a text, a voice, the sound. Without a voice it says what is missing.

using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Rooms;

static class VoicePages
{
    public static async Task Show(Visit visit)
    {
        var voices = await visit.Api.Voices(visit.Left);
        if (voices.Count == 0)
        {
            await visit.Page<MissingRoom>(new() { ["Room"] = visit.Texts.VoiceLab });
            return;
        }
        var query = visit.Context.Request.Query;
        await visit.Page<VoicePage>(new() { ["Voices"] = voices, ["Text"] = query["text"].ToString(), ["Chosen"] = query["voice"].ToString() });
    }

    public static async Task Sound(Visit visit)
    {
        var query = visit.Context.Request.Query;
        if (!SignIn.Sessions.SameSite(visit.Context.Request))
        {
            await visit.Problem(StatusCodes.Status403Forbidden, visit.Texts.Stale);
            return;
        }
        var voice = query["voice"].ToString();
        var model = (await visit.Api.Voices(visit.Left)).FirstOrDefault(v => v.Id == voice)?.Models.FirstOrDefault();
        using var answer = await visit.Api.Speak(new() { Model = model, Input = query["text"].ToString(), Voice = new(voice), ResponseFormat = "wav" }, visit.Left);
        visit.Context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "audio/wav";
        await answer.Content.CopyToAsync(visit.Context.Response.Body, visit.Left);
    }
}
