namespace Maison.App.Daily;

/// <summary>The words of the daily briefing.</summary>
public sealed partial record DailyTexts
{
    public string Name { get; init; } = "Daily";
    public string Title { get; init; } = "Your daily briefing";
    public string How { get; init; } = "Feeds, articles and texts of your choice, told in two, five or ten minutes. Every sentence shows the source that it is taken from.";
    public string Latest { get; init; } = "Today's briefing";
    public string Before { get; init; } = "The latest briefing";
    public string Open { get; init; } = "Open with transcript";

    public string New { get; init; } = "New briefing";
    public string Feeds { get; init; } = "Feeds";
    public string FeedsHint { get; init; } = "Addresses of RSS or Atom feeds, one per line.";
    public string Pages { get; init; } = "Articles";
    public string PagesHint { get; init; } = "Addresses of web pages, one per line.";
    public string OwnText { get; init; } = "Your own text";
    public string OwnTextHint { get; init; } = "The headline first, then a blank line, then the text.";
    public string Files { get; init; } = "Files";
    public string FilesHint { get; init; } = "Feeds, lists of feeds (OPML), web pages, PDF files or texts that you have at hand. Nothing is fetched for them.";
    public string MoreSources { get; init; } = "Articles, texts, files";
    public string Interests { get; init; } = "Interests";
    public string InterestsHint { get; init; } = "Such stories come first. Separate them by commas.";
    public string Length { get; init; } = "Length";
    public string Brief { get; init; } = "2 minutes";
    public string Morning { get; init; } = "5 minutes";
    public string Deep { get; init; } = "10 minutes";
    public string Hosts { get; init; } = "Hosts";
    public string OneHost { get; init; } = "One host";
    public string TwoHosts { get; init; } = "Two, in dialogue";
    public string Writer { get; init; } = "Written by";
    public string Extractive { get; init; } = "The sources' own sentences";
    public string Repeat { get; init; } = "Make it every day";
    public string At { get; init; } = "At";
    public string Zone { get; init; } = "Time zone";
    public string Make { get; init; } = "Make the briefing";

    public string Earlier { get; init; } = "Briefings";
    public string None { get; init; } = "No briefing yet. Give a feed and make the first.";
    public string Shows { get; init; } = "Made every day";
    public string NextAt { get; init; } = "Next";
    public string Podcast { get; init; } = "Podcast address";
    public string PodcastHint { get; init; } = "For your podcast player. Whoever knows this address can listen, so keep it to yourself.";
    public string MakeNow { get; init; } = "Make one now";
    public string EndShow { get; init; } = "End";
    public string Delete { get; init; } = "Delete";

    public string Queued { get; init; } = "Waiting for its turn";
    public string Reading { get; init; } = "Reading the sources";
    public string Speaking { get; init; } = "Writing, checking and speaking";
    public string Comes { get; init; } = "This page shows it as soon as it is there.";
    public string Failed { get; init; } = "It could not be made";

    public string Stories { get; init; } = "Stories";
    public string Transcript { get; init; } = "Transcript";
    public string TranscriptHint { get; init; } = "Open a sentence to see where it stands.";
    public string Skip { get; init; } = "Skip, and fewer like it";
    public string Replay { get; init; } = "Again, and more like it";
    public string Skipped { get; init; } = "You skipped it: fewer like it next time.";
    public string Replayed { get; init; } = "You heard it again: more like it next time.";
    public string PlayFrom(string time) => PlayFromForm.Replace("{0}", time, StringComparison.Ordinal);
    public string PlayFromForm { get; init; } = "Play from {0}";
    public string Sources { get; init; } = "Sources";
    public string CutTitle(int count) => count == 1 ? CutOne : CutMany.Replace("{0}", count.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    public string CutOne { get; init; } = "One sentence was cut";
    public string CutMany { get; init; } = "{0} sentences were cut";
    public string NothingCut { get; init; } = "No sentence had to be cut: all stand in their sources.";
    public string Notes { get; init; } = "Left out";
    public string Download { get; init; } = "Sound";
    public string AsText { get; init; } = "Text";
    public string AsVtt { get; init; } = "WebVTT";
    public string Missing { get; init; } = "No voice is served yet, and a briefing needs one. A clone brings one in models/maison-voice-1; “maison serve --voice-model FOLDER” serves another.";

    public string StageOf(string? stage) => stage switch { "read" => Reading, "write" or "speak" => Speaking, _ => Queued };

    public string LengthOf(string length) => length switch { "brief" => Brief, "deep" => Deep, _ => Morning };
}
