// Conversations as token ids, in Qwen3's form of ChatML:
//   <|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n…\n</think>\n\nHi<|im_end|>\n
// Knows nothing about models or HTTP. Marks come from here alone: what people wrote is encoded without special tokens, so no
// message can close itself and speak as somebody else. As in Qwen3's template, thoughts are shown only after the last user
// message; earlier ones are left out, and an answer whose thoughts are left out is not trained on. Tools are described in the system
// message; a call is a JSON object between its marks, and results stand between theirs in a user message.
// ChatTemplate says the same in Jinja for other engines; a test holds the ids equal to those of the whole text.
using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Data.Chat;

/// <summary>Renders conversations to ids, with a loss mask for training.</summary>
public sealed class ChatFormat
{
    readonly BpeTokenizer tokenizer;
    readonly int messageStart, messageEnd;

    /// <exception cref="InvalidDataException">The tokenizer has no chat marks.</exception>
    public ChatFormat(BpeTokenizer tokenizer)
    {
        this.tokenizer = tokenizer;
        messageStart = Required(MarkNames.MessageStart);
        messageEnd = Required(MarkNames.MessageEnd);
        StopIds = tokenizer.SpecialTokens.TryGetValue(MarkNames.EndOfText, out int end) ? [messageEnd, end] : [messageEnd];
    }

    /// <summary>Whose ids these are.</summary>
    public BpeTokenizer Tokenizer => tokenizer;

    /// <summary>The ids at which an answer ends.</summary>
    public IReadOnlyList<int> StopIds { get; }

    /// <summary>A whole conversation, for training or scoring.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="tools">The tools that may be called, each as one line of JSON.</param>
    /// <exception cref="ArgumentException">A role is unknown, or thoughts or calls stand at another role than assistant; the message names the place.</exception>
    public ChatTokens Render(IReadOnlyList<ChatMessage> messages, IReadOnlyList<string>? tools = null)
    {
        var (ids, loss) = (new List<int>(), new List<bool>());
        Render(messages, tools ?? [], ids, loss);
        return new ChatTokens([.. ids], [.. loss]);
    }

    /// <summary>A conversation followed by the opening of the assistant's answer.</summary>
    /// <param name="messages">The conversation so far.</param>
    /// <param name="think">False closes the thoughts before they begin, true opens them, null leaves the choice to the model.</param>
    /// <param name="tools">The tools that may be called, each as one line of JSON.</param>
    /// <exception cref="ArgumentException">As in <see cref="Render(IReadOnlyList{ChatMessage}, IReadOnlyList{string})"/>.</exception>
    public int[] RenderPrompt(IReadOnlyList<ChatMessage> messages, bool? think = null, IReadOnlyList<string>? tools = null)
    {
        var (ids, loss) = (new List<int>(), new List<bool>());
        Render(messages, tools ?? [], ids, loss);
        ids.Add(messageStart);
        AddText(ids, "assistant\n");
        if (think == false) AddThoughts(ids, "", "");
        if (think == true)
        {
            AddMark(ids, MarkNames.ThinkStart);
            AddText(ids, "\n");
        }
        return [.. ids];
    }

    /// <summary>A conversation whose last message, the assistant's, is still open, so that its author can go on.</summary>
    /// <returns>The ids, and where among them the message itself begins.</returns>
    /// <exception cref="ArgumentException">As above, or the last message is not the assistant's.</exception>
    public (int[] Ids, int Begin) RenderOpen(IReadOnlyList<ChatMessage> messages, IReadOnlyList<string>? tools = null)
    {
        if (messages.Count == 0 || messages[^1].Role != "assistant") throw new ArgumentException("The last message is not the assistant's.", nameof(messages));
        var (ids, loss) = (new List<int>(), new List<bool>());
        int begin = Render(messages, tools ?? [], ids, loss);
        return ([.. ids[..ids.LastIndexOf(messageEnd)]], begin);
    }

    int Render(IReadOnlyList<ChatMessage> messages, IReadOnlyList<string> tools, List<int> ids, List<bool> loss)
    {
        Check(messages, out int lastUser);
        int begin = 0;
        if (tools.Count > 0)
        {
            ids.Add(messageStart);
            bool system = messages is [{ Role: "system" or "developer" }, ..];
            AddTools(ids, system ? $"system\n{messages[0].Content}\n\n" : "system\n", tools);
            ids.Add(messageEnd);
            AddText(ids, "\n");
            if (system) messages = [.. messages.Skip(1)];
            if (system) lastUser--;
            Fill(loss, ids.Count, false);
        }
        for (int i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Role == "tool")
            {
                bool first = i == 0 || messages[i - 1].Role != "tool", last = i + 1 == messages.Count || messages[i + 1].Role != "tool";
                if (first) ids.Add(messageStart);
                AddText(ids, first ? "user\n" : "\n");
                AddMark(ids, MarkNames.ResultStart);
                AddText(ids, $"\n{message.Content}\n");
                AddMark(ids, MarkNames.ResultEnd);
                if (!last) continue;
                ids.Add(messageEnd);
                AddText(ids, "\n");
                Fill(loss, ids.Count, false);
                continue;
            }
            ids.Add(messageStart);
            if (message.Role == "assistant")
            {
                AddText(ids, "assistant\n");
                Fill(loss, ids.Count, false);
                begin = ids.Count;
                bool thoughtsShown = message.Reasoning is null || i > lastUser;
                var calls = message.Calls ?? [];
                string content = message.Content.TrimStart('\n');
                // In one piece with the text before it: the tokenizer may join the two.
                if (content.Length > 0 && calls.Count > 0) content += "\n";
                if (message.Reasoning is not null && thoughtsShown) AddThoughts(ids, message.Reasoning.Trim('\n'), content);
                else AddText(ids, content);
                AddCalls(ids, calls);
                ids.Add(messageEnd);
                Fill(loss, ids.Count, thoughtsShown);
            }
            else
            {
                AddText(ids, (message.Role == "developer" ? "system" : message.Role) + "\n" + message.Content);
                ids.Add(messageEnd);
            }
            AddText(ids, "\n");
            Fill(loss, ids.Count, false);
        }
        return begin;
    }

    static void Check(IReadOnlyList<ChatMessage> messages, out int lastUser)
    {
        lastUser = -1;
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role == "user") lastUser = i;
            if (messages[i].Role is not ("system" or "developer" or "user" or "assistant" or "tool"))
                throw new ArgumentException($"messages[{i}].role is \"{messages[i].Role}\"; system, developer, user, assistant or tool is possible.", nameof(messages));
            if (messages[i].Reasoning is not null && messages[i].Role != "assistant")
                throw new ArgumentException($"messages[{i}].reasoning stands at the role {messages[i].Role}; only the assistant's thoughts can be rendered.", nameof(messages));
            if (messages[i].Calls is { Count: > 0 } && messages[i].Role != "assistant")
                throw new ArgumentException($"messages[{i}].calls stand at the role {messages[i].Role}; only the assistant calls tools.", nameof(messages));
        }
    }

    // The words are Qwen3's to the letter: models know them by heart.
    void AddTools(List<int> ids, string before, IReadOnlyList<string> tools)
    {
        AddText(ids, before + "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
            + string.Join('\n', tools) + "\n</tools>\n\nFor each function call, return a json object with function name and arguments within ");
        AddMark(ids, MarkNames.CallStart);
        AddMark(ids, MarkNames.CallEnd);
        AddText(ids, " XML tags:\n");
        AddMark(ids, MarkNames.CallStart);
        AddText(ids, "\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n");
        AddMark(ids, MarkNames.CallEnd);
    }

    void AddCalls(List<int> ids, IReadOnlyList<ToolCall> calls)
    {
        for (int i = 0; i < calls.Count; i++)
        {
            if (i > 0) AddText(ids, "\n");
            AddMark(ids, MarkNames.CallStart);
            AddText(ids, $"\n{{\"name\": \"{calls[i].Name}\", \"arguments\": {calls[i].Arguments}}}\n");
            AddMark(ids, MarkNames.CallEnd);
        }
    }

    void AddThoughts(List<int> ids, string thoughts, string content)
    {
        AddMark(ids, MarkNames.ThinkStart);
        AddText(ids, "\n" + thoughts + "\n");
        AddMark(ids, MarkNames.ThinkEnd);
        AddText(ids, "\n\n" + content);
    }

    // A tokenizer without think marks (Qwen2.5's) spells them out.
    void AddMark(List<int> ids, string mark)
    {
        if (tokenizer.SpecialTokens.TryGetValue(mark, out int id)) ids.Add(id);
        else AddText(ids, mark);
    }

    void AddText(List<int> ids, string text) => tokenizer.Encode(Encoding.UTF8.GetBytes(text), allowSpecial: false, ids);

    static void Fill(List<bool> loss, int count, bool value)
    {
        while (loss.Count < count) loss.Add(value);
    }

    int Required(string mark) => tokenizer.SpecialTokens.TryGetValue(mark, out int id) ? id
        : throw new InvalidDataException($"The tokenizer has no {mark} among its added_tokens; a chat needs it. Use the model for plain completions, or one tuned for ChatML.");
}
