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

    /// <summary>How much of a picture is looked at around a thing, in sizes of it, and how large its piece must be.</summary>
    const double Margin = 1.3, LeastArea = 0.002;

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
        var near = asked.Styles.Count == 0 && asked.Things.Any(t => t.Colour is not null);
        var regions = near ? new PictureRegions(picture) : null;
        var whole = Look(picture);
        var score = asked.Styles.Count == 0 ? 0 : StyleWeight * (LogSum([.. asked.Styles.Select(s => whole.Styles[s])]) - LogSum(whole.Styles));
        return score + asked.Things.Select(t => regions is null || t.Colour is null ? Likely(t, whole) : Near(t, picture, regions)).DefaultIfEmpty().Average();
    }

    /// <summary>How likely a thing is, seen where its colour is; as likely as any other where its colour is nowhere.</summary>
    double Near(ThingInWords thing, Picture picture, PictureRegions regions) => regions.Of(NamedColours.Of(thing.Colour!)) is [var piece, ..] && piece.Area >= LeastArea
        ? Likely(thing, Look(piece.Around(picture, Margin))) : -Math.Log(judge.Config.Names.Count);

    Appraisal Look(Picture picture)
    {
        var square = PictureFile.Square(picture, judge.Config.Side, nearest: false);
        return Appraisal.Mean(appraiser.Look([square.Pixels, PictureFile.Mirrored(square).Pixels]));
    }

    /// <summary>The mean log-likelihood of what is told of a thing.</summary>
    static double Likely(ThingInWords thing, Appraisal seen) => thing.Names.Average(n => seen.Names[n]) - LogSum(seen.Names);

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
