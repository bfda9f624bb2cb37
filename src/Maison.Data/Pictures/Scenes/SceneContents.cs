// What a scene holds, in words. Captions are made of it, and evaluation reads it beside the picture.

namespace Maison.Data.Pictures.Scenes;

/// <summary>How two things stand to each other.</summary>
public enum Relation
{
    None,
    LeftOf,
    InFrontOf,
    On,
}

/// <summary>How large a thing is.</summary>
public enum Size
{
    Middle,
    Small,
    Large,
}

/// <summary>What things stand on, and where.</summary>
public enum Place
{
    WoodenTable,
    Window,
    StoneFloor,
    Grass,
    Tiles,
    Cloth,
    Studio,
    Meadow,
    WoodenFloor,
    Sand,
    Snow,
}

/// <summary>When, or by which light.</summary>
public enum Daylight
{
    Morning,
    Noon,
    Evening,
    Overcast,
    Lamp,
    Studio,
    Indoor,
    Night,
}

/// <summary>From where it is seen.</summary>
public enum View
{
    Eye,
    Low,
    Above,
}

/// <summary>One thing of a scene.</summary>
/// <param name="Colour">Empty where a model has colours of its own.</param>
/// <param name="Material">Empty for models.</param>
public sealed record SceneItem(string Thing, string Colour, string Material, Size Size);

/// <summary>A scene in words.</summary>
/// <param name="Items">One or two different things; one alone where a thing is counted.</param>
/// <param name="Count">How many of the first.</param>
/// <param name="Relation">How the first stands to the second.</param>
/// <param name="Backdrop">Colour of the wall behind; empty where there is none.</param>
/// <param name="Sky">File of the photographed surroundings; empty where they are painted.</param>
public sealed record SceneContents(IReadOnlyList<SceneItem> Items, int Count, Relation Relation, Place Place, Daylight Daylight, View View, string Backdrop, string Sky)
{
    /// <summary>How many things stand there.</summary>
    public int Things => Items.Count > 1 ? Items.Count : Count;

    /// <summary>The item that a thing shows.</summary>
    public SceneItem Item(int thing) => Items[Math.Min(thing, Items.Count - 1)];
}
