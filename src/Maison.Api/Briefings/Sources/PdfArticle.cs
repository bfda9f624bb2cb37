// The article of a PDF. PdfPig reads the file and finds blocks of text and the order in which they are read, columns included; here blocks become
// paragraphs, words that were parted at the end of a line become whole, and what a stranger's file may cost is bounded: pages, letters of a page,
// and bytes that a stream unpacks to, which are counted before any are kept.

using System.IO.Compression;
using System.Text;
using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.DocumentLayoutAnalysis;
using UglyToad.PdfPig.DocumentLayoutAnalysis.PageSegmenter;
using UglyToad.PdfPig.DocumentLayoutAnalysis.ReadingOrderDetector;
using UglyToad.PdfPig.DocumentLayoutAnalysis.WordExtractor;
using UglyToad.PdfPig.Exceptions;
using UglyToad.PdfPig.Filters;
using UglyToad.PdfPig.Tokens;

namespace Maison.Api.Briefings.Sources;

/// <summary>Reads PDF files.</summary>
static class PdfArticle
{
    const int MostPages = 40, MostLettersOfAPage = 20_000, LeastParagraph = 40, LongestHeadline = 200;
    const double Headline = 1.15;

    public static bool Is(ReadOnlySpan<byte> bytes) => bytes[..Math.Min(bytes.Length, 1024)].IndexOf("%PDF-"u8) >= 0;

    /// <exception cref="InvalidDataException">It can not be read, or is beyond the limits; says which.</exception>
    public static Article Read(byte[] bytes)
    {
        try
        {
            using var document = PdfDocument.Open(bytes, new ParsingOptions { UseLenientParsing = true, SkipMissingFonts = true, FilterProvider = new Bounded() });
            if (document.NumberOfPages > MostPages) throw new InvalidDataException($"the PDF has {document.NumberOfPages} pages; {MostPages} are read at most. Give the pages that matter.");
            var blocks = document.GetPages().SelectMany(Blocks).ToList();
            if (blocks.Count == 0) throw new InvalidDataException("the PDF holds no text, as scanned pages do not. Give its text.");
            var title = Title(blocks) ?? document.Information.Title;
            return new(CleanText.Line(title ?? ""), null, null, null, null, Paragraphs(blocks.Where(b => b.Text != title && b.Text.Length >= LeastParagraph)));
        }
        catch (PdfDocumentEncryptedException e)
        {
            throw new InvalidDataException("the PDF is locked with a password. Give one without.", e);
        }
        catch (Exception e) when (e is not InvalidDataException and not OutOfMemoryException)
        {
            // A broken file fails in as many ways as it has parts.
            throw new InvalidDataException("the PDF is damaged and can not be read.", e);
        }
    }

    readonly record struct Block(string Text, double Size, int Page);

    static IEnumerable<Block> Blocks(Page page)
    {
        if (page.Letters.Count > MostLettersOfAPage) throw new InvalidDataException($"page {page.Number} of the PDF has {page.Letters.Count} letters; {MostLettersOfAPage} are read at most.");
        var words = NearestNeighbourWordExtractor.Instance.GetWords(page.Letters);
        foreach (var block in UnsupervisedReadingOrderDetector.Instance.Get(DocstrumBoundingBoxes.Instance.GetBlocks(words)))
            if (Joined(block) is { Length: > 0 } text) yield return new(text, block.TextLines[0].Words[0].Letters[0].PointSize, page.Number);
    }

    /// <summary>The lines of a block as one; a hyphen before a small letter only parted a word.</summary>
    static string Joined(TextBlock block)
    {
        var text = new StringBuilder();
        foreach (var line in block.TextLines)
        {
            var next = line.Text.Trim();
            if (text.Length > 1 && text[^1] is '-' or '\u00ad' && char.IsLetter(text[^2]) && next.Length > 0 && char.IsLower(next[0])) text.Length--;
            else if (text.Length > 0) text.Append(' ');
            text.Append(next);
        }
        return text.Replace("ﬀ", "ff").Replace("ﬁ", "fi").Replace("ﬂ", "fl").Replace("ﬃ", "ffi").Replace("ﬄ", "ffl").ToString().Trim();
    }

    /// <summary>The largest text of the first page, where it stands out.</summary>
    static string? Title(List<Block> blocks)
    {
        var usual = blocks.OrderBy(b => b.Size).ElementAt(blocks.Count / 2).Size;
        var largest = blocks.Where(b => b.Page == 1 && b.Text.Length is > 8 and <= LongestHeadline).OrderByDescending(b => b.Size).FirstOrDefault();
        return largest.Size > Headline * usual ? largest.Text : null;
    }

    /// <summary>Blocks as paragraphs; one that goes on in the next column or on the next page is whole again.</summary>
    static List<string> Paragraphs(IEnumerable<Block> blocks)
    {
        var paragraphs = new List<string>();
        foreach (var block in blocks)
            if (paragraphs.Count > 0 && char.IsLower(block.Text[0]) && paragraphs[^1][^1] is not ('.' or '!' or '?')) paragraphs[^1] += " " + block.Text;
            else paragraphs.Add(block.Text);
        return paragraphs;
    }

    /// <summary>The library's own filters, behind a count of what they will give.</summary>
    sealed class Bounded : IFilterProvider
    {
        readonly Dictionary<IFilter, IFilter> counted = [];
        long left = 24 << 20;

        public IReadOnlyList<IFilter> GetFilters(DictionaryToken dictionary) => [.. DefaultFilterProvider.Instance.GetFilters(dictionary).Select(Counted)];

        public IReadOnlyList<IFilter> GetNamedFilters(IReadOnlyList<NameToken> names) => [.. DefaultFilterProvider.Instance.GetNamedFilters(names).Select(Counted)];

        public IReadOnlyList<IFilter> GetAllFilters() => [.. DefaultFilterProvider.Instance.GetAllFilters().Select(Counted)];

        IFilter Counted(IFilter inner) => counted.TryGetValue(inner, out var known) ? known : counted[inner] = new Counting(inner, Take);

        void Take(long bytes)
        {
            if ((left -= bytes) < 0) throw new InvalidDataException("the PDF unpacks to more than 24 MB. Give its text.");
        }

        sealed class Counting(IFilter inner, Action<long> take) : IFilter
        {
            public bool IsSupported => inner.IsSupported;

            public Memory<byte> Decode(Memory<byte> input, DictionaryToken streamDictionary, IFilterProvider filterProvider, int filterIndex)
            {
                if (inner is FlateFilter) Measure(input);
                var given = inner.Decode(input, streamDictionary, filterProvider, filterIndex);
                if (inner is not FlateFilter) take(given.Length);
                return given;
            }

            /// <summary>Unpacks into nothing; a stream that breaks off counts as far as it goes.</summary>
            void Measure(Memory<byte> input)
            {
                using var plain = new ZLibStream(new MemoryStream(input.ToArray()), CompressionMode.Decompress);
                var block = new byte[64 << 10];
                try
                {
                    for (int read; (read = plain.Read(block)) > 0;) take(read);
                }
                catch (InvalidDataException e) when (e.InnerException is not null || e.Source == "System.IO.Compression")
                {
                    // The reader mends what it can.
                }
            }
        }
    }
}
