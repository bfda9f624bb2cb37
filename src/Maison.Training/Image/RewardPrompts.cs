// What a flow is asked for while a judge teaches it: captions that it learned from, and things in styles and colours in which nobody drew them. What
// `maison eval image` asks for is left to it: of its things nothing new is put together, and scenes come from training captions alone.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Scenes;
using Maison.Models.Image;
using Maison.Training.Image.Evaluations;

namespace Maison.Training.Image;

/// <summary>A prompt, and what a judge should see in its picture.</summary>
/// <param name="Style">Number of its style.</param>
/// <param name="Names">Numbers of what it shows; none where the judge knows nothing of it.</param>
/// <param name="Things">Of a scene, what can be looked at alone: things of which no other has the colour.</param>
sealed record RewardPrompt(string Text, int Style, IReadOnlyList<int> Names, IReadOnlyList<ThingInWords> Things);

/// <summary>Draws prompts.</summary>
sealed class RewardPrompts
{
    const float Coloured = 0.5f;

    /// <summary>Styles of no single things, and styles of no colours.</summary>
    static readonly string[] whole = ["artwork", "photo-scene", "pixel-art-texture"], plain = ["icon-silhouette", "icon-black-white"];

    readonly PreparedPicture[] scenes, drawings, parts;
    readonly Dictionary<int, PreparedPicture[]> likes;
    readonly string[] manners;
    readonly Dictionary<string, int> styles, names;
    readonly PromptReading reading;
    static readonly string[] colours = [.. NamedColours.All.Where(c => c != "white")];

    /// <exception cref="InvalidDataException">The judge knows none of the pictures' styles.</exception>
    public RewardPrompts(IReadOnlyList<PreparedPicture> train, JudgeConfig judge)
    {
        styles = judge.Styles.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i);
        names = judge.Names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
        reading = new(judge);
        var known = train.Where(p => styles.ContainsKey(p.Style)).ToLookup(p => p.Style == SceneCaptions.Style);
        (scenes, drawings) = ([.. known[true]], [.. known[false]]);
        likes = scenes.Concat(drawings).GroupBy(p => styles[p.Style]).ToDictionary(g => g.Key, g => g.ToArray());
        if (scenes.Length + drawings.Length == 0) throw new InvalidDataException("The judge knows none of the styles of these pictures. Give one that learned from such.");
        var things = drawings.Where(p => !whole.Contains(p.Style)).ToArray();
        // Each as often as any other: those in which least was drawn have most to learn.
        manners = [.. things.Select(p => p.Style).Distinct()];
        parts = [.. things.Where(p => !HeldOutColours.Keeps(p.Concept) && !ImagePrompts.Things.Contains(NamedColours.Without(p.Concept)) && Known(NamedColours.Without(p.Concept)).Count > 0)];
    }

    /// <summary>A prompt: by turns two that are put together from two drawings, three of scenes, one of a drawing.</summary>
    public RewardPrompt Draw(int turn, ref PictureRandom random)
    {
        if (turn % 3 == 0 && parts.Length > 0) return Composed(ref random);
        var from = scenes.Length == 0 || turn % 6 == 1 && drawings.Length > 0 ? drawings : scenes;
        var picture = from[random.Below(from.Length)];
        var text = picture.Captions[random.Below(picture.Captions.Count)];
        return new(text, styles[picture.Style], [.. JudgeNames.NamesOf(picture, colours: true).SelectMany(Known)],
            from == scenes ? [.. reading.Of(text).Things.GroupBy(t => t.Colour).Where(g => g.Key is not null && g.Count() == 1).Select(g => g.Single())] : []);
    }

    /// <summary>A real picture of a prompt's style.</summary>
    public PreparedPicture Like(RewardPrompt prompt, ref PictureRandom random) => likes[prompt.Style][random.Below(likes[prompt.Style].Length)];

    RewardPrompt Composed(ref PictureRandom random)
    {
        var thing = NamedColours.Without(parts[random.Below(parts.Length)].Concept);
        var style = manners[random.Below(manners.Length)];
        var colour = random.Uniform() < Coloured && !plain.Contains(style) ? colours[random.Below(colours.Length)] : null;
        return new($"{(colour is null ? "" : colour + " ")}{thing}, {PictureCaptions.StyleWords(style)}", styles[style], [.. Known(thing), .. Known(colour ?? "")], []);
    }

    IReadOnlyList<int> Known(string name) => names.TryGetValue(name, out var number) ? [number] : [];
}
