// The voice lab: a text, how it is to be said, the sound with its words, and files to take along. Without a voice it says what is missing.

using Maison.App.Assistant;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.App.VoiceLab;

static class VoicePages
{
    /// <summary>What can be downloaded; srt is the words with their times.</summary>
    public static readonly string[] Formats = ["wav", "flac", "mp3", "srt"];

    public static async Task Show(Visit visit)
    {
        var voices = await visit.Api.VoicesAndStyles(visit.Left);
        if (voices.Data.Count == 0) await visit.Page<NoVoicePage>([]);
        else await visit.Page<VoicePage>(new() { ["Voices"] = voices });
    }

    /// <summary>Speaks to the page's module: sound and words as they come.</summary>
    public static async Task Speak(Visit visit) => await Listening.Stream(visit, [await Asked(visit)]);

    public static async Task Download(Visit visit)
    {
        var format = visit.Path[(visit.Path.LastIndexOf('.') + 1)..];
        var asked = await Asked(visit);
        var response = visit.Context.Response;
        if (format == "srt")
        {
            var words = new List<SpokenWordTime>();
            await foreach (var told in visit.Api.SpeakEvents(asked with { ResponseFormat = "pcm", Maison = asked.Maison! with { Timestamps = true } }, visit.Left)) words.AddRange(told.Words ?? []);
            Attach("application/x-subrip; charset=utf-8");
            await response.WriteAsync(Subtitles.Of(words), visit.Left);
            return;
        }
        using var answer = await visit.Api.Speak(asked with { ResponseFormat = format }, visit.Left);
        Attach(answer.Content.Headers.ContentType?.ToString() ?? "application/octet-stream");
        await answer.Content.CopyToAsync(response.Body, visit.Left);

        void Attach(string type)
        {
            response.ContentType = type;
            response.Headers.ContentDisposition = $"attachment; filename=speech.{format}";
        }
    }

    /// <summary>What the form asks for; the API says what of it is wrong.</summary>
    static async Task<SpeechRequest> Asked(Visit visit)
    {
        var voice = await visit.Field("voice");
        var mode = await visit.Field("mode");
        return new()
        {
            Model = (await visit.Api.Voices(visit.Left)).FirstOrDefault(v => v.Id == voice)?.Models[0],
            Input = (await visit.Field("text")).ReplaceLineEndings("\n"),
            Voice = new(voice),
            Speed = await visit.Number("speed"),
            Maison = new()
            {
                Mode = mode.Length > 0 ? mode : null,
                Style = await visit.Field("style") is { Length: > 0 } style ? style : null,
                Strength = await visit.Number("strength"),
            },
        };
    }
}
