// Splits what an assistant generates, id by id, into thoughts, content and calls of tools. Calls stand between their marks in the one form
// that ChatFormat writes:  <tool_call>\n{"name": "…", "arguments": {…}}\n</tool_call>  so a handful of states reads them character by
// character, and how the text was cut into tokens can not matter. A line break before a call belongs to the format. Text between the
// marks that has another form is content, marks included: nothing that was generated is lost.
using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Data.Chat;

/// <summary>What a token adds to a call.</summary>
/// <param name="Index">The call's place in the answer.</param>
/// <param name="Name">The tool's name, on the call's first delta; null after it.</param>
/// <param name="Arguments">More of the JSON of its arguments.</param>
public readonly record struct CallDelta(int Index, string? Name, string Arguments);

/// <summary>What a token adds to an answer.</summary>
public readonly record struct AnswerDelta(string Reasoning, string Content, IReadOnlyList<CallDelta> Calls);

/// <summary>A streaming reader of one answer's ids.</summary>
public sealed class AnswerParser
{
    const string Head = "\n{\"name\": \"", Middle = ", \"arguments\": ", Tail = "}\n";

    enum Place { Outside, Head, Name, Middle, Arguments, Tail, Unknown }

    readonly BpeTokenizer tokenizer;
    readonly ReasoningParser outer;
    readonly StreamingDecoder inner;
    readonly bool tools;
    readonly int callStart, callEnd;
    readonly StringBuilder content = new(), seen = new(), name = new(), arguments = new();
    readonly List<CallDelta> calls = [];

    Place place;
    int matched, depth, count;
    bool inString, escaped, newline, named;

    /// <param name="tokenizer">Whose ids come.</param>
    /// <param name="tools">Whether calls are looked for.</param>
    public AnswerParser(BpeTokenizer tokenizer, bool tools)
    {
        this.tokenizer = tokenizer;
        this.tools = tools;
        outer = new(tokenizer);
        inner = new(tokenizer);
        callStart = tools ? tokenizer.SpecialTokens.GetValueOrDefault(MarkNames.CallStart, -1) : -1;
        callEnd = tools ? tokenizer.SpecialTokens.GetValueOrDefault(MarkNames.CallEnd, -1) : -1;
    }

    /// <summary>Whether what comes next belongs to the thoughts.</summary>
    public bool InReasoning => outer.InReasoning;

    /// <summary>Whether what comes next belongs to a call.</summary>
    public bool InCall => place != Place.Outside;

    /// <summary>Calls that were begun.</summary>
    public int Calls => count;

    /// <summary>What the token adds; whole characters only.</summary>
    public AnswerDelta Push(int id)
    {
        var reasoning = "";
        if (place == Place.Outside)
        {
            if (id == callStart && !outer.InReasoning)
            {
                reasoning = Outside(outer.Flush());
                newline = false;
                Enter(Place.Head);
                seen.Clear().Append(MarkNames.CallStart);
                named = false;
                name.Clear();
            }
            else reasoning = Outside(outer.Push(id));
        }
        else if (id == callEnd)
        {
            Inside(inner.Flush());
            if (place != Place.Tail || matched < Tail.Length) Broken(MarkNames.CallEnd);
            place = Place.Outside;
        }
        else Inside(tokenizer.IsSpecial(id) ? inner.Flush() + tokenizer.TokenText(id) : inner.Push(id));
        return Take(reasoning);
    }

    /// <summary>What was still waiting when the generation ended.</summary>
    public AnswerDelta Flush()
    {
        if (place != Place.Outside) Inside(inner.Flush());
        var reasoning = Outside(outer.Flush());
        if (newline) content.Append('\n');
        newline = false;
        return Take(reasoning);
    }

    string Outside(ChatDelta delta)
    {
        if (delta.Content.Length == 0) return delta.Reasoning;
        if (newline) content.Append('\n');
        // The last line break waits: before a call it is the format's.
        newline = tools && delta.Content[^1] == '\n';
        content.Append(newline ? delta.Content[..^1] : delta.Content);
        return delta.Reasoning;
    }

    void Inside(string text)
    {
        for (var i = 0; i < text.Length; i++) Read(text[i]);
        FlushArguments();
    }

    void Read(char c)
    {
        if (place is not (Place.Unknown or Place.Arguments)) seen.Append(c);
        switch (place)
        {
            case Place.Head: Expect(c, Head, Place.Name); break;
            case Place.Middle: Expect(c, Middle, Place.Arguments); break;
            case Place.Tail: Expect(c, Tail, Place.Tail); break;
            case Place.Name when c == '"': Enter(Place.Middle); break;
            case Place.Name: name.Append(c); break;
            case Place.Arguments: ReadArguments(c); break;
            default: content.Append(c); break;
        }
    }

    void ReadArguments(char c)
    {
        if (!named)
        {
            named = true;
            calls.Add(new(count++, name.ToString(), ""));
            seen.Clear();
            (depth, inString, escaped) = (0, false, false);
        }
        arguments.Append(c);
        if (escaped) escaped = false;
        else if (inString && c == '\\') escaped = true;
        else if (c == '"') inString = !inString;
        else if (!inString && c is '{' or '[') depth++;
        else if (!inString && c is '}' or ']' && --depth == 0)
        {
            Enter(Place.Tail);
            seen.Clear();
        }
    }

    void Expect(char c, string text, Place next)
    {
        if (matched == text.Length || text[matched] != c)
        {
            Broken("");
            return;
        }
        if (++matched == text.Length && next != place) Enter(next);
    }

    /// <summary>Not the form of a call: what was read of it is shown as it came.</summary>
    void Broken(string more)
    {
        if (place != Place.Unknown) content.Append(seen);
        content.Append(more);
        seen.Clear();
        Enter(Place.Unknown);
    }

    void Enter(Place next) => (place, matched) = (next, 0);

    void FlushArguments()
    {
        if (arguments.Length == 0) return;
        if (calls.Count > 0) calls[^1] = calls[^1] with { Arguments = arguments.ToString() };
        else calls.Add(new(count - 1, null, arguments.ToString()));
        arguments.Clear();
    }

    AnswerDelta Take(string reasoning)
    {
        var delta = new AnswerDelta(reasoning, content.ToString(), calls.Count == 0 ? [] : [.. calls]);
        content.Clear();
        calls.Clear();
        return delta;
    }
}
