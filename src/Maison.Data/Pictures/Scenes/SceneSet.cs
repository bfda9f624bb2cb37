// From words to a world: things are put in their places, the camera finds a distance from which they fill the picture, and what the words say
// is checked in the picture itself: every thing in sight and inside the frame, left on the left. What fails is tried again with other
// numbers; the tries of a scene are part of what its seed fixes.

using System.Numerics;
using Maison.Data.Pictures.Rendering;
using Maison.Data.Shards;

namespace Maison.Data.Pictures.Scenes;

/// <summary>A thing's place in a picture, in pixels.</summary>
public sealed record ScreenBox(int Left, int Top, int Right, int Bottom);

/// <summary>A scene ready to be rendered.</summary>
sealed record BuiltScene(SceneContents Contents, World World, Camera Camera, float Mood);

static class SceneSet
{
    const ulong Purpose = 0xB1D;
    const int Tries = 60, Look = 64, Margin = 2;
    const float LeastShare = 0.012f, LeastInSight = 0.5f, Lift = 0.003f;

    /// <summary>A thing in its place.</summary>
    sealed record Placed(SceneItem Item, NamedThing Shape, Vector3 At, float Scale, float Turn)
    {
        public float Foot => Scale * Shape.Reach;
    }

    /// <summary>Builds a scene; null where no arrangement shows what the words say.</summary>
    public static BuiltScene? Build(SceneAssets assets, SceneContents contents, ulong seed, long scene)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            var random = SplitMix64.For(seed, Purpose + (ulong)attempt, (ulong)scene);
            var things = Put(assets, contents, ref random);
            var camera = Frame(contents, things, ref random);
            var reach = things.Max(t => new Vector2(t.At.X, t.At.Z).Length() + t.Foot);
            var world = Assemble(SceneStage.Build(assets, contents, reach, ref random), things, out var mood);
            if (Shows(contents, things, world, camera)) return new(contents, world, camera, mood);
        }
        return null;
    }

    static List<Placed> Put(SceneAssets assets, SceneContents scene, ref SplitMix64 random)
    {
        var items = Enumerable.Range(0, scene.Things).Select(scene.Item).ToArray();
        var scales = items.Select(i => scene.Things == 1 ? 1 : i.Size switch { Size.Small => 0.62f, Size.Large => 1.3f, _ => 1f }).ToArray();
        List<Placed> placed = [];
        // Things of one name have one shape.
        Dictionary<string, NamedThing> chosen = [];
        foreach (var name in items.Select(i => i.Thing).Distinct()) chosen[name] = assets.Shapes(name)[random.Below(assets.Shapes(name).Count)];
        for (var i = 0; i < items.Length; i++) placed.Add(new(items[i], chosen[items[i].Thing], default, scales[i] * Between(ref random, 0.95f, 1.05f), Turn(chosen[items[i].Thing], ref random)));
        if (placed.Count == 1) return placed;
        if (scene.Items.Count == 1)
        {
            // A loose row or heap, none touching.
            List<Placed> heap = [];
            foreach (var thing in placed)
                for (var far = 0.2f; ; far += 0.05f)
                {
                    var angle = Between(ref random, 0, MathF.Tau);
                    var moved = thing with { At = new(1.5f * far * MathF.Cos(angle), 0, far * MathF.Sin(angle)) };
                    if (heap.Any(o => Vector3.Distance(o.At, moved.At) < o.Foot + moved.Foot + 0.1f)) continue;
                    heap.Add(moved);
                    break;
                }
            var middle = heap.Aggregate(Vector3.Zero, (sum, t) => sum + t.At) / heap.Count;
            return [.. heap.Select(t => t with { At = t.At - middle })];
        }
        Placed a = placed[0], b = placed[1];
        var apart = a.Foot + b.Foot + Between(ref random, 0.06f, 0.4f);
        switch (scene.Relation)
        {
            case Relation.LeftOf:
                var slant = Between(ref random, -0.45f, 0.45f);
                var half = apart / 2 * new Vector3(MathF.Cos(slant), 0, MathF.Sin(slant));
                return [a with { At = -half }, b with { At = half }];
            case Relation.InFrontOf:
                var aside = (random.Below(2) == 0 ? 1 : -1) * Between(ref random, 0.55f, 0.95f);
                var back = apart / 2 * new Vector3(MathF.Sin(aside), 0, -MathF.Cos(aside));
                return [a with { At = -back }, b with { At = back }];
            default:
                var top = b.Scale * b.Shape.Bounds.High.Y;
                var room = MathF.Max(0, 0.7f * b.Foot - a.Foot);
                return [a with { At = new(Between(ref random, -room, room), top, Between(ref random, -room, room)), Scale = MathF.Min(a.Scale, 0.95f * b.Foot / a.Shape.Reach) }, b];
        }
    }

    /// <summary>A turn about the vertical that shows what a thing is: two faces of a cube, the outline of a heart, the handle of a cup.</summary>
    static float Turn(NamedThing thing, ref SplitMix64 random) => thing.Name switch
    {
        _ when thing.Parts is not null => Between(ref random, -1.1f, 1.1f),
        "star" or "heart" => Between(ref random, -0.5f, 0.5f),
        "cup" => random.Below(2) * MathF.PI + Between(ref random, -0.9f, 0.9f),
        "cube" or "pyramid" => Between(ref random, 0.25f, 1.3f),
        _ => Between(ref random, 0, MathF.Tau),
    };

    static Camera Frame(SceneContents scene, List<Placed> things, ref SplitMix64 random)
    {
        var degrees = scene.View switch
        {
            View.Low => Between(ref random, 5, 10),
            View.Above => Between(ref random, 46, 64),
            _ => scene.Place is Place.Window ? Between(ref random, 9, 17) : scene.Relation is Relation.InFrontOf || scene.Count > 1 ? Between(ref random, 24, 34) : Between(ref random, 15, 30),
        };
        var opening = Between(ref random, 0.3f, 0.44f);
        var fill = scene.Things > 1 ? Between(ref random, 0.72f, 0.86f) : scene.Items[0].Size switch { Size.Small => Between(ref random, 0.27f, 0.36f), Size.Large => Between(ref random, 0.74f, 0.86f), _ => Between(ref random, 0.5f, 0.64f) };
        Vector2 middle = new(0.5f + Between(ref random, -1, 1) * 0.36f * (1 - fill), 0.53f + Between(ref random, -1, 1) * 0.32f * (1 - fill));
        Vector3[] rim = [.. things.SelectMany(Corners)];
        var (sine, cosine) = MathF.SinCos(degrees * MathF.PI / 180);
        Vector3 back = new(0, sine, cosine), target = rim.Aggregate(Vector3.Zero, (sum, p) => sum + p) / rim.Length;
        var distance = 4f;
        Camera camera = new(target + distance * back, target, opening);
        for (var i = 0; i < 8; i++)
        {
            var seen = rim.Select(camera.Project).ToArray();
            float left = seen.Min(p => p.X), right = seen.Max(p => p.X), top = seen.Min(p => p.Y), bottom = seen.Max(p => p.Y);
            distance *= Math.Clamp(MathF.Max(right - left, bottom - top) / fill, 0.5f, 2);
            var unit = 2 * opening * distance;
            target += new Vector3(((left + right) / 2 - middle.X) * unit, 0, 0) + (middle.Y - (top + bottom) / 2) * unit * new Vector3(0, cosine, -sine);
            camera = new(target + distance * back, target, opening);
        }
        // Never under the ground.
        return camera.Origin.Y < 0.12f ? new(camera.Origin with { Y = 0.12f }, camera.Target, opening) : camera;
    }

    static IEnumerable<Vector3> Corners(Placed thing)
    {
        var mesh = thing.Shape.Mesh;
        var by = Moved(thing);
        if (mesh is not null) return mesh.Positions.Select(p => Vector3.Transform(p, by));
        return Solids.Ring(0.01f, 0.49f, 1, 6, 10).Positions.Select(p => Vector3.Transform(p, by));
    }

    static Matrix4x4 Moved(Placed thing) => Matrix4x4.CreateScale(thing.Scale) * Matrix4x4.CreateRotationY(thing.Turn) * Matrix4x4.CreateTranslation(thing.At + new Vector3(0, Lift, 0));

    static World Assemble(Stage stage, List<Placed> things, out float mood)
    {
        List<Sphere> spheres = [];
        List<Body> bodies = [.. stage.Bodies];
        for (var i = 0; i < things.Count; i++)
        {
            var by = Moved(things[i]);
            Matrix4x4.Invert(by, out var back);
            if (things[i].Shape is { Parts: { } parts, Painted: var painted })
            {
                Material[] colours = [.. parts.Select((c, p) => new Material(Finish.Glossy, p == painted ? Named(things[i].Item.Colour) : c) { Roughness = 0.5f })];
                bodies.Add(new(things[i].Shape.Mesh!.Moved(by), colours, i));
                continue;
            }
            var material = Made(things[i].Item, back);
            if (things[i].Shape.Mesh is { } mesh) bodies.Add(new(mesh.Moved(by), [material], i));
            else spheres.Add(new(Vector3.Transform(new(0, 0.5f, 0), by), 0.5f * things[i].Scale, material, i));
        }
        mood = stage.Mood;
        return new(stage.Surroundings, stage.Rectangles, spheres, bodies);
    }

    static Material Made(SceneItem item, Matrix4x4 toPattern)
    {
        var kind = Vocabulary.Materials.First(m => m.Name == item.Material);
        var colour = Named(item.Colour);
        var made = new Material(kind.Finish, colour) { Roughness = kind.Roughness, Pattern = kind.Pattern, ToPattern = toPattern };
        return kind.Finish switch
        {
            Finish.Metal => made with { Colour = Vector3.Lerp(colour, Vector3.One, 0.06f) },
            // White glass is milky, or it would show no colour of its own.
            Finish.Glass => made with { Colour = Vector3.Lerp(colour, Vector3.One, 0.08f), Milk = item.Colour is "white" ? 0.3f : 0.05f },
            _ => kind.Pattern is Pattern.Grain or Pattern.Stone ? made with { Colour = Vector3.Min(Vector3.One * 0.95f, 1.12f * colour) } : made,
        };
    }

    static Vector3 Named(string colour) => Material.Rgb(Vocabulary.Colours.First(c => c.Name == colour).Rgb);

    /// <summary>Whether every thing can be seen whole enough and stands where the words say.</summary>
    static bool Shows(SceneContents scene, List<Placed> things, World world, Camera camera)
    {
        var count = new int[things.Count];
        var middle = new Vector2[things.Count];
        for (var y = 0; y < Look; y++)
            for (var x = 0; x < Look; x++)
            {
                if (!world.Find(camera.Origin, camera.Through((x + 0.5f) / Look, (y + 0.5f) / Look), out var hit) || hit.Thing < 0) continue;
                if (x < Margin || y < Margin || x >= Look - Margin || y >= Look - Margin) return false;
                count[hit.Thing]++;
                middle[hit.Thing] += new Vector2(x, y);
            }
        for (var i = 0; i < things.Count; i++)
        {
            if (count[i] < LeastShare * Look * Look) return false;
            middle[i] /= count[i] * (float)Look;
            if (things.Count > 1 && count[i] < LeastInSight * Alone(things[i], camera)) return false;
        }
        return scene.Relation switch
        {
            Relation.LeftOf => middle[1].X - middle[0].X > 0.15f,
            Relation.InFrontOf => middle[0].Y > middle[1].Y,
            Relation.On => middle[0].Y < middle[1].Y - 0.08f,
            _ => true,
        };
    }

    /// <summary>How many looks would meet a thing if nothing stood before it.</summary>
    static int Alone(Placed thing, Camera camera)
    {
        var world = Assemble(new(EnvironmentMap.Uniform(Vector3.Zero), [], [], 1), [thing], out _);
        var count = 0;
        for (var y = 0; y < Look; y++)
            for (var x = 0; x < Look; x++)
                if (world.Find(camera.Origin, camera.Through((x + 0.5f) / Look, (y + 0.5f) / Look), out _)) count++;
        return count;
    }

    static float Between(ref SplitMix64 random, float low, float high) => low + (high - low) * (random.Below(1 << 20) / (float)(1 << 20));
}
