// The items of a conversation as a reader sees them: what somebody said, with the reasoning before it folded in.

using Maison.Wire;

namespace Maison.App.Assistant;

/// <summary>One message as it is shown.</summary>
/// <param name="Ids">The items that it is made of.</param>
/// <param name="Whole">False when it was stopped.</param>
public sealed record Turn(string Role, string Text, string Reasoning, IReadOnlyList<string> Ids, bool Whole = true)
{
    public bool FromUser => Role == "user";

    /// <summary>Messages in order.</summary>
    /// <param name="items">Items in order.</param>
    public static List<Turn> Of(IEnumerable<OutputItem> items)
    {
        var turns = new List<Turn>();
        var (reasoning, ids) = ("", new List<string>());
        foreach (var item in items)
        {
            ids.Add(item.Id);
            var text = string.Concat(item.Content?.Select(p => p.Text) ?? []);
            if (item.Type == "reasoning") reasoning += text;
            else if (item.Type == "message")
            {
                turns.Add(new(item.Role!, text, reasoning, ids, item.Status == "completed"));
                (reasoning, ids) = ("", []);
            }
        }
        return turns;
    }

    /// <summary>As the model is asked.</summary>
    public RequestMessage Request => new() { Role = Role, Content = Text };
}
