using System.Numerics;
using Maison.Data.Pictures;
using Maison.Data.Pictures.Rendering;
using Maison.Data.Pictures.Scenes;

namespace Maison.Tests.Data.Pictures.Scenes;

public sealed class SceneTests
{
    const int Scenes = 3000;

    static IEnumerable<SceneContents> Many => Enumerable.Range(0, Scenes).Select(i => SceneChoice.Of(SceneAssets.None, 5, i));

    [Fact]
    public void HeldOutPairsAreNeverShown()
    {
        foreach (var item in Many.SelectMany(s => s.Items))
        {
            Assert.False(HeldOutPairs.Thing(item.Thing, item.Colour), $"{item.Colour} {item.Thing}");
            Assert.False(HeldOutPairs.Material(item.Material, item.Colour), $"{item.Colour} {item.Material}");
        }
    }

    [Fact]
    public void AboutASeventhOfPairsIsHeldOutAndNoWordLosesMuch()
    {
        var colours = Vocabulary.Colours.Select(c => c.Name).ToArray();
        var things = Vocabulary.Things.Select(t => t.Name).ToArray();
        var materials = Vocabulary.Materials.Select(m => m.Name).ToArray();
        Assert.InRange(things.Sum(t => colours.Count(c => HeldOutPairs.Thing(t, c))) / (double)(things.Length * colours.Length), 0.12, 0.18);
        Assert.InRange(materials.Sum(m => colours.Count(c => HeldOutPairs.Material(m, c))) / (double)(materials.Length * colours.Length), 0.12, 0.18);
        Assert.All(things, t => Assert.True(colours.Count(c => HeldOutPairs.Thing(t, c)) <= 3, t));
        Assert.All(colours, c => Assert.True(things.Count(t => HeldOutPairs.Thing(t, c)) <= 4 && materials.Count(m => HeldOutPairs.Material(m, c)) <= 2, c));
    }

    [Fact]
    public void EveryWordComesUpAboutAsOftenAsItsNeighbours()
    {
        var items = Many.SelectMany(s => s.Items).ToArray();
        Assert.All(Vocabulary.Colours, c => Assert.InRange(items.Count(i => i.Colour == c.Name), items.Length / 11 * 0.6, items.Length / 11 * 1.5));
        Assert.All(Vocabulary.Materials, m => Assert.InRange(items.Count(i => i.Material == m.Name), items.Length / 7 * 0.7, items.Length / 7 * 1.4));
        // Single and counted things come evenly; cubes, cylinders and prisms more often, as others stand on them.
        Assert.All(Vocabulary.Things, t => Assert.True(items.Count(i => i.Thing == t.Name) > items.Length / 16 * 0.5, t.Name));
        Assert.InRange(Many.Count(s => s.Things == 1) / (double)Scenes, 0.42, 0.55);
        Assert.InRange(Many.Count(s => s.Items.Count == 2) / (double)Scenes, 0.3, 0.5);
        Assert.All(Enum.GetValues<Place>(), p => Assert.True(Many.Count(s => s.Place == p) > Scenes / 11 * 0.6, p.ToString()));
    }

    [Fact]
    public void SomeScenesAreTwinsWithExchangedColours()
    {
        var all = Many.ToArray();
        var twins = Enumerable.Range(0, Scenes / 2).Count(i => (all[2 * i], all[2 * i + 1]) is ({ Items.Count: 2 } a, { Items.Count: 2 } b)
            && a.Items[0] with { Colour = a.Items[1].Colour } == b.Items[0] && a.Items[1] with { Colour = a.Items[0].Colour } == b.Items[1] && a.Items[0].Colour != a.Items[1].Colour);
        Assert.True(twins > Scenes / 60, $"{twins} twins in {Scenes} scenes");
    }

    [Fact]
    public void WhatCaptionsSayIsTrueInThePicture()
    {
        for (var number = 0; number < 60; number++)
        {
            var (rendered, line) = SceneCorpus.Scene(SceneAssets.None, 7, number, 48, 1);
            var boxes = line.Scene.Things.Select(t => t.Box).ToArray();
            Assert.All(boxes, b => Assert.True(b is { Left: > 0, Top: > 0, Right: < 48, Bottom: < 48 } && b.Right > b.Left && b.Bottom > b.Top, $"scene {number}: {b}"));
            Assert.Equal(line.Scene.Things.Count, rendered.Things.Where(t => t >= 0).Distinct().Count());
            Assert.True(line.Captions.Distinct().Count() >= 4, line.Caption);
            Assert.Equal(line.Caption, line.Captions[0]);
            var first = line.Scene.Things[0];
            Assert.Contains($"{first.Colour} {first.Material} {first.Thing}", line.Caption, StringComparison.Ordinal);
            Vector2 a = Middle(rendered, 0), b = boxes.Length > 1 ? Middle(rendered, 1) : default;
            switch (line.Scene.Relation)
            {
                case Relation.LeftOf:
                    Assert.True(a.X < b.X - 5, line.Caption);
                    Assert.Contains(line.Captions, c => c.Contains("right of", StringComparison.Ordinal));
                    break;
                case Relation.InFrontOf: Assert.True(a.Y > b.Y, line.Caption); break;
                case Relation.On: Assert.True(boxes[0].Bottom < boxes[1].Bottom && a.Y < b.Y, line.Caption); break;
            }
        }
    }

    /// <summary>Mean place of the pixels that show a thing.</summary>
    static Vector2 Middle(Rendered rendered, int thing)
    {
        Vector2[] places = [.. rendered.Things.Index().Where(t => t.Item == thing).Select(t => new Vector2(t.Index % 48, t.Index / 48))];
        return places.Aggregate(Vector2.Zero, (sum, p) => sum + p) / places.Length;
    }

    [Fact]
    public void ASceneIsFixedByItsSeed()
    {
        var (once, line) = SceneCorpus.Scene(SceneAssets.None, 3, 11, 32, 4);
        var (again, other) = SceneCorpus.Scene(SceneAssets.None, 3, 11, 32, 4);
        Assert.Equal(once.Picture.Pixels, again.Picture.Pixels);
        Assert.Equal(line.Captions, other.Captions);
        Assert.NotEqual(once.Picture.Pixels, SceneCorpus.Scene(SceneAssets.None, 4, 11, 32, 4).Rendered.Picture.Pixels);
    }

    [Fact]
    public void MeshesAreClosedAndTheirNormalsPointOut()
    {
        foreach (var thing in Vocabulary.Things.Where(t => t.Mesh is not null))
        {
            var mesh = thing.Mesh!;
            Assert.InRange(mesh.Bounds().Low.Y, -0.01f, 0.06f);
            Assert.InRange(mesh.Bounds().High.Y, 0.3f, 1.3f);
            Assert.All(mesh.Normals, n => Assert.Equal(1, n.Length(), 1e-3f));
            // A ray through a closed mesh goes in as often as out, but for the few that run along an edge or a rim.
            var odd = 0;
            Vector3[] corners = [.. mesh.Corners.Select(c => mesh.Positions[c])];
            var tree = new Bvh(corners);
            var random = new Random(1);
            for (var i = 0; i < 200; i++)
            {
                Vector3 origin = new(-3, 0.2f + 0.5f * random.NextSingle(), random.NextSingle() - 0.5f), direction = Vector3.Normalize(new Vector3(1, 0.05f * random.NextSingle(), 0.13f * random.NextSingle()));
                var (inside, least) = (0, 1e-4f);
                while (true)
                {
                    var distance = float.PositiveInfinity;
                    var found = tree.Find(origin, direction, least, ref distance, out var u, out var v);
                    if (found < 0) break;
                    var normal = (1 - u - v) * mesh.Normals[mesh.Corners[3 * found]] + u * mesh.Normals[mesh.Corners[3 * found + 1]] + v * mesh.Normals[mesh.Corners[3 * found + 2]];
                    inside += Vector3.Dot(normal, direction) < 0 ? 1 : -1;
                    least = distance + 1e-4f;
                }
                if (inside != 0) odd++;
            }
            Assert.True(odd <= 6, $"{thing.Name}: {odd} of 200 rays");
        }
    }
}
