// Free words about a delivery ("speak slowly, in a warm and slightly sad voice") mapped onto styles and controls by keywords. No network
// guesses here: what was understood is reported with the words that said so, and what was not is named, so that nothing is silently lost.

namespace Maison.Inference.Speech;

/// <summary>What was made of an instruction.</summary>
/// <param name="Style">The style it names; null for none.</param>
/// <param name="Strength">How much of the style, 0 to 1.</param>
/// <param name="Controls">All other changes it asks for.</param>
/// <param name="Understood">What each understood word came to, such as "slowly: speed 0.8".</param>
/// <param name="NotUnderstood">Words that came to nothing, in order; words that carry no wish are left out.</param>
public sealed record UnderstoodInstructions(SpeechStyle? Style, float Strength, VoiceControls Controls, IReadOnlyList<string> Understood, IReadOnlyList<string> NotUnderstood);

/// <summary>Reads instructions.</summary>
public static class SpeechInstructions
{
    // A degree counts for the next keyword: "a bit", "slightly", "very".
    static readonly Dictionary<string, float> Degrees = ByWord(
    [
        ("slightly bit little mildly", 0.5f), ("somewhat gently", 0.6f), ("rather", 0.8f), ("quite", 1f), ("really much", 1.4f), ("very super", 1.5f), ("extremely", 1.8f),
    ]);

    static readonly HashSet<string> Negations = ["not", "no", "without", "don't", "dont", "never", "less", "avoid"];

    static readonly Dictionary<string, string> Styles = ByWord(
    [
        ("cheerful cheerfully happy happily joyful friendly upbeat bright smiling warm warmly positive", "cheerful"),
        ("serious seriously formal stern professional grave solemn authoritative", "serious"),
        ("calm calmly soothing relaxed relaxing gentle soft softly peaceful meditative reassuring", "calm"),
        ("excited excitedly energetic enthusiastic thrilled ecstatic lively", "excited"),
        ("sad sadly melancholic melancholy sorrowful mournful depressed gloomy heartbroken", "sad"),
        ("whisper whispering whispered hushed", "whisper"),
        ("story storyteller storytelling bedtime audiobook narrator narration narrate dramatic dramatically", "story"),
        ("news newscast newsreader newscaster anchor broadcast announcer", "news"),
        ("neutral normal plain", "neutral"),
    ]);

    static readonly Dictionary<string, VoiceControls> Controls = ByWord<VoiceControls>(
    [
        ("slow slowly slower", new() { Speed = 0.8f }),
        ("unhurried", new() { Speed = 0.85f }),
        ("fast faster quick quickly", new() { Speed = 1.25f }),
        ("rapid rapidly", new() { Speed = 1.35f }),
        ("brisk", new() { Speed = 1.15f }),
        ("high higher", new() { PitchSemitones = 3 }),
        ("high-pitched", new() { PitchSemitones = 4 }),
        ("low lower", new() { PitchSemitones = -3 }),
        ("deep deeper", new() { PitchSemitones = -3, Formants = 0.95f }),
        ("loud loudly louder", new() { EnergyDb = 5 }),
        ("shout shouting", new() { EnergyDb = 7, PitchSemitones = 2, Range = 1.3f }),
        ("quiet quietly quieter", new() { EnergyDb = -5 }),
        ("monotone monotonous flat", new() { Range = 0.15f }),
        ("robotic", new() { Range = 0.05f }),
        ("expressive expressively animated", new() { Range = 1.5f }),
        ("lilting sing-song", new() { Range = 1.7f }),
        ("breathy", new() { Breathiness = 0.5f }),
        ("airy", new() { Breathiness = 0.4f }),
        ("husky", new() { Breathiness = 0.35f, PitchSemitones = -1 }),
        ("pause pauses pausing", new() { Pauses = 1.6f }),
        ("deliberate deliberately", new() { Speed = 0.9f, Pauses = 1.4f }),
        ("childlike", new() { PitchSemitones = 4, Formants = 1.15f }),
        ("small", new() { Formants = 1.1f }),
        ("big", new() { Formants = 0.92f }),
    ]);

    static Dictionary<string, T> ByWord<T>((string Words, T Meaning)[] table)
        => table.SelectMany(row => row.Words.Split(' ').Select(word => (word, row.Meaning))).ToDictionary(w => w.word, w => w.Meaning);

    // Words that carry no wish of their own.
    static readonly HashSet<string> Filler =
    [
        "a", "an", "the", "and", "or", "but", "in", "with", "to", "of", "as", "if", "like", "it", "its", "this", "that", "is", "be", "are", "you", "your", "please", "speak", "speaking", "say", "saying", "read", "reading",
        "talk", "talking", "sound", "sounding", "sounds", "voice", "tone", "style", "manner", "way", "text", "aloud", "out", "use", "using", "make", "keep", "very", "for", "at", "on", "from", "more", "deliver", "delivery",
        "pace", "speed", "pitch", "pitched", "volume", "rate", "kind", "mood", "feeling", "so", "too", "just", "should", "would", "i", "want", "me", "my", "some", "were", "telling", "tell",
    ];

    /// <summary>Understands what it can. A later style replaces an earlier one; controls add up.</summary>
    public static UnderstoodInstructions Understand(string instructions)
    {
        SpeechStyle? style = null;
        var strength = 1f;
        var controls = VoiceControls.None;
        List<string> understood = [], missed = [];
        string? degreeWord = null, negation = null;
        foreach (var word in Words(instructions))
        {
            if (Negations.Contains(word)) { negation = word; continue; }
            if (Degrees.ContainsKey(word)) { degreeWord = word; continue; }
            var degree = degreeWord is null ? 1f : Degrees[degreeWord];
            var said = degreeWord is null ? word : $"{degreeWord} {word}";
            if (negation is not null && (Styles.ContainsKey(word) || Controls.ContainsKey(word)))
            {
                // "not too fast" says what to leave out, not what to do instead.
                missed.Add($"{negation} {said}");
                (degreeWord, negation) = (null, null);
            }
            else if (Styles.TryGetValue(word, out var name))
            {
                style = SpeechStyles.Named(name);
                strength = Math.Min(1f, 0.8f * degree);
                understood.Add(FormattableString.Invariant($"{said}: style {name} {strength:0.##}"));
                degreeWord = null;
            }
            else if (Controls.TryGetValue(word, out var change))
            {
                change = Degree(change, degree);
                controls = controls.With(change);
                understood.Add($"{said}: {Describe(change)}");
                degreeWord = null;
            }
            else if (!Filler.Contains(word))
            {
                missed.Add(negation is null ? said : $"{negation} {said}");
                (degreeWord, negation) = (null, null);
            }
        }
        return new(style, strength, controls, understood, missed);
    }

    static VoiceControls Degree(VoiceControls change, float degree) => degree <= 1 ? change.At(degree) : change.With(change.At(Math.Min(1f, degree - 1)));

    /// <summary>The controls that differ from none, in words.</summary>
    public static string Describe(VoiceControls c)
    {
        var parts = new List<string>();
        Add("speed", c.Speed, 1);
        Add("pitch", c.PitchSemitones, 0);
        Add("range", c.Range, 1);
        Add("energy", c.EnergyDb, 0);
        Add("pauses", c.Pauses, 1);
        Add("formants", c.Formants, 1);
        Add("breathiness", c.Breathiness, 0);
        Add("whisper", c.Whisper, 0);
        return parts.Count == 0 ? "no change" : string.Join(", ", parts);

        void Add(string name, float value, float none)
        {
            if (value != none) parts.Add(FormattableString.Invariant($"{name} {value:0.##}"));
        }
    }

    static IEnumerable<string> Words(string text)
        => text.ToLowerInvariant().Replace('’', '\'').Split([' ', '\t', '\r', '\n', ',', '.', ';', ':', '!', '?', '(', ')', '"', '/', '–', '—'], StringSplitOptions.RemoveEmptyEntries);
}
