// One utterance as the voice models learn from it: what was said, and the frames in which it was said.

using Maison.Data.Audio;
using Maison.Data.Speech;

namespace Maison.Training.Voice;

/// <summary>A recorded sentence.</summary>
/// <param name="Name">Its id in the data.</param>
/// <param name="Speaker">Name of the speaker.</param>
/// <param name="Tokens">What is said, from silence to silence.</param>
/// <param name="Pauses">Stretches of silence inside, in frames.</param>
/// <param name="Formants">Factor by which the recording was resampled; 1 for a recording as it is.</param>
/// <param name="Samples">Reads its sound; null where there is none.</param>
public sealed record VoiceExample(string Name, string Speaker, PhoneToken[] Tokens, VoiceFeatures Features, IReadOnlyList<(int First, int Length)> Pauses, float Formants = 1, Func<float[]>? Samples = null)
{
    /// <summary>How many frames it lasts.</summary>
    public int Frames => Features.Frames;

    /// <summary>Ids of the tokens.</summary>
    public int[] Phones => [.. Tokens.Select(t => t.Phone.Id)];
}

/// <summary>An example whose phones have their lengths.</summary>
/// <param name="Counts">Frames of each token.</param>
public sealed record AlignedExample(VoiceExample Example, int[] Counts);
