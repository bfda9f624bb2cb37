// How right the checks are on pictures of which it is known what they show: real pictures that the judge never saw, drawings with a colour in their names,
// and what the renderer makes of the very prompts of the evaluation. Also the real side of every distance.

using Maison.Data.Pictures;
using Maison.Data.Pictures.Measures;
using Maison.Data.Pictures.Preparation;
using Maison.Data.Pictures.Scenes;
using Maison.Inference.Pictures;
using Maison.Training.Evaluations;

namespace Maison.Training.Image.Evaluations;

/// <summary>Measures a judge on real pictures.</summary>
/// <param name="scenes">Prompts of solids that are rendered at most.</param>
public sealed class JudgeMeasuring(ImageJudge judge, PreparedPictures prepared, IProgress<EvaluationProgress>? progress = null, int scenes = int.MaxValue)
{
    /// <summary>Pictures are measured in the size in which models paint.</summary>
    const int Side = 128;
    const int MostReferences = 120, RenderSeed = 1_000_003, RenderPaths = 16;

    /// <summary>People and pieces of things whose colour is not that of the picture.</summary>
    static readonly string[] partly = ["hair", "cane", "man", "woman", "person", "flag", "question", "exclamation", "tea", "wine", "bear", "salad", "paper", "envelope", "japan", "skull", "button"];

    readonly JudgeNames names = new(prepared.All);

    /// <summary>Everything that is measured, and the real pictures that stay with a judge that scores.</summary>
    /// <param name="distances">Whether real pictures are kept to measure distances from; a judge that only chooses needs none.</param>
    /// <exception cref="InvalidDataException">Too few pictures are held out to measure distances.</exception>
    public (JudgeMeasures Measures, IReadOnlyList<ReferencePicture> References) Run(bool distances, CancellationToken stop = default)
    {
        var checks = new Dictionary<string, CheckAccuracy>();
        var unseen = Looked(names.HeldOut, "unseen pictures", stop);
        Drawn(unseen, ImagePrompts.Colours, style => style.StartsWith("emoji", StringComparison.Ordinal));
        Drawn(unseen, ImagePrompts.StylesOfThings, style => !style.StartsWith("emoji", StringComparison.Ordinal) && style != SceneCaptions.Style);
        if (Colours() is { } colours) checks[$"{ImagePrompts.Colours}/{CheckNames.Colour}"] = colours;
        foreach (var (name, accuracy) in Scenes(stop)) checks[name] = accuracy;

        if (!distances) return (new(checks, Styles(unseen), null, null, 0, 0), []);
        ReferencePicture[] references = [.. unseen.Where(u => u.Example.About.HeldOut).GroupBy(u => u.Example.About.Corpus).SelectMany(g => Spread([.. g], MostReferences))
            .Select(u => new ReferencePicture(u.Example.About.Corpus, u.Example.About.Style, u.Example.About.Concept, u.Example.About.Captions[0], ReferencePicture.Packed(u.Seen.Features)))];
        if (references.Length < 6) throw new InvalidDataException($"Only {references.Length} of these pictures are held out: distances need some. Prepare more pictures.");
        float[][] features = [.. references.Select(r => r.Values())], halves = [.. features.Where((_, i) => i % 2 == 0)], others = [.. features.Where((_, i) => i % 2 == 1)];
        var centre = FeatureDistances.Mean(features);
        return (new(checks, Styles(unseen), Same(centre, ImageEvaluation.SeededThings, p => p.Style == "photo"), Same(centre, ImageEvaluation.StyledThings, p => ImageEvaluation.StylesOfOne.Any(s => s.Style == p.Style)),
            FeatureDistances.Frechet(halves, others), FeatureDistances.Kernel(halves, others).Value), references);

        void Drawn(IReadOnlyList<(JudgeExample Example, Appraisal Seen)> all, string group, Func<string, bool> inGroup)
        {
            var asked = ImagePrompts.All.Where(p => p.Group == group).Select(p => p.Style).Distinct().Select(w => ImagePrompts.Styles.First(s => s.Words == w)).ToArray();
            var styled = all.Where(u => asked.Any(a => a.Labels.Contains(u.Example.About.Style))).ToArray();
            if (styled.Length > 0)
                checks[$"{group}/{CheckNames.Style}"] = new(styled.Length, styled.Average(u => Share(asked.First(a => a.Labels.Contains(u.Example.About.Style)).Labels.Contains(judge.Styles[Most(u.Seen.Styles)]))), null, "pictures that the judge never saw");
            var named = all.Where(u => inGroup(u.Example.About.Style)).Select(u => (u.Seen, Names: Known(u.Example))).Where(u => u.Names.Length == 1).ToArray();
            int[] things = [.. ImagePrompts.Things.Concat(ImagePrompts.Solids).SelectMany(ImagePrompts.Labels).Select(judge.NameOf).Where(n => n >= 0).Distinct()];
            if (named.Length > 0 && things.Length > 1)
                checks[$"{group}/{CheckNames.Object}"] = new(named.Length, named.Average(u => Share(things.All(t => t == u.Names[0] || u.Seen.Names[t] < u.Seen.Names[u.Names[0]]))), null, "pictures that the judge never saw, each among the things of the prompts");
        }
    }

    IReadOnlyList<(JudgeExample Example, Appraisal Seen)> Looked(IReadOnlyList<JudgeExample> some, string stage, CancellationToken stop)
    {
        var pictures = new Picture[some.Count];
        Parallel.For(0, pictures.Length, i => pictures[i] = new(Side, Side, prepared.Pixels(some[i].About, Side)));
        return [.. some.Zip(judge.Look(pictures, n => progress?.Report(new(stage, n, pictures.Length)), stop))];
    }

    /// <summary>The judge's own numbers of what a picture shows.</summary>
    int[] Known(JudgeExample example) => [.. example.Names.Select(n => judge.NameOf(names.Names[n])).Where(n => n >= 0)];

    IReadOnlyList<StyleAccuracy> Styles(IReadOnlyList<(JudgeExample Example, Appraisal Seen)> unseen) => [.. unseen.GroupBy(u => u.Example.About.Style).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
    {
        var named = g.Select(u => (u.Seen, Names: Known(u.Example))).Where(u => u.Names.Length > 0).Select(u => u.Names.Min(n => u.Seen.Names.Count(z => z > u.Seen.Names[n]))).ToArray();
        return new StyleAccuracy(g.Key, g.Count(), g.Average(u => Share(judge.Styles[Most(u.Seen.Styles)] == u.Example.About.Style)), named.Length, named.Select(r => Share(r == 0)).DefaultIfEmpty().Average(), named.Select(r => Share(r < 5)).DefaultIfEmpty().Average());
    })];

    /// <summary>Drawings whose concept says one colour; pixels have learned nothing, so all of them count.</summary>
    CheckAccuracy? Colours()
    {
        (PreparedPicture About, int Colour)[] told = [.. prepared.All.Where(p => p.Style.StartsWith("emoji", StringComparison.Ordinal) && !partly.Any(p.Concept.Contains))
            .Select(p => (p, p.Concept.Split(' ').Where(NamedColours.All.Contains).Distinct().ToArray())).Where(p => p.Item2.Length == 1 && p.p.Concept != p.Item2[0]).Select(p => (p.p, NamedColours.Of(p.Item2[0])))];
        if (told.Length == 0) return null;
        var passed = new bool[told.Length];
        var wrong = new double[told.Length];
        Parallel.For(0, told.Length, i =>
        {
            var regions = new PictureRegions(new(Side, Side, prepared.Pixels(told[i].About, Side)));
            passed[i] = PictureChecks.IsColour(regions, told[i].Colour);
            wrong[i] = Enumerable.Range(0, NamedColours.All.Count).Where(c => c != told[i].Colour).Average(c => Share(PictureChecks.IsColour(regions, c)));
        });
        return new(told.Length, passed.Average(Share), wrong.Average(), "drawings with a colour in their name");
    }

    /// <summary>The prompts of solids as the renderer shows them, asked what they show and what the next ones of their group show.</summary>
    Dictionary<string, CheckAccuracy> Scenes(CancellationToken stop)
    {
        ImagePrompt[] prompts = Spread([.. ImagePrompts.All.Where(p => p.Scene is not null)], scenes);
        var pictures = new Picture?[prompts.Length];
        var done = 0;
        Parallel.For(0, prompts.Length, new ParallelOptions { CancellationToken = stop }, i =>
        {
            // Not every pair of words can be arranged; what cannot is not measured.
            try { pictures[i] = SceneCorpus.Of(prompts[i].Scene!, RenderSeed, i, Side, RenderPaths); }
            catch (InvalidOperationException) { }
            progress?.Report(new("render", Interlocked.Increment(ref done), prompts.Length));
        });
        int[] made = [.. Enumerable.Range(0, prompts.Length).Where(i => pictures[i] is not null)];
        var seen = judge.Look([.. made.Select(i => pictures[i]!)], stop: stop);
        var referee = new PictureReferee(judge);
        List<(string Name, bool Right, bool Passed)> all = [];
        for (var k = 0; k < made.Length; k++)
        {
            var prompt = prompts[made[k]];
            Add(prompt, right: true);
            var others = prompts.Where(p => p.Group == prompt.Group).ToArray();
            var other = others[(Array.IndexOf(others, prompt) + 1) % others.Length];
            Add(other, right: false);

            void Add(ImagePrompt asked, bool right)
            {
                foreach (var (name, passed) in referee.Check(asked, 0, pictures[made[k]]!, seen[k]).Checks) all.Add(($"{asked.Group}/{name}", right, passed));
            }
        }
        return all.GroupBy(a => a.Name).ToDictionary(g => g.Key, g => new CheckAccuracy(g.Count(a => a.Right), g.Where(a => a.Right).Average(a => Share(a.Passed)), g.Where(a => !a.Right).Average(a => Share(a.Passed)), "the prompts as the renderer shows them"));
    }

    /// <summary>The mean cosine of real pictures of one thing.</summary>
    double? Same(float[] centre, string[] things, Func<PreparedPicture, bool> of)
    {
        List<double> each = [];
        foreach (var thing in things)
        {
            PreparedPicture[] pictures = Spread([.. prepared.All.Where(p => p.Concept == thing && of(p))], 12);
            if (pictures.Length < 2) continue;
            each.Add(FeatureDistances.Sameness([.. judge.Look([.. pictures.Select(p => new Picture(Side, Side, prepared.Pixels(p, Side)))]).Select(a => a.Features)], centre));
        }
        return each.Count == 0 ? null : each.Average();
    }

    static T[] Spread<T>(T[] all, int most) => most >= all.Length ? all : [.. Enumerable.Range(0, most).Select(i => all[(int)((long)i * all.Length / most)])];

    static double Share(bool passed) => passed ? 1 : 0;

    static int Most(float[] values) => Array.IndexOf(values, values.Max());
}
