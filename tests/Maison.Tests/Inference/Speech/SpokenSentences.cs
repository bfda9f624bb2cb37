// Sentences of made-up phones for tests of the speech engine, and a vocoder whose samples tell which frame they come from.

using Maison.Inference.Speech;
using Maison.Models;
using Maison.Models.Voice;

namespace Maison.Tests.Inference.Speech;

static class SpokenSentences
{
    public const int Vowel = 20, Stop = 21, Nasal = 22;

    public static AcousticConfig Config { get; } = new()
    {
        Phones = [.. Enumerable.Range(0, 24).Select(i => $"p{i}")],
        Marks = 16,
        Speakers = ["kathleen"],
        MedianHz = [190],
        Hidden = 16,
        EncoderBlocks = 1,
        EncoderInner = 24,
        EncoderKernel = 3,
        DecoderBlocks = 2,
        DecoderInner = 24,
        DecoderKernel = 5,
    };

    public static AcousticModel Model(int seed)
    {
        var model = new AcousticModel(Config);
        VoiceInit.Initialise(model, seed);
        return model;
    }

    /// <summary>Words of a stop, a stressed vowel and a nasal each, with marks after some of them.</summary>
    /// <param name="text">Words with a blank between them; a comma, period, question or exclamation mark may follow one.</param>
    public static SpeechSentence Of(string text, bool endsParagraph = false, string? role = null, Func<string, SpeechWord>? word = null)
    {
        var tokens = new List<SpeechToken> { Pause(PauseKind.Edge) };
        var words = new List<SpeechWord>();
        foreach (var part in text.Split(' '))
        {
            var bare = part.TrimEnd(',', '.', '?', '!');
            var number = words.Count;
            words.Add(word?.Invoke(bare) ?? new(bare));
            tokens.Add(new(Stop, SoundKind.Stop, PauseKind.None, 0, number, true, false));
            tokens.Add(new(Vowel, SoundKind.Vowel, PauseKind.None, 1, number, false, false));
            tokens.Add(new(Nasal, SoundKind.Consonant, PauseKind.None, 0, number, false, true));
            foreach (var mark in part[bare.Length..])
                tokens.Add(Pause(mark switch { ',' => PauseKind.Comma, '?' => PauseKind.Question, '!' => PauseKind.Exclamation, _ => PauseKind.Period }));
        }
        tokens.Add(Pause(PauseKind.Edge));
        return new(tokens, words, text, endsParagraph, role);
    }

    public static SpeechToken Pause(PauseKind kind, double? seconds = null)
        => new(kind switch { PauseKind.Edge => 0, PauseKind.Short => 1, PauseKind.Comma => 2, PauseKind.Question => 4, PauseKind.Exclamation => 5, _ => 3 }, SoundKind.Pause, kind, 0, -1, false, false, seconds);

    /// <summary>Ten frames for every token, a pitch that falls from 220 to 180 Hz, one level.</summary>
    public static Prosody Even(SpeechSentence sentence)
    {
        var points = sentence.Tokens.Count * Prosody.Points;
        return new([.. Enumerable.Repeat(10, sentence.Tokens.Count)], [.. Enumerable.Range(0, points).Select(k => MathF.Log(220 - 40f * k / points))], [.. Enumerable.Repeat(-3f, sentence.Tokens.Count)]);
    }
}

/// <summary>Gives each frame's mean level and pitch as the first samples of its 240, two frames late, as a vocoder that looks ahead does.</summary>
sealed class LateVocoder : IVocoder
{
    public const int Late = 2;

    public int Begun { get; private set; }

    public IVocoderStream Begin(ulong seed)
    {
        Begun++;
        return new Stream(seed);
    }

    sealed class Stream(ulong seed) : IVocoderStream
    {
        readonly Queue<(float Level, float Hz)> held = new();

        public float[] Push(AcousticFrames frames, VoiceVector voice, bool last)
        {
            for (var t = 0; t < frames.Count; t++)
            {
                var sum = 0f;
                for (var b = 0; b < 80; b++) sum += frames.LogMel[t * 80 + b];
                held.Enqueue((sum / 80, frames.Hz[t]));
            }
            var samples = new List<float>();
            while (held.Count > (last ? 0 : Late))
            {
                var (level, hz) = held.Dequeue();
                var hop = new float[VoiceTime.HopSamples];
                (hop[0], hop[1], hop[2]) = (level, hz, seed);
                samples.AddRange(hop);
            }
            return [.. samples];
        }

        public void Dispose() => held.Clear();
    }
}
