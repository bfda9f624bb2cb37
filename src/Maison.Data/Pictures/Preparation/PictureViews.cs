// Which views a picture gets. Mirrored where nothing in it or in its words has a side; moved and made smaller on plain ground, seen from a little nearer
// where there is none; dyed twice where it is a drawing or render of one thing in one colour, so that a colour is learned as something that a thing can
// have. People and faces keep their colours, as do the things that a test asks for in new ones, and nothing is dyed into a concept that is held out. All
// of it follows from the picture's name.

using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Scenes;
using Maison.Data.Shards;

namespace Maison.Data.Pictures.Preparation;

static class PictureViews
{
    const ulong Purpose = 0x71E35;

    /// <summary>Most dyed views of a picture, and how small on its ground or how large in the frame a view may get.</summary>
    const int MostDyed = 2;
    const float LeastSize = 0.82f, LeastNearer = 1.03f, MostNearer = 1.15f;
    const int CornerDistance = 8;

    static readonly string[] drawn = ["emoji", "pixel-art", "3d-lowpoly"], graphic = [.. drawn, "icon"];

    /// <summary>Kinds of emoji that have a side, and kinds whose colours are not a painter's choice.</summary>
    static readonly string[] sided = ["symbols", "flags"], own = ["people and body", "smileys and emotion", "flags"];

    /// <summary>Words of names that have a side, such as letters, dials and maps.</summary>
    static readonly string[] sidedWords =
    [
        "clockwise", "counterclockwise", "clock", "o’clock", "thirty", "watch", "stopwatch", "keycap", "button", "letter", "letters", "latin", "number", "numbers", "input", "arrow", "arrows", "mark", "sign", "symbol", "flag", "text",
        "calendar", "newspaper", "globe", "earth", "map", "moon", "crescent", "dollar", "euro", "yen", "pound", "money", "banknote", "chart", "card", "hundred", "score", "clef", "note", "notes", "question", "exclamation",
        "pointing", "rune", "scroll", "copyright", "registered",
    ];

    /// <summary>Words of names whose colours are not a painter's choice.</summary>
    static readonly string[] ownWords = ["person", "man", "woman", "boy", "girl", "men", "women", "people", "hand", "hands", "finger", "fist", "baby", "face", "skin", "human", "flag"];

    /// <summary>The views of a picture that is trained on.</summary>
    /// <param name="seen">It in a small size, on its background.</param>
    /// <param name="captions">Its wordings; one more where its thing is of one colour.</param>
    /// <param name="background">The colour a transparent picture was laid on; null for opaque ones.</param>
    /// <param name="number">What it is known by.</param>
    public static IReadOnlyList<PictureView> Of(CaptionedPicture picture, Picture seen, ref IReadOnlyList<string> captions, string? background, bool nearest, ulong number)
    {
        var random = SplitMix64.For(0, Purpose, number);
        bool mirrors = Mirrors(picture), plain = picture.Style != SceneCaptions.Style && (Is(graphic, picture) ? Corners(seen) : PictureColours.Border(seen) is not null);
        List<PictureView> views = [];
        // Hard edges do not survive another size.
        var moves = plain && !nearest;
        var swapped = PictureCaptions.Mirrored(captions) is var s && s.SequenceEqual(captions) ? [] : s;
        if (mirrors || moves) views.Add(Placed(mirrors, mirrors ? swapped : [], ref random));
        if (!plain && !nearest)
        {
            var mirrored = mirrors && random.Below(2) == 0;
            views.Add(new(mirrored ? swapped : [], mirrored, LeastNearer + (MostNearer - LeastNearer) * Share(ref random), Share(ref random), Share(ref random)));
        }
        if (plain && Dyes(picture) && PictureDye.Measured(seen) is { } measured)
        {
            if (!IsHeldOut(measured.Name)) captions = [.. captions.Append(PictureCaptions.Coloured(picture, measured.Name, background)[1]).Distinct()];
            foreach (var colour in PictureDye.Colours.Where(c => c != measured.Name).OrderBy(c => PicturePreparation.Digest($"{number} {c}")))
            {
                if (views.Count(v => v.Dye is not null) == MostDyed) break;
                var dye = new PictureDye(measured.Mean.Light, measured.Mean.Red, measured.Mean.Yellow, colour);
                if (IsHeldOut(colour) || PictureDye.Measured(dye.On(seen))?.Name != colour) continue;
                views.Add(Placed(mirrors && random.Below(2) == 0, PictureCaptions.Coloured(picture, colour, background), ref random) with { Dye = dye });
            }
        }
        return views;

        PictureView Placed(bool mirrored, IReadOnlyList<string> words, ref SplitMix64 random)
            => moves ? new(words, mirrored, LeastSize + (1 - LeastSize) * Share(ref random), Share(ref random), Share(ref random)) : new(words, mirrored);

        bool IsHeldOut(string colour) => PicturePreparation.IsHeldOut($"{colour} {NamedColours.Without(picture.Name)}");

        static float Share(ref SplitMix64 random) => random.Below(1001) / 1000f;
    }

    static bool Is(string[] styles, CaptionedPicture picture) => styles.Any(s => picture.Style.StartsWith(s, StringComparison.Ordinal));

    /// <summary>Whether all corners are alike: a drawing may touch the frame between them.</summary>
    static bool Corners(Picture seen)
    {
        int[] corners = [seen.Width - 1, (seen.Height - 1) * seen.Width, seen.Height * seen.Width - 1];
        return corners.All(i => Enumerable.Range(0, 3).All(c => Math.Abs(seen.Pixels[3 * i + c] - seen.Pixels[c]) <= CornerDistance));
    }

    /// <summary>Whether a mirrored picture still is what its words say, once left and right are exchanged in them.</summary>
    public static bool Mirrors(CaptionedPicture picture)
        => picture.Style == SceneCaptions.Style || picture.Style != "artwork" && !picture.Tags.Any(sided.Contains)
            && !Words(picture.Name).Any(w => sidedWords.Contains(w) || w.Contains("left", StringComparison.Ordinal) || w.Contains("right", StringComparison.Ordinal) || w.Any(char.IsDigit));

    /// <summary>Whether a picture may be shown in another colour, as far as its words tell.</summary>
    public static bool Dyes(CaptionedPicture picture)
        => Is(drawn, picture) && !picture.Tags.Any(own.Contains) && !Words(picture.Name).Any(ownWords.Contains)
            && !HeldOutColours.Keeps(picture.Name) && NamedColours.Without(picture.Name.ToLowerInvariant()) is var plain && !NamedColours.All.Contains(plain);

    static string[] Words(string name) => name.ToLowerInvariant().Split([' ', '-', ',', ':', '(', ')', '!'], StringSplitOptions.RemoveEmptyEntries);
}
