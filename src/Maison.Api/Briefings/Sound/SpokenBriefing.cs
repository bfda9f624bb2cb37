using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sources;
using Maison.Inference.Speech;

namespace Maison.Api.Briefings.Sound;

/// <summary>What is to be made.</summary>
/// <param name="Voices">One for every host.</param>
public sealed record BriefingOrder(BriefingLength Length, DateOnly Day, IReadOnlyList<SpeechVoice> Voices)
{
    public int Hosts => Voices.Count;
}

/// <summary>A line and when it is heard.</summary>
/// <param name="Start">Seconds from the beginning.</param>
public sealed record SpokenLine(ScriptLine Line, double Start, double End);

/// <summary>A story of the briefing.</summary>
/// <param name="Reasons">Why it is told where it is.</param>
public sealed record Chapter(int Number, string Title, double Start, double End, IReadOnlyList<string> Publishers, IReadOnlyList<string> Reasons, IReadOnlyList<string> Terms);

/// <summary>A briefing that is done, besides its sound.</summary>
/// <param name="Sources">Those that a line points at.</param>
/// <param name="Notes">What was left out and why.</param>
public sealed record SpokenBriefing(
    BriefingOrder Order, double Seconds, IReadOnlyList<SpokenLine> Lines, IReadOnlyList<Chapter> Chapters, IReadOnlyList<Source> Sources, IReadOnlyList<CutLine> Cut, IReadOnlyList<string> Notes);

/// <summary>How far it is.</summary>
/// <param name="Stage">read, write or speak.</param>
public readonly record struct BriefingProgress(string Stage, double Done, double Total);
