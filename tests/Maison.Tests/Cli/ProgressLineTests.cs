using Maison.Cli.Terminal;

namespace Maison.Tests.Cli;

public sealed class ProgressLineTests
{
    [Fact]
    public void APipeSeesNoBar()
    {
        var to = new StringWriter();
        using (var line = ProgressLine.OfBytes(to, live: false))
            for (var i = 0; i <= 100; i++) line.Report("read", i, 100);
        Assert.Equal("", to.ToString());
    }

    [Fact]
    public void ATerminalSeesShareAndStageAndNothingIsLeftBehind()
    {
        var to = new StringWriter();
        using (var line = ProgressLine.OfBytes(to, live: true)) line.Report("read", 50, 100);
        Assert.Contains("read  ████████████░░░░░░░░░░░░", to.ToString());
        Assert.Contains("50", to.ToString());
        Assert.EndsWith("\r\e[K", to.ToString());
    }

    [Theory]
    [InlineData("4g", 4L << 30)]
    [InlineData("800m", 800L << 20)]
    [InlineData("1.5GB", 3L << 29)]
    [InlineData("2MiB", 2L << 20)]
    [InlineData("512", 512)]
    public void AmountsOfMemoryAreReadAsTyped(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("g")]
    [InlineData("-1g")]
    [InlineData("4x")]
    [InlineData("0")]
    [InlineData("1e30g")]
    public void OtherAmountsAreRefused(string text) => Assert.False(ByteSize.TryParse(text, out _));
}
