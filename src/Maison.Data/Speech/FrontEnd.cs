// The text front end as a whole: from what somebody wrote to utterances with phones, one sentence at a time, lazily, so that speech can begin
// before a long text is read. The stages are Markup (tags out), Reading/Sentences, Reading/Normaliser, Pronouncer.

using Maison.Data.Speech.Markup;
using Maison.Data.Speech.Reading;

namespace Maison.Data.Speech;

/// <summary>Turns texts into utterances; safe from any thread when its pronouncer is.</summary>
public sealed class FrontEnd(Pronouncer pronouncer, ReadingOptions? options = null)
{
    readonly Normaliser normaliser = new(Pronouncer.Common.Contains, options);

    /// <summary>Reads a text: SSML when it begins with &lt;speak, else plain text with inline tags and Markdown.</summary>
    /// <exception cref="MarkupException">The markup cannot be understood; thrown before the first sentence.</exception>
    public IEnumerable<Utterance> Read(string text) => Read(Parse(text));

    /// <summary>Takes the markup out of a text: SSML when it begins with &lt;speak, else inline tags and Markdown.</summary>
    /// <exception cref="MarkupException">The markup cannot be understood.</exception>
    public static MarkedText Parse(string text) => Ssml.Looks(text) ? Ssml.Parse(text) : InlineMarkup.Parse(text);

    /// <summary>Reads a text whose markup was parsed. Spans point into the text that was given.</summary>
    /// <param name="story">Whether what people say in quotation marks is theirs: sentences end with it, and carry the role.</param>
    public IEnumerable<Utterance> Read(MarkedText marked, bool story = false)
    {
        using var sentences = (story ? Told(marked.Text) : Sentences.Split(marked.Text).Select(s => (Sentence: s, Role: (Role?)null))).GetEnumerator();
        var (instruction, skipped) = (0, 0);
        for (var more = sentences.MoveNext(); more;)
        {
            var (sentence, role) = sentences.Current;
            more = sentences.MoveNext();
            var limit = more ? sentences.Current.Sentence.Span.Start : int.MaxValue;
            // A stretch with instructions of its own may reach over the end of what was taken for a sentence.
            var within = new List<ReadingInstruction>();
            for (; instruction < marked.Instructions.Count && marked.Instructions[instruction].Span.Start < limit; instruction++)
            {
                within.Add(marked.Instructions[instruction]);
                while (more && marked.Instructions[instruction].Span.End > limit)
                {
                    var joined = sentences.Current.Sentence;
                    sentence = new(new(sentence.Span.Start, joined.Span.End - sentence.Span.Start), joined.EndsParagraph);
                    more = sentences.MoveNext();
                    limit = more ? sentences.Current.Sentence.Span.Start : int.MaxValue;
                }
            }
            var end = marked.ToSource(sentence.Span).End;
            var passed = new List<SkippedText>();
            for (; skipped < marked.Skipped.Count && (!more || marked.Skipped[skipped].Source.Start < end); skipped++) passed.Add(marked.Skipped[skipped]);
            yield return Say(marked, sentence, normaliser.Read(marked.Text, sentence.Span, within), passed) with { Role = role };
        }
        if (marked.Text.Trim().Length == 0 && marked.Skipped.Count > 0)
            yield return new Utterance(new(0, 0), [], []) { Skipped = marked.Skipped };
    }

    static IEnumerable<(Sentence Sentence, Role? Role)> Told(string text)
        => Dialogue.Turns(text).SelectMany(turn => Sentences.Split(text, turn.Span).Select(sentence => (sentence, turn.Role)));

    /// <summary>The pronunciation of each word with its origin, for whoever wants to see it.</summary>
    public IReadOnlyList<Pronunciation> Pronounce(string text, ReadSentence sentence) => pronouncer.Pronounce(text, sentence.Words);

    Utterance Say(MarkedText marked, Sentence sentence, ReadSentence spoken, List<SkippedText> passed)
    {
        var said = pronouncer.Pronounce(marked.Text, spoken.Words);
        var words = new SpokenWord[spoken.Words.Count];
        for (var i = 0; i < words.Length; i++)
            words[i] = new(marked.ToSource(spoken.Words[i].Source), spoken.Words[i].Text, said[i].Phones, marked.DeliveryAt(spoken.Words[i].Source.Start))
            {
                Origin = said[i].Origin,
                Written = Written(marked.Text, sentence.Span, spoken.Words, i),
            };
        return new(marked.ToSource(sentence.Span), words, [.. spoken.Marks.Select(m => m with { Source = marked.ToSource(m.Source) })], sentence.EndsParagraph)
        {
            Skipped = [.. passed, .. spoken.Skipped.Select(s => s with { Source = marked.ToSource(s.Source) })],
        };
    }

    /// <summary>What is written from a word to the next one, signs that touch it included; words without a blank between them, as in "well-known", are written as one.</summary>
    static string Written(string text, TextSpan sentence, IReadOnlyList<SpokenForm> words, int at)
    {
        if (at > 0 && Continues(at)) return "";
        var next = at + 1;
        while (next < words.Count && Continues(next)) next++;
        var (start, end) = (at == 0 ? sentence.Start : Border(at), next == words.Count ? sentence.End : Border(next));
        // In a story the quotation marks stand outside the sentence.
        while (at == 0 && start > 0 && IsQuote(text[start - 1])) start--;
        while (next == words.Count && end < text.Length && IsQuote(text[end])) end++;
        return string.Join(' ', text[start..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        static bool IsQuote(char c) => c is '"' or '“' or '”' or '‘' or '’' or '\'';

        bool Continues(int word)
            => words[word].Source.Start <= words[word - 1].Source.End || text.AsSpan(words[word - 1].Source.End, words[word].Source.Start - words[word - 1].Source.End).IndexOfAny(Blanks) < 0;

        int Border(int word)
        {
            var border = words[word].Source.Start;
            while (!char.IsWhiteSpace(text[border - 1])) border--;
            return border;
        }
    }

    static readonly System.Buffers.SearchValues<char> Blanks = System.Buffers.SearchValues.Create([.. Enumerable.Range(0, char.MaxValue).Select(c => (char)c).Where(char.IsWhiteSpace)]);
}
