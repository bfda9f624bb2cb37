// What a run that tunes a chat model begins with, to preferences or to rewards.

using Maison.Cli.Terminal;
using Maison.Models.Weights;
using Maison.Training;
using Maison.Training.Optimisers;
using Maison.Training.Text;

namespace Maison.Cli.Training;

static class TuningFolder
{
    /// <summary>Of the rates of training from scratch: a tuned model should stay near the one it came from.</summary>
    public const double RateScale = 0.02;

    /// <summary>Makes the folder, with the tokenizer of the model to start from.</summary>
    public static void Begin(string folder, CheckpointFiles from)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])[TokenizerSettings.TokenizerName, TokenizerSettings.ConfigName])
            if (Path.Combine(Path.GetDirectoryName(from.Tokenizer)!, name) is var file && File.Exists(file)) File.Copy(file, Path.Combine(folder, name), overwrite: true);
    }

    public static Schedule Schedule(int steps, double decay, double finalRate) => new(steps, steps / 10, (int)((steps - steps / 10) * decay), finalRate);

    public static OptimiserOptions Rates(double scale)
    {
        var rates = new OptimiserOptions();
        return rates with { Matrix = rates.Matrix * scale, Embedding = rates.Embedding * scale, Head = rates.Head * scale, Scalar = rates.Scalar * scale, Decay = 0 };
    }

    /// <exception cref="UserException">An option differs from the run's.</exception>
    public static void Same(string folder, string option, bool same)
    {
        if (!same) throw new UserException($"{option} cannot change a run that has begun. Leave it out to go on with {folder}, or start another run with --run.");
    }
}
