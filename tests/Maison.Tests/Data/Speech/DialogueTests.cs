using Maison.Data.Speech;

namespace Maison.Tests.Data.Speech;

public sealed class DialogueTests
{
    public static TheoryData<string> Passages() => [.. File.ReadAllText(SpeechCases.File("dialogues.txt")).Split("###\n").Select(p => p.Trim())];

    [Theory]
    [MemberData(nameof(Passages))]
    public void SpeechFindsItsSpeakers(string passage)
    {
        var lines = passage.Split('\n').Where(l => l.Length > 0 && l[0] != ';').ToArray();
        var text = lines[0].Replace("\\n", "\n\n");
        var wanted = lines.Skip(1).Select(l => l[2..].Split(": ", 2) is [var who, var what] ? $"{who}: {what}" : $": {l[4..]}").ToArray();
        var turns = Dialogue.Turns(text).ToArray();
        // Of each turn as many characters as the table gives.
        var shown = turns.Select((t, i) =>
        {
            var words = text.Substring(t.Span.Start, t.Span.Length);
            var first = i < wanted.Length ? wanted[i].Split(": ", 2)[1] : words;
            return $"{t.Role?.Name}: {(words.StartsWith(first, StringComparison.Ordinal) ? first : words)}";
        });
        Assert.Equal(wanted, shown);
        for (var i = 1; i < turns.Length; i++) Assert.True(turns[i].Span.Start >= turns[i - 1].Span.End);
    }
}
