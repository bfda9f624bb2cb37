// The calls of an answer that is collected whole.

using System.Text;
using Maison.Data.Chat;
using Maison.Wire;

namespace Maison.Api.Generation;

/// <summary>Joins the deltas of calls.</summary>
sealed class CallList
{
    readonly List<(string Id, string Name, StringBuilder Arguments)> calls = [];

    public static string NewId() => "call_" + Guid.NewGuid().ToString("N")[..24];

    public int Count => calls.Count;

    public void Add(IReadOnlyList<CallDelta> deltas)
    {
        foreach (var delta in deltas)
        {
            if (delta.Name is not null) calls.Add((NewId(), delta.Name, new()));
            calls[delta.Index].Arguments.Append(delta.Arguments);
        }
    }

    public IEnumerable<CallMade> Made => calls.Select(c => new CallMade { Id = c.Id, Type = "function", Function = new() { Name = c.Name, Arguments = c.Arguments.ToString() } });
}
