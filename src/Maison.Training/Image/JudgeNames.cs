// What a judge of pictures learns to tell: styles as the corpora name them, and names of things. Colours are taken out of the names, since whether a
// car is red is measured from pixels and a blue apple is still an apple; a judge that is to teach a painter has them as names of their own. A drawing that is held out from the judge is held out in all its
// finishes: a judge that saw the flat one would know the glossy one by heart. Concepts held out from painters are held out from it as well.

using System.Security.Cryptography;
using System.Text;
using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Scenes;

namespace Maison.Training.Image;

/// <summary>One picture as a judge meets it.</summary>
/// <param name="Style">Number of its style.</param>
/// <param name="Names">Numbers of what it shows; none where nothing of it is known well enough.</param>
/// <param name="Mirrors">Whether it may be seen mirrored.</param>
/// <param name="Parts">Its things that can be looked at alone.</param>
public sealed record JudgeExample(PreparedPicture About, int Style, IReadOnlyList<int> Names, bool Mirrors, IReadOnlyList<JudgePart> Parts);

/// <summary>A thing of a picture as a judge meets it alone.</summary>
/// <param name="Names">Numbers of what it is and what it is made of.</param>
public sealed record JudgePart(PicturePart About, IReadOnlyList<int> Names);

/// <summary>The names of prepared pictures, and which of the pictures a judge learns from.</summary>
public sealed class JudgeNames
{
    /// <summary>One drawing in so many is kept from the judge.</summary>
    const int HeldOutOneIn = 12;

    /// <summary>Pictures of a name that a judge must see to know it.</summary>
    const int LeastPictures = 3;

    /// <summary>Most pictures of one corpus that it learns from, so that none outweighs the others.</summary>
    const int MostOfCorpus = 12_000;

    /// <summary>A corpus with so many pictures of one thing holds different ones of it, not finishes of one drawing.</summary>
    const int ManyOfThing = 4;

    /// <param name="most">Most pictures to train on; 0 for all.</param>
    /// <param name="colours">Colours and numbers are names as well.</param>
    public JudgeNames(IReadOnlyList<PreparedPicture> pictures, int most = 0, bool colours = false)
    {
        Styles = [.. pictures.Select(p => p.Style).Distinct().Order(StringComparer.Ordinal)];
        var counts = pictures.GroupBy(p => (p.Corpus, p.Concept)).ToDictionary(g => g.Key, g => g.Count());
        var train = pictures.Where(p => !Kept(p)).GroupBy(p => p.Corpus).SelectMany(g => Spread([.. g], MostOfCorpus)).ToArray();
        if (most > 0) train = Spread(train, most);
        Names = [.. train.SelectMany(p => NamesOf(p, colours)).GroupBy(n => n).Where(g => g.Count() >= LeastPictures).Select(g => g.Key).Order(StringComparer.Ordinal)];
        var styles = Numbered(Styles);
        var names = Numbered(Names);
        Train = [.. train.Select(Example)];
        HeldOut = [.. pictures.Where(Kept).Select(Example)];

        bool Kept(PreparedPicture p) => p.HeldOut || Digest(counts[(p.Corpus, p.Concept)] >= ManyOfThing ? $"{p.Corpus}/{p.File}" : $"{Family(p.Corpus)}/{p.Concept}") % HeldOutOneIn == 0;

        JudgeExample Example(PreparedPicture p) => new(p, styles[p.Style], [.. NamesOf(p, colours).Where(names.ContainsKey).Select(n => names[n])], !p.Concept.Contains("left", StringComparison.Ordinal) && !p.Concept.Contains("right", StringComparison.Ordinal),
            [.. p.Parts.Select(part => new JudgePart(part, [.. part.Names.Where(n => names.ContainsKey(n) && (colours || !NamedColours.All.Contains(n))).Select(n => names[n])])).Where(part => part.Names.Count > 0)]);
    }

    public IReadOnlyList<string> Styles { get; }
    public IReadOnlyList<string> Names { get; }
    public IReadOnlyList<JudgeExample> Train { get; }

    /// <summary>Pictures that the judge never saw.</summary>
    public IReadOnlyList<JudgeExample> HeldOut { get; }

    /// <summary>What a picture shows, by name: of a rendered scene its things and materials, of others their concept.</summary>
    /// <param name="colours">Colours and numbers are names as well.</param>
    public static IReadOnlyList<string> NamesOf(PreparedPicture picture, bool colours = false)
    {
        var plain = picture.Style == SceneCaptions.Style ? Shown(picture) : [NamedColours.Without(picture.Concept)];
        return colours ? [.. plain.Concat(picture.Concept.Split(' ').Where(w => NamedColours.All.Contains(w) || Numbers.Contains(w))).Distinct()] : plain;
    }

    static IReadOnlyList<string> Shown(PreparedPicture picture)
    {
        // "red glass sphere", "three grey metal bowls", "blue book and white stone torus": of several models of a thing nothing is said.
        List<string> things = [], materials = [];
        foreach (var words in picture.Concept.Split(" and ").Select(p => p.Split(' ')))
        {
            materials.AddRange(words.Where(coats.Contains));
            var name = NamedColours.Without(string.Join(' ', words.Where(w => !coats.Contains(w) && !Numbers.Contains(w))));
            if (!Numbers.Contains(words[0])) things.Add(name);
            else if (solids.FirstOrDefault(s => name.StartsWith(s, StringComparison.Ordinal)) is { } solid) things.Add(solid);
        }
        return [.. things.Concat(materials).Distinct()];
    }

    /// <summary>Names of how many there are.</summary>
    public static IReadOnlyList<string> Numbers { get; } = ["two", "three", "four"];

    static readonly string[] coats = [.. Vocabulary.Materials.Select(m => m.Name)];
    static readonly string[] solids = [.. Vocabulary.Things.Select(t => t.Name)];

    /// <summary>Corpora whose names begin alike are finishes of the same drawings.</summary>
    static string Family(string corpus) => string.Join('_', corpus.Split('_').Take(2));

    static Dictionary<string, int> Numbered(IReadOnlyList<string> names) => names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);

    static T[] Spread<T>(T[] all, int most) => most >= all.Length ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * all.Length / most)])];

    static uint Digest(string text) => BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes("judge " + text)));
}
