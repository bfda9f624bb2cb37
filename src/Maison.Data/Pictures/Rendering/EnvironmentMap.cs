// Light that comes from all around, as a map of directions: rows from straight up to straight down, columns once around. Directions
// are drawn in proportion to what the blended map sends from each cell, so that a small sun is found as surely as a wide sky.

using System.Numerics;

namespace Maison.Data.Pictures.Rendering;

/// <summary>Radiance by direction.</summary>
public sealed class EnvironmentMap
{
    readonly int width, height;
    readonly Vector3[] radiance;                                          // (height, width)
    readonly float[] rows, columns;                                       // sums up to and with a row; up to and with a column within its row
    readonly float turn, total, gain = 1;

    /// <param name="radiance">Rows from the top.</param>
    /// <param name="turn">How far the surroundings are turned about the vertical, in full turns.</param>
    public EnvironmentMap(int width, int height, Vector3[] radiance, float turn = 0)
    {
        if (width < 1 || height < 1 || radiance.Length != width * height) throw new ArgumentException($"{radiance.Length} values are no map of {width} × {height}.", nameof(radiance));
        (this.width, this.height, this.radiance, this.turn) = (width, height, radiance, turn - MathF.Floor(turn));
        (rows, columns) = (new float[height], new float[width * height]);
        var light = radiance.Select(Luminance).ToArray();
        for (var y = 0; y < height; y++)
        {
            // Blending spreads a cell over its neighbours: an eighth to each side.
            int above = Math.Max(0, y - 1) * width, below = Math.Min(height - 1, y + 1) * width, here = y * width;
            var weight = MathF.Sin(MathF.PI * (y + 0.5f) / height);
            var sum = 0f;
            for (var x = 0; x < width; x++)
            {
                int left = (x + width - 1) % width, right = (x + 1) % width;
                sum += weight * (Tent(light[above + left], light[here + left], light[below + left]) + 6 * Tent(light[above + x], light[here + x], light[below + x]) + Tent(light[above + right], light[here + right], light[below + right])) / 8;
                columns[here + x] = sum;
            }
            rows[y] = (y > 0 ? rows[y - 1] : 0) + sum;
        }
        total = rows[^1];

        static float Tent(float above, float here, float below) => (above + 6 * here + below) / 8;
    }

    EnvironmentMap(EnvironmentMap of, float turn, float gain) =>
        (width, height, radiance, rows, columns, total, this.turn, this.gain) = (of.width, of.height, of.radiance, of.rows, of.columns, of.total, turn - MathF.Floor(turn), gain);

    /// <summary>The same light from every direction.</summary>
    public static EnvironmentMap Uniform(Vector3 radiance) => new(2, 2, [radiance, radiance, radiance, radiance]);

    /// <summary>Brightness as eyes weigh it.</summary>
    public static float Luminance(Vector3 colour) => 0.2126f * colour.X + 0.7152f * colour.Y + 0.0722f * colour.Z;

    /// <summary>The same surroundings with every value multiplied.</summary>
    public EnvironmentMap Scaled(float by) => new(this, turn, gain * by);

    /// <summary>The same surroundings turned about the vertical, in full turns.</summary>
    public EnvironmentMap Turned(float by) => new(this, turn + by, gain);

    /// <summary>What falls on a level surface from above, divided by π: the radiance of white ground.</summary>
    public Vector3 OnGround()
    {
        var sum = Vector3.Zero;
        for (var y = 0; y < (height + 1) / 2; y++)
        {
            var angle = MathF.PI * (y + 0.5f) / height;
            var weight = MathF.Sin(angle) * MathF.Max(0, MathF.Cos(angle)) * MathF.PI / height * MathF.Tau / width;
            for (var x = 0; x < width; x++) sum += weight * radiance[y * width + x];
        }
        return gain / MathF.PI * sum;
    }

    /// <summary>Radiance from a direction (a unit vector), blended between cells.</summary>
    /// <param name="density">With which <see cref="Draw"/> gives the direction, per steradian.</param>
    public Vector3 From(Vector3 direction, out float density)
    {
        var s = MathF.Atan2(direction.Z, direction.X) * (1 / MathF.Tau) - turn;
        s -= MathF.Floor(s);
        float across = s * width, down = MathF.Acos(Math.Clamp(direction.Y, -1, 1)) * (height / MathF.PI);
        density = total > 0 ? Density(Math.Min((int)across, width - 1), Math.Min((int)down, height - 1), MathF.Sqrt(MathF.Max(0, 1 - direction.Y * direction.Y))) : 0;
        float x = across - 0.5f, y = Math.Clamp(down - 0.5f, 0, height - 1);
        int x0 = (int)MathF.Floor(x), y0 = (int)y;
        float fx = x - x0, fy = y - y0;
        int left = x0 < 0 ? x0 + width : x0, right = x0 + 1 >= width ? x0 + 1 - width : x0 + 1, above = y0 * width, below = Math.Min(y0 + 1, height - 1) * width;
        return gain * Vector3.Lerp(Vector3.Lerp(radiance[above + left], radiance[above + right], fx), Vector3.Lerp(radiance[below + left], radiance[below + right], fx), fy);
    }

    /// <summary>A direction, drawn by its light; its density is what <see cref="From"/> tells.</summary>
    public Vector3 Draw(Vector2 random)
    {
        var y = Upper(rows, 0, height, random.Y * total);
        var above = y > 0 ? rows[y - 1] : 0;
        var inRow = (random.Y * total - above) / MathF.Max(rows[y] - above, float.Epsilon);
        var whole = columns[y * width + width - 1];
        var x = Upper(columns, y * width, width, random.X * whole) - y * width;
        var before = x > 0 ? columns[y * width + x - 1] : 0;
        var inColumn = (random.X * whole - before) / MathF.Max(columns[y * width + x] - before, float.Epsilon);
        var angle = MathF.PI * (y + Math.Clamp(inRow, 0, 0.9999f)) / height;
        var around = MathF.Tau * ((x + Math.Clamp(inColumn, 0, 0.9999f)) / width + turn);
        var sine = MathF.Sin(angle);
        return new(sine * MathF.Cos(around), MathF.Cos(angle), sine * MathF.Sin(around));
    }

    float Density(int x, int y, float sine)
    {
        var cell = columns[y * width + x] - (x > 0 ? columns[y * width + x - 1] : 0);
        return cell / total * width * height / (2 * MathF.PI * MathF.PI * MathF.Max(sine, 1e-4f));
    }

    /// <summary>The first of <paramref name="count"/> rising values that is above <paramref name="value"/>.</summary>
    static int Upper(float[] values, int from, int count, float value)
    {
        int low = from, high = from + count - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (values[middle] > value) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
