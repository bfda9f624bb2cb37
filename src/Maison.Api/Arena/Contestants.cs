// Who can sit in a battle, and how each is asked: through the server's own routes, so that routed models, budgets and limits work as for any
// client. A model can sit several times under names that say what differs: voices and styles of a speaker, steps of a painter. Where only one
// model chats, its temperatures meet each other. Classic synthesisers sit in where they are installed. Of briefings, writers and hosts differ.

using System.Globalization;
using System.Text.Json;
using Maison.Api.Briefings.Stories;
using Maison.Api.Gateway;
using Maison.Api.Images;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Speech;
using Maison.Data.Audio;
using Maison.Data.Audio.Measures;
using Maison.Data.Pictures;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Arena;

/// <summary>What contestants are asked.</summary>
/// <param name="Stories">Of briefings: what both write about.</param>
sealed record Question(string Prompt, IReadOnlyList<Story>? Stories = null);

/// <summary>What a contestant made; one of the four.</summary>
sealed record Made(string? Text = null, Sound? Sound = null, Picture? Picture = null, WrittenBriefing? Briefing = null);

/// <summary>Somebody who can be asked.</summary>
/// <param name="Name">As boards call it.</param>
/// <param name="Model">The model's name, which a key must open; null where none is needed.</param>
sealed record Contestant(string Name, string? Model, Func<Question, ApiKey, CancellationToken, Task<Made>> Make);

/// <summary>A contestant could not make anything; its name is not told.</summary>
sealed class ContestantFailed(int status, string code) : Exception(code)
{
    public int Status { get; } = status;
    public string Code { get; } = code;
}

/// <summary>Knows the contestants of each modality as they are at the moment.</summary>
/// <param name="classic">Synthesisers that are installed.</param>
sealed class Contestants(ModelRegistry models, Router router, IReadOnlyList<ClassicVoice> classic, BriefingDesk desk, InnerCalls calls)
{
    public static readonly IReadOnlyList<string> Modalities = ["text", "image", "voice", "briefing"];

    const int MostTokens = 400;

    /// <summary>The voice that is asked of third parties: the one that all who speak like OpenAI have.</summary>
    const string RoutedVoice = "alloy";
    static readonly float[] Temperatures = [0.3f, 1];
    static readonly int[] Steps = [8, 16, 32], Hosts = [1, 2];
    static readonly string[] Styles = ["cheerful", "calm", "story", "news"];

    /// <summary>Those whom a key opens.</summary>
    public IReadOnlyList<Contestant> Of(string modality, ApiKey key)
        => !key.Scope.OpensModality(ScopeOf(modality)) ? [] : [.. All(modality).Where(c => c.Model is null || key.Scope.OpensModel(c.Model))];

    /// <summary>The name of a modality in the scopes of keys.</summary>
    public static string ScopeOf(string modality) => modality switch { "voice" => "audio", "briefing" => "text", _ => modality };

    /// <summary>Everybody, by modality.</summary>
    public IEnumerable<Contestant> All(string modality) => modality switch
    {
        "text" => Writers(),
        "image" => [.. models.Painters.SelectMany(p => Steps.Select(s => Painter($"{p.Id}, {s} steps", p.Id, s))), .. Routed("image").Select(n => Painter(n, n, null))],
        "briefing" => Hosts.SelectMany(h => Chatting.Select(m => (string?)m.Id).Prepend(null).Select(m => Editor(m, h))),
        _ => [.. models.Speakers.SelectMany(Voices), .. Routed("audio").Select(n => Voice(n, RoutedVoice, null)), .. classic.Select(Classic)],
    };

    /// <summary>Third parties' models that make one kind of thing.</summary>
    IEnumerable<string> Routed(string output) => router.Names.Where(n => n.Output == output).Select(n => n.Name);

    List<(string Id, int Context)> Chatting => [.. models.Texts.Where(m => m.ChatFormat is not null).Select(m => (m.Id, m.ContextLength)), .. router.Names.Where(n => n.Output == "text").Select(n => (n.Name, n.Context))];

    /// <summary>Who writes a briefing: a model, or nobody, which takes the sources' own sentences; for one host or two.</summary>
    Contestant Editor(string? model, int hosts) => new($"{model ?? "sources' sentences"}, {(hosts == 1 ? "one host" : "two hosts")}", model,
        async (question, key, cancellation) => new(Briefing: await desk.Write(question.Stories!, model, hosts, key, cancellation)));

    IEnumerable<Contestant> Writers()
    {
        var chatting = Chatting;
        foreach (var (id, context) in chatting) yield return Writer(id, id, context, null);
        if (chatting is not [var (only, window)]) yield break;
        foreach (var temperature in Temperatures) yield return Writer(string.Create(CultureInfo.InvariantCulture, $"{only}, temperature {temperature:0.0}"), only, window, temperature);
    }

    Contestant Writer(string name, string model, int context, float? temperature) => new(name, model, async (question, key, cancellation) =>
    {
        var request = new ChatRequest { Model = model, Messages = [new() { Role = "user", Content = question.Prompt }], MaxCompletionTokens = context > 0 ? Math.Min(MostTokens, Math.Max(1, context / 2)) : MostTokens, Temperature = temperature };
        using var answer = JsonDocument.Parse(await Ask(Routes.ChatCompletions, JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.ChatRequest), key, cancellation));
        var content = answer.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content");
        return new(Text: content.GetString()?.Trim() is { Length: > 0 } text ? text : throw new ContestantFailed(502, "empty_answer"));
    });

    /// <param name="steps">Null leaves it to the model: of the house's own there is one for each.</param>
    Contestant Painter(string name, string model, int? steps) => new(name, model, async (question, key, cancellation) =>
    {
        var request = new ImageRequest { Model = model, Prompt = question.Prompt, Steps = steps };
        using var answer = JsonDocument.Parse(await Ask(Routes.Pictures, JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.ImageRequest), key, cancellation));
        try
        {
            var picture = answer.RootElement.GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64();
            return new(Picture: PictureFile.On(PictureFile.Read(picture), (255, 255, 255)));
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException or InvalidDataException or IndexOutOfRangeException)
        {
            // Others may send an address, or a format that is not read here.
            throw new ContestantFailed(StatusCodes.Status502BadGateway, "no_picture");
        }
    });

    IEnumerable<Contestant> Voices(ServedSpeaker speaker)
    {
        foreach (var voice in speaker.Voices) yield return Voice(speaker.Id, voice.Name, null);
        foreach (var style in Styles) yield return Voice(speaker.Id, speaker.Voices[0].Name, style);
    }

    Contestant Voice(string model, string voice, string? style) => new($"{model}, {voice}{(style is null ? "" : ", " + style)}", model, async (question, key, cancellation) =>
    {
        var request = new SpeechRequest { Model = model, Input = question.Prompt, Voice = new(voice), ResponseFormat = "wav", Maison = style is null ? null : new() { Style = style } };
        var file = await Ask(Routes.Speech, JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.SpeechRequest), key, cancellation);
        try
        {
            return new(Sound: WaveFile.Parse(file.Span));
        }
        catch (InvalidDataException)
        {
            throw new ContestantFailed(StatusCodes.Status502BadGateway, "no_sound");
        }
    });

    static Contestant Classic(ClassicVoice voice) => new(voice.Name, voice.Name, async (question, _, cancellation) =>
    {
        var file = Path.Combine(Path.GetTempPath(), $"maison-{Guid.NewGuid():N}.wav");
        try
        {
            await Task.Run(() => voice.Speak(question.Prompt, file), cancellation);
            return new(Sound: WaveFile.Read(file));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException)
        {
            throw new ContestantFailed(502, "synthesiser_failed");
        }
        finally
        {
            File.Delete(file);
        }
    });

    async Task<ReadOnlyMemory<byte>> Ask(string path, byte[] json, ApiKey key, CancellationToken cancellation)
    {
        var answer = await calls.Post(path, json, () => key, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (answer.Status == StatusCodes.Status200OK) return answer.Body;
        throw new ContestantFailed(answer.Status, JsonSerializer.Deserialize(answer.Body.Span, WireJson.Default.ErrorBody)?.Error.Code ?? "unknown");
    }
}
