using Maison.Data.Pictures;
using Maison.Data.Pictures.Preparation;

namespace Maison.Tests.Data.Pictures;

/// <summary>A corpus of squares and discs in plain colours.</summary>
static class TinyPictures
{
    public static readonly (string Name, byte[] Rgb)[] Colours = [("red", [220, 30, 30]), ("green", [30, 160, 50]), ("blue", [40, 60, 220]), ("yellow", [240, 220, 40])];

    /// <summary>Writes folder/shapes with its captions and returns the folder.</summary>
    public static string Write(string folder, int side = 32, bool transparent = false)
    {
        var corpus = Path.Combine(folder, "shapes");
        Directory.CreateDirectory(corpus);
        var lines = new List<string>();
        foreach (var (name, rgb) in Colours)
            foreach (var shape in new[] { "square", "disc" })
            {
                var channels = transparent ? 4 : 3;
                var pixels = new byte[side * side * channels];
                for (var i = 0; i < side * side; i++)
                {
                    int x = 2 * (i % side) - side, y = 2 * (i / side) - side;
                    var inside = shape == "square" ? Math.Max(Math.Abs(x), Math.Abs(y)) < side * 3 / 5 : x * x + y * y < side * side / 2;
                    for (var c = 0; c < 3; c++) pixels[i * channels + c] = inside ? rgb[c] : (byte)255;
                    if (transparent) pixels[i * 4 + 3] = (byte)(inside ? 255 : 0);
                }
                PngFile.Write(Path.Combine(corpus, $"{name}-{shape}.png"), new(side, side, pixels, channels));
                lines.Add($$"""{"file":"{{name}}-{{shape}}.png","caption":"a {{name}} {{shape}}, white background","style":"emoji-flat","name":"{{name}} {{shape}}","tags":["{{shape}}","geometry"]}""");
            }
        File.WriteAllLines(Path.Combine(corpus, PictureCorpus.CaptionsName), lines);
        return folder;
    }
}
