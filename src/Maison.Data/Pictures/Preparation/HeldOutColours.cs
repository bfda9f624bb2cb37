// Things of which training shows no colour but those that somebody drew, so that a test can ask for a thing in a new one: views of their pictures
// are never dyed. A name counts when one of its words begins or ends like one of these, which leaves out more than it must (a monkey ends like a key).

namespace Maison.Data.Pictures.Preparation;

/// <summary>Says which things keep their colours in training.</summary>
public static class HeldOutColours
{
    /// <summary>The things, as captions name them.</summary>
    public static IReadOnlyList<string> Things { get; } =
    [
        "automobile", "balloon", "mushroom", "star", "butterfly", "fish", "house", "guitar", "rose", "tent", "bicycle", "key",
        "crown", "running shoe", "cupcake", "top hat", "rocket", "sailboat", "elephant", "owl", "banana", "carrot", "turtle", "teapot",
    ];

    /// <summary>What they are called as well.</summary>
    static readonly string[] others = ["car", "sedan", "bike", "boat"];

    static readonly string[] heads = [.. Things.Select(t => t[(t.LastIndexOf(' ') + 1)..]).Concat(others)];

    /// <summary>Whether a thing of this name is shown in no other colours than its own.</summary>
    public static bool Keeps(string name) => name.ToLowerInvariant().Split([' ', '-', ',', ':'], StringSplitOptions.RemoveEmptyEntries)
        .Any(word => heads.Any(h => word.StartsWith(h, StringComparison.Ordinal) || word.EndsWith(h, StringComparison.Ordinal) || word.EndsWith(h + "s", StringComparison.Ordinal) || word.EndsWith(h + "es", StringComparison.Ordinal)));
}
