// An answer read aloud: its text without markup goes to the voice in parts that it takes at once, and comes back as sound with the times of
// words, one stream however many parts there are.

using System.Globalization;
using System.Text.Json;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.Assistant;

/// <summary>Sound of answers.</summary>
static class Listening
{
    const int MostAtOnce = 2000, SampleRateHz = 24_000, BytesPerSample = 2;

    public static async Task Listen(Visit visit)
    {
        if (!SignIn.Sessions.SameSite(visit.Context.Request))
        {
            await visit.Problem(StatusCodes.Status403Forbidden, visit.Texts.Stale);
            return;
        }
        var item = await visit.Api.Item(visit.RouteId!, (string)visit.Context.Request.RouteValues["item"]!, visit.Left);
        await Stream(visit, await Requests(visit, Markup.Plain(string.Concat(item.Content?.Select(p => p.Text) ?? []))));
    }

    /// <summary>Speaks sentences of an answer that is still being written.</summary>
    public static async Task Speak(Visit visit) => await Stream(visit, await Requests(visit, await visit.Field("text")));

    /// <exception cref="ApiProblem">There is no voice.</exception>
    static async Task<IEnumerable<SpeechRequest>> Requests(Visit visit, string text)
    {
        var voice = (await visit.Api.Voices(visit.Left)).FirstOrDefault() ?? throw new ApiProblem(StatusCodes.Status404NotFound, null, visit.Texts.VoiceMissing);
        return Parts(text).Select(part => new SpeechRequest { Model = voice.Models[0], Input = part, Voice = new(voice.Id) });
    }

    /// <summary>Speaks one request after the other in one stream: sound as base 64 of 16-bit samples, words and deliveries as JSON.</summary>
    public static async Task Stream(Visit visit, IEnumerable<SpeechRequest> requests)
    {
        var begun = 0.0;
        try
        {
            foreach (var request in requests)
            {
                long bytes = 0;
                await foreach (var told in visit.Api.SpeakEvents(request with { ResponseFormat = "pcm", Maison = (request.Maison ?? new()) with { Timestamps = true } }, visit.Left))
                {
                    if (!visit.Context.Response.HasStarted) visit.Context.Response.ContentType = "text/event-stream; charset=utf-8";
                    if (told.Audio is { } audio)
                    {
                        bytes += Convert.FromBase64String(audio).Length;
                        await visit.Send("sound", JsonSerializer.Serialize(audio));
                    }
                    else if (told.Words is { } words)
                        await visit.Send("words", $"[{string.Join(',', words.Select(w => $"[{JsonSerializer.Serialize(w.Word)},{Time(w.Start)},{Time(w.End)},{JsonSerializer.Serialize(w.Written)}]"))}]");
                    else if (told.Style is { } style)
                        await visit.Send("delivery", JsonSerializer.Serialize(string.Join(" · ", new[] { told.Role, told.Voice, style, told.Reason }.Where(s => !string.IsNullOrEmpty(s)))));
                }
                begun += bytes / (double)(SampleRateHz * BytesPerSample);
            }
        }
        catch (ApiProblem problem) when (visit.Context.Response.HasStarted)
        {
            await visit.Send("problem", JsonSerializer.Serialize(problem.Message));
        }

        string Time(double seconds) => (begun + seconds).ToString("0.###", CultureInfo.InvariantCulture);
    }

    /// <summary>A text in parts, cut behind sentences where there are any.</summary>
    internal static IEnumerable<string> Parts(string text)
    {
        while (text.Length > MostAtOnce)
        {
            var cut = text.LastIndexOfAny(['.', '!', '?', '\n'], MostAtOnce - 1) + 1;
            if (cut < MostAtOnce / 4) cut = text.LastIndexOf(' ', MostAtOnce - 1) + 1;
            if (cut == 0) cut = MostAtOnce;
            if (text[..cut].Trim() is { Length: > 0 } part) yield return part;
            text = text[cut..];
        }
        if (text.Trim() is { Length: > 0 } rest) yield return rest;
    }
}
