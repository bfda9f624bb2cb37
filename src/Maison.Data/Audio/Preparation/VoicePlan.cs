// What a preparation of voice data is asked to do: where from, where to, by which rules.

namespace Maison.Data.Audio.Preparation;

/// <summary>How recordings are made even, and what is held out.</summary>
public sealed record VoiceRules
{
    /// <summary>Rumble below this is removed.</summary>
    public double HighPassHz { get; init; } = 50;
    /// <summary>Level of the speech in dBov (ITU-T P.56).</summary>
    public double ActiveLevelDb { get; init; } = -26;
    /// <summary>No peak is louder than this, whatever the level then is.</summary>
    public double TruePeakDb { get; init; } = -2;
    /// <summary>Frames kept before the speech, where the recording has them.</summary>
    public int KeepBeforeFrames { get; init; } = 10;
    /// <summary>Frames kept behind it.</summary>
    public int KeepAfterFrames { get; init; } = 15;
    /// <summary>A silence of so many frames inside is a pause.</summary>
    public int PauseFrames { get; init; } = 8;
    /// <summary>Prompts held out of a corpus that reads set B of the ARCTIC prompts.</summary>
    public int HeldOutArctic { get; init; } = 32;
    /// <summary>Share of prompts held out of other corpora.</summary>
    public double HeldOutShare { get; init; } = 0.1;
    /// <summary>An utterance whose pitch estimators agree in a smaller share of its voiced frames is quarantined.</summary>
    public double LeastPitchAgreement { get; init; } = 0.6;
    /// <summary>With fewer voiced frames than this nothing is concluded from them.</summary>
    public int LeastVoicedFrames { get; init; } = 10;
    /// <summary>Utterances of each speaker that the first pass takes the pitch range from.</summary>
    public int RangeUtterances { get; init; } = 60;
}

/// <summary>One preparation of voice data.</summary>
/// <param name="Source">A folder of voice corpora, or one of them.</param>
/// <param name="Output">Folder for the result; what an interrupted run left there is taken up again.</param>
public sealed record VoicePlan(string Source, string Output)
{
    /// <summary>How recordings are treated.</summary>
    public VoiceRules Rules { get; init; } = new();
    /// <summary>An interrupted run loses at most the work on so many recordings.</summary>
    public int PartUtterances { get; init; } = 64;
    /// <summary>Threads to use.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
