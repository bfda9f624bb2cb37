// What a request for a briefing or a show asks for, checked field by field, so that nothing fails after minutes of work that could be told at once.

using System.Globalization;
using System.Text;
using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sources;
using Maison.Api.Errors;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Api.Speech;
using Maison.Data.Audio.Encoders;
using Maison.Inference.Speech;
using Maison.Wire;

namespace Maison.Api.Briefings;

/// <summary>A checked request.</summary>
/// <param name="Model">A chat model that writes; null for the sources' own sentences.</param>
sealed record BriefingPlan(SourceList Sources, BriefingLength Length, DateOnly? Day, ServedSpeaker Speaker, IReadOnlyList<SpeechVoice> Voices, string? Model, SoundFormat Format, IReadOnlyList<string> Interests);

/// <summary>From request to plan.</summary>
static class BriefingRules
{
    const int MostAddresses = 50, MostTexts = 50, MostTextCharacters = 400_000, MostInterests = 30, MostTitle = 120, MostFileBytes = 5 << 20;

    /// <exception cref="ApiException">400 naming the first field that is wrong, 404 for an unknown voice model, 503 where none is served.</exception>
    public static BriefingPlan Plan(BriefingRequest request, ModelRegistry models)
    {
        RequestFields.RefuseUnknown(request.Unknown, "");
        if (request.Title is { Length: > MostTitle or 0 }) throw ApiException.Invalid("title", $"'title' must have 1 to {MostTitle} characters.");
        var feeds = Addresses(request.Feeds, "feeds");
        var pages = Addresses(request.Pages, "pages");
        var texts = Texts(request.Texts);
        if (feeds.Count + pages.Count + texts.Length == 0) throw ApiException.Invalid("feeds", "There are no sources: send 'feeds', 'pages' or 'texts'.", "missing_parameter");
        var length = request.Length switch
        {
            null or "morning" => BriefingLength.Morning,
            "brief" => BriefingLength.Brief,
            "deep" => BriefingLength.Deep,
            var other => throw ApiException.Invalid("length", $"'length' is '{other}'; send brief, morning or deep."),
        };
        if (request.Hosts is not (null or 1 or 2)) throw ApiException.Invalid("hosts", $"'hosts' is {request.Hosts}; send 1 or 2.");
        DateOnly? day = request.Date is not { } date ? null : DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) ? read
            : throw ApiException.Invalid("date", $"'date' is '{date}'; send a day such as 2026-11-26.");
        var speaker = models.FindSpeaker(request.SpeechModel ?? models.Speakers.FirstOrDefault()?.Id);
        var format = request.ResponseFormat switch
        {
            // MP3 plays everywhere, where this machine can make it.
            null => Can(SoundFormat.Mp3) is null ? SoundFormat.Mp3 : SoundFormat.Flac,
            "mp3" => SoundFormat.Mp3,
            "opus" => SoundFormat.Opus,
            "flac" => SoundFormat.Flac,
            "wav" => SoundFormat.Wav,
            var other => throw ApiException.Invalid("response_format", $"'response_format' is '{other}'; send mp3, opus, flac or wav."),
        };
        if (Can(format) is { } missing) throw ApiException.Unsupported("response_format", missing);
        if (request.Interests is { Count: > MostInterests } || request.Interests?.Any(i => string.IsNullOrWhiteSpace(i) || i.Length > 100) == true) throw ApiException.Invalid("interests", $"'interests' takes at most {MostInterests} words or phrases of 1 to 100 characters.");
        return new(new(feeds, pages, texts), length, day, speaker, Voices(request, speaker), request.Model, format, request.Interests ?? []);
    }

    /// <exception cref="ApiException">400 naming the field.</exception>
    public static void CheckSchedule(BriefingRequest request)
    {
        if (request.Schedule is not { } schedule) return;
        RequestFields.RefuseUnknown(schedule.Unknown, "schedule.");
        if (!TimeOnly.TryParseExact(schedule.At, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) throw ApiException.Invalid("schedule.at", $"'schedule.at' is '{schedule.At}'; send a time such as 06:30.");
        if (schedule.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)) throw ApiException.Invalid("schedule.time_zone", $"'schedule.time_zone' is '{zone}', which this machine does not know; send one such as Europe/Paris, or UTC.");
        if (schedule.Days is { } days && (days.Count == 0 || days.Any(d => !Shows.Timetable.Days.Contains(d)))) throw ApiException.Invalid("schedule.days", $"'schedule.days' takes {string.Join(", ", Shows.Timetable.Days)}.");
        if (request.Date is not null) throw ApiException.Invalid("date", "'date' is that of the day on which a show is made. Leave it out.");
    }

    /// <summary>Null where this machine can make a format, else what it lacks.</summary>
    static string? Can(SoundFormat format)
    {
        try
        {
            SoundEncoder.For(format, VoiceTime.SampleRateHz).Dispose();
            return null;
        }
        catch (NotSupportedException e)
        {
            return e.Message;
        }
    }

    static IReadOnlyList<string> Addresses(IReadOnlyList<string>? given, string field)
    {
        if (given is { Count: > MostAddresses }) throw ApiException.Invalid(field, $"'{field}' has {given.Count} entries; at most {MostAddresses} are taken.");
        foreach (var address in given ?? [])
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || address.Length > 2000) throw ApiException.Invalid(field, $"'{field}' holds '{address}'; send addresses that begin with https://.");
        return given ?? [];
    }

    static GivenText[] Texts(IReadOnlyList<BriefingText>? given)
    {
        if (given is { Count: > MostTexts }) throw ApiException.Invalid("texts", $"'texts' has {given.Count} entries; at most {MostTexts} are taken.");
        return [.. (given ?? []).Select((text, i) => text.Data is not null ? new GivenText(NameOf(text, i), File(text, i)) : string.IsNullOrWhiteSpace(text.Text) ? throw ApiException.Invalid($"texts[{i}].text", $"'texts[{i}].text' is missing or empty.")
            : text.Text.Length > MostTextCharacters ? throw ApiException.Invalid($"texts[{i}].text", $"'texts[{i}].text' has {text.Text.Length} characters; at most {MostTextCharacters} are taken. Send it in parts.")
            : new GivenText(NameOf(text, i), Encoding.UTF8.GetBytes(text.Text)))];

        static string NameOf(BriefingText text, int i) => text.Name is { Length: > 0 } name ? name : $"text {i + 1}";
    }

    static byte[] File(BriefingText text, int i)
    {
        if (text.Text is not null) throw ApiException.Invalid($"texts[{i}].data", $"'texts[{i}]' has 'text' and 'data'; send one of them.");
        if (text.Data!.Length > MostFileBytes / 3 * 4 + 4) throw ApiException.Invalid($"texts[{i}].data", $"'texts[{i}].data' is larger than {MostFileBytes >> 20} MB. Send the pages that matter.");
        try
        {
            return Convert.FromBase64String(text.Data);
        }
        catch (FormatException)
        {
            throw ApiException.Invalid($"texts[{i}].data", $"'texts[{i}].data' is not base64.");
        }
    }

    static List<SpeechVoice> Voices(BriefingRequest request, ServedSpeaker speaker)
    {
        var hosts = request.Hosts ?? Math.Max(1, request.Voices?.Count ?? 1);
        if (hosts > 2 || request.Voices?.Count > hosts) throw ApiException.Invalid("voices", $"'voices' names {request.Voices!.Count} for {hosts} {(hosts == 1 ? "host" : "hosts")}; send one per host, two at most.");
        var cast = (request.Voices ?? []).Select((name, i) => speaker.Voices.FirstOrDefault(v => v.Name == VoiceAliases.All.GetValueOrDefault(name, name))
            ?? throw ApiException.Invalid($"voices[{i}]", $"'voices[{i}]' is '{name}', but {speaker.Id} speaks with {string.Join(", ", speaker.Voices.Select(v => v.Name))}.")).ToList();
        // The second host is heard apart from the first: low beside high.
        while (cast.Count < hosts) cast.Add(speaker.Voices.FirstOrDefault(v => !cast.Contains(v) && (cast.Count == 0 || v.Low != cast[0].Low)) ?? speaker.Voices[0]);
        return cast;
    }
}
