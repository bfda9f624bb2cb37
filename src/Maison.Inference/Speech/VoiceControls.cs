// Everything about a delivery that can be turned, as one record of numbers: a voice, a style, a request and a single word are all such
// records, laid over one another. What a control does to which array is in ProsodyControls and FrameControls.

namespace Maison.Inference.Speech;

/// <summary>Changes to a delivery; the defaults change nothing.</summary>
public sealed record VoiceControls
{
    /// <summary>No change.</summary>
    public static VoiceControls None { get; } = new();

    /// <summary>Rate of speech as a factor, 0.25 to 4; above 1 is faster.</summary>
    public float Speed { get; init; } = 1;

    /// <summary>Added to the pitch, -24 to 24 semitones.</summary>
    public float PitchSemitones { get; init; }

    /// <summary>Factor of the pitch's movement around its mean, 0 to 3; 0 is flat.</summary>
    public float Range { get; init; } = 1;

    /// <summary>Added to the level, -40 to 12 dB.</summary>
    public float EnergyDb { get; init; }

    /// <summary>Factor of the length of pauses, 0 to 4.</summary>
    public float Pauses { get; init; } = 1;

    /// <summary>Factor of all resonances, 0.75 to 1.3; below 1 is a longer vocal tract.</summary>
    public float Formants { get; init; } = 1;

    /// <summary>How much of the voice above 2 kHz becomes breath, 0 to 1.</summary>
    public float Breathiness { get; init; }

    /// <summary>0 speaks with the voice, 1 whispers without it; between them the voice fades.</summary>
    public float Whisper { get; init; }

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="ArgumentException">Names the control, its value and its range.</exception>
    public VoiceControls Validated()
    {
        Within(Speed, 0.25f, 4, "speed");
        Within(PitchSemitones, -24, 24, "pitch");
        Within(Range, 0, 3, "range");
        Within(EnergyDb, -40, 12, "energy");
        Within(Pauses, 0, 4, "pauses");
        Within(Formants, 0.75f, 1.3f, "formants");
        Within(Breathiness, 0, 1, "breathiness");
        Within(Whisper, 0, 1, "whisper");
        return this;

        static void Within(float value, float low, float high, string name)
        {
            if (!(value >= low && value <= high)) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}: give a number from {low} to {high}."));
        }
    }

    /// <summary>These changes, and then others on top: factors multiply, steps add. What leaves a range stays at its end.</summary>
    public VoiceControls With(VoiceControls other) => new()
    {
        Speed = Math.Clamp(Speed * other.Speed, 0.25f, 4),
        PitchSemitones = Math.Clamp(PitchSemitones + other.PitchSemitones, -24, 24),
        Range = Math.Clamp(Range * other.Range, 0, 3),
        EnergyDb = Math.Clamp(EnergyDb + other.EnergyDb, -40, 12),
        Pauses = Math.Clamp(Pauses * other.Pauses, 0, 4),
        Formants = Math.Clamp(Formants * other.Formants, 0.75f, 1.3f),
        Breathiness = 1 - (1 - Breathiness) * (1 - other.Breathiness),
        Whisper = 1 - (1 - Whisper) * (1 - other.Whisper),
    };

    /// <summary>The same change to a degree: 0 is none, 1 is all of it. Factors are taken to that power, steps times it.</summary>
    public VoiceControls At(float strength)
    {
        if (!(strength is >= 0 and <= 1)) throw new ArgumentException(FormattableString.Invariant($"strength is {strength}: give a number from 0 to 1."));
        return new()
        {
            Speed = MathF.Pow(Speed, strength),
            PitchSemitones = PitchSemitones * strength,
            Range = Range == 0 ? 1 - strength : MathF.Pow(Range, strength),
            EnergyDb = EnergyDb * strength,
            Pauses = Pauses == 0 ? 1 - strength : MathF.Pow(Pauses, strength),
            Formants = MathF.Pow(Formants, strength),
            Breathiness = Breathiness * strength,
            Whisper = Whisper * strength,
        };
    }
}
