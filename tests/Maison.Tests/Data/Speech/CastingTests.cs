using Maison.Data.Speech;

namespace Maison.Tests.Data.Speech;

public sealed class CastingTests
{
    public static TheoryData<string> Passages() => [.. File.ReadAllText(SpeechCases.File("casts.txt")).Split("###\n").Select(p => p.Trim())];

    [Theory]
    [MemberData(nameof(Passages))]
    public void SpeechFindsItsSpeakers(string passage)
    {
        var lines = passage.Split('\n').Where(l => l.Length > 0 && l[0] != ';').ToArray();
        var text = lines[0].Replace("\\n", "\n\n");
        var wanted = lines.Skip(1).Select(l => l[2..].Split(": ", 2) is [var who, var what] ? $"{who}: {what}" : $": {l[4..]}").ToArray();
        var turns = Casting.Split(text).ToArray();
        var shown = turns.Select((t, i) => $"{t.Speaker}: {text.Substring(t.Span.Start, t.Span.Length) is var words && i < wanted.Length && words.StartsWith(wanted[i].Split(": ", 2)[1], StringComparison.Ordinal) switch { true => wanted[i].Split(": ", 2)[1], false => words }}").ToArray();
        Assert.Equal(wanted, shown);
        for (var i = 1; i < turns.Length; i++) Assert.True(turns[i].Span.Start >= turns[i - 1].Span.End);
    }
}
