// maison pronounce: shows what the text front end makes of a text, sentence by sentence: each spoken word with the text it comes from and its
// phones, the marks between, and what is not spoken. No sound is made.

using System.CommandLine;
using Maison.Cli.Terminal;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;
using Maison.Tensors;
using Maison.Training.Speech;

namespace Maison.Cli.Speech;

static class PronounceVerb
{
    public static Command Create(Surroundings here)
    {
        var text = new Argument<string?>("text") { Description = "Text, SSML, or - for standard input", Arity = ArgumentArity.ZeroOrOne };
        var lexicon = new Option<string?>("--lexicon") { Description = "Your own words, one per line: hello HH AH0 L OW1" };
        var emoji = Choice.Word("--emoji", "What becomes of emoji: skip (default) or name", "skip", "name");
        var cast = new Option<bool>("--cast") { Description = "Show who speaks instead: the narrator and the people of a story" };
        var brief = new Option<bool>("--brief") { Description = "Show spoken words and phones only, a line each" };
        var model = new Option<string?>("--model") { Description = $"The network for words in no table: a folder or a shipped name ({G2pModel.Shipped})" };
        var command = new Command("pronounce", "Show how a text is read: words, phones, pauses, what is left out") { text, lexicon, emoji, cast, brief, model };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var given = parsed.GetValue(text) is { } words && words != "-" ? words : here.Input.ReadToEnd();
            if (parsed.GetValue(cast))
            {
                TextTable.Write(output, ["ROLE", "TEXT"], [.. Dialogue.Turns(given).Select(t => new[] { t.Role?.Name ?? "(narrator)", Line(given, t.Span) })]);
                return Task.FromResult(0);
            }
            using var gang = new Gang(1);
            using var front = LoadedFrontEnd.Load(here, parsed.GetValue(model), parsed.GetValue(lexicon), parsed.GetValue(emoji) == "name" ? EmojiReading.Name : EmojiReading.Skip, gang, error);
            foreach (var utterance in front.Reader.Read(given))
            {
                stop.ThrowIfCancellationRequested();
                if (parsed.GetValue(brief)) Brief(output, utterance);
                else Full(output, given, utterance);
            }
            return Task.FromResult(0);
        });
        return command;
    }

    static void Brief(TextWriter output, Utterance utterance)
    {
        if (utterance.Words.Count == 0) return;
        output.WriteLine(utterance.SpokenText);
        output.WriteLine(Phone.Print(utterance.Tokens().Select(t => t.Phone)));
    }

    static void Full(TextWriter output, string given, Utterance utterance)
    {
        output.WriteLine($"» {Line(given, utterance.Source)}{(utterance.EndsParagraph ? " ¶" : "")}");
        var rows = new List<string[]>();
        for (int word = 0, mark = 0; word <= utterance.Words.Count; word++)
        {
            for (; mark < utterance.Marks.Count && utterance.Marks[mark].AfterWord <= word; mark++)
                rows.Add(["", Line(given, utterance.Marks[mark].Source), utterance.Marks[mark].Mark.Symbol, utterance.Marks[mark].Seconds is { } s ? $"{s:0.###} s" : ""]);
            if (word == utterance.Words.Count) break;
            var w = utterance.Words[word];
            rows.Add([w.Text, Line(given, w.Source), Phone.Print(w.Phones), w.Origin.ToString().ToLowerInvariant() + (w.Delivery == Delivery.Plain ? "" : $", {Describe(w.Delivery)}")]);
        }
        TextTable.Write(output, ["SPOKEN", "WRITTEN", "PHONES", "FROM"], rows);
        foreach (var skipped in utterance.Skipped) output.WriteLine($"not spoken: {Line(given, skipped.Source)} ({skipped.Reason})");
        output.WriteLine();
    }

    static string Describe(Delivery d) => string.Join(", ", new[]
    {
        d.Voice is { } voice ? $"voice {voice}" : "", d.Style is { } style ? $"style {style}" : "", d.Rate != 1 ? $"rate {d.Rate:0.##}" : "", d.PitchSemitones != 0 ? $"pitch {d.PitchSemitones:+0.#;-0.#}" : "",
        d.Range != 1 ? $"range {d.Range:0.##}" : "", d.VolumeDb != 0 ? $"volume {d.VolumeDb:+0.#;-0.#} dB" : "", d.Emphasis != 0 ? $"emphasis {d.Emphasis}" : "",
    }.Where(part => part.Length > 0));

    /// <summary>A part of the text on one line, control characters as dots.</summary>
    static string Line(string text, TextSpan span) => string.Concat(text.Substring(span.Start, span.Length).Select(c => c is '\n' or '\t' or '\r' ? ' ' : char.IsControl(c) ? '·' : c));
}
