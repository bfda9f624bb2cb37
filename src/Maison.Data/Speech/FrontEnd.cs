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
    public IEnumerable<Utterance> Read(string text) => Read(Ssml.Looks(text) ? Ssml.Parse(text) : InlineMarkup.Parse(text));

    /// <summary>Reads a text whose markup was parsed. Spans point into the text that was given.</summary>
    public IEnumerable<Utterance> Read(MarkedText marked)
    {
        using var sentences = Sentences.Split(marked.Text).GetEnumerator();
        var (instruction, skipped) = (0, 0);
        for (var more = sentences.MoveNext(); more;)
        {
            var sentence = sentences.Current;
            more = sentences.MoveNext();
            var limit = more ? sentences.Current.Span.Start : int.MaxValue;
            // A stretch with instructions of its own may reach over the end of what was taken for a sentence.
            var within = new List<ReadingInstruction>();
            for (; instruction < marked.Instructions.Count && marked.Instructions[instruction].Span.Start < limit; instruction++)
            {
                within.Add(marked.Instructions[instruction]);
                while (more && marked.Instructions[instruction].Span.End > limit)
                {
                    sentence = new(new(sentence.Span.Start, sentences.Current.Span.End - sentence.Span.Start), sentences.Current.EndsParagraph);
                    more = sentences.MoveNext();
                    limit = more ? sentences.Current.Span.Start : int.MaxValue;
                }
            }
            var end = marked.ToSource(sentence.Span).End;
            var passed = new List<SkippedText>();
            for (; skipped < marked.Skipped.Count && (!more || marked.Skipped[skipped].Source.Start < end); skipped++) passed.Add(marked.Skipped[skipped]);
            yield return Say(marked, sentence, normaliser.Read(marked.Text, sentence.Span, within), passed);
        }
        if (marked.Text.Trim().Length == 0 && marked.Skipped.Count > 0)
            yield return new Utterance(new(0, 0), [], []) { Skipped = marked.Skipped };
    }

    /// <summary>The pronunciation of each word with its origin, for whoever wants to see it.</summary>
    public IReadOnlyList<Pronunciation> Pronounce(string text, ReadSentence sentence) => pronouncer.Pronounce(text, sentence.Words);

    Utterance Say(MarkedText marked, Sentence sentence, ReadSentence spoken, List<SkippedText> passed)
    {
        var said = pronouncer.Pronounce(marked.Text, spoken.Words);
        var words = new SpokenWord[spoken.Words.Count];
        for (var i = 0; i < words.Length; i++)
            words[i] = new(marked.ToSource(spoken.Words[i].Source), spoken.Words[i].Text, said[i].Phones, marked.DeliveryAt(spoken.Words[i].Source.Start)) { Origin = said[i].Origin };
        return new(marked.ToSource(sentence.Span), words, [.. spoken.Marks.Select(m => m with { Source = marked.ToSource(m.Source) })], sentence.EndsParagraph)
        {
            Skipped = [.. passed, .. spoken.Skipped.Select(s => s with { Source = marked.ToSource(s.Source) })],
        };
    }
}
