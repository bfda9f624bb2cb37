// Splits what an assistant generates, piece by piece, into its thoughts (between <think> and </think>) and its answer.
// Knows nothing about models. Reads ids, where only the real mark tokens count, or text from elsewhere, where marks are found
// by their spelling and a piece that may be the beginning of one waits. Line breaks next to the marks belong to the format
// (see ChatFormat) and are left out, so trailing ones inside the thoughts wait too.
using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Data.Chat;

/// <summary>What a piece of generation adds.</summary>
/// <param name="Reasoning">To the thoughts.</param>
/// <param name="Content">To the answer.</param>
public readonly record struct ChatDelta(string Reasoning, string Content);

/// <summary>A streaming splitter of generated ids or text into thoughts and answer; one per answer.</summary>
public sealed class ReasoningParser
{
    readonly BpeTokenizer? tokenizer;
    readonly StreamingDecoder? decoder;
    readonly HashSet<int> hidden = [];
    readonly int thinkStart = -1, thinkEnd = -1;
    readonly StringBuilder reasoning = new(), content = new();
    bool inReasoning, atStart;
    int newlines;                   // read inside the thoughts, waiting to be followed by something
    string undecided = "";          // text that may be the beginning of a mark

    /// <summary>A parser of text.</summary>
    /// <param name="inReasoning">Whether the prompt has already opened the thoughts.</param>
    public ReasoningParser(bool inReasoning = false) => this.inReasoning = atStart = inReasoning;

    /// <summary>A parser of ids; special tokens other than the think marks are not shown.</summary>
    public ReasoningParser(BpeTokenizer tokenizer, bool inReasoning = false) : this(inReasoning)
    {
        this.tokenizer = tokenizer;
        decoder = new StreamingDecoder(tokenizer);
        hidden = [.. tokenizer.AddedTokens.Where(t => t.Special).Select(t => t.Id)];
        thinkStart = tokenizer.SpecialTokens.GetValueOrDefault(MarkNames.ThinkStart, -1);
        thinkEnd = tokenizer.SpecialTokens.GetValueOrDefault(MarkNames.ThinkEnd, -1);
    }

    /// <summary>Whether what comes next belongs to the thoughts.</summary>
    public bool InReasoning => inReasoning;

    /// <summary>What the token adds; whole characters only.</summary>
    /// <exception cref="InvalidOperationException">The parser was made for text.</exception>
    public ChatDelta Push(int id)
    {
        if (tokenizer is null) throw new InvalidOperationException("This parser has no tokenizer: it was made for text.");
        if (id == thinkStart || id == thinkEnd || hidden.Contains(id))
        {
            Add(decoder!.Flush());
            if (!hidden.Contains(id)) Turn(id == thinkStart);
        }
        else if (thinkStart < 0)
        {
            return Push(decoder!.Push(id));
        }
        else
        {
            Add(decoder!.Push(id));
        }
        return Take();
    }

    /// <summary>What the text adds.</summary>
    public ChatDelta Push(string text)
    {
        undecided += text;
        while (true)
        {
            string mark = inReasoning ? MarkNames.ThinkEnd : MarkNames.ThinkStart;
            int at = undecided.IndexOf(mark, StringComparison.Ordinal);
            if (at < 0)
            {
                int waiting = Math.Min(undecided.Length, mark.Length - 1);
                while (!mark.StartsWith(undecided[^waiting..], StringComparison.Ordinal)) waiting--;
                Add(undecided[..^waiting]);
                undecided = undecided[^waiting..];
                return Take();
            }
            Add(undecided[..at]);
            undecided = undecided[(at + mark.Length)..];
            Turn(!inReasoning);
        }
    }

    /// <summary>What was still waiting when the generation ended.</summary>
    public ChatDelta Flush()
    {
        string rest = undecided + decoder?.Flush();
        undecided = "";
        Add(rest);
        return Take();
    }

    void Turn(bool toReasoning)
    {
        inReasoning = toReasoning;
        atStart = true;
        newlines = 0;
    }

    void Add(string text)
    {
        if (atStart) text = text.TrimStart('\n');
        if (text.Length == 0) return;
        atStart = false;
        if (!inReasoning)
        {
            content.Append(text);
            return;
        }
        string words = text.TrimEnd('\n');
        if (words.Length > 0)
        {
            reasoning.Append('\n', newlines).Append(words);
            newlines = 0;
        }
        newlines += text.Length - words.Length;
    }

    ChatDelta Take()
    {
        var delta = new ChatDelta(reasoning.ToString(), content.ToString());
        reasoning.Clear();
        content.Clear();
        return delta;
    }
}
