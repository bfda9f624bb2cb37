// Briefings as battles have them: both writers get the same stories and the same two minutes, pass the same checks, and what they make is
// compared as a transcript, which one voice of the house reads aloud where somebody wants to hear it. Time is counted in letters, as a voice
// would take it, so that a length is kept without any sound.

using System.Text;
using System.Text.Json;
using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sound;
using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;
using Maison.Api.Errors;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Battles;
using Maison.Inference.Speech;
using Maison.Wire;
using Microsoft.AspNetCore.Http;

namespace Maison.Api.Arena;

/// <summary>A briefing in writing.</summary>
/// <param name="Style">In the order of style control: words, stories, publishers.</param>
sealed record WrittenBriefing(string Transcript, IReadOnlyList<double> Style);

/// <summary>Reads sources and has briefings written.</summary>
sealed class BriefingDesk(ModelRegistry models, Fetcher fetcher, InnerCalls calls, TimeProvider clock)
{
    /// <summary>Share of the told sentences that a model must have written itself; where fewer stand, the sources' own fill the time, and there is nothing to judge.</summary>
    const double LeastOwn = 0.5;

    /// <summary>Whether a voice is there to read a transcript.</summary>
    public bool CanSpeak => models.Speakers.Count > 0;

    /// <summary>The stories behind a prompt: one of the house's collections by its name, addresses of feeds, one a line, or an article, its headline first.</summary>
    /// <exception cref="ApiException">400: no source can be read; says why.</exception>
    public async Task<IReadOnlyList<Story>> Read(string prompt, CancellationToken stop)
    {
        var lines = prompt.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var list = PromptPool.Sources(prompt) is { } known ? new SourceList([], [], [new(prompt, known)])
            : lines.All(l => Uri.TryCreate(l, UriKind.Absolute, out var at) && at.Scheme is "http" or "https") ? new SourceList(lines, [], [])
            : new SourceList([], [], [new("your text", Encoding.UTF8.GetBytes(prompt))]);
        var gatherer = new SourceGatherer(fetcher, new NoShelf());
        var gathered = await gatherer.Read(list, (_, _) => { }, stop);
        if (gathered.Sources.Count == 0) throw ApiException.Invalid("prompt", $"There is nothing to tell. {string.Join(" ", gathered.Notes)} Send addresses of feeds, one a line, or an article with its headline first.");
        return await BriefingMaker.Choose(gatherer, gathered, BriefingLength.Brief, Listener.Anybody, clock.GetUtcNow(), (_, _) => { }, stop);
    }

    /// <summary>Has a briefing of two minutes written.</summary>
    /// <param name="model">Who writes; null takes the sources' own sentences.</param>
    /// <exception cref="ContestantFailed">The stories can not be told, or too little of what the model wrote stands.</exception>
    public async Task<WrittenBriefing> Write(IReadOnlyList<Story> stories, string? model, int hosts, ApiKey key, CancellationToken stop)
    {
        var writer = model is null ? null : new ModelWriter(calls, model, () => key, []);
        SpokenBriefing told;
        try
        {
            var order = new BriefingOrder(BriefingLength.Brief, DateOnly.FromDateTime(clock.GetLocalNow().DateTime), [.. SpeechVoices.All.Take(hosts)]);
            told = await BriefingMaker.Make(order, stories, Listener.Anybody, [], writer as IStoryWriter ?? new ExtractiveWriter(), Silently, _ => { }, new Progress<BriefingProgress>(), stop);
        }
        catch (InvalidDataException)
        {
            throw new ContestantFailed(StatusCodes.Status400BadRequest, "nothing_to_tell");
        }
        var claims = told.Lines.Select(l => l.Line).Where(l => l.Claim.Length > 0 && l.Passages.All(p => p.Passage > 0)).ToList();
        if (writer is not null && claims.Count(l => writer.Written.Contains(l.Claim)) < LeastOwn * claims.Count) throw new ContestantFailed(StatusCodes.Status502BadGateway, "too_little_stands");
        var transcript = Transcript(told);
        return new(transcript, [TextStyle.Of(transcript)[0], told.Chapters.Count, told.Sources.Select(s => s.Publisher).Distinct().Count()]);
    }

    /// <summary>A transcript as a WAV file, in the same voice whoever wrote it.</summary>
    /// <exception cref="ApiException">It can not be spoken for this key.</exception>
    public async Task<ReadOnlyMemory<byte>> Speak(string transcript, ApiKey key, CancellationToken stop)
    {
        var speaker = models.FindSpeaker(models.Speakers.FirstOrDefault()?.Id);
        var request = new SpeechRequest { Model = speaker.Id, Input = transcript.Replace("– ", "", StringComparison.Ordinal), Voice = new(speaker.Voices[0].Name), ResponseFormat = "wav" };
        var answer = await calls.Post(Routes.Speech, JsonSerializer.SerializeToUtf8Bytes(request, WireJson.Default.SpeechRequest), () => key, stop);
        stop.ThrowIfCancellationRequested();
        return answer.Status == StatusCodes.Status200OK ? answer.Body : throw new ApiException(answer.Status, JsonSerializer.Deserialize(answer.Body.Span, WireJson.Default.ErrorBody)!.Error);
    }

    /// <summary>Silence as long as a text takes.</summary>
    static IEnumerable<SpeechChunk> Silently(string text, SpeechOptions options, CancellationToken stop)
        => [new(new float[(int)(new SpeakingTime().Of(text) * VoiceTime.SampleRateHz)], [], null)];

    /// <summary>A paragraph for each story; of two hosts, a line for each turn. Signs of Markdown are taken out: both are plain.</summary>
    static string Transcript(SpokenBriefing briefing)
    {
        var text = new StringBuilder();
        var (chapter, host) = (briefing.Lines[0].Line.Chapter, -1);
        foreach (var line in briefing.Lines.Select(l => l.Line))
        {
            var story = line.Chapter != chapter;
            var turn = briefing.Order.Hosts > 1 && (story || line.Host != host);
            if (text.Length > 0) text.Append(story || turn ? "\n\n" : " ");
            if (turn) text.Append("– ");
            foreach (var c in line.Text) text.Append(c is '*' or '_' or '#' or '`' or '[' or ']' or '<' or '>' or '\\' ? ' ' : c);
            (chapter, host) = (line.Chapter, line.Host);
        }
        return text.ToString();
    }
}
