// A show as a private podcast: RSS 2.0 with the tags of iTunes and of the podcast namespace, so that any player has its chapters and its transcript. The
// address is the key: nobody guesses it, the feed asks not to be listed, and only what it names can be had.

using System.Globalization;
using System.Text;
using System.Xml;
using Maison.Wire;

namespace Maison.Api.Briefings.Shows;

/// <summary>An episode: a briefing that is done.</summary>
sealed record Episode(BriefingBody Briefing, long Bytes, string MediaType);

/// <summary>Writes the feed.</summary>
static class Podcast
{
    const string ItunesSpace = "http://www.itunes.com/dtds/podcast-1.0.dtd", PodcastSpace = "https://podcastindex.org/namespace/1.0", AtomSpace = "http://www.w3.org/2005/Atom";

    /// <param name="place">Where everything of the show lies, as the listener reached it, without a slash at the end.</param>
    public static byte[] Feed(string title, string place, IReadOnlyList<Episode> episodes, DateTimeOffset built)
    {
        using var bytes = new MemoryStream();
        using (var xml = XmlWriter.Create(bytes, new() { Encoding = new UTF8Encoding(false), Indent = true }))
        {
            xml.WriteStartElement("rss");
            xml.WriteAttributeString("version", "2.0");
            xml.WriteAttributeString("xmlns", "itunes", null, ItunesSpace);
            xml.WriteAttributeString("xmlns", "podcast", null, PodcastSpace);
            xml.WriteAttributeString("xmlns", "atom", null, AtomSpace);
            xml.WriteStartElement("channel");
            xml.WriteElementString("title", title);
            xml.WriteElementString("link", $"{place}/feed.xml");
            xml.WriteElementString("description", $"{title}, made at home. {Script.Wording.Notice} For personal listening only.");
            xml.WriteElementString("language", "en");
            xml.WriteElementString("generator", "Maison");
            xml.WriteElementString("lastBuildDate", Date(built));
            xml.WriteStartElement("link", AtomSpace);
            xml.WriteAttributeString("href", $"{place}/feed.xml");
            xml.WriteAttributeString("rel", "self");
            xml.WriteAttributeString("type", "application/rss+xml");
            xml.WriteEndElement();
            Itunes("author", "Maison");
            Itunes("explicit", "false");
            Itunes("block", "Yes");
            Itunes("type", "episodic");
            xml.WriteStartElement("category", ItunesSpace);
            xml.WriteAttributeString("text", "News");
            xml.WriteStartElement("category", ItunesSpace);
            xml.WriteAttributeString("text", "Daily News");
            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteStartElement("image", ItunesSpace);
            xml.WriteAttributeString("href", $"{place}/cover.png");
            xml.WriteEndElement();
            xml.WriteElementString("locked", PodcastSpace, "yes");
            foreach (var episode in episodes) Item(episode);
            xml.WriteEndElement();
            xml.WriteEndElement();

            void Itunes(string name, string value) => xml.WriteElementString(name, ItunesSpace, value);

            void Item(Episode episode)
            {
                var briefing = episode.Briefing;
                xml.WriteStartElement("item");
                xml.WriteElementString("title", briefing.Title);
                xml.WriteElementString("description", Notes(briefing));
                xml.WriteElementString("pubDate", Date(DateTimeOffset.FromUnixTimeSeconds(briefing.CreatedAt)));
                xml.WriteStartElement("guid");
                xml.WriteAttributeString("isPermaLink", "false");
                xml.WriteString(briefing.Id);
                xml.WriteEndElement();
                xml.WriteStartElement("enclosure");
                xml.WriteAttributeString("url", $"{place}/{briefing.Id}/audio.{Ending(episode.MediaType)}");
                xml.WriteAttributeString("length", episode.Bytes.ToString(CultureInfo.InvariantCulture));
                xml.WriteAttributeString("type", episode.MediaType);
                xml.WriteEndElement();
                Itunes("duration", ((long)Math.Round(briefing.Seconds ?? 0)).ToString(CultureInfo.InvariantCulture));
                Itunes("explicit", "false");
                Itunes("episodeType", "full");
                xml.WriteStartElement("transcript", PodcastSpace);
                xml.WriteAttributeString("url", $"{place}/{briefing.Id}/transcript.vtt");
                xml.WriteAttributeString("type", "text/vtt");
                xml.WriteAttributeString("language", "en");
                xml.WriteEndElement();
                xml.WriteStartElement("chapters", PodcastSpace);
                xml.WriteAttributeString("url", $"{place}/{briefing.Id}/chapters.json");
                xml.WriteAttributeString("type", "application/json+chapters");
                xml.WriteEndElement();
                xml.WriteEndElement();
            }
        }
        return bytes.ToArray();
    }

    /// <summary>Stories, sources with the note on their rights, and the notice, as plain text.</summary>
    static string Notes(BriefingBody briefing)
    {
        var notes = new StringBuilder();
        foreach (var chapter in briefing.Chapters ?? []) notes.Append(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds(chapter.Start):m\\:ss} {chapter.Title} ({string.Join(", ", chapter.Publishers)})\n");
        notes.Append('\n').Append(briefing.Notice).Append("\n\n");
        foreach (var source in briefing.Sources ?? []) notes.Append(CultureInfo.InvariantCulture, $"{source.Publisher}: {source.Title}{(source.Url is null ? "" : $" {source.Url}")}. {source.RightsNote}\n");
        return notes.ToString();
    }

    public static string Ending(string mediaType) => mediaType switch { "audio/mpeg" => "mp3", "audio/flac" => "flac", "audio/wav" => "wav", _ => "ogg" };

    static string Date(DateTimeOffset at) => at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000";
}
