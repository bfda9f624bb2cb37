using Maison.Data.Audio;
using Maison.Data.Pictures;

namespace Maison.Tests.Data.Audio;

public sealed class SpectrogramPictureTests
{
    [Fact]
    public void ATonesPlaceIsTheBrightestAndItsPitchIsDrawn()
    {
        var tone = Enumerable.Range(0, 12_000).Select(n => (float)(0.3 * Math.Sin(2 * Math.PI * 3000 * n / 24_000))).ToArray();
        var picture = SpectrogramPicture.Linear(tone, [], 6_000, 200);
        Assert.Equal((8 + 2 * 50, 208), (picture.Width, picture.Height));
        var column = Enumerable.Range(0, 200).Select(y => picture.Pixels.AsSpan(3 * (y * picture.Width + 60), 3).ToArray().Sum(b => b)).ToArray();
        Assert.InRange(Array.IndexOf(column, column.Max()), 97, 102);
        var drawn = SpectrogramPicture.Linear(tone, Enumerable.Repeat(1500f, 50).ToArray(), 6_000, 200);
        Assert.Equal([64, 255, 160], drawn.Pixels.AsSpan(3 * (149 * drawn.Width + 60), 3).ToArray());
        PngFile.Write(Stream.Null, drawn);
        var mel = SpectrogramPicture.Mel(new float[80 * 10]);
        Assert.Equal((8 + 20, 328), (mel.Width, mel.Height));
        Assert.Contains("12000", Assert.Throws<ArgumentException>(() => SpectrogramPicture.Linear(tone, [], 20_000)).Message);
    }
}
