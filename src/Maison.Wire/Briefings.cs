// /v1/briefings and /v1/briefings/shows: Maison's own, as no standard exists. A briefing is made in the background: its status, then its script with
// the times and passages of every sentence. A show is one that is made again every day and can be subscribed to as a podcast.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>A text that is sent as a source.</summary>
public sealed record BriefingText
{
    /// <summary>A file's name, or what the text is called.</summary>
    public string? Name { get; init; }

    /// <summary>A feed, a list of feeds, HTML, or plain text with its headline first.</summary>
    public string? Text { get; init; }

    /// <summary>A file as it is, in base64, instead of <see cref="Text"/>: any of these, or a PDF.</summary>
    public string? Data { get; init; }
}

/// <summary>The body of POST /v1/briefings; with schedule, of POST /v1/briefings/shows.</summary>
public sealed record BriefingRequest
{
    public string? Title { get; init; }

    /// <summary>Addresses of feeds.</summary>
    public IReadOnlyList<string>? Feeds { get; init; }

    /// <summary>Addresses of articles.</summary>
    public IReadOnlyList<string>? Pages { get; init; }
    public IReadOnlyList<BriefingText>? Texts { get; init; }
    public IReadOnlyList<string>? Interests { get; init; }

    /// <summary>brief, morning or deep.</summary>
    public string? Length { get; init; }
    public int? Hosts { get; init; }

    /// <summary>One per host.</summary>
    public IReadOnlyList<string>? Voices { get; init; }

    /// <summary>The voice model; the only one where there is one.</summary>
    public string? SpeechModel { get; init; }

    /// <summary>A chat model that writes; without one the sources' own sentences are taken.</summary>
    public string? Model { get; init; }

    /// <summary>mp3, opus, flac or wav; mp3 where it is left out, or flac on a machine without libmp3lame.</summary>
    public string? ResponseFormat { get; init; }

    /// <summary>The day that it is for, such as 2026-11-26; today where it is left out.</summary>
    public string? Date { get; init; }

    /// <summary>When a show is made; null for one that is made when asked.</summary>
    public BriefingSchedule? Schedule { get; init; }

    /// <summary>Fields that no version of the schema names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>Every day, or on some, at a time of a place.</summary>
public sealed record BriefingSchedule
{
    /// <summary>Such as 06:30.</summary>
    public string? At { get; init; }

    /// <summary>Such as Europe/Paris; UTC where it is left out.</summary>
    public string? TimeZone { get; init; }

    /// <summary>mon to sun; every day where it is left out.</summary>
    public IReadOnlyList<string>? Days { get; init; }

    /// <summary>Fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A briefing.</summary>
public sealed record BriefingBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "briefing";

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }
    public string? Show { get; init; }

    /// <summary>queued, in_progress, completed or failed.</summary>
    public required string Status { get; init; }
    public required string Title { get; init; }
    public required string Date { get; init; }
    public required string Length { get; init; }
    public required int Hosts { get; init; }
    public BriefingStage? Progress { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>Of sound; null until it is done.</summary>
    public double? Seconds { get; init; }
    public double? SecondsAsked { get; init; }
    public string? AudioType { get; init; }
    public long? AudioBytes { get; init; }

    /// <summary>That software made it, in words to be shown.</summary>
    public string? Notice { get; init; }
    public IReadOnlyList<BriefingChapter>? Chapters { get; init; }
    public IReadOnlyList<BriefingLine>? Script { get; init; }
    public IReadOnlyList<BriefingSource>? Sources { get; init; }

    /// <summary>What was written and not spoken.</summary>
    public IReadOnlyList<BriefingCut>? Cut { get; init; }

    /// <summary>What was left out and why.</summary>
    public IReadOnlyList<string>? Notes { get; init; }
}

/// <summary>How far it is.</summary>
/// <param name="Stage">read, write or speak.</param>
public sealed record BriefingStage(string Stage, double Done, double Total);

/// <summary>A story; start and end in seconds.</summary>
/// <param name="Reasons">Why it is told where it is.</param>
public sealed record BriefingChapter(int Number, string Title, double Start, double End, IReadOnlyList<string> Publishers, IReadOnlyList<string> Reasons)
{
    /// <summary>What it is about; feedback is remembered by it.</summary>
    public IReadOnlyList<string>? Terms { get; init; }

    /// <summary>skip or replay, as the listener said last.</summary>
    public string? Feedback { get; init; }
}

/// <summary>What one host says: words of the house, a claim, or the first leading to the second.</summary>
/// <param name="Chapter">-1 outside all stories.</param>
public sealed record BriefingLine(int Number, int Chapter, string Speaker, double Start, double End, string Lead, string Claim, IReadOnlyList<BriefingPassage> Passages);

/// <summary>Where a claim stands: the passage of that number, 0 for the headline, and its words.</summary>
public sealed record BriefingPassage(string Source, int Passage, string Text);

/// <summary>A source that is spoken from.</summary>
/// <param name="Rights">own, open, stated or unstated.</param>
public sealed record BriefingSource(string Id, string Title, string Publisher, string? Url, long? PublishedAt, string Rights, string RightsNote);

/// <summary>A sentence that was cut.</summary>
/// <param name="Kind">number, date, name, words or denial.</param>
public sealed record BriefingCut(int Chapter, string Claim, string Kind, string Reason, IReadOnlyList<BriefingPassage> Passages);

/// <summary>Briefings, the newest first, without their scripts.</summary>
public sealed record BriefingList(IReadOnlyList<BriefingBody> Data)
{
    public string Object { get; init; } = "list";
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public bool HasMore { get; init; }
}

/// <summary>The body of POST /v1/briefings/{id}/feedback.</summary>
public sealed record BriefingFeedback
{
    public int? Chapter { get; init; }

    /// <summary>skip or replay.</summary>
    public string? Kind { get; init; }

    /// <summary>Fields that nobody names.</summary>
    [JsonExtensionData] public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A briefing that is made again and again.</summary>
public sealed record ShowBody
{
    public required string Id { get; init; }
    public string Object { get; init; } = "briefing.show";
    public required long CreatedAt { get; init; }
    public required string Title { get; init; }
    public required BriefingRequest Request { get; init; }

    /// <summary>Unix seconds; null without a schedule.</summary>
    public long? NextAt { get; init; }

    /// <summary>Path of the podcast feed on this server. Whoever knows it can listen.</summary>
    public required string PodcastPath { get; init; }
}

/// <summary>All shows of a project.</summary>
public sealed record ShowList(IReadOnlyList<ShowBody> Data)
{
    public string Object { get; init; } = "list";
}

/// <summary>The answer of a DELETE.</summary>
/// <param name="Object">briefing.deleted or briefing.show.deleted.</param>
public sealed record DeletedBriefing(string Id, string Object)
{
    public bool Deleted { get; init; } = true;
}
