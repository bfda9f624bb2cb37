// Chooses what a scene holds: every word independently and evenly, so that none can be guessed from another; pairs that are held out are
// drawn again. Of scenes with two things some come as twins with their colours exchanged.

using Maison.Data.Shards;

namespace Maison.Data.Pictures.Scenes;

static class SceneChoice
{
    const ulong Purpose = 0x5CE4E;
    const int ModelPercent = 30;

    /// <summary>The contents of a scene by its number.</summary>
    public static SceneContents Of(SceneAssets assets, ulong seed, long scene)
    {
        var random = SplitMix64.For(seed, Purpose, (ulong)scene);
        // A twin: the scene before it, with the colours exchanged.
        if (scene % 2 == 1 && random.Below(100) < 30 && Of(assets, seed, scene - 1) is { Items.Count: 2 } other)
        {
            SceneItem a = other.Items[0], b = other.Items[1];
            SceneItem[] swapped = [a with { Colour = b.Colour }, b with { Colour = a.Colour }];
            if (a.Colour != b.Colour && a.Colour.Length > 0 && b.Colour.Length > 0 && swapped.All(Allowed)) return other with { Items = swapped };
        }
        var kind = random.Below(100);
        var first = Item(assets, ref random);
        var (place, daylight, backdrop, sky) = Where(assets, ref random);
        // From above neither a window nor a wide sky could be seen.
        var view = random.Below(10) switch { < 6 => View.Eye, < 8 => View.Low, _ => place is Place.Window or Place.Meadow ? View.Eye : View.Above };
        if (Upright(first) && view == View.Above) view = View.Eye;
        if (kind < 50) return new([first with { Size = One(ref random) }], 1, Relation.None, place, daylight, view, backdrop, sky);
        if (kind >= 85)
        {
            var count = 2 + random.Below(3);
            return new([first], count, Relation.None, place, daylight, view == View.Low ? View.Eye : view, backdrop, sky);
        }
        var relation = random.Below(10) switch { < 4 => Relation.LeftOf, < 6 => Relation.InFrontOf, < 8 => Relation.On, _ => Relation.LeftOf };
        SceneItem second;
        do second = Item(assets, ref random);
        while (second.Thing == first.Thing || second.Colour == first.Colour && first.Colour.Length > 0 && random.Below(4) > 0 || relation == Relation.On && !assets.Shapes(second.Thing)[0].Carries);
        var sizes = random.Below(3);
        if (Upright(second) && view == View.Above) view = View.Eye;
        // What stands on something is the smaller one, said or not.
        if (relation == Relation.On) (first, second) = (first with { Size = Size.Small }, second with { Size = sizes == 0 ? Size.Large : Size.Middle });
        else if (sizes == 1) (first, second) = (first with { Size = Size.Small }, second with { Size = Size.Large });
        else if (sizes == 2) (first, second) = (first with { Size = Size.Large }, second with { Size = Size.Small });
        return new([first, second], 1, relation, place, daylight, relation == Relation.InFrontOf && view == View.Low ? View.Eye : view, backdrop, sky);
    }

    /// <summary>Whether training may show it.</summary>
    public static bool Allowed(SceneItem item) => !HeldOutPairs.Thing(item.Thing, item.Colour) && !HeldOutPairs.Material(item.Material, item.Colour);

    /// <summary>Things that are not known from above: flat ones that stand, and models.</summary>
    static bool Upright(SceneItem item) => item.Thing is "star" or "heart" || item.Material.Length == 0;

    static SceneItem Item(SceneAssets assets, ref SplitMix64 random)
    {
        if (assets.Models.Count > 0 && random.Below(100) < ModelPercent)
        {
            var model = One(ref random, assets.Models);
            if (assets.Shapes(model)[0].Painted < 0) return new(model, "", "", Size.Middle);
            while (true)
                if (One(ref random, Vocabulary.Colours).Name is var colour && !HeldOutPairs.Thing(model, colour)) return new(model, colour, "", Size.Middle);
        }
        while (true)
        {
            var item = new SceneItem(One(ref random, Vocabulary.Things).Name, One(ref random, Vocabulary.Colours).Name, One(ref random, Vocabulary.Materials).Name, Size.Middle);
            if (Allowed(item)) return item;
        }
    }

    static Size One(ref SplitMix64 random) => random.Below(4) switch { 0 => Size.Small, 1 => Size.Large, _ => Size.Middle };

    static T One<T>(ref SplitMix64 random, IReadOnlyList<T> of) => of[random.Below(of.Count)];

    static (Place, Daylight, string Backdrop, string Sky) Where(SceneAssets assets, ref SplitMix64 random)
    {
        var place = (Place)random.Below(Enum.GetValues<Place>().Length);
        if (place is Place.Studio) return (place, Daylight.Studio, One(ref random, SceneStage.Walls).Name, "");
        var open = place is Place.Grass or Place.Meadow or Place.Sand or Place.Snow;
        // Under a painted sky or a photographed one, which fits some places alone.
        var photographed = random.Below(100) < (place is Place.Grass ? 65 : 45);
        var fitting = assets.Skies.Where(s => place switch
        {
            Place.Grass => !s.Inside,
            Place.WoodenTable or Place.StoneFloor or Place.Tiles or Place.Cloth => true,
            Place.WoodenFloor => s.Inside,
            _ => false,
        }).ToArray();
        if (photographed && fitting.Length > 0 && One(ref random, fitting) is var sky) return (place, sky.Daylight, "", sky.File);
        if (open || place is Place.StoneFloor && random.Below(2) == 0) return (place, (Daylight)random.Below(4), "", "");
        var daylight = One(ref random, [Daylight.Morning, Daylight.Noon, Daylight.Evening, Daylight.Lamp, place is Place.Window ? Daylight.Noon : Daylight.Overcast]);
        return (place, daylight, One(ref random, SceneStage.Walls).Name, "");
    }
}
