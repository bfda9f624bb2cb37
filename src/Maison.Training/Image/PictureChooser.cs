// Chooses between pictures of one prompt: the one in which a judge sees most of what is asked for. Where no style is named it is a scene, whose things are
// looked at from near, each where its colour is. The judge is not the one that scores.

using Maison.Data.Pictures;
using Maison.Data.Pictures.Measures;
using Maison.Inference.Pictures;
using Maison.Models;
using Maison.Models.Image;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Training.Image;

/// <summary>A loaded chooser; one caller at a time.</summary>
public sealed class PictureChooser : IDisposable
{
    /// <summary>The chooser that comes with Maison.</summary>
    public const string Shipped = "maison-chooser-1";

    /// <summary>How much the style counts beside all that is shown.</summary>
    const double StyleWeight = 0.5;

    readonly PictureJudge judge;
    readonly PictureAppraiser appraiser;
    readonly PromptReading reading;

    PictureChooser(PictureJudge judge, Gang gang) => (this.judge, appraiser, reading) = (judge, new(judge, gang), new(judge.Config));

    /// <summary>Loads a judge that names colours and numbers. The gang stays the caller's.</summary>
    /// <exception cref="CheckpointFormatException">The folder holds none, or a damaged one.</exception>
    public static PictureChooser Load(string folder, Gang gang)
    {
        if (!ImageCheckpoint.JudgeConfigOf(folder).Colours) throw new CheckpointFormatException(folder, "config.colours", "is false: this judge scores", "give one that was trained with --colours, and never taught on what scores");
        return new(ImageCheckpoint.LoadJudge(folder), gang);
    }

    /// <summary>Whether it understands enough of a prompt to choose.</summary>
    public bool Understands(string prompt) => reading.Of(prompt) is { Things.Count: > 0 } or { Styles.Count: > 0 };

    /// <summary>Number of the picture that shows best what a prompt asks for.</summary>
    /// <param name="pictures">Square, three bytes a pixel.</param>
    public int Best(string prompt, IReadOnlyList<Picture> pictures)
    {
        var asked = reading.Of(prompt);
        double[] scores = [.. pictures.Select(p => Score(asked, p))];
        return Array.IndexOf(scores, scores.Max());
    }

    double Score(AskedOfPicture asked, Picture picture)
    {
        var regions = asked.Styles.Count == 0 && asked.Things.Any(t => t.Colour is not null) ? new PictureRegions(picture) : null;
        // Not looked at where all that is asked is of things with a colour.
        Appraisal? looked = null;
        var style = asked.Styles.Count == 0 ? 0 : StyleWeight * (LogSum([.. asked.Styles.Select(s => Whole().Styles[s])]) - LogSum(Whole().Styles));
        return style + asked.Things.Select(Told).DefaultIfEmpty().Average();

        Appraisal Whole() => looked ??= Look(picture);

        double Told(ThingInWords thing)
        {
            var seen = regions is null || thing.Colour is null ? Whole() : thing.In(regions) is { } piece ? Look(piece.Around(picture, ThingInWords.Margin)) : null;
            return thing.Names.Select(n => Likely(n, seen)).Concat(thing.Many is { } many ? [Likely(many, Whole())] : []).Average();
        }
    }

    Appraisal Look(Picture picture)
    {
        var square = PictureFile.Square(picture, judge.Config.Side, nearest: false);
        return Appraisal.Mean(appraiser.Look([square.Pixels, PictureFile.Mirrored(square).Pixels]));
    }

    /// <summary>The log-likelihood of a name; as likely as any other where nothing is seen.</summary>
    double Likely(int name, Appraisal? seen) => seen is null ? -Math.Log(judge.Config.Names.Count) : seen.Names[name] - LogSum(seen.Names);

    static double LogSum(IReadOnlyList<float> logits)
    {
        var most = logits.Max();
        return most + Math.Log(logits.Sum(z => Math.Exp(z - most)));
    }

    public void Dispose()
    {
        appraiser.Dispose();
        foreach (var slot in ModelWeights.Slots(judge)) (slot.Weight as IDisposable)?.Dispose();
    }
}
