// Scores an image model: paints what is missing in the folder of the evaluation, looks at all of it, counts. A picture is kept as soon as it is painted, so
// an evaluation that is stopped goes on where it was; which weights painted is kept beside them, so that no picture is taken for another model's.

using System.Diagnostics;
using System.Text.Json;
using Maison.Data.Pictures;
using Maison.Inference.Pictures;
using Maison.Tensors;
using Maison.Training.Evaluations;
using Maison.Training.Text;

namespace Maison.Training.Image.Evaluations;

/// <summary>What is evaluated, and how.</summary>
/// <param name="Folder">Where pictures and scores go.</param>
/// <param name="Weights">SHA-256 of the weights.</param>
/// <param name="Prompts">Prompts to paint; the other parts of the evaluation shrink with them.</param>
/// <param name="Candidates">Seeds that each picture is chosen from.</param>
/// <param name="Parti">Prompts to paint that are not scored.</param>
/// <param name="Captions">Pictures with whose captions the prompts were compared.</param>
public sealed record ImageTrial(string Folder, string Name, string Weights, int Prompts, int Seed, PaintingOptions Options, int Candidates, IReadOnlyList<string> Parti, int Captions);

/// <summary>Evaluates image models.</summary>
public sealed class ImageEvaluation(ImageModel model, ImageJudge judge, ImageTrial trial, Gang gang, IProgress<EvaluationProgress>? progress = null)
{
    /// <summary>Pages in the folder of an evaluation.</summary>
    public const string VerdictsPage = "verdicts.png", SmallVerdictsPage = "verdicts-small.png", PartiPage = "parti.png", CaptionsPage = "captions.png", VerdictsName = "verdicts.jsonl";

    const string TrialName = "trial.json", PicturesFolder = "pictures", PromptPart = "prompts", CaptionPart = "captions", SeedPart = "seeds", StylePart = "styles", PartiPart = "parti";
    const int MostCaptions = 160, SeedsEach = 5, PartiAcross = 6;
    const ulong SeedsApart = 10_000;

    /// <summary>A picture that the evaluation needs.</summary>
    sealed record Wanted(string Part, int Number, string Prompt, ulong Seed)
    {
        public string File => $"{Part}-{Number:D3}.png";
    }

    int Side => model.Sides[0];

    /// <summary>Runs the evaluation to its end, and writes scores and pages.</summary>
    /// <exception cref="InvalidDataException">The folder holds the pictures of other weights or another trial, or the judge was never measured.</exception>
    public ImageScores Run(CancellationToken stop = default)
    {
        var real = judge.Measures ?? throw new InvalidDataException($"{judge.Name} was never measured on real pictures. Pack it with maison models pack-judge.");
        var prompts = ImagePrompts.Some(trial.Prompts);
        var share = prompts.Count / (double)ImagePrompts.All.Count;
        var captions = References((int)Math.Ceiling(share * Math.Min(MostCaptions, judge.References.Count)));
        Wanted[] wanted = [.. prompts.Select((p, i) => new Wanted(PromptPart, i, p.Text, Seed(i))), .. captions.Select((c, i) => new Wanted(CaptionPart, i, c.Caption, Seed(i))),
            .. Same(share), .. trial.Parti.Select((p, i) => new Wanted(PartiPart, i, p, Seed(i)))];
        var times = Paint(wanted, stop);

        var pictures = wanted.Select(Kept).ToArray();
        var seen = judge.Look(pictures, n => progress?.Report(new("look", n, pictures.Length)), stop);
        var referee = new PictureReferee(judge);
        List<(byte[] Pixels, PictureVerdict Verdict)> verdicts = [];
        for (var i = 0; i < prompts.Count; i++) verdicts.Add((pictures[i].Pixels, referee.Check(prompts[i], wanted[i].Seed, pictures[i], seen[i])));
        var scores = Scored([.. verdicts.Select(v => v.Verdict)], [.. wanted.Zip(seen)], times, real);
        File.WriteAllLines(Path.Combine(trial.Folder, VerdictsName), verdicts.Select(v => JsonSerializer.Serialize(v.Verdict, JudgeLinesJson.Default.PictureVerdict)));
        PngFile.Write(Path.Combine(trial.Folder, VerdictsPage), VerdictSheet.Of(verdicts, Side));
        // For the card, which is sent around with the weights.
        PngFile.Write(Path.Combine(trial.Folder, SmallVerdictsPage), VerdictSheet.Of([.. verdicts.Select(v => (PictureFile.Square(new(Side, Side, v.Pixels), Side / 2, nearest: false).Pixels, v.Verdict))], Side / 2));
        Page(CaptionPart, CaptionsPage, 16);
        Page(PartiPart, PartiPage, PartiAcross);
        // The last, since a folder with scores is an evaluation that is done.
        File.WriteAllText(Path.Combine(trial.Folder, ImageScores.FileName), scores.ToJson());
        return scores;

        void Page(string part, string file, int across)
        {
            byte[][] some = [.. wanted.Zip(pictures).Where(p => p.First.Part == part).Select(p => p.Second.Pixels)];
            if (some.Length > 0) PngFile.Write(Path.Combine(trial.Folder, file), ContactSheet.Of(some, Side, across));
        }
    }

    ulong Seed(int number) => (ulong)trial.Seed + (ulong)number;

    /// <summary>Real pictures whose captions are painted, spread over all of them.</summary>
    ReferencePicture[] References(int count)
    {
        // A caption that is too long for the model says nothing about how it paints.
        var fitting = judge.References.Where(r => model.Tokens(r.Caption) <= model.MostTokens).ToArray();
        return [.. Enumerable.Range(0, Math.Min(count, fitting.Length)).Select(i => fitting[(int)((long)i * fitting.Length / Math.Min(count, fitting.Length))])];
    }

    /// <summary>Photographed with several seeds each: there are several real photographs of each.</summary>
    internal static readonly string[] SeededThings = ["t-shirt", "lemon", "dress", "banana", "hat", "pineapple", "pair of shoes", "watermelon", "jacket", "peach"];

    /// <summary>Painted in several styles each: somebody drew each in all of them.</summary>
    internal static readonly string[] StyledThings = ["automobile", "butterfly", "guitar", "house", "owl", "rocket", "rose", "turtle"];

    /// <summary>Those styles, as prompts and as corpora name them.</summary>
    internal static readonly (string Words, string Style)[] StylesOfOne =
    [
        ("3D emoji", "emoji-3d-render"), ("gradient emoji", "emoji-gradient"), ("flat emoji", "emoji-flat"), ("black and white icon", "icon-black-white"),
        ("cartoon emoji", "emoji-noto"), ("outlined emoji", "emoji-outline"), ("simple flat emoji", "emoji-twemoji"),
    ];

    IEnumerable<Wanted> Same(double share)
    {
        for (var t = 0; t < Part(SeededThings.Length); t++)
            for (var s = 0; s < SeedsEach; s++) yield return new(SeedPart, t * SeedsEach + s, $"{SeededThings[t]}, photograph", Seed(s));
        for (var t = 0; t < Part(StyledThings.Length); t++)
            for (var s = 0; s < StylesOfOne.Length; s++) yield return new(StylePart, t * StylesOfOne.Length + s, $"{StyledThings[t]}, {StylesOfOne[s].Words}", Seed(t));

        int Part(int of) => Math.Max(1, (int)Math.Round(share * of));
    }

    /// <summary>What painting has cost so far, kept beside the pictures.</summary>
    sealed record Times(int Pictures, double Seconds, double CoreSeconds);

    sealed record Begun(string Weights, int Seed, int Steps, float Guidance, Times Times, int Candidates = 1);

    Times Paint(Wanted[] wanted, CancellationToken stop)
    {
        var folder = Directory.CreateDirectory(Path.Combine(trial.Folder, PicturesFolder)).FullName;
        var path = Path.Combine(trial.Folder, TrialName);
        var begun = new Begun(trial.Weights, trial.Seed, trial.Options.Steps, trial.Options.Guidance, new(0, 0, 0), trial.Candidates);
        if (File.Exists(path))
        {
            Begun? before;
            try { before = JsonSerializer.Deserialize<Begun>(File.ReadAllBytes(path)); }
            catch (JsonException e) { throw new InvalidDataException($"{path} cannot be read: {e.Message} Delete the folder, or give another --out.", e); }
            if (before is null) throw new InvalidDataException($"{path} is empty. Delete the folder, or give another --out.");
            if (before with { Times = begun.Times } != begun) throw new InvalidDataException($"{trial.Folder} holds pictures of other weights, or of another seed, number of steps, guidance or candidates. Give another --out, or delete it.");
            begun = before;
        }
        var times = begun.Times;
        var missing = wanted.Where(w => !Has(w)).ToArray();
        var done = wanted.Length - missing.Length;
        foreach (var few in missing.Chunk(ImageModel.MostTogether))
        {
            stop.ThrowIfCancellationRequested();
            progress?.Report(new("paint", done, wanted.Length));
            var (start, cores) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var painted = model.Paint([.. few.Select(w => new PaintOrder(w.Prompt, [.. Seeds(w)]))], trial.Options, Side, stop: stop);
            times = new(times.Pictures + few.Length, times.Seconds + Stopwatch.GetElapsedTime(start).TotalSeconds, times.CoreSeconds + (Environment.CpuUsage.TotalTime - cores).TotalSeconds);
            for (var i = 0; i < few.Length; i++)
            {
                var to = Path.Combine(folder, few[i].File);
                PngFile.Write(to + ".partial", new(Side, Side, painted[i].Pixels), Recipe(few[i], painted[i].Seed).Note());
                File.Move(to + ".partial", to, overwrite: true);
            }
            File.WriteAllBytes(path + ".partial", JsonSerializer.SerializeToUtf8Bytes(begun with { Times = times }));
            File.Move(path + ".partial", path, overwrite: true);
            progress?.Report(new("paint", done += few.Length, wanted.Length));
        }
        return times;

        bool Has(Wanted w)
        {
            var file = Path.Combine(folder, w.File);
            // A folder may hold the pictures of fewer prompts: only what shows this prompt is taken.
            try { return File.Exists(file) && PictureRecipe.Read(File.ReadAllBytes(file)) is var kept && Seeds(w).Any(seed => kept == Recipe(w, seed)); }
            catch (InvalidDataException) { return false; }
        }
    }

    /// <summary>Seeds of which one is painted; those of other pictures are far from them.</summary>
    IEnumerable<ulong> Seeds(Wanted w) => Enumerable.Range(0, trial.Candidates).Select(k => w.Seed + SeedsApart * (ulong)k);

    PictureRecipe Recipe(Wanted w, ulong seed) => new(PictureRecipe.Joined([w.Prompt]), (int)seed, 1, trial.Options.Steps, trial.Options.Guidance, trial.Name, Side);

    Picture Kept(Wanted w) => PngReader.Read(File.ReadAllBytes(Path.Combine(trial.Folder, PicturesFolder, w.File)));

    ImageScores Scored(IReadOnlyList<PictureVerdict> verdicts, IReadOnlyList<(Wanted Wanted, Appraisal Seen)> all, Times times, JudgeMeasures real)
    {
        var checks = verdicts.SelectMany(v => v.Checks.Select(c => (v.Group, Name: c.Key, Passed: c.Value))).ToArray();
        CategoryScore[] groups = [.. checks.GroupBy(c => $"{c.Group}/{c.Name}").Select(g => new CategoryScore(g.Key, g.Count(), Measured.Share(g.Select(c => c.Passed)), real.Checks.GetValueOrDefault(g.Key)?.Accepted, real.Checks.GetValueOrDefault(g.Key)?.Wrong))];
        CategoryScore[] categories = [.. CheckNames.All.Where(n => checks.Any(c => c.Name == n)).Select(n =>
        {
            bool[] passed = [.. checks.Where(c => c.Name == n).Select(c => c.Passed)];
            var parts = groups.Where(g => g.Name.EndsWith("/" + n, StringComparison.Ordinal)).ToArray();
            return new CategoryScore(n, passed.Length, Measured.Share(passed), Weighed(parts, p => p.Real), Weighed(parts, p => p.Wrong));
        })];
        // Categories are taken for independent: pictures are shared between them, so the error is a little too small.
        var overall = new Measured(categories.Average(c => c.Passed.Value), Math.Sqrt(categories.Sum(c => Math.Pow(c.Passed.Error ?? 0, 2))) / categories.Length);

        float[][] references = [.. judge.References.Select(r => r.Values())], painted = Features(CaptionPart);
        var centre = FeatureDistances.Mean(references);
        return new(trial.Name, trial.Weights, judge.Name, verdicts.Count, trial.Seed, Side, trial.Options.Steps, trial.Options.Guidance, trial.Candidates, categories, groups, overall, Measured.Share(verdicts.Select(v => v.Right)),
            painted.Length > 1 ? FeatureDistances.Frechet(painted, references) : null, painted.Length > 2 ? FeatureDistances.Kernel(painted, references) : null, [painted.Length, references.Length], real.Frechet, real.Kernel,
            [Sameness("one prompt, other seeds", SeedPart, SeedsEach, real.SameThing), Sameness("one thing, other styles", StylePart, StylesOfOne.Length, real.SameThingInStyles)],
            times.Pictures == 0 ? null : times.Seconds / times.Pictures, times.Pictures == 0 ? null : times.CoreSeconds / times.Pictures, times.Pictures, gang.Threads, trial.Parti.Count, trial.Captions, ImageScores.CurrentMethod);

        float[][] Features(string part) => [.. all.Where(a => a.Wanted.Part == part).Select(a => a.Seen.Features)];

        SamenessScore Sameness(string name, string part, int each, double? of)
        {
            var features = Features(part);
            return new(name, features.Length, features.Chunk(each).Where(c => c.Length > 1).Average(c => FeatureDistances.Sameness(c, centre)), of);
        }

        static double? Weighed(CategoryScore[] parts, Func<CategoryScore, double?> of)
            => parts.Where(p => of(p) is not null).ToArray() is { Length: > 0 } known ? known.Sum(p => of(p)!.Value * p.Count) / known.Sum(p => p.Count) : null;
    }
}
