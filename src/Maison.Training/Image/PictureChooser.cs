// Chooses between pictures of one prompt: the one in which a judge sees most of what is asked for. The judge is not the one that scores.

using Maison.Data.Pictures;
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
    public bool Understands(string prompt) => reading.Of(prompt) is { Names.Count: > 0 } or { Styles.Count: > 0 };

    /// <summary>Number of the picture that shows best what a prompt asks for.</summary>
    /// <param name="pictures">Square, three bytes a pixel.</param>
    public int Best(string prompt, IReadOnlyList<Picture> pictures)
    {
        var asked = reading.Of(prompt);
        var seen = appraiser.Look([.. pictures.Select(p => PictureFile.Square(p, judge.Config.Side, nearest: false).Pixels)]);
        double[] scores = [.. seen.Select(s => Score(asked, s))];
        return Array.IndexOf(scores, scores.Max());
    }

    static double Score(AskedOfPicture asked, Appraisal seen)
    {
        var score = 0.0;
        if (asked.Names.Count > 0) score += asked.Names.Average(n => seen.Names[n]) - LogSum(seen.Names);
        if (asked.Styles.Count > 0) score += StyleWeight * (LogSum([.. asked.Styles.Select(s => seen.Styles[s])]) - LogSum(seen.Styles));
        return score;
    }

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
