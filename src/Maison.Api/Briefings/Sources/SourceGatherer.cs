// From addresses and texts to sources. One that can not be read is a note and no end: a briefing is made from the others. Texts that are at hand
// never cause anything to be fetched but the feeds that a list names.

using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Maison.Api.Briefings.Stories;

namespace Maison.Api.Briefings.Sources;

/// <summary>Reads sources.</summary>
/// <param name="fetcher">Null where nothing may be fetched.</param>
public sealed partial class SourceGatherer(Fetcher? fetcher, IFeedShelf shelf)
{
    const int MostItems = 40, LeastWords = 8, FetchedAtOnce = 6;
    const double LeastEnglish = 0.22;

    readonly List<Source> sources = [];
    readonly List<string> notes = [];
    readonly ConcurrentDictionary<string, Lazy<Task<Robots?>>> robots = new();
    readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads everything once.</summary>
    /// <param name="told">Hears how many of the sources are read.</param>
    public async Task<Gathered> Read(SourceList list, Action<int, int> told, CancellationToken stop)
    {
        var feeds = list.Feeds.ToList();
        foreach (var text in list.Texts)
        {
            stop.ThrowIfCancellationRequested();
            if (FeedReader.Opml(text.Bytes) is { } listed)
            {
                if (listed.Count == 0) Note(text.Name, "the list of feeds names none.");
                feeds.AddRange(listed.Where(f => !feeds.Contains(f)));
            }
            else Given(text);
        }
        var (done, total) = (0, feeds.Count + list.Pages.Count);
        // Pages first: one that a feed also names is the whole article, then, and no teaser.
        var asked = list.Pages.Select(p => (Address: p, Feed: false)).Concat(feeds.Select(f => (Address: f, Feed: true))).Select((a, i) => (a.Address, a.Feed, Place: i)).ToList();
        var read = new (string Address, object? Found, string? Problem)[asked.Count];
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = FetchedAtOnce, CancellationToken = stop }, async (one, cancellation) =>
        {
            try
            {
                read[one.Place] = (one.Address, one.Feed ? await Feed(one.Address, cancellation) : await Page(one.Address, cancellation), null);
            }
            catch (Exception e) when (e is FetchProblem or InvalidDataException)
            {
                read[one.Place] = (one.Address, null, e.Message);
            }
            told(Interlocked.Increment(ref done), total);
        });
        foreach (var (address, found, problem) in read)
            if (problem is not null) Note(address, problem);
            else if (found is Feed feed) Add(feed, address, fetched: true);
            else if (found is Article article) Add(article, address, address);
        return new(sources, notes);
    }

    /// <summary>Sources of which only the teaser is known, with the articles that they lead to where those can be read.</summary>
    public async Task<IReadOnlyList<Source>> Deepened(IReadOnlyList<Source> some, Action<int, int> told, CancellationToken stop)
    {
        var deeper = some.ToArray();
        var done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, some.Count), new ParallelOptions { MaxDegreeOfParallelism = FetchedAtOnce, CancellationToken = stop }, async (i, cancellation) =>
        {
            var source = some[i];
            if (!source.Whole && source.Fetched && source.Url is { } url)
                try
                {
                    if (!await Welcome(new(url), cancellation)) throw new Unwelcome();
                    var article = await Page(url, cancellation);
                    List<string> passages = [source.Title, .. CleanText.Sentences(article.Paragraphs)];
                    if (passages.Count > source.Passages.Count && English(passages))
                        deeper[i] = source with { Passages = passages, Whole = true, Published = source.Published ?? article.Published, Rights = article.Rights is null ? source.Rights : SourceRights.Of(article.Rights, source.Publisher) };
                }
                catch (Unwelcome)
                {
                    NoteOnce(new Uri(url).Host, "its robots.txt does not let programs read the articles, or did not come; their teasers alone were told.");
                }
                catch (Exception e) when (e is FetchProblem or InvalidDataException)
                {
                    // The teaser is all there is, then.
                }
            told(Interlocked.Increment(ref done), some.Count);
        });
        return deeper;
    }

    sealed class Unwelcome : Exception;

    /// <summary>Whether a host lets programs read a page; asked once per host. Without rules it does, and without an answer it does not.</summary>
    async Task<bool> Welcome(Uri url, CancellationToken stop)
    {
        var rules = await robots.GetOrAdd(url.GetLeftPart(UriPartial.Authority), host => new(async () =>
        {
            try
            {
                return Robots.Of(Encoding.UTF8.GetString((await fetcher!.Get(host + "/robots.txt", null, null, stop)).Bytes));
            }
            catch (FetchProblem problem)
            {
                return problem.Status is >= 400 and < 500 ? Robots.Of("") : null;
            }
        })).Value;
        return rules?.Allows(url.PathAndQuery) == true;
    }

    async Task<Feed> Feed(string address, CancellationToken stop)
    {
        if (fetcher is null) throw new FetchProblem("nothing may be fetched here.");
        var kept = shelf.Find(address);
        var came = await fetcher.Get(address, kept?.Etag, kept?.Modified, stop);
        if (came.Unchanged && kept is not null) return FeedReader.Read(kept.Bytes, kept.Charset);
        var feed = FeedReader.Read(came.Bytes, came.Charset);
        if (came.Etag is not null || came.Modified is not null) await shelf.Keep(address, new(came.Bytes, came.Charset, came.Etag, came.Modified));
        return feed;
    }

    async Task<Article> Page(string address, CancellationToken stop)
    {
        if (fetcher is null) throw new FetchProblem("nothing may be fetched here.");
        var came = await fetcher.Get(address, null, null, stop);
        if (came.MediaType is "application/pdf" || PdfArticle.Is(came.Bytes)) return PdfArticle.Read(came.Bytes);
        if (came.MediaType is not (null or "text/html" or "application/xhtml+xml" or "text/plain")) throw new InvalidDataException($"it is {came.MediaType}, and neither a web page nor a PDF.");
        return ArticleReader.Read(Text(came.Bytes, came.Charset));
    }

    void Given(GivenText text)
    {
        var bytes = text.Bytes;
        if (PdfArticle.Is(bytes))
        {
            try
            {
                Add(PdfArticle.Read(bytes), text.Name, null);
            }
            catch (InvalidDataException e)
            {
                Note(text.Name, e.Message);
            }
            return;
        }
        if (bytes.AsSpan(0, Math.Min(bytes.Length, 4096)).Contains((byte)0) && bytes is not ([0xff, 0xfe, ..] or [0xfe, 0xff, ..])) { Note(text.Name, "it is no text."); return; }
        var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 1000));
        try
        {
            if (FeedHead().IsMatch(head)) Add(FeedReader.Read(bytes), text.Name, fetched: false);
            else if (PageHead().IsMatch(head))
            {
                var article = ArticleReader.Read(Text(bytes, null));
                Add(article with { Rights = article.Rights }, text.Name, null);
            }
            else Plain(text);
        }
        catch (InvalidDataException e)
        {
            Note(text.Name, e.Message);
        }
    }

    /// <summary>Plain text or Markdown: lines such as "Publisher: The Gazette" at the top, a first line as headline, paragraphs between blank lines.</summary>
    void Plain(GivenText text)
    {
        var lines = Text(text.Bytes, null).Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n').ToList();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (lines.Count > 0 && (Header().Match(lines[0]) is { Success: true } header || lines[0].Trim() is "" or "---" && headers.Count == 0))
        {
            if (Header().Match(lines[0]) is { Success: true } line) headers[line.Groups["name"].Value] = line.Groups["value"].Value.Trim();
            lines.RemoveAt(0);
        }
        var paragraphs = Regex.Split(string.Join('\n', lines), @"\n\s*\n").Select(p => CleanText.Line(Markdown().Replace(p, ""))).Where(p => p.Length > 0).ToList();
        var title = headers.GetValueOrDefault("title");
        if (title is null && paragraphs.Count > 0 && paragraphs[0].Length <= 120 && paragraphs[0][^1] is not ('.' or '!' or '?' or ':'))
        {
            title = paragraphs[0];
            paragraphs.RemoveAt(0);
        }
        var rights = headers.TryGetValue("rights", out var stated) || headers.TryGetValue("licence", out stated) || headers.TryGetValue("license", out stated) ? SourceRights.Of(stated, text.Name) : SourceRights.Own;
        Add(new(title ?? "", headers.GetValueOrDefault("publisher"), FeedReader.Date(headers.GetValueOrDefault("date")), null, null, paragraphs), text.Name, headers.GetValueOrDefault("url"), rights);
    }

    void Add(Feed feed, string address, bool fetched)
    {
        var (before, foreign) = (sources.Count, 0);
        var items = feed.Items.Take(MostItems).ToList();
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            if (!known.Add(item.Link ?? item.Id ?? $"{feed.Title} {item.Title}")) continue;
            var html = item.Content.Length > item.Summary.Length ? item.Content : item.Summary;
            List<string> told;
            try
            {
                told = CleanText.Sentences(ArticleReader.Fragment(html));
            }
            catch (InvalidDataException)
            {
                told = [];
            }
            var title = CleanText.Headline(item.Title, feed.Publisher);
            if (title.Length == 0 && told.Count > 0) (title, told) = (told[0], told[1..]);
            if (title.Length == 0) continue;
            List<string> passages = [title, .. told];
            if (feed.Language?.StartsWith("en", StringComparison.OrdinalIgnoreCase) != true && !English(passages)) { foreign++; continue; }
            Take(new("", title, feed.Publisher, item.Link, item.Published, SourceRights.Of(item.Rights ?? feed.Rights, feed.Publisher), passages) { Place = i, Fetched = fetched, Whole = item.Content.Length > 400 || told.Count >= 8 });
        }
        if (foreign > 0 && sources.Count == before) Note(address, "it is not in English, which is all that the house's voice reads.");
        else if (sources.Count == before) Note(address, "it has no article that can be read.");
    }

    void Add(Article article, string name, string? url, SourceRights? rights = null)
    {
        var told = CleanText.Sentences(article.Paragraphs);
        var title = article.Title;
        if (title.Length == 0 && told.Count > 0) (title, told) = (told[0], told[1..]);
        List<string> passages = [title, .. told];
        if (told.Count == 0) Note(name, "no article was found on it.");
        else if (!English(passages)) Note(name, "it is not in English, which is all that the house's voice reads.");
        else if (known.Add(url ?? title))
        {
            var publisher = article.Publisher is { Length: > 0 } named ? named : url is not null && Uri.TryCreate(url, UriKind.Absolute, out var at) ? at.Host : "your own texts";
            Take(new("", title, publisher, url, article.Published, rights ?? (url is null && article.Rights is null ? SourceRights.Own : SourceRights.Of(article.Rights, publisher)), passages) { Whole = true });
        }
    }

    void Take(Source source) => sources.Add(source with { Id = $"s{sources.Count + 1}" });

    void Note(string name, string problem) => notes.Add($"{name}: {problem}");

    void NoteOnce(string name, string problem)
    {
        lock (notes)
            if (!notes.Contains($"{name}: {problem}")) Note(name, problem);
    }

    /// <summary>English has its small words everywhere.</summary>
    static bool English(IEnumerable<string> passages)
    {
        var words = passages.Take(8).SelectMany(Terms.Words).Take(200).ToList();
        return words.Count < LeastWords || words.Count(Terms.IsEmpty) >= LeastEnglish * words.Count;
    }

    static string Text(byte[] bytes, string? charset)
    {
        if (bytes is [0xef, 0xbb, 0xbf, ..]) return Encoding.UTF8.GetString(bytes, 3, bytes.Length - 3);
        if (bytes is [0xff, 0xfe, ..]) return Encoding.Unicode.GetString(bytes, 2, bytes.Length - 2);
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        charset ??= MetaCharset().Match(Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 2048))) is { Success: true } m ? m.Groups[1].Value : null;
        try
        {
            return charset is null ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes) : Encoding.GetEncoding(charset).GetString(bytes);
        }
        catch (Exception e) when (e is ArgumentException or DecoderFallbackException or NotSupportedException)
        {
            return Encoding.GetEncoding(1252).GetString(bytes);
        }
    }

    [GeneratedRegex(@"<(?:rss|feed|rdf:RDF|RDF)[\s>]|^\s*<\?xml", RegexOptions.IgnoreCase)]
    private static partial Regex FeedHead();

    [GeneratedRegex(@"<(?:!doctype html|html|head|body|article|p|div)[\s>]", RegexOptions.IgnoreCase)]
    private static partial Regex PageHead();

    [GeneratedRegex("""<meta[^>]+charset\s*=\s*["']?([\w-]+)""", RegexOptions.IgnoreCase)]
    private static partial Regex MetaCharset();

    [GeneratedRegex(@"^(?<name>Title|Publisher|Date|URL|Rights|Licen[cs]e): *(?<value>.{1,500})$", RegexOptions.IgnoreCase)]
    private static partial Regex Header();

    /// <summary>Signs of Markdown that are no words.</summary>
    [GeneratedRegex(@"^#{1,6} |^[-*+] |(?<!\w)[*_]{1,3}(?=\w)|(?<=\w)[*_]{1,3}(?!\w)|!\[[^\]]*\]\([^)]*\)|(?<=\])\([^)]*\)|^>\s?", RegexOptions.Multiline)]
    private static partial Regex Markdown();
}
