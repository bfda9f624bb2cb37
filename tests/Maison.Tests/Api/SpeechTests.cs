// POST /v1/audio/speech over a scripted voice: bytes, events, refusals by name, and the official client as a black box.

#pragma warning disable OPENAI001 // the client marks its streamed speech as experimental

using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api;
using Maison.Api.Speech;
using Maison.Data.Audio;
using Maison.Data.Audio.Encoders;
using Maison.Inference.Speech;
using OpenAI;
using OpenAI.Audio;

namespace Maison.Tests.Api;

public sealed class SpeechTests
{
    const string Route = "/v1/audio/speech";

    // Each word is a tenth of a second of its own constant level; "fail" breaks the voice, "wrong" is refused by it.
    internal sealed class ScriptedVoice
    {
        public List<SpeechOptions> Asked { get; } = [];

        public ServedSpeaker Served => new() { Id = "test-voice", Voices = SpeechVoices.All, Speak = Speak, MostCharacters = 100 };

        public static float[] Sound(string text) => [.. text.Split(' ').SelectMany((_, i) => Enumerable.Repeat((i + 1) / 64f, 2_400))];

        IEnumerable<SpeechChunk> Speak(string text, SpeechOptions options, CancellationToken cancellation)
        {
            lock (Asked) Asked.Add(options);
            var words = text.Split(' ');
            for (var i = 0; i < words.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (words[i] == "wrong") throw new ArgumentException("The word 'wrong' can not be spoken.");
                if (words[i] == "fail") throw new InvalidOperationException("the voice breaks here");
                WordTime[] times = i > 0 ? [] : [.. words.Select((w, n) => new WordTime(0, n, w, w, n * 0.1, (n + 1) * 0.1))];
                yield return new([.. Enumerable.Repeat((i + 1) / 64f, 2_400)], times, i > 0 ? null : new(0, options.Voice, options.Style ?? SpeechStyles.Neutral, options.Strength, "because"));
            }
        }
    }

    static Task<ApiServer> Serve(ScriptedVoice voice) => ApiServer.Start(voice.Served);

    static async Task<(HttpStatusCode Status, string? Type, byte[] Bytes)> Post(ApiServer server, string json)
    {
        using var answer = await server.Http.PostAsync(Route, new StringContent(json, Encoding.UTF8, "application/json"));
        return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsByteArrayAsync());
    }

    static string Body(string fields) => $$"""{"model":"test-voice","input":"one two three","voice":"kathleen",{{fields}}}""";

    [Fact]
    public async Task TheCatalogueListsTheVoiceWithItsFields()
    {
        await using var server = await Serve(new());
        using var list = JsonDocument.Parse((await server.Get("/v1/models")).Body);
        var listed = Assert.Single(list.RootElement.GetProperty("data").EnumerateArray());
        Assert.Equal("audio", Assert.Single(listed.GetProperty("output_modalities").EnumerateArray()).GetString());
        Assert.False(listed.TryGetProperty("context_window", out _));
        using var one = JsonDocument.Parse((await server.Get("/v1/models/test-voice")).Body);
        Assert.Contains("speed", one.RootElement.GetProperty("parameters").GetProperty("/v1/audio/speech").GetProperty("obeyed").EnumerateArray().Select(f => f.GetString()));
    }

    [Fact]
    public async Task LosslessFormatsHoldEverySample()
    {
        var sound = ScriptedVoice.Sound("one two three");
        await using var server = await Serve(new());
        var (status, type, pcm) = await Post(server, Body("\"response_format\":\"pcm\""));
        Assert.Equal((HttpStatusCode.OK, "audio/pcm"), (status, type));
        Assert.Equal(WaveFile.Pcm16(sound), pcm);
        (_, type, var wav) = await Post(server, Body("\"response_format\":\"wav\""));
        Assert.Equal("audio/wav", type);
        Assert.Equal(sound, WaveFile.Parse(wav).Samples);
        (_, type, var flac) = await Post(server, Body("\"response_format\":\"flac\""));
        Assert.Equal("audio/flac", type);
        Assert.Equal(SoundEncoder.Encode(SoundFormat.Flac, new(sound, 24_000)), flac);
    }

    [Fact]
    public async Task EventsCarryTheSameBytesAndWordTimes()
    {
        await using var server = await Serve(new());
        var (status, type, bytes) = await Post(server, Body("\"response_format\":\"wav\",\"stream_format\":\"sse\",\"maison\":{\"timestamps\":true,\"mode\":\"emotive\"}"));
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (status, type));
        var events = Encoding.UTF8.GetString(bytes).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(e => e["data: ".Length..]).ToArray();
        Assert.Equal("[DONE]", events[^1]);
        var parsed = events[..^1].Select(e => JsonDocument.Parse(e).RootElement).ToArray();
        Assert.Equal(["speech.audio.delivery", "speech.audio.words", "speech.audio.delta", "speech.audio.delta", "speech.audio.delta", "speech.audio.done"], parsed.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal(ScriptedVoice.Sound("one two three"), WaveFile.Parse(parsed.Where(e => e.TryGetProperty("audio", out _)).SelectMany(e => e.GetProperty("audio").GetBytesFromBase64()).ToArray()).Samples);
        Assert.Equal("""{"type":"speech.audio.words","words":[{"word":"one","start":0,"end":0.1,"written":"one"},{"word":"two","start":0.1,"end":0.2,"written":"two"},{"word":"three","start":0.2,"end":0.30000000000000004,"written":"three"}]}""", events[1]);
        Assert.Equal("""{"type":"speech.audio.done","usage":{"input_tokens":13,"output_tokens":3,"total_tokens":16}}""", events[^2]);
        Assert.Equal("""{"type":"speech.audio.delivery","sentence":0,"voice":"kathleen","style":"neutral","strength":0.8,"reason":"because"}""".Replace("0.8", "1"), events[0]);
    }

    [Fact]
    public async Task EveryFieldReachesTheVoice()
    {
        var voice = new ScriptedVoice();
        await using var server = await Serve(voice);
        var (status, _, body) = await Post(server, """
            {"model":"test-voice","input":"one","voice":{"id":"onyx"},"instructions":"Speak slowly.","speed":1.5,"response_format":"pcm",
             "maison":{"mode":"story","style":"sad","strength":0.5,"cast":{"Wolf":"martin"},"seed":7}}
            """);
        Assert.True(status == HttpStatusCode.OK, Encoding.UTF8.GetString(body));
        var asked = Assert.Single(voice.Asked);
        Assert.Equal(("george", SpeechMode.Story, "sad", 0.5f, 7ul), (asked.Voice.Name, asked.Mode, asked.Style!.Name, asked.Strength, asked.Seed));
        Assert.Equal(0.8f * 1.5f, asked.Controls!.Speed, 1e-5f);
        Assert.Equal("martin", asked.Cast!["wolf"].Name);
    }

    [Fact]
    public async Task InstructionsThatCameToNothingAreTold()
    {
        await using var server = await Serve(new());
        using var answer = await server.Http.PostAsync(Route, new StringContent(Body("\"response_format\":\"pcm\",\"instructions\":\"slowly, purple\""), Encoding.UTF8, "application/json"));
        Assert.Equal("purple", Assert.Single(answer.Headers.GetValues("maison-instructions-not-understood")));
    }

    [Theory]
    [InlineData("\"voice\":\"harold\"", "voice", "invalid_value", "kathleen, martin")]
    [InlineData("\"voice\":7", "voice", "invalid_type", "name of a voice")]
    [InlineData("\"speed\":5", "speed", "invalid_value", "between 0.25 and 4")]
    [InlineData("\"response_format\":\"aac\"", "response_format", "unsupported_parameter", "mp3, opus, flac, wav or pcm")]
    [InlineData("\"response_format\":\"ogg\"", "response_format", "invalid_value", "'ogg'")]
    [InlineData("\"stream_format\":\"chunks\"", "stream_format", "invalid_value", "audio or sse")]
    [InlineData("\"input\":\" \"", "input", "invalid_value", "empty")]
    [InlineData("\"input\":null", "input", "missing_parameter", "missing")]
    [InlineData("\"input\":\"12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901\"", "input", "string_above_max_length", "101 characters")]
    [InlineData("\"input\":\"wrong\"", "input", "invalid_value", "can not be spoken")]
    [InlineData("\"maison\":{\"mode\":\"song\"}", "maison.mode", "invalid_value", "scripted, emotive or story")]
    [InlineData("\"maison\":{\"style\":\"drunk\"}", "maison.style", "invalid_value", "cheerful")]
    [InlineData("\"maison\":{\"strength\":2}", "maison.strength", "invalid_value", "between 0 and 1")]
    [InlineData("\"maison\":{\"cast\":{}}", "maison.cast", "invalid_value", "story")]
    [InlineData("\"maison\":{\"mode\":\"story\",\"cast\":{\"Fox\":\"x\"}}", "maison.cast.Fox", "invalid_value", "'x'")]
    [InlineData("\"maison\":{\"timestamps\":true}", "maison.timestamps", "invalid_value", "sse")]
    [InlineData("\"maison\":{\"volume\":1}", "maison.volume", "unknown_parameter", "Unknown parameter")]
    [InlineData("\"volume\":1", "volume", "unknown_parameter", "Unknown parameter")]
    [InlineData("\"model\":\"tts-9\"", "model", "model_not_found", "test-voice")]
    public async Task WhatIsNotObeyedIsRefusedByName(string fields, string param, string code, string message)
    {
        await using var server = await Serve(new());
        var own = fields.Split(':')[0];
        var rest = new[] { "\"model\":\"test-voice\"", "\"input\":\"one two three\"", "\"voice\":\"kathleen\"", "\"response_format\":\"pcm\"" }.Where(f => !f.StartsWith(own + ":", StringComparison.Ordinal));
        var (status, _, body) = await Post(server, $"{{{string.Join(",", rest.Append(fields))}}}");
        Assert.True((int)status is 400 or 404, Encoding.UTF8.GetString(body));
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal((param, code), (error.GetProperty("param").GetString(), error.GetProperty("code").GetString()));
        Assert.Contains(message, error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task ABrokenVoiceEndsAStreamAsABrokenStream()
    {
        await using var server = await Serve(new());
        var (status, _, body) = await Post(server, Body("\"response_format\":\"pcm\"").Replace("one two three", "fail"));
        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.DoesNotContain("breaks here", Encoding.UTF8.GetString(body));
        Assert.Contains("breaks here", server.Log.ToString());
        // After bytes have gone out there is no status left to send: the connection ends, so that nobody takes half a file for a whole one.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Post(server, Body("\"response_format\":\"pcm\"").Replace("one two three", "one two fail")));
        var (_, _, events) = await Post(server, Body("\"response_format\":\"pcm\",\"stream_format\":\"sse\"").Replace("one two three", "one two fail"));
        Assert.Contains("internal_error", Encoding.UTF8.GetString(events));
        Assert.DoesNotContain("[DONE]", Encoding.UTF8.GetString(events));
    }

    [Fact]
    public async Task VoicesAreListedWithOpenAIsNames()
    {
        await using var server = await Serve(new());
        var (status, body) = await server.Get("/v1/audio/voices");
        Assert.Equal(HttpStatusCode.OK, status);
        var list = JsonDocument.Parse(body).RootElement;
        Assert.Equal(SpeechVoices.All.Select(v => v.Name), list.GetProperty("voices").EnumerateArray().Select(v => v.GetProperty("id").GetString()));
        Assert.Equal("test-voice", list.GetProperty("data")[0].GetProperty("models")[0].GetString());
        Assert.All(new[] { "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar", "fable", "onyx", "nova" },
            name => Assert.Single(list.GetProperty("data").EnumerateArray(), v => v.GetProperty("aliases").EnumerateArray().Any(a => a.GetString() == name)));
    }

    [Fact]
    public async Task WithoutAVoiceModelTheRouteSaysSo()
    {
        await using var server = await ApiServer.Start();
        var (status, _, body) = await Post(server, Body("\"speed\":1"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("No voice model", Encoding.UTF8.GetString(body));
    }

    static AudioClient Client(ApiServer server) => new OpenAIClient(
        new ApiKeyCredential(ApiServer.Key), new OpenAIClientOptions { Endpoint = new Uri(server.Url, "v1"), RetryPolicy = new ClientRetryPolicy(0) }).GetAudioClient("test-voice");

    [Fact]
    public async Task TheOfficialClientGetsAWholeFile()
    {
        await using var server = await Serve(new());
        BinaryData whole = await Client(server).GenerateSpeechAsync("one two", GeneratedSpeechVoice.Alloy, new() { ResponseFormat = GeneratedSpeechFormat.Flac, SpeedRatio = 1.5f });
        Assert.Equal(ScriptedVoice.Sound("one two").Select(x => (int)WaveFile.ToInt16(x)), FlacFile.Decode(whole.ToArray()).Channels[0]);
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Client(server).GenerateSpeechAsync("one", new GeneratedSpeechVoice("harold")));
        Assert.Contains("'harold'", refused.Message);
    }

    [Fact]
    public async Task TheOfficialClientReadsTheStream()
    {
        await using var server = await Serve(new());
        List<byte> streamed = [];
        var done = 0;
        await using var updates = await Client(server).GenerateSpeechStreamingAsync("one two", GeneratedSpeechVoice.Onyx, new() { ResponseFormat = GeneratedSpeechFormat.Pcm });
        await foreach (var update in updates)
        {
            if (update.GetType().Name.Contains("Done", StringComparison.Ordinal)) done++;
            else streamed.AddRange(((BinaryData)update.GetType().GetProperties().First(p => p.PropertyType == typeof(BinaryData)).GetValue(update)!).ToArray());
        }
        Assert.Equal(1, done);
        Assert.Equal(WaveFile.Pcm16(ScriptedVoice.Sound("one two")), streamed);
    }
}
