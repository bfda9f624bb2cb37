using System.Text;
using System.Text.Json;
using Maison.Cli.Bench;
using Maison.Tests.Training.Voice;

namespace Maison.Tests.Cli;

public sealed class BenchTests
{
    [Fact]
    public async Task AVoiceIsTimedAndOneThatIsMissingIsNamed()
    {
        using var terminal = new Terminal();
        Assert.Contains("maison-voice-1", (await terminal.Run("bench", "voice")).Error);
        VoiceFolder.Make(System.IO.Path.Combine(terminal.Shipped, "maison-voice-1"));
        var (code, output, error) = await terminal.Run("bench", "voice", "--json", "--threads", "1");
        Assert.True(code == 0, error);
        foreach (var figure in new[] { "voice.minute", "voice.first_sound" })
            Assert.True(JsonDocument.Parse(output.Split('\n').Single(l => l.Contains($"\"{figure}\""))).RootElement.GetProperty("value").GetDouble() > 0);
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
