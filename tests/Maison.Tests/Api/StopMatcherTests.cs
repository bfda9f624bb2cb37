// Stop strings: the same text is shown however the text is cut, and no part of a stop string is ever let out.

using Maison.Api.Generation;

namespace Maison.Tests.Api;

public sealed class StopMatcherTests
{
    static (string Shown, bool Stopped) Run(string[] stops, IEnumerable<string> pieces)
    {
        var matcher = new StopMatcher(stops);
        var shown = "";
        foreach (var piece in pieces) shown += matcher.Push(piece);
        return (matcher.Stopped ? shown : shown + matcher.Flush(), matcher.Stopped);
    }

    [Theory]
    [InlineData("one. two.", "one", true, ".")]
    [InlineData("abcabd", "abc", true, "abd")]
    [InlineData("aaab", "aa", true, "ab")]
    [InlineData("a\n\nb", "a", true, "\n\n")]
    [InlineData("nothing", "nothing", false, "else")]
    [InlineData("almost EN", "almost EN", false, "END")]
    [InlineData("STOP", "", true, "STOP")]
    [InlineData("abcd", "a", true, "abcd", "bc")]
    [InlineData("xabc", "x", true, "bc", "abc")]
    [InlineData("😀 end", "😀 ", true, "end")]
    public void TheFirstCompleteStopEndsTheText(string text, string shown, bool stopped, params string[] stops)
        => Assert.Equal((shown, stopped), Run(stops, text.Select(c => c.ToString())));

    [Fact]
    public void AnyCuttingShowsTheSameAndNothingThatIsTakenBack()
    {
        var random = new Random(3);
        for (var round = 0; round < 3000; round++)
        {
            var text = Word(random, 0, 14);
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Word(random, 1, 5))];
            var expected = Naive(text, stops);
            var pieces = new List<string>();
            for (var at = 0; at < text.Length;)
            {
                var length = random.Next(1, text.Length - at + 1);
                pieces.Add(text.Substring(at, length));
                at += length;
            }
            Assert.Equal(expected, Run(stops, pieces));
        }
    }

    static string Word(Random random, int min, int max)
        => string.Concat(Enumerable.Range(0, random.Next(min, max)).Select(_ => "abc"[random.Next(3)]));

    /// <summary>Reads one character at a time and looks whether what was read ends with a stop string.</summary>
    static (string, bool) Naive(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
            if (stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length) is { } stop)
                return (text[..(end - stop.Length)], true);
        return (text, false);
    }
}
