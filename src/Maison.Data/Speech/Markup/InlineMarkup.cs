// Plain text as people type it: inline tags and Markdown. It is one pass from left to right.
//   [pause:1s] [pause:300ms] [pause]                       a pause
//   [rate:1.2] [pitch:+2] [range:1.3] [volume:-3] [voice:x] [style:cheerful] [emphasis:strong]      until [/rate] …, or until set again
//   [word](/wɜːd/) or [word](/W ER1 D/)                    how a word is said
// Of Markdown, headings and list items become sentences of their own; emphasis, quotes, links and code lose their signs; blocks of code, the
// targets of links and HTML tags are not spoken and are reported. A tag of this form with an unknown name is refused.

using System.Globalization;
using System.Text.RegularExpressions;
using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech.Markup;

/// <summary>Parses inline tags and Markdown.</summary>
public static partial class InlineMarkup
{
    const string Known = "pause, rate, pitch, range, volume, voice, style, emphasis";

    /// <summary>Takes the markup out of a text.</summary>
    /// <param name="markdown">Whether Markdown is markup; tags always are.</param>
    /// <exception cref="MarkupException">A tag is unknown or its value is not one it takes; the message names line, column and remedy.</exception>
    public static MarkedText Parse(string source, bool markdown = true)
    {
        // Most texts have none of the signs.
        if (source.AsSpan().IndexOfAny("[*_`#>~<|\\-+\n") < 0) return MarkedText.Plain(source);
        var builder = new MarkedText.Builder(source);
        var state = new State(builder);
        for (var at = 0; at < source.Length;)
        {
            var end = source.IndexOf('\n', at);
            if (end < 0) end = source.Length;
            at = markdown ? Line(source, at, end, state) : Inline(source, at, end, state, markdown);
            if (at < source.Length && at == end)
            {
                builder.Copy(at, 1);
                at++;
            }
        }
        return builder.Finish();
    }

    sealed class State(MarkedText.Builder text)
    {
        readonly Stack<(string Name, Delivery Before)> open = new();

        public MarkedText.Builder Text => text;
        public Delivery Delivery { get; private set; } = Delivery.Plain;

        public void Set(string name, Delivery delivery)
        {
            open.Push((name, Delivery));
            text.Deliver(Delivery = delivery);
        }

        /// <summary>Ends the innermost tag of a name and whatever was opened inside it.</summary>
        public bool End(string name)
        {
            if (open.All(o => o.Name != name)) return false;
            while (open.Pop() is var (closed, before))
            {
                if (closed != name) continue;
                text.Deliver(Delivery = before);
                break;
            }
            return true;
        }
    }

    /// <summary>Reads one line and returns the place behind it; a block of code is read whole.</summary>
    static int Line(string source, int at, int end, State state)
    {
        var builder = state.Text;
        if (Fence().Match(source, at) is { Success: true } fence)
        {
            var close = source.IndexOf("\n" + fence.Groups["mark"].Value, end, StringComparison.Ordinal);
            var behind = close < 0 ? source.Length : source.IndexOf('\n', close + 1);
            if (behind < 0) behind = source.Length;
            builder.Separate(at, '\u2029');
            builder.Skip(at, behind - at, "a block of code");
            return behind;
        }
        if (IsRule(source.AsSpan(at, end - at)))
        {
            builder.Separate(at, '\u2029');
            return end;
        }
        if (Prefix().Match(source, at) is { Success: true } prefix && prefix.Length > 0)
        {
            var number = prefix.Groups["number"];
            if (prefix.Groups["heading"].Success || prefix.Groups["bullet"].Success || number.Success) builder.Separate(at, '\u2029');
            if (number.Success) builder.Copy(number.Index, number.Length);
            if (number.Success) builder.Replace(number.Index + number.Length, 1, ", ");
            var stop = Inline(source, at + prefix.Length, end, state, true);
            if (prefix.Groups["heading"].Success || prefix.Groups["bullet"].Success || number.Success)
            {
                builder.Separate(stop, '\u2029');
                return stop < source.Length && stop == end ? stop + 1 : stop;
            }
            return stop;
        }
        return Inline(source, at, end, state, true);
    }

    /// <summary>A line of nothing but three or more equal signs, or one that divides a table.</summary>
    static bool IsRule(ReadOnlySpan<char> line)
    {
        line = line.Trim();
        if (line.Length < 3) return false;
        if (line.ContainsAnyExcept("-*_|: \t")) return false;
        var signs = line.Length - line.Count(' ') - line.Count('\t');
        return signs >= 3 && (line.Count('-') == signs || line.Count('*') == signs || line.Count('_') == signs || line[0] is '|' or ':' or '-' && line.Contains("---", StringComparison.Ordinal) && !line.ContainsAny("*_"));
    }

    static int Inline(string source, int at, int end, State state, bool markdown)
    {
        var builder = state.Text;
        while (at < end)
        {
            var next = source.AsSpan(at, end - at).IndexOfAny("[*_`~<!\\");
            if (next < 0) next = end - at;
            builder.Copy(at, next);
            at += next;
            if (at >= end) break;
            var read = source[at] switch
            {
                '[' => Bracket(source, at, end, state, markdown),
                '!' when markdown && at + 1 < end && source[at + 1] == '[' && Link().Match(source, at + 1) is { Success: true } image && image.Index + image.Length <= end => LinkText(image, at, state),
                '`' when markdown => Ticks(source, at, end, state),
                '*' or '_' when markdown => Emphasis(source, at, end),
                '~' when markdown && at + 1 < end && source[at + 1] == '~' => 2,
                '<' when markdown => Angle(source, at, end, state),
                '\\' when markdown && at + 1 < end && char.IsPunctuation(source[at + 1]) => Escaped(at, state),
                _ => 0,
            };
            if (read == 0) builder.Copy(at++, 1);
            else at += read;
        }
        return end;
    }

    static int Escaped(int at, State state)
    {
        state.Text.Copy(at + 1, 1);
        return 2;
    }

    static int Ticks(string source, int at, int end, State state)
    {
        var run = 1;
        while (at + run < end && source[at + run] == '`') run++;
        var close = source.IndexOf(new string('`', run), at + run, end - at - run, StringComparison.Ordinal);
        if (close < 0) return 0;
        state.Text.Copy(at + run, close - at - run);
        return close + run - at;
    }

    /// <summary>Stars and underscores that touch a word on one side are signs; those between blanks, or underscores inside a word, are text.</summary>
    static int Emphasis(string source, int at, int end)
    {
        var run = 1;
        while (at + run < end && source[at + run] == source[at]) run++;
        if (run > 3) return 0;
        var before = at > 0 ? source[at - 1] : ' ';
        var after = at + run < end ? source[at + run] : ' ';
        var (blankBefore, blankAfter) = (char.IsWhiteSpace(before), char.IsWhiteSpace(after));
        if (blankBefore && blankAfter) return 0;
        if (char.IsLetterOrDigit(before) && char.IsLetterOrDigit(after) && (source[at] == '_' || char.IsAsciiDigit(before))) return 0;
        return run;
    }

    static int Angle(string source, int at, int end, State state)
    {
        if (AutoLink().Match(source, at) is { Success: true } link && link.Index + link.Length <= end)
        {
            state.Text.Copy(at + 1, link.Length - 2);
            return link.Length;
        }
        if (HtmlTag().Match(source, at) is not { Success: true } tag || tag.Index + tag.Length > end) return 0;
        state.Text.Skip(at, tag.Length, "an HTML tag");
        // A tag that stands between words parts them; one inside a word does not.
        if (tag.Groups["breaks"].Success) state.Text.Replace(at, tag.Length, " ");
        return tag.Length;
    }

    static int LinkText(Match link, int at, State state)
    {
        var (text, target) = (link.Groups["text"], link.Groups["target"]);
        Inline(state.Text.Source, text.Index, text.Index + text.Length, state, true);
        if (target.Length > 0) state.Text.Skip(target.Index, target.Length, "the target of a link");
        return link.Index + link.Length - at;
    }

    static int Bracket(string source, int at, int end, State state, bool markdown)
    {
        if (Override().Match(source, at) is { Success: true } said && said.Index + said.Length <= end)
        {
            var word = said.Groups["word"];
            var start = state.Text.Length;
            state.Text.Copy(word.Index, word.Length);
            try
            {
                state.Text.Instruct(new PhonesInstruction(new(start, word.Length), Ipa.ParseEither(said.Groups["phones"].Value)));
            }
            catch (FormatException e)
            {
                throw Error(source, said.Groups["phones"].Index, $"[{word.Value}]: {e.Message}");
            }
            return said.Length;
        }
        if (Tag().Match(source, at) is { Success: true } tag && tag.Index + tag.Length <= end)
        {
            Apply(source, tag, state);
            return tag.Length;
        }
        return markdown && Link().Match(source, at) is { Success: true } link && link.Index + link.Length <= end ? LinkText(link, at, state) : 0;
    }

    static void Apply(string source, Match tag, State state)
    {
        var (name, value) = (tag.Groups["name"].Value, tag.Groups["value"].Value);
        if (tag.Groups["end"].Success)
        {
            if (!state.End(name)) throw Error(source, tag.Index, $"[/{name}] ends nothing: there is no open [{name}:…] before it. Take it out, or open one.");
            return;
        }
        var now = state.Delivery;
        switch (name)
        {
            case "pause": state.Text.Instruct(new PauseInstruction(new(state.Text.Length, 0), value.Length == 0 ? null : Durations.Parse(value) ?? throw Error(source, tag.Index, $"[pause:{value}]: give a length from 0 to 30 seconds, such as 1s or 300ms."))); break;
            case "rate": state.Set(name, now with { Rate = Number(0.25, 4, "a factor from 0.25 to 4") }); break;
            case "pitch": state.Set(name, now with { PitchSemitones = Number(-24, 24, "semitones from -24 to 24") }); break;
            case "range": state.Set(name, now with { Range = Number(0, 3, "a factor from 0 to 3") }); break;
            case "volume": state.Set(name, now with { VolumeDb = Number(-60, 20, "decibels from -60 to 20") }); break;
            case "voice": state.Set(name, now with { Voice = Name() }); break;
            case "style": state.Set(name, now with { Style = Name() }); break;
            case "emphasis":
                state.Set(name, now with
                {
                    Emphasis = value switch
                    {
                        "strong" => 2,
                        "moderate" => 1,
                        "none" => 0,
                        "reduced" => -1,
                        _ => throw Error(source, tag.Index, $"[emphasis:{value}]: give strong, moderate, none or reduced."),
                    },
                });
                break;
            default: throw Error(source, tag.Index, $"[{name}:{value}] is no tag that is known. There are: {Known}. Write \\[ for a bracket that is to be read.");
        }

        double Number(double low, double high, string wanted)
            => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high
                ? number
                : throw Error(source, tag.Index, $"[{name}:{value}]: give {wanted}.");

        string Name() => value.Length > 0 ? value : throw Error(source, tag.Index, $"[{name}] needs a name: [{name}:NAME].");
    }

    /// <summary>An error with the line and the column, both from 1, at which it stands.</summary>
    internal static MarkupException Error(string source, int at, string message)
    {
        var line = source.AsSpan(0, at).Count('\n') + 1;
        var column = at - (at == 0 ? -1 : source.LastIndexOf('\n', at - 1));
        return new($"Line {line}, column {column}: {message}");
    }

    const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"\G\s{0,3}(?<mark>```|~~~)", Options)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\G[ \t]*(?:(?:>[ \t]?)+)?(?:(?<heading>#{1,6}[ \t]+)|(?<bullet>[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?)|(?<number>\d{1,3})[.)][ \t]+(?=\S))?", Options)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\G\[(?<word>[^\[\]\n]{1,100})\]\(/(?<phones>[^/\n]{0,200})/\)", Options)]
    private static partial Regex Override();

    [GeneratedRegex(@"\G\[(?:(?<end>/)(?<name>[a-z]+)|(?<name>[a-z]+):(?<value>[^\]\s:]{1,64})|(?<name>pause))\]", Options)]
    private static partial Regex Tag();

    [GeneratedRegex(@"\G\[(?<text>[^\[\]\n]{0,500})\]\((?<target>[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?)(?:\s+""[^""\n]{0,500}"")?\)", Options)]
    private static partial Regex Link();

    [GeneratedRegex(@"\G<(?:https?://|mailto:)[^<>\s]{1,2000}>", Options)]
    private static partial Regex AutoLink();

    [GeneratedRegex(@"\G<(?:/?(?:(?<breaks>(?:br|p|hr|li|ul|ol|div|tr|td|th|table|h[1-6])(?![A-Za-z0-9-]))|[A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]{0,1000})?/?|!--.{0,1000}?--)>", Options)]
    private static partial Regex HtmlTag();
}
