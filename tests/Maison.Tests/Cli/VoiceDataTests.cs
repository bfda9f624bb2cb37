using Maison.Data.Audio;
using Maison.Data.Audio.Preparation;
using Maison.Tests.Data.Audio;

namespace Maison.Tests.Cli;

public sealed class VoiceDataTests
{
    [Fact]
    public async Task PreparesRecordingsAndScoresThemBesideAFolder()
    {
        using var terminal = new Terminal();
        var (source, result) = (terminal.Path("raw"), terminal.Path("data"));
        Directory.CreateDirectory(System.IO.Path.Combine(source, "eve"));
        File.WriteAllText(System.IO.Path.Combine(source, "eve", VoiceCorpus.MetadataName), "id|speaker|style|text\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"e{i}|eve|neutral|This is number {i}.\n")));
        for (var i = 0; i < 12; i++)
            WaveFile.Write(System.IO.Path.Combine(source, "eve", $"e{i}.wav"), new([.. new float[3_000], .. Synthetic.Harmonic(12_000, s => 200 + 5 * i + 40 * Math.Sin(9 * s)), .. new float[3_000]], 24_000));

        var (code, table, error) = await terminal.Run("data", "prepare-voice", "--data", source, "--out", result);
        Assert.True(code == 0, error);
        Assert.Contains("eve", table);
        Assert.NotEmpty(VoiceLedger.Read(result));

        (code, table, error) = await terminal.Run("eval", "voice", "--no-transcripts", "--data", result, "--folder", System.IO.Path.Combine(source, "eve"));
        Assert.True(code == 0, error);
        var row = Assert.Single(table.Split('\n'), l => l.StartsWith("eve ", StringComparison.Ordinal));
        Assert.Contains(" 0.0", row); // the held-out recording is in the folder: no distortion, no error of pitch
        Assert.Contains("recordings", table);

        (code, _, error) = await terminal.Run("eval", "voice");
        Assert.Equal(1, code);
        Assert.Contains("--folder", error);
    }
}
