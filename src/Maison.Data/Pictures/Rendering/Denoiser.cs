// Takes the grain out of a picture of few light paths: light is divided by the surface's colour, so that patterns stay sharp, blurred over
// neighbours that share normal, depth, colour and thing, and multiplied again. Where paths agree little is blurred. An edge-avoiding à-trous
// filter (Dammertz and others 2010) with weights by variance (Schied and others 2017).

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>One pixel before it becomes a colour.</summary>
struct Developed
{
    public Vector3 Light, Albedo, Normal;
    public float Variance, Depth;
    public int Thing;
}

static class Denoiser
{
    const int Levels = 4;
    const float LightSlack = 3f, AlbedoFloor = 0.02f;
    static readonly float[] kernel = [1f / 16, 1f / 4, 3f / 8, 1f / 4, 1f / 16];

    /// <summary>Filters <see cref="Developed.Light"/> in place. // (side, side)</summary>
    public static void Filter(Developed[] pixels, int side)
    {
        var light = new Vector4[pixels.Length];                           // demodulated light, variance of its brightness
        for (var i = 0; i < pixels.Length; i++)
        {
            var albedo = pixels[i].Albedo + new Vector3(AlbedoFloor);
            var scale = 1 / EnvironmentMap.Luminance(albedo);
            light[i] = new(pixels[i].Light / albedo, pixels[i].Variance * scale * scale);
        }
        Steady(light, side);
        var next = new Vector4[pixels.Length];
        for (var level = 0; level < Levels; level++)
        {
            for (var y = 0; y < side; y++)
                for (var x = 0; x < side; x++)
                    next[y * side + x] = Blurred(pixels, light, side, x, y, 1 << level);
            (light, next) = (next, light);
        }
        for (var i = 0; i < pixels.Length; i++) pixels[i].Light = light[i].AsVector3() * (pixels[i].Albedo + new Vector3(AlbedoFloor));
    }

    /// <summary>A variance of a few paths is itself uncertain: each takes the mean of its neighbours.</summary>
    static void Steady(Vector4[] light, int side)
    {
        var means = new float[light.Length];
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                float sum = 0, count = 0;
                for (var v = Math.Max(0, y - 1); v <= Math.Min(side - 1, y + 1); v++)
                    for (var u = Math.Max(0, x - 1); u <= Math.Min(side - 1, x + 1); u++) (sum, count) = (sum + light[v * side + u].W, count + 1);
                means[y * side + x] = sum / count;
            }
        for (var i = 0; i < light.Length; i++) light[i].W = means[i];
    }

    static Vector4 Blurred(Developed[] pixels, Vector4[] light, int side, int x, int y, int step)
    {
        ref readonly var here = ref pixels[y * side + x];
        var own = light[y * side + x];
        var brightness = EnvironmentMap.Luminance(own.AsVector3());
        var slack = 1 / (LightSlack * MathF.Sqrt(MathF.Max(own.W, 0)) + 1e-4f + 0.002f * brightness);
        var depthSlack = 1 / (0.06f * step * here.Depth);
        var (sum, variance, whole) = (Vector3.Zero, 0f, 0f);
        for (var v = -2; v <= 2; v++)
        {
            var row = y + v * step;
            if (row < 0 || row >= side) continue;
            for (var u = -2; u <= 2; u++)
            {
                var column = x + u * step;
                if (column < 0 || column >= side) continue;
                ref readonly var there = ref pixels[row * side + column];
                if (there.Thing != here.Thing) continue;
                var other = light[row * side + column];
                var normals = MathF.Max(0, Vector3.Dot(here.Normal, there.Normal));
                normals *= normals;
                normals *= normals;
                normals *= normals;
                var apart = MathF.Abs(brightness - EnvironmentMap.Luminance(other.AsVector3())) * slack + MathF.Abs(here.Depth - there.Depth) * depthSlack + 4 * (here.Albedo - there.Albedo).LengthSquared();
                var weight = kernel[u + 2] * kernel[v + 2] * normals * normals * MathF.Exp(-apart);
                sum += weight * other.AsVector3();
                variance += weight * weight * other.W;
                whole += weight;
            }
        }
        return whole > 1e-6f ? new(sum / whole, variance / (whole * whole)) : own;
    }
}
