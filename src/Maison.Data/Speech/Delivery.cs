// How a stretch of text is to be said, as tags ask for it: one record whether it came from [rate:1.2] or from SSML. It knows no voice or
// style by name; who speaks it refuses the ones it does not have.

namespace Maison.Data.Speech;

/// <summary>The asked-for manner of a stretch of speech; the defaults ask for nothing.</summary>
/// <param name="Voice">Name of a voice; null for the caller's.</param>
/// <param name="Style">Name of a style such as cheerful; null for the caller's.</param>
/// <param name="Rate">Speed as a factor, 1 as it is.</param>
/// <param name="PitchSemitones">Added to the pitch.</param>
/// <param name="Range">Factor of the pitch's movement around its mean: 0 is flat.</param>
/// <param name="VolumeDb">Added to the level.</param>
/// <param name="Emphasis">-1 reduced, 0 none, 1 moderate, 2 strong.</param>
public sealed record Delivery(string? Voice = null, string? Style = null, double Rate = 1, double PitchSemitones = 0, double Range = 1, double VolumeDb = 0, int Emphasis = 0)
{
    /// <summary>Nothing is asked for.</summary>
    public static Delivery Plain { get; } = new();
}
