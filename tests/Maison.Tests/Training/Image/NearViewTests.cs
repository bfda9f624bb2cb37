using Maison.Data.Pictures;
using Maison.Training.Image;

namespace Maison.Tests.Training.Image;

public sealed class NearViewTests
{
    const int Width = 40, Side = 16;

    [Theory]
    [InlineData(8), InlineData(16), InlineData(29), InlineData(40)]
    public void AViewIsThePartScaledAndItsWayBackTheTranspose(int edge)
    {
        var random = new Random(edge);
        var part = new Area(random.Next(Width - edge + 1), random.Next(Width - edge + 1), edge, edge);
        var pixels = new byte[Width * Width * 3];
        random.NextBytes(pixels);
        float[] picture = [.. pixels.Select(p => (float)p)], seen = new float[Side * Side * 3], back = new float[picture.Length];
        var view = new NearView(part, Side);
        view.Look(picture, Width, seen);
        var scaled = PictureFile.Scaled(new(Width, Width, pixels), part, Side, Side);
        for (var i = 0; i < seen.Length; i++) Assert.InRange(seen[i], scaled.Pixels[i] - 0.51f, scaled.Pixels[i] + 0.51f);
        float[] other = [.. seen.Select(_ => random.NextSingle() - 0.5f)];
        view.Back(other, Width, back);
        double one = seen.Zip(other, (a, b) => (double)a * b).Sum(), two = picture.Zip(back, (a, b) => (double)a * b).Sum();
        Assert.Equal(one, two, Math.Abs(one) * 1e-4 + 1e-2);
    }
}
