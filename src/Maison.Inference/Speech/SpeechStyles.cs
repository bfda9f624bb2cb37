// The styles, each a documented bundle of controls: no recording of a mood was learnt from, a style is what its numbers say. With strength
// 0 every style is neutral.

namespace Maison.Inference.Speech;

/// <summary>A way of speaking.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Description">What it does, in words.</param>
/// <param name="Controls">What it does, in numbers, at full strength.</param>
public sealed record SpeechStyle(string Name, string Description, VoiceControls Controls);

/// <summary>The styles there are.</summary>
public static class SpeechStyles
{
    public static SpeechStyle Neutral { get; } = new("neutral", "As the model reads it.", VoiceControls.None);

    /// <summary>All styles, neutral first.</summary>
    public static IReadOnlyList<SpeechStyle> All { get; } =
    [
        Neutral,
        new("cheerful", "Higher, livelier in pitch, a little faster and brighter.", new() { Speed = 1.06f, PitchSemitones = 1.5f, Range = 1.4f, EnergyDb = 1.5f, Pauses = 0.85f, Formants = 1.02f }),
        new("serious", "Lower and even, a little slower, with clear pauses.", new() { Speed = 0.94f, PitchSemitones = -1, Range = 0.8f, Pauses = 1.2f }),
        new("calm", "Slow, soft and even, with long pauses and some breath.", new() { Speed = 0.88f, PitchSemitones = -0.5f, Range = 0.75f, EnergyDb = -2, Pauses = 1.4f, Breathiness = 0.15f }),
        new("excited", "Fast, high and loud, with wide movement and short pauses.", new() { Speed = 1.14f, PitchSemitones = 2.5f, Range = 1.6f, EnergyDb = 3, Pauses = 0.7f }),
        new("sad", "Slow, low, nearly flat and soft, with breath.", new() { Speed = 0.85f, PitchSemitones = -1.5f, Range = 0.6f, EnergyDb = -3, Pauses = 1.5f, Breathiness = 0.25f }),
        new("whisper", "Without voice, soft and a little slower.", new() { Speed = 0.95f, Pauses = 1.1f, Whisper = 1 }),
        new("story", "Unhurried, with wide movement and room between sentences.", new() { Speed = 0.93f, Range = 1.3f, Pauses = 1.35f }),
        new("news", "Brisk and clear, with firm level and short pauses.", new() { Speed = 1.08f, PitchSemitones = 0.5f, Range = 1.1f, EnergyDb = 1, Pauses = 0.8f }),
    ];

    /// <summary>The style of a name.</summary>
    /// <exception cref="ArgumentException">There is none; all names are told.</exception>
    public static SpeechStyle Named(string name)
        => All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"style is '{name}': give {string.Join(", ", All.Select(s => s.Name))}.");
}
