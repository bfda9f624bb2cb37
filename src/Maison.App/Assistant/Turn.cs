// The items of a conversation as a reader sees them: what somebody said, with the reasoning before it folded in, and its place among the
// branches.

using System.Globalization;
using Maison.Wire;

namespace Maison.App.Assistant;

/// <summary>One message as it is shown.</summary>
/// <param name="Whole">False when it was stopped.</param>
public sealed record Turn(string Role, string Text, string Reasoning, bool Whole = true)
{
    /// <summary>The item that says it; empty while it is being written.</summary>
    public string Id { get; init; } = "";

    /// <summary>The item that it follows; null for the first.</summary>
    public string? After { get; init; }

    /// <summary>The first items of all that follow the same one, its own too; empty where it is the only one.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>Its own place among <see cref="Alternatives"/>, from 0.</summary>
    public int Place { get; init; }
    public Notes Notes { get; init; } = new();

    /// <summary>Where a look at a picture is that is being painted for it.</summary>
    public string? Look { get; init; }

    public bool FromUser => Role == "user";

    /// <summary>Messages in order.</summary>
    /// <param name="items">Items in order.</param>
    public static List<Turn> Of(IEnumerable<OutputItem> items)
    {
        var turns = new List<Turn>();
        var reasoning = "";
        OutputItem? first = null;
        foreach (var item in items)
        {
            first ??= item;
            var text = string.Concat(item.Content?.Select(p => p.Text) ?? []);
            if (item.Type == "reasoning") reasoning += text;
            if (item.Type != "message") continue;
            var alternatives = first.Alternatives ?? [];
            turns.Add(new(item.Role!, text, reasoning, item.Status == "completed")
            {
                Id = item.Id,
                After = first.After,
                Alternatives = alternatives,
                Place = Math.Max(0, alternatives.ToList().IndexOf(first.Id)),
                Notes = Notes.Of(item.Metadata),
            });
            (reasoning, first) = ("", null);
        }
        return turns;
    }

    /// <summary>As the model is asked.</summary>
    public RequestMessage Request => new() { Role = Role, Content = Text };
}

/// <summary>What is noted with an answer: who gave it, how long it took, and what it cost.</summary>
public sealed record Notes(string? Model = null, int? TokensIn = null, int? TokensOut = null, double? Seconds = null, string? Provider = null, long? CostMicros = null)
{
    /// <summary>Of a message: the files that came with it.</summary>
    public IReadOnlyList<Source> Files { get; init; } = [];

    /// <summary>Of an answer: the places that its model was given.</summary>
    public IReadOnlyList<Source> Sources { get; init; } = [];

    /// <summary>Of a message that asks for a picture: <see cref="PictureWish.New"/> or <see cref="PictureWish.Anew"/>.</summary>
    public string? Paint { get; init; }

    /// <summary>Of an answer that is a picture: its file.</summary>
    public string? Picture { get; init; }

    public static Notes Of(IReadOnlyDictionary<string, string>? kept)
    {
        if (kept is null) return new();
        int? Whole(string name) => int.TryParse(kept.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var value) ? value : null;
        return new(kept.GetValueOrDefault("model"), Whole("input_tokens"), Whole("output_tokens"),
            double.TryParse(kept.GetValueOrDefault("seconds"), CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
            kept.GetValueOrDefault("provider"), long.TryParse(kept.GetValueOrDefault("cost_micros"), CultureInfo.InvariantCulture, out var cost) ? cost : null)
        {
            Files = Source.Read(kept.GetValueOrDefault("files")),
            Sources = Source.Read(kept.GetValueOrDefault("sources")),
            Paint = kept.GetValueOrDefault("paint"),
            Picture = kept.GetValueOrDefault("picture") is { } file && file.StartsWith("file-", StringComparison.Ordinal) && file.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? file : null,
        };
    }

    /// <summary>As they are kept with the item.</summary>
    public IReadOnlyDictionary<string, string> Kept => new (string Name, object? Value)[]
    {
        ("model", Model), ("input_tokens", TokensIn), ("output_tokens", TokensOut), ("seconds", Seconds), ("provider", Provider), ("cost_micros", CostMicros), ("files", Source.Keep([.. Files])), ("paint", Paint), ("picture", Picture), ("sources", Source.Keep([.. Sources])),
    }.Where(n => n.Value is not null).ToDictionary(n => n.Name, n => Convert.ToString(n.Value, CultureInfo.InvariantCulture)!);
}
