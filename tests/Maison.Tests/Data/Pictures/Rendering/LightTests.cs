using System.Numerics;
using Maison.Data.Pictures.Rendering;

namespace Maison.Tests.Data.Pictures.Rendering;

public sealed class LightTests
{
    [Theory]
    [InlineData(Finish.Matte, 0.02f, 0.02f)]
    [InlineData(Finish.Glass, 0.02f, 0.02f)]
    // Light that bounces between the hollows of a rough mirror is left out, so these may lose some; none may win any.
    [InlineData(Finish.Metal, 0.06f, 0.02f)]
    [InlineData(Finish.Glossy, 0.2f, 0.02f)]
    public void AWhiteThingInEvenLightGivesBackWhatItGets(Finish finish, float lost, float won)
    {
        var world = new World(EnvironmentMap.Uniform(Vector3.One), [], [new(Vector3.Zero, 1, new(finish, Vector3.One) { Roughness = 0.3f })], []);
        var seen = Seen(world, new(new(0, 0, 4), Vector3.Zero, 0.15f));
        Assert.InRange(seen.X, 1 - lost, 1 + won);
    }

    [Fact]
    public void ADarkBallSendsBackItsShareOfEvenLight()
    {
        // A convex ball sees only the surroundings, so one bounce is all there is.
        var world = new World(EnvironmentMap.Uniform(new(2)), [], [new(Vector3.Zero, 1, new(Finish.Matte, new(0.5f, 0.25f, 0.1f)))], []);
        var seen = Seen(world, new(new(0, 0, 4), Vector3.Zero, 0.1f));
        Assert.Equal(1.0f, seen.X, 0.03f);
        Assert.Equal(0.5f, seen.Y, 0.03f);
        Assert.Equal(0.2f, seen.Z, 0.03f);
    }

    [Fact]
    public void ALampLightsGroundAsTheFormulaSays()
    {
        // A small square lamp of radiance L at height h over matte ground: radiance = albedo / π · L · area / h², straight below it.
        var lamp = new Rectangle(new(-0.05f, 2, -0.05f), new(0.1f, 0, 0), new(0, 0, 0.1f), new(Finish.Light, new(100)) { Second = new(100) });
        var ground = new Rectangle(new(-0.5f, 0, 0.5f), new(1, 0, 0), new(0, 0, -1), new(Finish.Matte, new(0.8f)));
        var world = new World(EnvironmentMap.Uniform(Vector3.Zero), [lamp, ground], [], []);
        var seen = Seen(world, new(new(0, 1, 0.3f), Vector3.Zero, 0.02f), 256);
        Assert.True(lamp.Normal.Y < 0, "the lamp shines upwards");
        Assert.Equal(0.8f / MathF.PI * 100 * 0.01f / 4, seen.X, 0.01f);
    }

    [Fact]
    public void ShadowsLieOnTheFarSideOfTheSun()
    {
        // A sun on the left, so the shadow of a ball falls to its right.
        var map = Enumerable.Repeat(new Vector3(0.05f), 64 * 32).ToArray();
        map[10 * 64 + 32] = new(2000);
        var world = new World(new(64, 32, map), [new(new(-9, 0, 9), new(18, 0, 0), new(0, 0, -18), new(Finish.Matte, new(0.6f)))], [new(new(0, 1, 0), 1, new(Finish.Matte, new(0.5f)))], []);
        float left = Seen(world, new(new(0, 6, 0.1f), new(-1.6f, 0, 0), 0.01f)).X, right = Seen(world, new(new(0, 6, 0.1f), new(1.6f, 0, 0), 0.01f)).X;
        Assert.True(right < 0.4f * left, $"left of the ball {left}, right of it {right}");
    }

    [Fact]
    public void DirectionsAreDrawnAsOftenAsTheirDensitySays()
    {
        var random = new Random(3);
        var map = Enumerable.Range(0, 16 * 8).Select(i => new Vector3(i == 37 ? 50 : random.NextSingle())).ToArray();
        var light = new EnvironmentMap(16, 8, map, 0.3f);
        double estimate = 0, exact = 0;
        const int draws = 20000;
        for (var i = 0; i < draws; i++)
        {
            var to = light.Draw(new(random.NextSingle(), random.NextSingle()));
            var radiance = light.From(to, out var density);
            Assert.Equal(1, to.Length(), 1e-3f);
            estimate += radiance.X / density / draws;
        }
        for (var y = 0; y < 400; y++)
            for (var x = 0; x < 800; x++)
            {
                var (sine, cosine) = Math.SinCos(Math.PI * (y + 0.5) / 400);
                var around = Math.Tau * (x + 0.5) / 800;
                exact += light.From(new((float)(sine * Math.Cos(around)), (float)cosine, (float)(sine * Math.Sin(around))), out _).X * sine * Math.PI / 400 * Math.Tau / 800;
            }
        Assert.Equal(1, estimate / exact, 0.02);
    }

    static Vector3 Seen(World world, Camera camera, int paths = 64)
    {
        var pixels = Exposure.Develop(world, camera, 8, paths, 1);
        return pixels.Aggregate(Vector3.Zero, (sum, p) => sum + p.Light) / pixels.Length;
    }
}
