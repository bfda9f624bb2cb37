// Conversations as token ids, in Qwen3's form of ChatML:
//   <|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n<think>\n…\n</think>\n\nHi<|im_end|>\n
// Knows nothing about models or HTTP. Marks come from here alone: what people wrote is encoded without special tokens, so no
// message can close itself and speak as somebody else. As in Qwen3's template, thoughts are shown only after the last user
// message; earlier ones are left out, and an answer whose thoughts are left out is not trained on.
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
    /// <exception cref="ArgumentException">A role is unknown, or thoughts stand at another role than assistant; the message names the place.</exception>
    public ChatTokens Render(IReadOnlyList<ChatMessage> messages)
    {
        var (ids, loss) = (new List<int>(), new List<bool>());
        Render(messages, ids, loss);
        return new ChatTokens([.. ids], [.. loss]);
    }

    /// <summary>A conversation followed by the opening of the assistant's answer.</summary>
    /// <param name="messages">The conversation so far.</param>
    /// <param name="think">False closes the thoughts before they begin, true opens them, null leaves the choice to the model.</param>
    /// <exception cref="ArgumentException">As in <see cref="Render(IReadOnlyList{ChatMessage})"/>.</exception>
    public int[] RenderPrompt(IReadOnlyList<ChatMessage> messages, bool? think = null)
    {
        var (ids, loss) = (new List<int>(), new List<bool>());
        Render(messages, ids, loss);
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

    void Render(IReadOnlyList<ChatMessage> messages, List<int> ids, List<bool> loss)
    {
        int lastUser = -1;
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role == "user") lastUser = i;
            if (messages[i].Role is not ("system" or "developer" or "user" or "assistant"))
                throw new ArgumentException($"messages[{i}].role is \"{messages[i].Role}\"; system, developer, user or assistant is possible.", nameof(messages));
            if (messages[i].Reasoning is not null && messages[i].Role != "assistant")
                throw new ArgumentException($"messages[{i}].reasoning stands at the role {messages[i].Role}; only the assistant's thoughts can be rendered.", nameof(messages));
        }
        for (int i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            ids.Add(messageStart);
            if (message.Role == "assistant")
            {
                AddText(ids, "assistant\n");
                Fill(loss, ids.Count, false);
                bool thoughtsShown = message.Reasoning is null || i > lastUser;
                string content = message.Content.TrimStart('\n');
                if (message.Reasoning is not null && thoughtsShown) AddThoughts(ids, message.Reasoning.Trim('\n'), content);
                else AddText(ids, content);
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
