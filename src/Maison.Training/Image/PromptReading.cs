// What a prompt asks for, in the names that a judge of pictures knows: things with the colours, materials and numbers before them, from the first clause that
// names one, and a style from any. What says where a thing is or how it is lit is passed over, and so is what the judge does not know.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Scenes;
using Maison.Models.Image;

namespace Maison.Training.Image;

/// <summary>What is asked for.</summary>
/// <param name="Styles">Numbers of the judge's styles, of which a picture should have one; none where no style is named.</param>
public sealed record AskedOfPicture(IReadOnlyList<ThingInWords> Things, IReadOnlyList<int> Styles);

/// <summary>A thing that is asked for.</summary>
/// <param name="Names">Numbers of the judge's names for what each of it is, its own last.</param>
/// <param name="Colour">Its colour; null where none is told.</param>
/// <param name="Many">Number of the judge's name for how many there are; null where that is not told.</param>
public sealed record ThingInWords(IReadOnlyList<int> Names, string? Colour, int? Many)
{
    /// <summary>How large a piece must be, as a share of the picture.</summary>
    const double LeastArea = 0.002;

    /// <summary>How much of a picture is looked at around a thing, in sizes of it.</summary>
    public const double Margin = 1.3;

    /// <summary>The largest piece of its colour; null where there is none.</summary>
    public Region? In(PictureRegions regions) => Colour is not null && regions.Of(NamedColours.Of(Colour)) is [var piece, ..] && piece.Area >= LeastArea ? piece : null;
}

/// <summary>Reads prompts for a judge.</summary>
public sealed class PromptReading
{
    /// <summary>Words that begin to say where, to the end of a clause.</summary>
    static readonly HashSet<string> places = ["on", "in", "by", "below", "under", "at", "among", "near", "with", "above", "before", "against"];

    /// <summary>Words that begin so, but lead to another thing.</summary>
    static readonly string[][] relations = [["on", "top", "of"], ["in", "front", "of"]];

    /// <summary>Words that tell of the thing after them.</summary>
    static readonly HashSet<string> manners = [.. NamedColours.All, .. Vocabulary.Materials.Select(m => m.Name), .. JudgeNames.Numbers];

    readonly Dictionary<string, int> names;
    readonly (string Words, int[] Numbers)[] styles;
    readonly int longest;

    /// <param name="judge">Of a judge; one that names colours and numbers reads most.</param>
    public PromptReading(JudgeConfig judge)
    {
        names = judge.Names.Select((n, i) => (Words: Plain(n), i)).DistinctBy(n => n.Words).ToDictionary(n => n.Words, n => n.i);
        longest = names.Keys.Max(n => n.Count(' '.Equals) + 1);
        styles = [.. judge.Styles.Select((s, i) => (Words: Plain(PictureCaptions.StyleWords(s)), i)).GroupBy(s => s.Words).Select(g => (g.Key, g.Select(s => s.i).ToArray())).OrderByDescending(s => s.Key.Length)];
    }

    static string Plain(string text) => string.Join(' ', ImageModel.Words(text));

    /// <summary>What a prompt asks for.</summary>
    public AskedOfPicture Of(string prompt)
    {
        List<ThingInWords> found = [];
        int[] style = [];
        foreach (var clause in prompt.Split(',', ';', ':', '.'))
        {
            var text = $" {Plain(clause)} ";
            foreach (var (words, numbers) in styles)
            {
                if (!text.Contains($" {words} ", StringComparison.Ordinal)) continue;
                (style, text) = (numbers, text.Replace($" {words} ", " ", StringComparison.Ordinal));
                break;
            }
            if (found.Count == 0) Read(text.Split(' ', StringSplitOptions.RemoveEmptyEntries), found);
        }
        return new(found, style);
    }

    void Read(ReadOnlySpan<string> words, List<ThingInWords> found)
    {
        List<int> waiting = [];
        string? colour = null;
        int? many = null;
        for (var i = 0; i < words.Length; i++)
        {
            var rest = words[i..];
            if (Relation(rest) is > 0 and var steps)
            {
                i += steps - 1;
                Begin();
            }
            else if (places.Contains(words[i])) break;
            else if (Longest(rest) is not { } name) continue;
            // An orange is a thing, where nothing follows that could be orange.
            else if (name.Words == 1 && manners.Contains(words[i]) && rest.Length > 1 && !places.Contains(rest[1]))
            {
                if (JudgeNames.Numbers.Contains(words[i])) many = name.Number;
                else waiting.Add(name.Number);
                if (NamedColours.All.Contains(words[i])) colour = words[i];
            }
            else
            {
                found.Add(new([.. waiting, name.Number], colour, many));
                Begin();
                i += name.Words - 1;
            }
        }

        void Begin()
        {
            waiting.Clear();
            (colour, many) = (null, null);
        }
    }

    static int Relation(ReadOnlySpan<string> words)
    {
        foreach (var relation in relations)
            if (words.StartsWith(relation)) return relation.Length;
        return 0;
    }

    /// <summary>The longest name that words begin with, in the singular or plural.</summary>
    (int Number, int Words)? Longest(ReadOnlySpan<string> words)
    {
        for (var n = Math.Min(longest, words.Length); n > 0; n--)
        {
            var text = string.Join(' ', words[..n]!);
            foreach (var form in (string[])[text, text.EndsWith('s') ? text[..^1] : text, text.EndsWith("es", StringComparison.Ordinal) ? text[..^2] : text])
                if (names.TryGetValue(form, out var number)) return (number, n);
        }
        return null;
    }
}
