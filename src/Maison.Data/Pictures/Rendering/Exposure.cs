// A picture of a world: light paths through every pixel, then the grain taken out, then an exposure by its middle tones. The same world,
// camera and seed give the same bytes.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>A rendered picture.</summary>
/// <param name="Things">Per pixel the thing that most of it shows; −1 for the surroundings. // (side, side)</param>
public sealed record Rendered(Picture Picture, int[] Things);

/// <summary>Makes pictures of worlds.</summary>
public static class Exposure
{
    /// <summary>Middle grey of an evenly lit scene.</summary>
    const float Key = 0.24f, Least = 0.6f, Most = 1.9f, Glare = 12f;

    /// <summary>Renders a square picture.</summary>
    /// <param name="paths">Light paths per pixel, a power of two.</param>
    /// <param name="mood">Brightness of the whole: 1 for daylight, less for a night.</param>
    /// <exception cref="ArgumentException">The count of paths is no power of two up to 1024.</exception>
    public static Rendered Take(World world, Camera camera, int side, int paths, uint seed, float mood = 1)
    {
        var pixels = Develop(world, camera, side, paths, seed);
        Denoiser.Filter(pixels, side);
        var sum = 0.0;
        foreach (ref readonly var pixel in pixels.AsSpan()) sum += Math.Log(1e-3 + MathF.Min(4, EnvironmentMap.Luminance(pixel.Light)));
        var exposure = mood * Math.Clamp(Key / (float)Math.Exp(sum / pixels.Length), Least, Most);
        var bytes = new byte[side * side * 3];
        for (var i = 0; i < pixels.Length; i++) (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = ToneMap.Bytes(exposure * pixels[i].Light);
        return new(new(side, side, bytes), [.. pixels.Select(p => p.Thing)]);
    }

    /// <summary>The mean light of every pixel's paths, with its features.</summary>
    internal static Developed[] Develop(World world, Camera camera, int side, int paths, uint seed)
    {
        if (paths is < 1 or > Samples.Most || !BitOperations.IsPow2(paths)) throw new ArgumentException($"{paths} light paths per pixel: give a power of two up to {Samples.Most}.", nameof(paths));
        var pixels = new Developed[side * side];
        Span<int> things = stackalloc int[paths];
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                ref var pixel = ref pixels[y * side + x];
                var number = Samples.Hash(seed ^ Samples.Hash((uint)(y * side + x) + 1));
                var squares = 0f;
                for (var i = 0; i < paths; i++)
                {
                    var random = new Samples(number, (uint)i, (uint)paths);
                    var within = random.Pair();
                    var direction = camera.Through((x + within.X) / side, (y + within.Y) / side);
                    var light = Vector3.Min(PathTracer.Light(world, camera.Origin, direction, ref random, out var features), new(Glare));
                    if (!(light.X + light.Y + light.Z < float.PositiveInfinity)) light = Vector3.Zero;
                    pixel.Light += light;
                    var brightness = EnvironmentMap.Luminance(light);
                    squares += brightness * brightness;
                    pixel.Albedo += features.Albedo;
                    pixel.Normal += features.Normal;
                    pixel.Depth += MathF.Min(features.Depth, 1e3f);
                    things[i] = features.Thing;
                }
                pixel.Light /= paths;
                pixel.Albedo /= paths;
                pixel.Depth /= paths;
                pixel.Normal = pixel.Normal.LengthSquared() > 1e-6f ? Vector3.Normalize(pixel.Normal) : -camera.Through(0.5f, 0.5f);
                var mean = EnvironmentMap.Luminance(pixel.Light);
                pixel.Variance = MathF.Max(0, squares / paths - mean * mean) / paths;
                pixel.Thing = MostFrequent(things);
            }
        return pixels;
    }

    static int MostFrequent(Span<int> things)
    {
        things.Sort();
        int best = things[0], longest = 0, run = 0;
        for (var i = 0; i < things.Length; i++)
        {
            run = i > 0 && things[i] == things[i - 1] ? run + 1 : 1;
            if (run > longest) (best, longest) = (things[i], run);
        }
        return best;
    }
}
