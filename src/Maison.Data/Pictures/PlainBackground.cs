// Cuts the plain background out of a picture: what is connected with the edge and has its colour becomes transparent. On the rim a pixel is a
// mixture of what stands there and of the background, so its share is found from the colours on both sides and the background is taken out of
// its colour again; laid on another background it shows no fringe.

namespace Maison.Data.Pictures;

/// <summary>Makes plain backgrounds transparent.</summary>
public static class PlainBackground
{
    /// <summary>How far a channel may be from the background's and belong to it; a painter's white is not even.</summary>
    const int Near = 14;

    /// <summary>Pixels beside the background that may be mixtures, and how much further in the pure colour is looked for.</summary>
    const int Rim = 3, Reach = 3;

    /// <summary>Of the pixels along the edge, so many must have the background's colour.</summary>
    const double LeastPlain = 0.7;

    const byte Opaque = 255;

    /// <summary>Words of styles whose pictures stand on a plain background.</summary>
    static readonly string[] styles = ["emoji", "icon", "silhouette", "white background", "plain background"];

    /// <summary>What to ask for.</summary>
    public const string Remedy = "Name a style on a plain background in the prompt: emoji, icon, silhouette, or 'white background'.";

    /// <summary>Whether a prompt asks for a style on a plain background.</summary>
    public static bool IsAskedFor(string prompt) => styles.Any(s => prompt.Contains(s, StringComparison.OrdinalIgnoreCase));

    /// <summary>The picture with opacity; null where its edge is not plain.</summary>
    /// <param name="picture">Three channels.</param>
    public static Picture? Cut(Picture picture)
    {
        var (width, height) = (picture.Width, picture.Height);
        int[] edge = [.. Enumerable.Range(0, width * height).Where(i => i % width == 0 || i % width == width - 1 || i / width == 0 || i / width == height - 1)];
        int[] ground = [.. Enumerable.Range(0, 3).Select(c => edge.Select(i => (int)picture.Pixels[3 * i + c]).Order().ElementAt(edge.Length / 2))];
        if (edge.Count(IsGround) < LeastPlain * edge.Length) return null;

        // Steps from the background: 0 in it, then the rim.
        var steps = new int[width * height];
        Array.Fill(steps, int.MaxValue);
        var open = new Queue<int>();
        foreach (var i in edge.Where(IsGround)) Enter(i, 0);
        while (open.TryDequeue(out var i))
        {
            if (steps[i] >= Rim + Reach) continue;
            foreach (var next in Neighbours(i))
                if (steps[i] == 0 && IsGround(next)) Enter(next, 0);
                else Enter(next, steps[i] + 1);
        }

        var pixels = new byte[width * height * 4];
        for (var i = 0; i < steps.Length; i++)
        {
            var to = pixels.AsSpan(4 * i, 4);
            picture.Pixels.AsSpan(3 * i, 3).CopyTo(to);
            to[3] = steps[i] switch { 0 => 0, > Rim => Opaque, _ => Mixed(i, to) };
        }
        return new(width, height, pixels, 4);

        bool IsGround(int i) => Enumerable.Range(0, 3).All(c => Math.Abs(picture.Pixels[3 * i + c] - ground[c]) <= Near);

        void Enter(int i, int at)
        {
            if (steps[i] <= at) return;
            steps[i] = at;
            open.Enqueue(i);
        }

        IEnumerable<int> Neighbours(int i)
        {
            if (i % width > 0) yield return i - 1;
            if (i % width < width - 1) yield return i + 1;
            if (i >= width) yield return i - width;
            if (i < steps.Length - width) yield return i + width;
        }

        // The pure colour is the mean of what lies behind the rim nearby; along the line from the background to it lies the share.
        byte Mixed(int i, Span<byte> to)
        {
            double[] pure = [0, 0, 0];
            var found = 0;
            for (var y = Math.Max(0, i / width - Rim - Reach); y <= Math.Min(height - 1, i / width + Rim + Reach); y++)
                for (var x = Math.Max(0, i % width - Rim - Reach); x <= Math.Min(width - 1, i % width + Rim + Reach); x++)
                {
                    if (steps[y * width + x] <= Rim) continue;
                    found++;
                    for (var c = 0; c < 3; c++) pure[c] += picture.Pixels[3 * (y * width + x) + c];
                }
            if (found == 0) return Opaque;
            double along = 0, length = 0;
            for (var c = 0; c < 3; c++)
            {
                var way = pure[c] / found - ground[c];
                along += way * (picture.Pixels[3 * i + c] - ground[c]);
                length += way * way;
            }
            if (length < Near * Near) return Opaque;
            var share = Math.Clamp(along / length, 0, 1);
            // What is hardly there has no colour of its own.
            for (var c = 0; c < 3; c++)
                to[c] = (byte)Math.Clamp(share < 0.1 ? pure[c] / found : (picture.Pixels[3 * i + c] - (1 - share) * ground[c]) / share, 0, 255);
            return (byte)Math.Round(share * Opaque);
        }
    }
}
