using System.Text;
using Maison.Data.Pictures.Rendering;

namespace Maison.Tests.Data.Pictures.Rendering;

public sealed class HdrFileTests
{
    static byte[] File(string size, params byte[] pixels) => [.. Encoding.ASCII.GetBytes($"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n{size}\n"), .. pixels];

    [Fact]
    public void RowsWithAndWithoutRunsAreRead()
    {
        var (width, height, flat) = HdrFile.Read(File("-Y 1 +X 2", 128, 64, 0, 129, 0, 0, 0, 0));
        Assert.Equal((2, 1), (width, height));
        Assert.Equal(128.5f / 128, flat[0].X);
        Assert.Equal(64.5f / 128, flat[0].Y);
        Assert.Equal(0, flat[1].X);
        // Eight pixels: red a run, green as they are, blue and exponent runs.
        var (_, _, runs) = HdrFile.Read(File("-Y 1 +X 8", 2, 2, 0, 8, 128 + 8, 10, 8, 0, 1, 2, 3, 4, 5, 6, 7, 128 + 8, 0, 128 + 8, 136));
        Assert.All(runs, p => Assert.Equal(10.5f, p.X));
        Assert.Equal([0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f], runs.Select(p => p.Y));
    }

    [Theory]
    [InlineData("no picture\n", "#?")]
    [InlineData("#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\nabcd", "not read")]
    [InlineData("#?RADIANCE\n\n+X 1 -Y 1\nabcd", "not read")]
    [InlineData("#?RADIANCE\n\n-Y 0 +X 1\nabcd", "not read")]
    [InlineData("#?RADIANCE\n\n-Y 1 +X 2\nabcd", "ends early")]
    [InlineData("#?RADIANCE\n\n-Y 1 +X 8\n\u0002\u0002\u0000\u0008\u0009", "leaves its row")]
    [InlineData("#?RADIANCE", "head")]
    public void DamageIsRefused(string file, string told) => Assert.Contains(told, Assert.Throws<InvalidDataException>(() => HdrFile.Read(Encoding.Latin1.GetBytes(file))).Message);
}
