// The voices: one that a person gave, and designed ones, each a record of offsets to it. A designed voice belongs to no real person.

namespace Maison.Inference.Speech;

/// <summary>Somebody who speaks.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Description">Where it comes from and what it is like.</param>
/// <param name="Speaker">The speaker of the acoustic model that it starts from.</param>
/// <param name="Low">Whether it is heard as a low voice; stories cast by it.</param>
/// <param name="Controls">What sets it apart from that speaker.</param>
public sealed record SpeechVoice(string Name, string Description, string Speaker, bool Low, VoiceControls Controls);

/// <summary>The voices there are.</summary>
public static class SpeechVoices
{
    const string given = "kathleen", designed = "A designed voice: offsets to Kathleen's in pitch, resonance, range and breath. It belongs to no real person. ";

    public static SpeechVoice Kathleen { get; } = new(given, "Kathleen, who gave her recordings for speech synthesis (CC0). American, clear, medium high.", given, Low: false, VoiceControls.None);

    /// <summary>All voices, Kathleen first.</summary>
    public static IReadOnlyList<SpeechVoice> All { get; } =
    [
        Kathleen,
        new("martin", designed + "A man's, low and even.", given, Low: true, new() { PitchSemitones = -8.5f, EnergyDb = 3.5f, Formants = 0.86f, Range = 0.9f, Speed = 0.98f }),
        new("george", designed + "An older man's, very low and slow, a little rough with breath.", given, Low: true, new() { PitchSemitones = -11, EnergyDb = 3.5f, Formants = 0.82f, Range = 0.75f, Speed = 0.9f, Pauses = 1.2f, Breathiness = 0.15f }),
        new("theo", designed + "A young man's, light and quick.", given, Low: true, new() { PitchSemitones = -6, EnergyDb = 4, Formants = 0.9f, Range = 1.1f, Speed = 1.05f }),
        new("ida", designed + "A woman's, darker and calmer.", given, Low: false, new() { PitchSemitones = -3, EnergyDb = 1, Formants = 0.95f, Range = 0.9f, Speed = 0.95f, Breathiness = 0.08f }),
        new("nora", designed + "A young woman's, brighter and livelier.", given, Low: false, new() { PitchSemitones = 1.5f, Formants = 1.05f, Range = 1.2f, Speed = 1.04f }),
        new("pip", designed + "A child's, high and small.", given, Low: false, new() { PitchSemitones = 4.5f, EnergyDb = 1.5f, Formants = 1.2f, Range = 1.15f, Speed = 0.97f }),
    ];

    /// <summary>The voice of a name.</summary>
    /// <exception cref="ArgumentException">There is none; all names are told.</exception>
    public static SpeechVoice Named(string name)
        => All.FirstOrDefault(v => v.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"voice is '{name}': give {string.Join(", ", All.Select(v => v.Name))}.");
}
