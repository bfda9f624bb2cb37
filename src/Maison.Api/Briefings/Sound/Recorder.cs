// Lines become sound one at a time, so that it is known to the sample when each is heard; between them pauses, and before each story two soft
// notes. A line's own silence at its ends is cut to a breath, so that the pauses are the recorder's.

using Maison.Api.Briefings.Script;
using Maison.Inference.Speech;

namespace Maison.Api.Briefings.Sound;

/// <summary>Speaks one briefing into a stream of samples.</summary>
/// <param name="speak">Speaks a text in a voice.</param>
/// <param name="sound">Takes samples at 24 kHz as they are made.</param>
sealed class Recorder(Func<string, SpeechOptions, CancellationToken, IEnumerable<SpeechChunk>> speak, IReadOnlyList<SpeechVoice> voices, Action<float[]> sound)
{
    const double BetweenLines = 0.3, BetweenHosts = 0.42, AfterChapter = 0.6, NoteSeconds = 0.5, NoteLevel = 0.05, KeptBefore = 0.04, KeptAfter = 0.12;

    /// <summary>Below it nobody speaks: 56 dB under full scale.</summary>
    const float Quiet = 0.0016f;

    readonly List<SpokenLine> lines = [];
    long samples;

    public IReadOnlyList<SpokenLine> Lines => lines;

    public SpeakingTime Time { get; } = new();

    /// <summary>Seconds of sound so far.</summary>
    public double Seconds => samples / (double)VoiceTime.SampleRateHz;

    /// <summary>What a line will take, with the pause before it.</summary>
    public double Guess(string text) => Time.Of(text) + BetweenLines;

    public void Say(ScriptLine line, CancellationToken stop)
    {
        if (lines.Count > 0) Pause(lines[^1].Line.Host == line.Host ? BetweenLines : BetweenHosts);
        var start = Seconds;
        Give(Trimmed([.. speak(Bare(line.Text), new(voices[line.Host]), stop).SelectMany(c => c.Samples)]));
        Time.Heard(line.Text, Seconds - start);
        lines.Add(new(line, start, Seconds));
    }

    /// <summary>Without the silence at both ends, but for a breath; what is silent throughout stays as it is.</summary>
    static float[] Trimmed(float[] line)
    {
        var (first, last) = (Array.FindIndex(line, s => Math.Abs(s) > Quiet), Array.FindLastIndex(line, s => Math.Abs(s) > Quiet));
        if (first < 0) return line;
        var from = Math.Max(0, first - (int)(KeptBefore * VoiceTime.SampleRateHz));
        return line[from..Math.Min(line.Length, last + 1 + (int)(KeptAfter * VoiceTime.SampleRateHz))];
    }

    /// <summary>Without signs that the voice would take for orders to it: a text from outside only ever is words.</summary>
    static string Bare(string text)
    {
        Span<char> bare = stackalloc char[text.Length];
        for (var i = 0; i < text.Length; i++) bare[i] = text[i] is '<' or '>' or '[' or ']' or '{' or '}' or '*' or '_' or '`' or '#' or '~' or '|' or '\\' ? ' ' : text[i];
        return new(bare);
    }

    /// <summary>The mark between two stories: a fifth that fades.</summary>
    public void Mark()
    {
        Pause(AfterChapter);
        var count = (int)(NoteSeconds * VoiceTime.SampleRateHz);
        var note = new float[count];
        for (var n = 0; n < count; n++)
        {
            var t = n / (double)VoiceTime.SampleRateHz;
            var second = Math.Max(0, t - 0.14);
            var edge = Math.Min(1, t / 0.008);
            note[n] = (float)(NoteLevel * edge * (Math.Sin(2 * Math.PI * 523.25 * t) * Math.Exp(-9 * t) + (second > 0 ? Math.Min(1, second / 0.008) * Math.Sin(2 * Math.PI * 783.99 * second) * Math.Exp(-9 * second) : 0)));
        }
        Give(note);
        Pause(BetweenLines);
    }

    void Pause(double seconds) => Give(new float[(int)(seconds * VoiceTime.SampleRateHz)]);

    void Give(float[] piece)
    {
        samples += piece.Length;
        sound(piece);
    }
}
