using Maison.Data.Audio;

namespace Maison.Tests.Data.Audio;

public sealed class SubtitleTests
{
    static TimedWord[] Words(string text, double each = 0.3, double from = 0.1) => [.. text.Split(' ').Select((w, i) => new TimedWord(w, from + i * each, from + (i + 1) * each))];

    [Fact]
    public void ShortSpeechIsOneCue()
    {
        Assert.Equal("1\n00:00:00,100 --> 00:00:01,200\nHello world.\n\n", Subtitles.Srt(Words("Hello world.")));
        Assert.Equal("WEBVTT\n\n00:00:00.100 --> 00:00:01.200\na &lt; &amp;b\n\n".Replace("1.200", "1.500"), Subtitles.Vtt(Words("a < &b")));
        Assert.Equal("WEBVTT\n\n00:00:00.100 --> 00:00:01.200\nHello <00:00:00.400>world.\n\n", Subtitles.Vtt(Words("Hello world."), wordTimes: true));
        Assert.Equal("", Subtitles.Srt([]));
        Assert.Equal("WEBVTT\n\n", Subtitles.Vtt([]));
        Assert.StartsWith("1\n01:01:01,500 --> ", Subtitles.Srt([new("late", 3661.4996, 3662)]));
    }

    [Fact]
    public void CuesAreShortInTimeAndTextAndKeepEveryWord()
    {
        var words = Words(string.Join(' ', Enumerable.Range(0, 200).Select(i => i % 11 == 10 ? $"word{i}." : $"word{i}")), 0.35);
        var cues = Subtitles.Srt(words).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split('\n')).ToArray();
        Assert.Equal(words.Select(w => w.Text), cues.SelectMany(c => c[2..]).SelectMany(l => l.Split(' ')));
        Assert.Equal(Enumerable.Range(1, cues.Length).Select(n => $"{n}"), cues.Select(c => c[0]));
        Assert.All(cues, c => Assert.InRange(c.Length, 3, 4));
        Assert.All(cues, c => Assert.All(c[2..], l => Assert.InRange(l.Length, 1, 50)));
        var times = cues.SelectMany(c => c[1].Split(" --> ")).Select(t => TimeSpan.ParseExact(t, "hh\\:mm\\:ss\\,fff", null)).ToArray();
        Assert.Equal(times.Order(), times);
        Assert.All(times.Chunk(2), t => Assert.InRange((t[1] - t[0]).TotalSeconds, 0.1, 7.6));
    }

    [Fact]
    public void APauseEndsACueAndDisorderIsRefused()
    {
        TimedWord[] words = [.. Words("one two"), .. Words("three four", from: 3)];
        Assert.Equal(2, Subtitles.Srt(words).Split("-->").Length - 1);
        Assert.Contains("'two'", Assert.Throws<ArgumentException>(() => Subtitles.Srt([new("one", 1, 2), new("two", 0.5, 2)])).Message);
        Assert.Contains("'one'", Assert.Throws<ArgumentException>(() => Subtitles.Vtt([new("one", double.NaN, 2)])).Message);
    }
}
