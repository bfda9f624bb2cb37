using Maison.Api.Briefings.Sources;

namespace Maison.Api.Briefings.Stories;

/// <summary>One thing that happened, as one or several publishers tell it.</summary>
/// <param name="Sources">The one that tells most first.</param>
/// <param name="Terms">What it is about, the heaviest first: what a skip or a replay is remembered by.</param>
/// <param name="Score">The greater, the sooner it is told.</param>
public sealed record Story(IReadOnlyList<Source> Sources, IReadOnlyList<string> Terms, double Score)
{
    /// <summary>Why it stands where it does, for whoever asks.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    public Source Lead => Sources[0];

    const int AkinTerms = 3;

    /// <summary>Whether it is about nearly the same, so that one is heard after the other.</summary>
    public bool IsAkin(Story other) => Terms.Intersect(other.Terms).Count() >= AkinTerms;
}

/// <summary>For whom a briefing is made.</summary>
/// <param name="Interests">Words or phrases, as the listener gave them.</param>
/// <param name="Learnt">What skips and replays taught, by term: below 0 heard enough, above 0 wanted more.</param>
/// <param name="LearntPublishers">The same by publisher.</param>
public sealed record Listener(IReadOnlyList<string> Interests, IReadOnlyDictionary<string, double> Learnt, IReadOnlyDictionary<string, double> LearntPublishers)
{
    public static Listener Anybody { get; } = new([], new Dictionary<string, double>(), new Dictionary<string, double>());
}
