// One answer on its way from the model to the page and into the conversation. What was written is kept even if the reader leaves; what no
// longer fits the model's context is left out from the oldest on, and that is said.

using System.Text;
using Maison.Wire;

namespace Maison.App.Assistant;

/// <summary>Asks for an answer and keeps it.</summary>
sealed class Answering(ApiClient api, string conversation, string model)
{
    const string Overflow = "context_length_exceeded";

    readonly StringBuilder text = new(), reasoning = new();
    bool whole;

    /// <summary>Messages that the model was not given.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The answer as far as it is there.</summary>
    public Turn Soon => new("assistant", text.ToString(), reasoning.ToString(), [], Whole: true);

    /// <summary>Asks, and calls <paramref name="grown"/> whenever the answer has grown.</summary>
    /// <exception cref="ApiProblem">The model was not asked, or its answer broke off; what there is of it is kept.</exception>
    public async Task Ask(IReadOnlyList<Turn> turns, IReadOnlyList<string> replaced, Func<Task> grown, CancellationToken stop)
    {
        var messages = turns.Select(t => t.Request).ToList();
        try
        {
            while (true)
                try
                {
                    await foreach (var choice in api.Chat(model, messages, stop))
                    {
                        reasoning.Append(choice.Delta.Reasoning ?? choice.Delta.ReasoningContent);
                        text.Append(choice.Delta.Content);
                        whole |= choice.FinishReason is not null;
                        await grown();
                    }
                    return;
                }
                catch (ApiProblem problem) when (problem.Code == Overflow && messages.Count > 1)
                {
                    var less = Math.Max(1, messages.Count / 4);
                    while (less < messages.Count - 1 && messages[less].Role != "user") less++;
                    messages.RemoveRange(0, less);
                    LeftOut += less;
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The reader stopped it or left.
        }
        finally
        {
            if (text.Length + reasoning.Length > 0) await Keep(replaced);
        }
    }

    async Task Keep(IReadOnlyList<string> replaced)
    {
        var status = whole ? "completed" : "incomplete";
        var items = new List<InputItem>();
        if (reasoning.Length > 0) items.Add(new() { Type = "reasoning", Status = status, Content = new(null, [new() { Type = "reasoning_text", Text = reasoning.ToString() }]) });
        items.Add(new() { Type = "message", Role = "assistant", Status = status, Content = text.ToString() });
        await api.Add(conversation, items, CancellationToken.None);
        foreach (var id in replaced) await api.RemoveItem(conversation, id, CancellationToken.None);
    }
}
