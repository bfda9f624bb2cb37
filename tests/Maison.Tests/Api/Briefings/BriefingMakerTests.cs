// A briefing comes out as long as asked for, whatever the sources are like and however wrong the guess of the voice's speed was; and it is told in an order
// that makes sense.

using Maison.Api.Briefings.Script;
using Maison.Api.Briefings.Sound;
using Maison.Api.Briefings.Sources;
using Maison.Api.Briefings.Stories;
using Maison.Inference.Speech;

namespace Maison.Tests.Api.Briefings;

public sealed class BriefingMakerTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 26, 6, 0, 0, TimeSpan.Zero);

    static async Task<SpokenBriefing> Make(IReadOnlyList<Source> sources, BriefingLength length, int hosts, double secondsPerSign, Listener? listener = null)
    {
        var stories = StoryFinder.Find(sources, listener ?? Listener.Anybody, Now);
        long samples = 0;
        var made = await BriefingMaker.Make(new(length, new(2026, 11, 26), [.. SpeechVoices.All.Take(hosts)]), stories, listener ?? Listener.Anybody, [], (text, _, _) => [new(new float[(int)(24_000 * (0.2 + secondsPerSign * text.Length))], [], null)], s => samples += s.Length, new Progress<BriefingProgress>(), default);
        Assert.Equal(samples / 24_000.0, made.Seconds, 3);
        return made;
    }

    /// <summary>Teasers of one or two sentences, as most feeds have them.</summary>
    static List<Source> Teasers(int count) => [.. Enumerable.Range(0, count).Select(i => new Source($"t{i}", $"Town number {i + 2} opens its {Things[i % Things.Length]} early", $"Paper {i % 5}", null, Now.AddHours(-i), SourceRights.Own,
        [$"Town number {i + 2} opens its {Things[i % Things.Length]} early", $"The council of town number {i + 2} has opened its {Things[i % Things.Length]} {i + 3} weeks before the day that was planned, to the delight of {100 + i} families, a {Makers[i % Makers.Length]} said.",
            .. i % 2 == 0 ? new[] { $"A {Makers[(i + 3) % Makers.Length]} from the coast paid for the {Things[(i + 4) % Things.Length]} beside it." } : []]) { Place = i / 5 })];

    static readonly string[] Things = ["swimming pool", "market hall", "tram line", "skating rink", "museum garden", "fire station", "concert hall", "bicycle bridge"];
    static readonly string[] Makers = ["carpenter", "teacher", "shipbuilder", "gardener", "baker"];

    [Theory]
    [InlineData(BriefingLength.Brief, 1, 0.062)]
    [InlineData(BriefingLength.Morning, 1, 0.062)]
    [InlineData(BriefingLength.Morning, 2, 0.045)]
    [InlineData(BriefingLength.Brief, 2, 0.09)]
    [InlineData(BriefingLength.Deep, 2, 0.062)]
    public async Task TeasersFillTheTimeWithinATenth(BriefingLength length, int hosts, double secondsPerSign)
    {
        var made = await Make(Teasers(120), length, hosts, secondsPerSign);
        var asked = Wording.Seconds(length);
        Assert.InRange(made.Seconds, 0.93 * asked, 1.07 * asked);
        // No story is only named.
        Assert.All(made.Chapters, c => Assert.Contains(made.Lines, l => l.Line.Chapter == c.Number && l.Line.Passages.Any(p => p.Passage > 0)));
    }

    [Theory]
    [InlineData(BriefingLength.Brief, 1, 0.045)]
    [InlineData(BriefingLength.Brief, 2, 0.062)]
    [InlineData(BriefingLength.Morning, 1, 0.062)]
    public async Task ArticlesFillTheTimeWithinATenth(BriefingLength length, int hosts, double secondsPerSign)
    {
        var made = await Make((await Material.Read(Material.Texts)).Sources, length, hosts, secondsPerSign);
        Assert.InRange(made.Seconds, 0.93 * Wording.Seconds(length), 1.07 * Wording.Seconds(length));
        Assert.Empty(made.Cut);
    }

    [Fact]
    public async Task AWriterWhoDoesNotStopIsStopped()
    {
        var sources = (await Material.Read(Material.Texts)).Sources;
        var stories = StoryFinder.Find(sources, Listener.Anybody, Now);
        var made = await BriefingMaker.Make(new(BriefingLength.Brief, new(2026, 11, 26), [.. SpeechVoices.All.Take(1)]), stories, Listener.Anybody, [], new Endless(), (text, _, _) => [new(new float[1500 * text.Length], [], null)], _ => { }, new Progress<BriefingProgress>(), default);
        Assert.InRange(made.Seconds, 0.9 * 120, 1.1 * 120);
        Assert.True(made.Chapters.Count > 1);
    }

    /// <summary>Tells every sentence of the lead ten times over.</summary>
    sealed class Endless : IStoryWriter
    {
        public Task<IReadOnlyList<ScriptLine>> Write(StoryTask task, CancellationToken stop)
        {
            var lead = task.Telling.Story.Lead;
            return Task.FromResult<IReadOnlyList<ScriptLine>>([.. Enumerable.Range(0, 10 * lead.Passages.Count).Select(i => new ScriptLine(0, task.Chapter, "", lead.Passages[i % lead.Passages.Count], [new(lead.Id, i % lead.Passages.Count)]))]);
        }
    }

    [Fact]
    public async Task TwoPublishersOfOneStoryAreOneChapterAndTheSecondAddsSomething()
    {
        var made = await Make((await Material.Read(Material.Texts)).Sources, BriefingLength.Morning, 1, 0.062);
        var wall = made.Chapters.Single(c => c.Title.Contains("arbour wall", StringComparison.Ordinal));
        Assert.Equal(["The Saltmere Gazette", "The Morning Bell"], wall.Publishers);
        Assert.Contains("2 publishers tell it", wall.Reasons);
        var other = made.Lines.Single(l => l.Line.Chapter == wall.Number && l.Line.Lead.Contains("Morning Bell", StringComparison.Ordinal));
        Assert.DoesNotContain("3.2 million", other.Line.Claim);
    }

    [Fact]
    public void WhatBelongsTogetherIsToldTogether()
    {
        List<Source> sources = [.. Teasers(6), Akin("a", "Volcano on Stone Island sends ash over the harbour", "Volcano on Stone Island sent ash over the harbour of Rook on Monday, and the school was closed."),
            Akin("b", "Ferry company asks ministers for a loan after Stone Island volcano", "Crossings were cancelled for nine days, hotels stand empty, and its director fears that summer guests will book elsewhere.")];
        var told = StoryFinder.Find(sources, Listener.Anybody, Now);
        var places = told.Select((s, i) => (s.Lead.Id, i)).ToDictionary(p => p.Id, p => p.i);
        Assert.Equal(1, Math.Abs(places["a"] - places["b"]));

        static Source Akin(string id, string title, string text) => new(id, title, $"Paper {id}", null, Now, SourceRights.Own, [title, text]) { Place = id == "a" ? 0 : 9 };
    }

    [Fact]
    public async Task NoSentenceOfThePageIsSpoken()
    {
        var made = await Make((await Material.Read(Material.Texts)).Sources, BriefingLength.Deep, 1, 0.062);
        Assert.All(made.Lines, l => Assert.DoesNotMatch("(?i)http|cookie|newsletter|read more|photo|sign up|reuters", l.Line.Text));
        Assert.Contains("There was material for", Assert.Single(made.Notes));
    }

    [Theory]
    [InlineData("However, the vote was delayed until the spring of next year.", "The vote was delayed until the spring of next year.")]
    [InlineData("The wall (built in 1887) lost forty metres of stone.", "The wall lost forty metres of stone.")]
    [InlineData("I went to see the wall myself last week.", null)]
    [InlineData("“I saw the wall fall,” said Anna Stone on Monday.", "“I saw the wall fall,” said Anna Stone on Monday.")]
    [InlineData("He said “the wall is", null)]
    [InlineData("Too short.", null)]
    public void SentencesAreBroughtToTheEar(string written, string? spoken) => Assert.Equal(spoken, SpokenForm.Of(written));
}
