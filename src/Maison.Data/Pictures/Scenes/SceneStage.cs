// Builds the set of a scene: what things stand on, what is behind, and the light. The camera looks along −z; left is −x, behind is −z. Sets
// and lamps are turned and moved a little from scene to scene.

using System.Numerics;
using Maison.Data.Pictures.Rendering;
using Maison.Data.Shards;

namespace Maison.Data.Pictures.Scenes;

/// <summary>Surroundings without the things.</summary>
/// <param name="Mood">Brightness of the whole picture.</param>
sealed record Stage(EnvironmentMap Surroundings, List<Rectangle> Rectangles, List<Body> Bodies, float Mood);

static class SceneStage
{
    /// <summary>Colours of walls and studio backdrops.</summary>
    public static IReadOnlyList<NamedColour> Walls { get; } =
    [
        new("white", 0xEDEBE6), new("light grey", 0xBFC1C3), new("beige", 0xDDCDB0), new("light blue", 0xAFCBE3), new("light green", 0xB9D3B0), new("pink", 0xE9BFC6), new("dark grey", 0x55585C), new("dark blue", 0x26365A),
    ];

    /// <param name="reach">Radius of the things around the origin.</param>
    public static Stage Build(SceneAssets assets, SceneContents scene, float reach, ref SplitMix64 random)
    {
        var turn = Between(ref random, -0.4f, 0.4f);
        if (scene.Sky.Length > 0) return Photographed(assets.Skies.First(k => k.File == scene.Sky), scene, reach, turn, ref random);
        return scene.Backdrop.Length == 0 ? Outside(scene, ref random) : scene.Place is Place.Studio ? Studio(scene, reach, ref random) : Room(scene, reach, turn, ref random);
    }

    static Stage Photographed(PhotographedSky sky, SceneContents scene, float reach, float turn, ref SplitMix64 random)
    {
        List<Rectangle> flats = [];
        var ground = Ground(scene.Place, ref random);
        if (OnTable(scene.Place)) flats.Add(Table(ground, reach, turn, ref random));
        else flats.Add(Floor(ground, 0, 160));
        return new(sky.Light.Turned(Between(ref random, 0, 1)), flats, [], scene.Daylight switch { Daylight.Night => 0.55f, Daylight.Evening => 0.9f, _ => 1 });
    }

    static bool OnTable(Place place) => place is Place.WoodenTable or Place.Window or Place.Cloth;

    /// <summary>A tabletop that ends a little behind the things.</summary>
    static Rectangle Table(Material top, float reach, float turn, ref SplitMix64 random)
    {
        var yaw = Matrix4x4.CreateRotationY(turn);
        float half = reach + Between(ref random, 1.2f, 2.5f), back = reach + Between(ref random, 0.3f, 0.9f);
        return new(Vector3.Transform(new(-half, 0, 7), yaw), Vector3.Transform(new(2 * half, 0, 0), yaw), Vector3.Transform(new(0, 0, -7 - back), yaw), top);
    }

    static Stage Outside(SceneContents scene, ref SplitMix64 random)
    {
        var map = Sky.Paint(scene.Daylight, scene.Place is Place.Snow ? new(0.75f, 0.8f, 0.88f) : new Vector3(0.16f, 0.2f, 0.1f), ref random);
        return new(map, [Floor(Ground(scene.Place, ref random), 0, 160)], [], scene.Daylight switch { Daylight.Evening => 0.85f, Daylight.Overcast => 0.95f, _ => 1 });
    }

    static Stage Studio(SceneContents scene, float reach, ref SplitMix64 random)
    {
        var backdrop = new Material(Finish.Matte, Wall(scene));
        // Floor and wall in one sweep.
        const int steps = 12;
        const float radius = 1.6f, wide = 30;
        var back = -(reach + Between(ref random, 0.6f, 1.6f));
        List<Vector3> positions = [], normals = [];
        List<int> corners = [];
        (float Z, float Y, float Angle)[] profile = [(25, 0, 0), .. Enumerable.Range(0, steps + 1).Select(i => MathF.PI / 2 * i / steps).Select(a => (back - radius * MathF.Sin(a), radius - radius * MathF.Cos(a), a)), (back - radius, 18, MathF.PI / 2)];
        foreach (var (z, y, angle) in profile)
            foreach (var x in (float[])[-wide, wide])
            {
                positions.Add(new(x, y, z));
                normals.Add(new(0, MathF.Cos(angle), MathF.Sin(angle)));
            }
        for (var i = 0; i + 1 < profile.Length; i++) corners.AddRange([2 * i, 2 * i + 1, 2 * i + 3, 2 * i, 2 * i + 3, 2 * i + 2]);
        var side = random.Below(2) == 0 ? -1 : 1;
        var key = Lamp(new(side * Between(ref random, 2, 3.5f), Between(ref random, 2.8f, 4), Between(ref random, 1, 3)), new(0, 0.4f, 0), Between(ref random, 1.2f, 2.4f), new(1, 0.98f, 0.95f), 0.8f);
        var rim = Lamp(new(-side * 3, 2.5f, Between(ref random, -1.5f, 0.5f)), new(0, 0.4f, 0), 1.2f, new(0.9f, 0.95f, 1), 0.22f);
        return new(Sky.Room(new(0.22f), ref random), [key, rim], [new(new([.. positions], [.. normals], [.. corners]), [backdrop])], 1);
    }

    static Stage Room(SceneContents scene, float reach, float turn, ref SplitMix64 random)
    {
        List<Rectangle> flats = [];
        List<Body> bodies = [];
        var yaw = Matrix4x4.CreateRotationY(turn);
        var far = reach + Between(ref random, 1.2f, 2.4f);
        var night = scene.Daylight is Daylight.Lamp;
        var table = OnTable(scene.Place);
        var ground = Ground(scene.Place, ref random);
        var drop = table ? -1.1f : 0;
        if (table)
        {
            flats.Add(Table(ground, reach, turn, ref random));
            flats.Add(Floor(new(Finish.Matte, Material.Rgb(0x6B5138)) { Pattern = Pattern.Planks, Second = Material.Rgb(0x4A3524), ToPattern = Matrix4x4.CreateRotationY(1) }, drop, 60));
        }
        else flats.Add(Floor(ground, 0, 60));
        var wall = new Material(Finish.Matte, Wall(scene));
        Vector3 left = Vector3.Transform(new(-14, drop, -far), yaw), along = Vector3.Transform(new(28, 0, 0), yaw), up = new(0, 9, 0);
        var side = random.Below(2) == 0 ? -1 : 1;
        if (scene.Place is Place.Window) Windowed(scene, flats, bodies, wall, left, along, drop, side, ref random);
        else flats.Add(new(left, along, up, wall));
        var (colour, height, strength) = scene.Daylight switch
        {
            Daylight.Morning => (new Vector3(1, 0.91f, 0.78f), 2.2f, 0.85f),
            Daylight.Noon => (new Vector3(0.97f, 0.98f, 1), 4.2f, 0.95f),
            Daylight.Evening => (new Vector3(1, 0.72f, 0.46f), 1.5f, 0.85f),
            Daylight.Lamp => (new Vector3(1, 0.76f, 0.48f), 2.4f, 0.6f),
            _ => (new Vector3(0.93f, 0.96f, 1), 4.5f, 0.5f),
        };
        var size = scene.Daylight switch { Daylight.Lamp => 0.5f, Daylight.Overcast => 4f, Daylight.Noon => 1.6f, _ => 1.1f };
        var distance = scene.Daylight is Daylight.Lamp ? Between(ref random, 1.6f, 2.4f) : Between(ref random, 3, 4.5f);
        // By a window the light comes from there and only a little from the room.
        flats.Add(Lamp(new(side * distance, height + 0.4f * reach, Between(ref random, -0.4f, 2)), new(0, 0.3f, 0), size, colour, scene.Place is Place.Window && !night ? strength * 0.5f : strength));
        var fill = scene.Daylight switch { Daylight.Lamp => new Vector3(0.035f, 0.045f, 0.08f), Daylight.Evening => new(0.2f, 0.17f, 0.165f), Daylight.Overcast => new(0.36f, 0.38f, 0.4f), _ => new(0.24f, 0.24f, 0.245f) };
        return new(Sky.Room(fill, ref random), flats, bodies, scene.Daylight switch { Daylight.Lamp => 0.55f, Daylight.Evening => 0.85f, _ => 1 });
    }

    /// <summary>A wall with a window in it: four pieces of wall around a shining pane, frame and bars.</summary>
    static void Windowed(SceneContents scene, List<Rectangle> flats, List<Body> bodies, Material wall, Vector3 left, Vector3 along, float drop, int side, ref SplitMix64 random)
    {
        var unit = Vector3.Normalize(along);
        float whole = along.Length(), wide = Between(ref random, 1.3f, 2), sill = 0.25f - drop, top = sill + Between(ref random, 1.5f, 2);
        var from = whole / 2 + side * Between(ref random, 0.3f, 1.1f) - wide / 2;
        Vector3 up = Vector3.UnitY, inwards = Vector3.Cross(unit, up), low = left + from * unit + sill * up;
        flats.Add(new(left, from * unit, 9 * up, wall));
        flats.Add(new(left + (from + wide) * unit, (whole - from - wide) * unit, 9 * up, wall));
        flats.Add(new(left + from * unit, wide * unit, sill * up, wall));
        flats.Add(new(left + from * unit + top * up, wide * unit, (9 - top) * up, wall));
        var (sky, garden) = scene.Daylight switch
        {
            Daylight.Morning => (new Vector3(1.6f, 1.45f, 1.25f), new Vector3(0.5f, 0.55f, 0.3f)),
            Daylight.Noon => (new Vector3(1.5f, 1.9f, 2.5f), new Vector3(0.5f, 0.75f, 0.35f)),
            Daylight.Evening => (new Vector3(2.0f, 1.0f, 0.5f), new Vector3(0.42f, 0.22f, 0.14f)),
            _ => (new Vector3(0.03f, 0.045f, 0.12f), new Vector3(0.01f, 0.014f, 0.03f)),
        };
        var pane = new Material(Finish.Light, sky) { Second = garden, Pattern = Pattern.Window };
        flats.Add(new(low - 0.12f * inwards, wide * unit, (top - sill) * up, pane));
        var frame = new Material(Finish.Glossy, Material.Rgb(0xE8E4DA)) { Roughness = 0.4f };
        var tall = top - sill;
        var angle = MathF.Atan2(-unit.Z, unit.X);
        void Bar(float x, float y, float w, float h, float deep = 0.14f) =>
            bodies.Add(new(Solids.Box(new(w, h, deep), 0.01f).Moved(Matrix4x4.CreateRotationY(angle) * Matrix4x4.CreateTranslation(low + x * unit + (y - h / 2) * up - 0.02f * inwards)), [frame]));
        Bar(wide / 2, tall / 2, 0.06f, tall, 0.08f);
        Bar(wide / 2, tall * 0.55f, wide, 0.06f, 0.08f);
        Bar(0, tall / 2, 0.09f, tall);
        Bar(wide, tall / 2, 0.09f, tall);
        Bar(wide / 2, tall, wide + 0.09f, 0.09f);
        Bar(wide / 2, 0, wide + 0.2f, 0.08f, 0.3f);
    }

    static Vector3 Wall(SceneContents scene) => Material.Rgb(Walls.First(w => w.Name == scene.Backdrop).Rgb);

    static Rectangle Floor(Material material, float height, float half) => new(new(-half, height, half), new(2 * half, 0, 0), new(0, 0, -2 * half), material);

    static Material Ground(Place place, ref SplitMix64 random)
    {
        var to = Matrix4x4.CreateTranslation(Between(ref random, -50, 50), 0, Between(ref random, -50, 50)) * Matrix4x4.CreateRotationY(Between(ref random, 0, MathF.Tau));
        if (place is Place.WoodenTable or Place.Window) to = Matrix4x4.CreateTranslation(Between(ref random, -50, 50), 0, Between(ref random, -50, 50)) * Matrix4x4.CreateRotationY(Between(ref random, -0.5f, 0.5f));
        var tone = Between(ref random, 0.8f, 1.15f);
        Material made = place switch
        {
            Place.WoodenTable or Place.Window => Wood(ref random) with { Finish = Finish.Glossy, Roughness = Between(ref random, 0.35f, 0.6f) },
            Place.WoodenFloor => Wood(ref random) with { Finish = Finish.Glossy, Roughness = Between(ref random, 0.3f, 0.55f) },
            Place.StoneFloor => new(Finish.Matte, tone * Material.Rgb(One(ref random, 0x9A958C, 0x8B8D90, 0xA8977F))) { Pattern = Pattern.Slabs },
            Place.Grass or Place.Meadow => new(Finish.Matte, tone * Material.Rgb(0x86A052)) { Pattern = Pattern.Grass, Second = tone * Material.Rgb(0x3F6B2A) },
            Place.Tiles => new(Finish.Glossy, Material.Rgb(One(ref random, 0xEDEAE2, 0xD9C9A8, 0xE4E8EA))) { Pattern = Pattern.Tiles, Second = Material.Rgb(One(ref random, 0x2E3238, 0x8C4B36, 0x44617A, 0xB9B4A8)), Roughness = 0.18f },
            Place.Cloth => new(Finish.Matte, Material.Rgb(0xEFEBE2)) { Pattern = random.Below(2) == 0 ? Pattern.Checks : Pattern.Stripes, Second = Material.Rgb(One(ref random, 0xB03030, 0x35589A, 0x3F7D4A, 0xC79A3A)) },
            Place.Sand => new(Finish.Matte, tone * Material.Rgb(0xD9BC87)) { Pattern = Pattern.Sand },
            Place.Snow => new(Finish.Matte, Material.Rgb(0xE9EDF2)) { Pattern = Pattern.Snow },
            _ => new(Finish.Matte, new(0.5f)),
        };
        return made with { ToPattern = to };
    }

    static Material Wood(ref SplitMix64 random)
    {
        var (light, dark) = random.Below(4) switch { 0 => (0xC9985F, 0x8F5F33), 1 => (0x9C6A3C, 0x5E3A1E), 2 => (0xD9B684, 0xA87D4C), _ => (0x7B5033, 0x472B19) };
        return new(Finish.Matte, Material.Rgb(light)) { Second = Material.Rgb(dark), Pattern = Pattern.Planks };
    }

    /// <summary>A square lamp at a place that faces another and gives it so much light.</summary>
    /// <param name="strength">Radiance of white ground at the target that faces the lamp.</param>
    static Rectangle Lamp(Vector3 place, Vector3 target, float size, Vector3 colour, float strength)
    {
        var to = target - place;
        var distance = to.Length();
        to /= distance;
        var across = Vector3.Normalize(Vector3.Cross(Vector3.UnitY, to));
        var up = Vector3.Cross(to, across);
        var radiance = strength * MathF.PI * distance * distance / (size * size) / EnvironmentMap.Luminance(colour);
        return new(place - size / 2 * (across + up), size * across, size * up, new(Finish.Light, radiance * colour) { Second = radiance * colour });
    }

    static float Between(ref SplitMix64 random, float low, float high) => low + (high - low) * (random.Below(1 << 20) / (float)(1 << 20));

    static T One<T>(ref SplitMix64 random, params ReadOnlySpan<T> of) => of[random.Below(of.Length)];
}
