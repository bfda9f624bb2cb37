// Which kinds of question a prompt belongs to, by words and shape alone, so that whoever has the prompt comes to the same answer. A prompt can
// belong to several kinds or to none; the board of a kind counts its votes alone.

using System.Text.RegularExpressions;

namespace Maison.Battles;

/// <summary>Sorts prompts.</summary>
public static partial class PromptCategories
{
    const int LongWords = 60;

    static readonly (string Modality, string Name, Regex Shape)[] Rules =
    [
        ("text", "code", Code()), ("text", "maths", Maths()), ("text", "writing", Writing()), ("text", "facts", Facts()),
        ("voice", "numbers", Numbers()), ("voice", "questions", Question()), ("voice", "speech", Quoted()),
        ("image", "emoji", Emoji()), ("image", "pixel art", Pixels()), ("image", "icons", Icons()), ("image", "photographs", Photographs()),
    ];

    /// <summary>All kinds of a modality.</summary>
    public static IReadOnlyList<string> Of(string modality) => [.. Rules.Where(r => r.Modality == modality).Select(r => r.Name), .. HasLong(modality) ? new[] { "long" } : []];

    /// <summary>The kinds that a prompt belongs to.</summary>
    public static IReadOnlyList<string> Of(string modality, string prompt)
    {
        var found = Rules.Where(r => r.Modality == modality && r.Shape.IsMatch(prompt)).Select(r => r.Name);
        return HasLong(modality) && prompt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length >= LongWords ? [.. found, "long"] : [.. found];
    }

    /// <summary>A picture's prompt is short, and of a briefing the prompt names sources.</summary>
    static bool HasLong(string modality) => modality is "text" or "voice";

    const RegexOptions Any = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"```|\b(code|function|program|script|python|javascript|c#|sql|html|bug|compile|algorithm|regex)\b", Any)]
    private static partial Regex Code();

    [GeneratedRegex(@"\d\s*[-+*/×÷=^]\s*\d|\b(solve|equation|sum|product|percent|how many|how much|calculate|prime|fraction|average)\b", Any)]
    private static partial Regex Maths();

    [GeneratedRegex(@"\b(write|story|poem|letter|email|essay|describe|imagine|rewrite|song|dialogue)\b", Any)]
    private static partial Regex Writing();

    [GeneratedRegex(@"^\s*(what|who|when|where|which|why|how|name|tell me about|explain)\b", Any)]
    private static partial Regex Facts();

    [GeneratedRegex(@"\d")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\?")]
    private static partial Regex Question();

    [GeneratedRegex("[\"“”«»]")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\bemojis?\b", Any)]
    private static partial Regex Emoji();

    [GeneratedRegex(@"\bpixel\b", Any)]
    private static partial Regex Pixels();

    [GeneratedRegex(@"\bicons?\b", Any)]
    private static partial Regex Icons();

    [GeneratedRegex(@"\bphoto(s|graph|graphs)?\b", Any)]
    private static partial Regex Photographs();
}
