// How a judge sees a picture in training, or one thing of it: never twice the same. What leaves the picture is filled with its nearest border, as plain
// backgrounds would go on.

using Maison.Data.Pictures.Preparation;

namespace Maison.Training.Image;

static class JudgeView
{
    const float SmallestScale = 0.6f, LargestScale = 1.2f, MostTurn = 0.2f, MostShift = 0.12f, Recoloured = 0.4f, MostNoise = 0.06f;

    /// <summary>How much is seen of what is around a thing that is looked at alone, in sizes of it.</summary>
    const float LeastMargin = 1f, MostMargin = 1.8f;

    /// <summary>A disturbed view of side × side pixels in [−1, 1].</summary>
    /// <param name="pixels">A picture of <paramref name="of"/> × <paramref name="of"/> pixels.</param>
    /// <param name="part">The thing that is looked at; null looks at the picture.</param>
    /// <returns>Whether red, green and blue were swapped, so that its colours are no longer those that are told of it.</returns>
    public static bool Draw(ReadOnlySpan<byte> pixels, int of, PicturePart? part, int side, bool mirrors, ref PictureRandom random, Span<float> to)
    {
        float middle = (side - 1) / 2f, middleX = (of - 1) / 2f, middleY = middleX, scale = (float)side / of, most = side * MostShift;
        if (part is null)
        {
            var size = SmallestScale * MathF.Pow(LargestScale / SmallestScale, random.Uniform());
            scale *= size;
            // A small picture may stand anywhere in the frame; a large one stays about its middle.
            most = Math.Max(most, side * (1 - size) / 2);
        }
        else
        {
            var margin = LeastMargin + (MostMargin - LeastMargin) * random.Uniform();
            scale /= margin * Math.Max(part.Right - part.Left, part.Bottom - part.Top);
            (middleX, middleY) = ((part.Left + part.Right) / 2 * of - 0.5f, (part.Top + part.Bottom) / 2 * of - 0.5f);
        }
        var (sin, cos) = MathF.SinCos(MostTurn * (2 * random.Uniform() - 1));
        (sin, cos) = (sin / scale, cos / scale);
        var flip = mirrors && random.Uniform() < 0.5f ? -1f : 1f;
        float down = most * (2 * random.Uniform() - 1), across = most * (2 * random.Uniform() - 1);
        Span<int> channel = [0, 1, 2];
        var recoloured = random.Uniform() < Recoloured;
        if (recoloured)
            for (var i = 2; i > 0; i--)
            {
                var j = random.Below(i + 1);
                (channel[i], channel[j]) = (channel[j], channel[i]);
            }
        float gain = (0.8f + 0.4f * random.Uniform()) / 127.5f, shift = 0.3f * (random.Uniform() - 0.5f) - gain * 127.5f, noise = MostNoise * random.Uniform();
        Span<float> disturbance = stackalloc float[side * 3];
        for (var y = 0; y < side; y++)
        {
            random.Normal(disturbance);
            for (var x = 0; x < side; x++)
            {
                float u = (x - middle - across) * flip, v = y - middle - down;
                float fromX = Math.Clamp(cos * u - sin * v + middleX, 0, of - 1.001f), fromY = Math.Clamp(sin * u + cos * v + middleY, 0, of - 1.001f);
                int left = (int)fromX, top = (int)fromY, at = (top * of + left) * 3;
                float right = fromX - left, below = fromY - top;
                for (var c = 0; c < 3; c++)
                {
                    var from = at + channel[c];
                    var value = (pixels[from] * (1 - right) + pixels[from + 3] * right) * (1 - below) + (pixels[from + of * 3] * (1 - right) + pixels[from + of * 3 + 3] * right) * below;
                    to[(y * side + x) * 3 + c] = Math.Clamp(value * gain + shift + noise * disturbance[x * 3 + c], -1f, 1f);
                }
            }
        }
        return recoloured;
    }
}
