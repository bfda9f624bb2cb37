// A briefing as others read it: WebVTT with a voice per line, plain text with its sources, chapters as podcast players know them, and the tag that
// makes an MP3 carry its chapters, its notice and its title by itself.

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Maison.Wire;

namespace Maison.Api.Briefings;

/// <summary>Writes transcripts and chapters.</summary>
public static class Transcripts
{
    /// <summary>WebVTT; the notes tell that software made it, and where each line comes from.</summary>
    public static string Vtt(BriefingBody briefing)
    {
        var file = new StringBuilder($"WEBVTT\n\nNOTE\n{briefing.Notice}\n\n");
        foreach (var line in briefing.Script!)
        {
            foreach (var source in SourcesOf(briefing, line.Passages)) file.Append("NOTE Source: ").Append(Escaped($"{source.Publisher}, {source.Title}")).Append(source.Url is null ? "" : $" {Escaped(source.Url)}").Append("\n\n");
            file.Append(CultureInfo.InvariantCulture, $"{line.Number}\n{Clock(line.Start)} --> {Clock(line.End)}\n<v {line.Speaker}>{Escaped(TextOf(line))}\n\n");
        }
        return file.ToString();
    }

    /// <summary>Plain text to read: stories, who says what, and where it stands.</summary>
    public static string Text(BriefingBody briefing)
    {
        var numbers = briefing.Sources!.Select((s, i) => (s.Id, Number: i + 1)).ToDictionary(p => p.Id, p => p.Number);
        var file = new StringBuilder($"{briefing.Title}\n{briefing.Notice}\n");
        var chapter = -2;
        foreach (var line in briefing.Script!)
        {
            if (line.Chapter != chapter)
            {
                chapter = line.Chapter;
                file.Append('\n');
                if (chapter >= 0) file.Append(CultureInfo.InvariantCulture, $"{Clock(line.Start)[3..8]}  {briefing.Chapters![chapter].Title}\n");
            }
            if (briefing.Hosts > 1) file.Append(line.Speaker).Append(": ");
            file.Append(TextOf(line));
            if (line.Passages.Count > 0) file.Append(CultureInfo.InvariantCulture, $" [{string.Join(", ", line.Passages.Select(p => numbers[p.Source]).Distinct())}]");
            file.Append('\n');
        }
        file.Append("\nSources\n");
        foreach (var source in briefing.Sources!) file.Append(CultureInfo.InvariantCulture, $"[{numbers[source.Id]}] {source.Publisher}: {source.Title}{(source.Url is null ? "" : $", {source.Url}")}. {source.RightsNote}\n");
        if (briefing.Cut is { Count: > 0 }) file.Append("\nCut\n");
        foreach (var cut in briefing.Cut ?? []) file.Append("- ").Append(cut.Claim).Append(" (").Append(cut.Reason).Append(")\n");
        foreach (var note in briefing.Notes ?? []) file.Append("\nNote: ").Append(note).Append('\n');
        return file.ToString();
    }

    /// <summary>Chapters in the JSON form of the podcast namespace.</summary>
    public static byte[] Chapters(BriefingBody briefing)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.2.0");
            json.WriteStartArray("chapters");
            foreach (var chapter in briefing.Chapters!)
            {
                json.WriteStartObject();
                json.WriteNumber("startTime", chapter.Number == 0 ? 0 : Math.Round(chapter.Start, 2));
                json.WriteNumber("endTime", Math.Round(chapter.End, 2));
                json.WriteString("title", chapter.Title);
                if (briefing.Script!.Where(l => l.Chapter == chapter.Number).SelectMany(l => SourcesOf(briefing, l.Passages)).Select(s => s.Url).FirstOrDefault(u => u is not null) is { } url) json.WriteString("url", url);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary>An ID3v2.3 tag to stand before the frames of an MP3: title, notice, and a CHAP frame per story.</summary>
    public static byte[] Id3(BriefingBody briefing)
    {
        using var frames = new MemoryStream();
        Frame(frames, "TIT2", Words(briefing.Title));
        Frame(frames, "TPE1", Words("Maison"));
        Frame(frames, "TALB", Words("Daily briefing"));
        Frame(frames, "TYER", Words(briefing.Date[..4]));
        Frame(frames, "TLEN", Words(((long)(briefing.Seconds!.Value * 1000)).ToString(CultureInfo.InvariantCulture)));
        Frame(frames, "TXXX", [.. Words("AI-GENERATED"), 0, 0, .. Unicode("yes")]);
        Frame(frames, "COMM", [1, .. "eng"u8, .. Unicode(""), 0, 0, .. Unicode(briefing.Notice!)]);
        var chapters = briefing.Chapters!;
        if (chapters.Count > 0)
        {
            Frame(frames, "CTOC", [.. "toc\0"u8, 3, (byte)chapters.Count, .. chapters.SelectMany(c => Name(c))]);
            foreach (var chapter in chapters)
            {
                using var inner = new MemoryStream();
                Frame(inner, "TIT2", Words(chapter.Title));
                Frame(frames, "CHAP", [.. Name(chapter), .. Big(chapter.Start), .. Big(chapter.End), 255, 255, 255, 255, 255, 255, 255, 255, .. inner.ToArray()]);
            }
        }
        var size = (int)frames.Length;
        return [.. "ID3"u8, 3, 0, 0, (byte)(size >> 21 & 127), (byte)(size >> 14 & 127), (byte)(size >> 7 & 127), (byte)(size & 127), .. frames.ToArray()];

        static byte[] Name(BriefingChapter chapter) => Encoding.ASCII.GetBytes(FormattableString.Invariant($"ch{chapter.Number}\0"));

        static byte[] Words(string text) => [1, .. Unicode(text)];

        static byte[] Unicode(string text) => [0xff, 0xfe, .. Encoding.Unicode.GetBytes(text)];

        static byte[] Big(double seconds)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Math.Round(seconds * 1000));
            return bytes;
        }

        static void Frame(Stream to, string id, byte[] content)
        {
            to.Write(Encoding.ASCII.GetBytes(id));
            Span<byte> head = stackalloc byte[6];
            head.Clear();
            BinaryPrimitives.WriteInt32BigEndian(head, content.Length);
            to.Write(head);
            to.Write(content);
        }
    }

    static string TextOf(BriefingLine line) => line.Lead.Length == 0 ? line.Claim : line.Claim.Length == 0 ? line.Lead : $"{line.Lead} {line.Claim}";

    static IEnumerable<BriefingSource> SourcesOf(BriefingBody briefing, IReadOnlyList<BriefingPassage> passages) => passages.Select(p => briefing.Sources!.First(s => s.Id == p.Source)).Distinct();

    static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    static string Clock(double seconds)
    {
        var ms = (long)Math.Round(seconds * 1000);
        return string.Create(CultureInfo.InvariantCulture, $"{ms / 3_600_000:D2}:{ms / 60_000 % 60:D2}:{ms / 1000 % 60:D2}.{ms % 1000:D3}");
    }
}
