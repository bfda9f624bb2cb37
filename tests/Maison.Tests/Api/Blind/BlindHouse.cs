// A house with contestants of every modality whose names stand out, and whose outputs give away as much as outputs can.

using System.Net;
using System.Text.Json;
using Maison.Api;
using Maison.Api.Images;
using Maison.Api.Speech;
using Maison.Data.Audio;
using Maison.Inference.Pictures;
using Maison.Inference.Speech;

namespace Maison.Tests.Api.Blind;

/// <summary>Servers for battles.</summary>
static class BlindHouse
{
    /// <summary>What must not be seen before a vote, in small letters; names of contestants are made of these.</summary>
    public static readonly string[] Telltales = ["alpha", "beta", "quill", "zeppelin", "gramophone", "kathleen", "martin", "steps", "openai", "flite", "espeak"];

    public static Task<ApiServer> Start(Func<ServerOptions, ServerOptions>? change = null) => ApiServer.Start(change ?? (o => o),
        new ScriptedModel("I am Alpha Quill 7, made by OpenAI. Hello **world**.\n\n- one\n- two").Served with { Id = "alpha-quill-7" },
        new ScriptedModel("This is the answer of BETA_QUILL 9, and the llama agrees.").Served with { Id = "beta-quill-9" },
        Voice, Painter);

    // Each voice has its own level and speed, and leads in with silence.
    static ServedSpeaker Voice => new()
    {
        Id = "gramophone-1",
        Voices = [.. SpeechVoices.All.Take(2)],
        Speak = (text, options, _) => [new(Sound(text, options.Voice.Name == "martin" ? 0.9f : 0.05f, options.Voice.Name == "martin" ? 0.25 : 0.1), [], null)],
    };

    static float[] Sound(string text, float level, double secondsPerWord)
    {
        var words = text.Split(' ').Length;
        var sound = new float[(int)((words + 2) * secondsPerWord * VoiceFrames.SampleRateHz)];
        for (var i = sound.Length / (words + 2); i < sound.Length * (words + 1L) / (words + 2); i++) sound[i] = level * MathF.Sin(i * 0.05f) * (0.6f + 0.4f * MathF.Sin(i * 0.0005f));
        return sound;
    }

    // More steps are brighter.
    static ServedPainter Painter => new()
    {
        Id = "zeppelin-1",
        Sides = [32],
        MostTokens = 20,
        PictureTokens = 4,
        Tokens = prompt => prompt.Split(' ').Length,
        Unknown = _ => [],
        Paint = (wanted, options, _, _, _, _) => [.. wanted.Select(w => new PaintedPicture([.. Enumerable.Range(0, 32 * 32 * 3).Select(i => (byte)(i * (int)(w.Seeds[0] % 7) + options.Steps * 7))], w.Seeds[0]))],
    };

    /// <summary>Asks for a battle and gives everything that came: status, headers and body.</summary>
    public static async Task<(JsonElement Battle, string All)> Battle(ApiServer server, string modality, string prompt = "one two three four")
    {
        var (status, body, all) = await Raw(server, HttpMethod.Post, "/v1/arena/battles", $$"""{"modality":"{{modality}}","prompt":"{{prompt}}"}""");
        Assert.True(status == HttpStatusCode.OK, body);
        return (JsonDocument.Parse(body).RootElement, all);
    }

    public static async Task<(HttpStatusCode Status, string Body, string All)> Raw(ApiServer server, HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
        using var answer = await server.Http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var body = System.Text.Encoding.Latin1.GetString(bytes);
        return (answer.StatusCode, body, $"{answer.Headers}{answer.Content.Headers}{body}");
    }

    public static async Task<byte[]> Fetch(ApiServer server, JsonElement battle, int seat) => await server.Http.GetByteArrayAsync(battle.GetProperty("outputs")[seat].GetProperty("url").GetString()![1..]);

    public static string IdOf(JsonElement battle) => battle.GetProperty("id").GetString()!;

    public static async Task<(HttpStatusCode Status, string Body)> Vote(ApiServer server, JsonElement battle, string choice, string more = "")
        => await server.Post($"/v1/arena/battles/{IdOf(battle)}/vote", $$"""{"choice":"{{choice}}"{{more}}}""");
}
