// The text front end with its network from letters to phones: the shipped one where it is, or the one that was named. Without any, words that
// no table and no rule knows are spelled, and that is told.

using Maison.Cli.Evaluation;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;
using Maison.Tensors;
using Maison.Training.Speech;

namespace Maison.Cli.Speech;

/// <summary>A front end that owns its network.</summary>
sealed class LoadedFrontEnd : IDisposable
{
    readonly G2pModel? network;

    LoadedFrontEnd(G2pModel? network, Lexicon? user, EmojiReading emoji)
    {
        this.network = network;
        Reader = new(network?.Pronouncer(user) ?? new Pronouncer(user), new(emoji));
    }

    public FrontEnd Reader { get; }

    /// <summary>Loads it. The gang stays the caller's.</summary>
    /// <param name="model">The network's folder or shipped name; null for the shipped one if it is there.</param>
    /// <param name="lexicon">A file of the user's own words.</param>
    public static LoadedFrontEnd Load(Surroundings here, string? model, string? lexicon, EmojiReading emoji, Gang gang, TextWriter error)
    {
        var user = lexicon is null ? null : Lexicon.Load(lexicon);
        if (model is null && !Directory.Exists(Path.Combine(here.ShippedModels, G2pModel.Shipped)))
        {
            error.WriteLine($"There is no {G2pModel.Shipped}, so words in no table are spelled.");
            return new(null, user, emoji);
        }
        return new(G2pModel.Load(EvalG2p.Folder(model ?? G2pModel.Shipped, here), gang), user, emoji);
    }

    public void Dispose() => network?.Dispose();
}
