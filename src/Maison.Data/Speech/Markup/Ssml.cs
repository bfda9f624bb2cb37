// A subset of SSML 1.1 (W3C), parsed into the same form as inline tags: speak, p, s, break, prosody (rate, pitch, range, volume), emphasis, say-as,
// voice, sub, phoneme (ipa, x-arpabet); of our own, style. Elements outside it are refused by name: to read their text as if they were not there would be
// a silent default. The scanner is our own so that every word keeps its place in the given text; there are no external entities.

using System.Globalization;
using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech.Markup;

/// <summary>Parses SSML.</summary>
public static class Ssml
{
    const string Known = "speak, p, s, break, prosody, emphasis, say-as, voice, sub, phoneme, style";
    const int MostDepth = 64;

    /// <summary>Whether a text is meant as SSML: it begins with &lt;speak.</summary>
    public static bool Looks(string text) => text.AsSpan().TrimStart() is var rest && (rest.StartsWith("<speak") || rest.StartsWith("<?xml"));

    /// <summary>Takes the markup out of an SSML document.</summary>
    /// <exception cref="MarkupException">It is malformed, or asks for what is not in the subset; the message names line, column and remedy.</exception>
    public static MarkedText Parse(string source) => new Reader(source).Document();

    sealed record Open(SsmlTag Tag, Delivery Before, int TextStart);

    sealed class Reader(string source)
    {
        readonly MarkedText.Builder builder = new(source);
        readonly Stack<Open> open = new();
        Delivery delivery = Delivery.Plain;
        bool ended;

        public MarkedText Document()
        {
            for (var at = 0; at < source.Length;)
            {
                if (source[at] != '<')
                {
                    var end = source.IndexOf('<', at);
                    at = Text(at, end < 0 ? source.Length : end);
                    continue;
                }
                if (Starts(at, "<!--")) at = Behind(at, "-->", "comment");
                else if (Starts(at, "<?")) at = Behind(at, "?>", "declaration");
                else if (Starts(at, "<![CDATA["))
                {
                    var end = Behind(at, "]]>", "CDATA section");
                    RequireOpen(at);
                    builder.Copy(at + 9, end - at - 12);
                    at = end;
                }
                else if (Starts(at, "<!")) throw Error(at, "A document type is not read. Take the <!…> out.");
                else
                {
                    var tag = SsmlTag.Read(source, at);
                    if (tag.Closes) End(tag);
                    else Begin(tag);
                    at = tag.End;
                }
            }
            if (open.TryPeek(out var left)) throw Error(left.Tag.At, $"<{left.Tag.Name}> is never closed. Write </{left.Tag.Name}> where it ends.");
            if (!ended) throw Error(0, "There is no <speak> element. Put the text between <speak> and </speak>.");
            return builder.Finish();
        }

        void RequireOpen(int at)
        {
            if (open.Count == 0) throw Error(at, ended ? "There is text after </speak>. Put all of it between <speak> and </speak>." : "There is text before <speak>. Put all of it between <speak> and </speak>.");
        }

        int Text(int at, int end)
        {
            if (open.Count == 0)
            {
                for (var i = at; i < end; i++)
                    if (!char.IsWhiteSpace(source[i]) && source[i] != '\ufeff') RequireOpen(i);
                return end;
            }
            while (at < end)
            {
                var amp = source.IndexOf('&', at, end - at);
                builder.Copy(at, (amp < 0 ? end : amp) - at);
                if (amp < 0) break;
                var (text, length) = SsmlTag.Entity(source, amp);
                builder.Replace(amp, length, text);
                at = amp + length;
            }
            return end;
        }

        void Begin(SsmlTag tag)
        {
            if (tag.Name != "speak" && open.Count == 0) RequireOpen(tag.At);
            if (open.Count >= MostDepth) throw Error(tag.At, $"More than {MostDepth} elements are nested here. Use fewer.");
            if (open.TryPeek(out var around) && around.Tag.Name is "say-as" or "sub" or "phoneme" or "break") throw Error(tag.At, $"<{tag.Name}> stands inside <{around!.Tag.Name}>, which holds text only. Close <{around.Tag.Name}> first.");
            var before = delivery;
            switch (tag.Name)
            {
                case "speak":
                    if (open.Count > 0 || ended) throw Error(tag.At, "A second <speak> stands here. Use one for the whole text.");
                    tag.Allow("version", "xmlns", "xml:lang", "xmlns:xsi", "xsi:schemaLocation", "xmlns:mstts");
                    if (tag["xml:lang"] is { } lang && !lang.StartsWith("en", StringComparison.OrdinalIgnoreCase)) throw tag.Wrong("xml:lang", "English is the only language spoken: write en-US, or leave it out");
                    break;
                case "p" or "s":
                    tag.Allow("xml:lang");
                    builder.Separate(tag.At, tag.Name == "p" ? '\u2029' : '\u2028');
                    break;
                case "break":
                    tag.Allow("time", "strength");
                    builder.Instruct(new PauseInstruction(new(builder.Length, 0), Pause(tag)));
                    break;
                case "prosody":
                    tag.Allow("rate", "pitch", "range", "volume");
                    delivery = SsmlProsody.Apply(tag, delivery);
                    break;
                case "emphasis":
                    tag.Allow("level");
                    delivery = delivery with { Emphasis = tag.OneOf("level", "moderate", ("strong", 2), ("moderate", 1), ("none", 0), ("reduced", -1)) };
                    break;
                case "voice":
                    tag.Allow("name");
                    delivery = delivery with { Voice = tag.Required("name") };
                    break;
                case "style":
                    tag.Allow("name");
                    delivery = delivery with { Style = tag.Required("name") };
                    break;
                case "say-as":
                    tag.Allow("interpret-as", "format", "detail");
                    var kind = tag.Required("interpret-as");
                    if (!SayAsInstruction.Kinds.Contains(kind)) throw tag.Wrong("interpret-as", $"there are {string.Join(", ", SayAsInstruction.Kinds)}");
                    if (tag["format"] is { } format && (kind != "date" || format.Length is < 1 or > 3 || format.Any(c => !"ymd".Contains(c)))) throw tag.Wrong("format", "it belongs to dates and is made of y, m and d in their order, such as mdy");
                    break;
                case "sub":
                    tag.Allow("alias");
                    tag.Required("alias");
                    break;
                case "phoneme":
                    tag.Allow("alphabet", "ph");
                    tag.Required("ph");
                    break;
                default: throw Error(tag.At, $"<{tag.Name}> is not an element that is known. There are: {Known}.");
            }
            if (delivery != before) builder.Deliver(delivery);
            open.Push(new(tag, before, builder.Length));
            if (tag.Empty) End(tag);
        }

        void End(SsmlTag tag)
        {
            if (!open.TryPop(out var begun)) throw Error(tag.At, $"</{tag.Name}> closes nothing. Take it out.");
            if (begun.Tag.Name != tag.Name) throw Error(tag.At, $"</{tag.Name}> stands where </{begun.Tag.Name}> should: elements close in the reverse order of opening. Close <{begun.Tag.Name}> first.");
            var span = new TextSpan(begun.TextStart, builder.Length - begun.TextStart);
            switch (tag.Name)
            {
                case "speak": ended = true; break;
                case "p" or "s": builder.Separate(tag.At, tag.Name == "p" ? '\u2029' : '\u2028'); break;
                case "break" when span.Length > 0: throw Error(begun.Tag.At, "<break> holds text. Write <break/>.");
                case "say-as":
                    var (kind, format) = (begun.Tag["interpret-as"]!, begun.Tag["format"]);
                    var text = builder.Since(span.Start);
                    if (text.Trim().Length == 0) throw Error(begun.Tag.At, "<say-as> holds no text. Put what is to be read between its tags.");
                    if (SayAsInstruction.Refusal(text, kind, format) is { } why) throw Error(begun.Tag.At, $"\"{text.Trim()}\" cannot be read as {kind}: it {why}.");
                    builder.Instruct(new SayAsInstruction(span, kind, format));
                    break;
                case "sub":
                    if (span.Length == 0) throw Error(begun.Tag.At, "<sub> holds no text. Put what is written between its tags.");
                    builder.Instruct(new AliasInstruction(span, begun.Tag["alias"]!));
                    break;
                case "phoneme":
                    if (span.Length == 0) throw Error(begun.Tag.At, "<phoneme> holds no text. Put the word between its tags.");
                    builder.Instruct(new PhonesInstruction(span, Phones(begun.Tag)));
                    break;
            }
            if (delivery != begun.Before) builder.Deliver(delivery = begun.Before);
        }

        static Phone[] Phones(SsmlTag tag)
        {
            try
            {
                return (tag["alphabet"] ?? "ipa") switch
                {
                    "ipa" => Ipa.Parse(tag["ph"]!),
                    "x-arpabet" or "arpabet" => Phone.Parse(tag["ph"]!.ToUpperInvariant()) is { Length: > 0 } phones && phones.All(p => !p.IsMark) ? phones : throw new FormatException("there is no sound in it"),
                    _ => throw tag.Wrong("alphabet", "there are ipa and x-arpabet"),
                };
            }
            catch (FormatException e) when (e is not MarkupException)
            {
                throw tag.Wrong("ph", e.Message);
            }
        }

        static double? Pause(SsmlTag tag)
        {
            if (tag["time"] is { } time) return Durations.Parse(time) ?? throw tag.Wrong("time", $"give a length from 0 to {Durations.MostSeconds} seconds, such as 500ms or 1.5s");
            return tag["strength"] switch
            {
                null or "medium" => null,
                "none" => 0,
                "x-weak" => 0.1,
                "weak" => 0.2,
                "strong" => 0.7,
                "x-strong" => 1.2,
                _ => throw tag.Wrong("strength", "there are none, x-weak, weak, medium, strong, x-strong"),
            };
        }

        bool Starts(int at, string text) => string.CompareOrdinal(source, at, text, 0, text.Length) == 0;

        int Behind(int at, string end, string what)
        {
            var found = source.IndexOf(end, at, StringComparison.Ordinal);
            return found >= 0 ? found + end.Length : throw Error(at, $"This {what} never ends. Close it with {end}.");
        }

        MarkupException Error(int at, string message) => InlineMarkup.Error(source, at, message);
    }
}
