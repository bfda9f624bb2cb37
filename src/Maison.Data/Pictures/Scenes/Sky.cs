// A painted sky for scenes outside: blue that pales towards the horizon, a sun with its glow, clouds of noise. It needs no files; with assets
// photographed skies take its place in part.

using System.Numerics;
using Maison.Data.Pictures.Rendering;
using Maison.Data.Shards;

namespace Maison.Data.Pictures.Scenes;

static class Sky
{
    const int Width = 192, Height = 96;

    /// <summary>White level ground under it shines with about 1.</summary>
    public static EnvironmentMap Paint(Daylight daylight, Vector3 ground, ref SplitMix64 random)
    {
        var (zenith, horizon, sun, height) = daylight switch
        {
            Daylight.Morning => (new Vector3(0.2f, 0.38f, 0.72f), new Vector3(0.95f, 0.78f, 0.62f), new Vector3(1, 0.78f, 0.5f), 0.32f),
            Daylight.Noon => (new Vector3(0.1f, 0.28f, 0.75f), new Vector3(0.55f, 0.72f, 0.95f), new Vector3(1, 0.96f, 0.88f), 0.95f),
            Daylight.Evening => (new Vector3(0.16f, 0.2f, 0.45f), new Vector3(1.05f, 0.58f, 0.32f), new Vector3(1, 0.62f, 0.34f), 0.24f),
            _ => (new Vector3(0.62f, 0.66f, 0.72f), new Vector3(0.8f, 0.82f, 0.84f), Vector3.Zero, 0.7f),
        };
        // The sun stands to a side, before or behind the camera, seldom straight behind things.
        var side = (random.Below(2) == 0 ? 0 : MathF.PI) + (random.Below(2000) / 1000f - 1) * 0.9f;
        height *= 0.85f + 0.3f * (random.Below(1000) / 1000f);
        var (sine, cosine) = MathF.SinCos(height);
        Vector3 towards = new(cosine * MathF.Cos(side), sine, cosine * MathF.Sin(side));
        var cover = daylight is Daylight.Overcast ? 0.15f : 0.42f + 0.25f * (random.Below(1000) / 1000f);
        var shift = new Vector3(random.Below(1000), 0, random.Below(1000));
        var map = new Vector3[Width * Height];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
            {
                var (up, level) = MathF.SinCos(MathF.PI * (0.5f - (y + 0.5f) / Height));
                var around = MathF.Tau * (x + 0.5f) / Width;
                Vector3 to = new(level * MathF.Cos(around), up, level * MathF.Sin(around));
                if (up < 0)
                {
                    map[y * Width + x] = Vector3.Lerp(0.5f * horizon, ground, Noise.Step(0, 0.12f, -up));
                    continue;
                }
                var colour = Vector3.Lerp(horizon, zenith, MathF.Pow(up, 0.55f));
                var near = MathF.Max(0, Vector3.Dot(to, towards));
                colour += sun * (0.5f * MathF.Pow(near, 24) + 0.25f * MathF.Pow(near, 5));
                var cloud = Noise.Step(cover, cover + 0.28f, Noise.Rough(new Vector3(to.X, 0, to.Z) * (2.2f / (up + 0.18f)) + shift, 5)) * Noise.Step(0.01f, 0.12f, up);
                colour = Vector3.Lerp(colour, daylight is Daylight.Overcast ? 0.85f * horizon : Vector3.Lerp(horizon, new(1.15f), 0.5f) + 0.4f * sun * MathF.Pow(near, 8), 0.85f * cloud);
                map[y * Width + x] = colour;
            }
        var soft = new EnvironmentMap(Width, Height, map);
        var skylight = EnvironmentMap.Luminance(soft.OnGround());
        if (sun != Vector3.Zero)
        {
            // A disc of one cell, as bright as leaves the sky the share of light it has at that time.
            var share = daylight is Daylight.Noon ? 0.72f : 0.6f;
            int sx = (int)(Width * (side / MathF.Tau - MathF.Floor(side / MathF.Tau))), sy = (int)(Height * (0.5f - height / MathF.PI));
            var solid = MathF.PI / Height * MathF.Tau / Width * MathF.Sin(MathF.PI * (sy + 0.5f) / Height);
            var radiance = skylight * share / (1 - share) * MathF.PI / (solid * MathF.Max(0.25f, towards.Y)) / EnvironmentMap.Luminance(sun);
            map[sy * Width + sx % Width] += radiance * sun;
            skylight /= 1 - share;
        }
        return new EnvironmentMap(Width, Height, map).Scaled(1 / skylight);
    }

    /// <summary>A room that is not in the picture but is mirrored in it: a bright ceiling, a darker floor, two or three bright windows.</summary>
    /// <param name="fill">What white level ground gets of it.</param>
    public static EnvironmentMap Room(Vector3 fill, ref SplitMix64 random)
    {
        const int wide = 64, high = 32;
        var map = new Vector3[wide * high];
        for (var y = 0; y < high; y++)
            for (var x = 0; x < wide; x++) map[y * wide + x] = new(y < 6 ? 0.9f : y < 16 ? 0.55f + 0.08f * MathF.Sin(x * 0.39f) : 0.3f);
        for (var windows = 2 + random.Below(2); windows > 0; windows--)
        {
            int left = random.Below(wide), top = 5 + random.Below(4), across = 4 + random.Below(7), down = 4 + random.Below(5);
            for (var y = top; y < top + down; y++)
                for (var x = left; x < left + across; x++) map[y * wide + x % wide] = new(4.5f);
        }
        var whole = new EnvironmentMap(wide, high, map);
        var ground = EnvironmentMap.Luminance(whole.OnGround());
        return new EnvironmentMap(wide, high, [.. map.Select(m => m * fill / ground)]);
    }
}
