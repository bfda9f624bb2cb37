// maison brief: feeds, articles and texts as a spoken briefing with chapters, and beside it the transcript that shows where each sentence comes
// from. Works from files alone, without network and without a server.

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Maison.Api.Briefings;
using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sound;
using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;
using Maison.Cli.Speech;
using Maison.Cli.Terminal;
using Maison.Data.Audio.Encoders;
using Maison.Data.Speech.Reading;
using Maison.Inference.Speech;
using Maison.Tensors;

namespace Maison.Cli.Brief;

static class BriefVerb
{
    static readonly string[] Readable = [".xml", ".rss", ".atom", ".rdf", ".opml", ".html", ".htm", ".txt", ".md", ".pdf"];

    public static Command Create(Surroundings here)
    {
        var feed = new Option<string[]>("--feed") { Description = "Address of an RSS or Atom feed; may be repeated" };
        var page = new Option<string[]>("--page") { Description = "Address of an article; may be repeated" };
        var file = new Option<string[]>("--file", "-f") { Description = $"A file at hand: a feed, a list of feeds (OPML), a web page, a PDF or a text; a folder is read whole ({string.Join(" ", Readable)}); may be repeated" };
        var text = new Option<string[]>("--text") { Description = "A text, headline first, as an article of your own; may be repeated" };
        var about = new Option<string[]>("--about") { Description = "What interests you: such stories come first; may be repeated" };
        var length = Choice.Word("--length", "brief (2 minutes), morning (5, the default) or deep (10)", "brief", "morning", "deep");
        var hosts = Choice.Whole("--hosts", "One host, or two in dialogue", 1, 2, 1);
        var voices = new Option<string[]>("--voice") { Description = $"Who speaks, once per host ({SpeechVoices.Kathleen.Name}, then martin)" };
        var sound = new Option<string?>("--out", "-o") { Description = $"The sound file; its ending says the format: {SoundWriter.Endings}" };
        var transcript = new Option<string[]>("--transcript") { Description = "Also write the transcript: a .txt with all sources, or a .vtt with times; may be repeated" };
        var model = new Option<string?>("--voice-model") { Description = "The folder of the voice, instead of the shipped one" };
        var threads = Choice.Whole("--threads", "Threads that compute; 0 takes one per processor", 0, 1024, 0);
        var command = new Command("brief", "Make a spoken briefing from feeds, articles and texts") { feed, page, file, text, about, length, hosts, voices, sound, transcript, model, threads };
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var clock = Stopwatch.StartNew();
            var (path, format) = SoundWriter.Target(parsed.GetValue(sound), "today.mp3");
            string[] written = [.. (parsed.GetValue(transcript) ?? []).Select(Path.GetFullPath)];
            if (written.FirstOrDefault(w => Path.GetExtension(w).ToLowerInvariant() is not (".txt" or ".vtt")) is { } odd) throw new UserException($"--transcript {odd}: its ending says the form; give .txt or .vtt.");
            var list = new SourceList(parsed.GetValue(feed) ?? [], parsed.GetValue(page) ?? [], [.. (parsed.GetValue(file) ?? []).SelectMany(Files), .. (parsed.GetValue(text) ?? []).Select(Pasted)]);
            if (list.IsEmpty) throw new UserException("Give sources: --feed URL, --page URL, --file FILE or --text TEXT.");
            var size = Enum.Parse<BriefingLength>(parsed.GetValue(length) ?? nameof(BriefingLength.Morning), ignoreCase: true);
            var cast = Cast(parsed.GetValue(voices) ?? [], parsed.GetValue(hosts)!.Value);
            var folder = LoadedVoice.Find(here, parsed.GetValue(model)) ?? throw new UserException(LoadedVoice.Missing(here));
            var listener = Listener.Anybody with { Interests = parsed.GetValue(about) ?? [] };

            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            using var voice = LoadedVoice.Load(here, folder, null, EmojiReading.Skip, gang, error);
            if (cast.FirstOrDefault(v => !voice.Voices.Contains(v)) is { } unknown) throw new UserException($"--voice {unknown.Name}: {voice.Name} speaks with {string.Join(", ", voice.Voices.Select(v => v.Name))}.");
            using var fetcher = new Fetcher();
            using var writer = new SoundWriter(path, format);
            SpokenBriefing briefing;
            var gatherer = new SourceGatherer(fetcher, new NoShelf());
            Gathered gathered;
            List<Story> stories;
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "sources"))
            {
                gathered = await gatherer.Read(list, (done, total) => line.Report("read", done, total), stop);
                if (gathered.Sources.Count == 0) throw new UserException($"No source could be read.{string.Concat(gathered.Notes.Select(n => $"\n  {n}"))}");
                stories = await BriefingMaker.Choose(gatherer, gathered, size, listener, DateTimeOffset.Now, (done, total) => line.Report("read articles", done, total), stop);
            }
            using (var line = ProgressLine.Of(error, here.ErrorIsTerminal, "s of sound"))
                briefing = await BriefingMaker.Make(new(size, DateOnly.FromDateTime(DateTime.Now), cast), stories, listener, gathered.Notes, (t, o, s) => voice.Speak(t, o, s), writer.Write, new Told<BriefingProgress>(p => line.Report(p.Stage, p.Done, p.Total)), stop);
            var body = BriefingWire.Done(new() { Id = "", CreatedAt = 0, Status = "", Title = BriefingWire.Title(briefing.Order.Day), Date = briefing.Order.Day.ToString("O", CultureInfo.InvariantCulture), Length = size.ToString().ToLowerInvariant(), Hosts = cast.Length }, briefing);
            writer.Finish(format == SoundFormat.Mp3 ? Transcripts.Id3(body) : null);
            foreach (var to in written) File.WriteAllText(to, Path.GetExtension(to).Equals(".vtt", StringComparison.OrdinalIgnoreCase) ? Transcripts.Vtt(body) : Transcripts.Text(body));
            Tell(output, briefing, path, clock.Elapsed);
            return 0;
        });
        return command;
    }

    static IEnumerable<GivenText> Files(string path)
    {
        if (Directory.Exists(path))
        {
            var found = Directory.EnumerateFiles(path).Where(f => Readable.Contains(Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal).ToList();
            return found.Count > 0 ? found.SelectMany(Files) : throw new UserException($"--file {path}: the folder holds none of {string.Join(" ", Readable)}.");
        }
        if (!File.Exists(path)) throw new UserException($"--file {path}: there is no such file.");
        if (new FileInfo(path).Length > 8 << 20) throw new UserException($"--file {path} is larger than 8 MB. Give the article alone.");
        return [new(Path.GetFileName(path), File.ReadAllBytes(path))];
    }

    static GivenText Pasted(string text, int number) => new($"text {number + 1}", System.Text.Encoding.UTF8.GetBytes(text.Replace("\\n", "\n", StringComparison.Ordinal)));

    static SpeechVoice[] Cast(string[] named, int hosts)
    {
        if (named.Length > hosts) throw new UserException($"--voice is given {named.Length} times for {hosts} {(hosts == 1 ? "host" : "hosts")}; use --hosts 2 for a dialogue.");
        try
        {
            var cast = named.Select(SpeechVoices.Named).ToList();
            foreach (var name in (string[])[SpeechVoices.Kathleen.Name, "martin", "nora"])
                if (cast.Count < hosts && cast.All(v => v.Name != name)) cast.Add(SpeechVoices.Named(name));
            return [.. cast];
        }
        catch (ArgumentException e)
        {
            throw new UserException($"--voice: {e.Message}");
        }
    }

    static void Tell(TextWriter output, SpokenBriefing briefing, string path, TimeSpan took)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {Clock(briefing.Seconds)} of {Clock(Wording.Seconds(briefing.Order.Length))} asked for, made in {took.TotalSeconds:F1} s; {ByteSize.Show(new FileInfo(path).Length)}"));
        TextTable.Write(output, ["AT", "STORY", "FROM"], [.. briefing.Chapters.Select(c => new[] { Clock(c.Start), c.Title, string.Join(", ", c.Publishers) })]);
        if (briefing.Cut.Count > 0) output.WriteLine("cut:");
        foreach (var cut in briefing.Cut) output.WriteLine($"  {cut.Claim} ({cut.Fault.Reason})");
        foreach (var source in briefing.Sources.DistinctBy(s => s.Publisher)) output.WriteLine($"rights: {source.Publisher}: {source.Rights.Note}");
        foreach (var note in briefing.Notes) output.WriteLine($"note: {note}");
    }

    static string Clock(double seconds) => TimeSpan.FromSeconds(Math.Round(seconds)).ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
