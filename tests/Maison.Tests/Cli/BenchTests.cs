using System.Text;
using Maison.Cli.Bench;

namespace Maison.Tests.Cli;

public sealed class BenchTests
{
    [Theory]
    [InlineData("voice")]
    [InlineData("image")]
    public async Task ARoomThatIsNotBuiltSaysSo(string room)
    {
        using var terminal = new Terminal();
        var (code, output, error) = await terminal.Run("bench", room, "--json");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("not built yet", error);
    }

    [Fact]
    public void MadeUpTextIsTheSameEachTimeAndLooksLikeText()
    {
        var text = MadeUpText.Bytes(200_000, seed: 3);
        Assert.Equal(text, MadeUpText.Bytes(200_000, seed: 3));
        var words = Encoding.UTF8.GetString(text).Split([' ', '\n', '.', ','], StringSplitOptions.RemoveEmptyEntries);
        // Zipf: the most frequent word is common, and most words are rare.
        var counts = words.GroupBy(w => w).Select(g => g.Count()).OrderDescending().ToArray();
        Assert.InRange((double)counts[0] / words.Length, 0.02, 0.2);
        Assert.True(counts.Length > 5000);
    }

    [Fact]
    public void TheMedianIsTheMiddle()
    {
        Assert.Equal(2, Figure.Median([9, 1, 2]));
        Assert.Equal(1.5, Figure.Median([2, 1]));
    }
}
