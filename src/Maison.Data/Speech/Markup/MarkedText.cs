// Text with its markup taken out and remembered: the one form into which inline tags, Markdown and SSML are parsed. Every character knows where
// in the given text it stood, so that word times and read-along point into what the user wrote.

using System.Text;
using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech.Markup;

/// <summary>The markup cannot be understood; the message says where and what to do.</summary>
public sealed class MarkupException(string message) : FormatException(message);

/// <summary>What is to be spoken, and how.</summary>
public sealed class MarkedText
{
    readonly List<(int Text, int Source, int TextLength, int SourceLength)> runs;
    readonly List<(int Start, Delivery Delivery)> deliveries;

    MarkedText(string text, List<(int, int, int, int)> runs, List<(int, Delivery)> deliveries, IReadOnlyList<ReadingInstruction> instructions, IReadOnlyList<SkippedText> skipped)
        => (Text, this.runs, this.deliveries, Instructions, Skipped) = (text, runs, deliveries, instructions, skipped);

    /// <summary>The text without markup. Line and paragraph separators (U+2028, U+2029) stand where markup ends a sentence or a paragraph.</summary>
    public string Text { get; }

    /// <summary>Pauses, given phones and ways of reading, by their place in <see cref="Text"/>.</summary>
    public IReadOnlyList<ReadingInstruction> Instructions { get; }

    /// <summary>What of the given text is not in <see cref="Text"/> and is no markup, such as blocks of code; spans of the given text.</summary>
    public IReadOnlyList<SkippedText> Skipped { get; }

    /// <summary>All that tags ask for, wherever they stand.</summary>
    public IEnumerable<Delivery> Deliveries => deliveries.Select(d => d.Delivery);

    /// <summary>How the character at a place of <see cref="Text"/> is to be said.</summary>
    public Delivery DeliveryAt(int at)
    {
        var (low, high) = (0, deliveries.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (deliveries[middle].Start <= at) low = middle + 1;
            else high = middle - 1;
        }
        return high < 0 ? Delivery.Plain : deliveries[high].Delivery;
    }

    /// <summary>Where a span of <see cref="Text"/> stands in the given text.</summary>
    public TextSpan ToSource(TextSpan span)
    {
        if (runs.Count == 0) return span;
        var first = RunOf(span.Start);
        var start = first.TextLength == first.SourceLength ? first.Source + Math.Clamp(span.Start - first.Text, 0, first.TextLength) : first.Source;
        if (span.Length == 0) return new(start, 0);
        var last = RunOf(span.End - 1);
        var end = last.TextLength == last.SourceLength ? last.Source + Math.Clamp(span.End - last.Text, 0, last.TextLength) : last.Source + last.SourceLength;
        return new(start, Math.Max(0, end - start));
    }

    (int Text, int Source, int TextLength, int SourceLength) RunOf(int at)
    {
        var (low, high) = (0, runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (runs[middle].Text <= at) low = middle;
            else high = middle - 1;
        }
        return runs[low];
    }

    /// <summary>Text without markup.</summary>
    public static MarkedText Plain(string text) => new(text, [], [], [], []);

    /// <summary>Collects text and markup.</summary>
    internal sealed class Builder(string source)
    {
        readonly StringBuilder text = new();
        readonly List<(int Text, int Source, int TextLength, int SourceLength)> runs = [];
        readonly List<(int, Delivery)> deliveries = [];
        readonly List<ReadingInstruction> instructions = [];
        readonly List<SkippedText> skipped = [];

        public string Source => source;

        /// <summary>Length of the text so far: the place of what comes next.</summary>
        public int Length => text.Length;

        public char Last => text.Length == 0 ? '\n' : text[^1];

        /// <summary>Adds characters as they stand in the source.</summary>
        public void Copy(int start, int length)
        {
            if (length == 0) return;
            if (runs.Count > 0 && runs[^1] is var last && last.TextLength == last.SourceLength && last.Source + last.SourceLength == start && last.Text + last.TextLength == text.Length)
                runs[^1] = (last.Text, last.Source, last.TextLength + length, last.SourceLength + length);
            else runs.Add((text.Length, start, length, length));
            text.Append(source, start, length);
        }

        /// <summary>Adds characters that stand for others, such as an entity.</summary>
        public void Replace(int start, int length, string by)
        {
            if (by.Length == 0) return;
            runs.Add((text.Length, start, by.Length, length));
            text.Append(by);
        }

        /// <summary>Ends a sentence (U+2028) or a paragraph (U+2029) unless one has just ended.</summary>
        public void Separate(int at, char separator)
        {
            if (text.Length == 0) return;
            if (Last is '\u2028' or '\u2029')
            {
                if (separator == '\u2029') text[^1] = separator;
                return;
            }
            Replace(at, 0, separator.ToString());
        }

        public void Deliver(Delivery delivery) => deliveries.Add((text.Length, delivery));
        public void Instruct(ReadingInstruction instruction) => instructions.Add(instruction);
        public void Skip(int start, int length, string reason) => skipped.Add(new(new(start, length), reason));
        public string Since(int start) => text.ToString(start, text.Length - start);
        public MarkedText Finish() => new(text.ToString(), runs, deliveries, instructions, skipped);
    }
}
