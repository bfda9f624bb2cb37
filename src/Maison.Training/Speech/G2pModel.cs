// The grapheme-to-phoneme network where it lies: weights of a small decoder and, in a packed model, the words it gets wrong.

using Maison.Data.Speech;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Training.Speech;

/// <summary>A loaded network; a <see cref="Pronouncer"/> is made from it.</summary>
public sealed class G2pModel : IDisposable
{
    /// <summary>The model that comes with Maison.</summary>
    public const string Shipped = "maison-g2p-1";

    /// <summary>The family in config.json, so that nobody takes it for a model to chat with.</summary>
    public const string Family = "maison-g2p";

    /// <summary>The file of words that the network gets wrong.</summary>
    public const string ExceptionsName = "exceptions.txt";

    readonly Transducer transducer;

    G2pModel(Decoder decoder, Gang gang, Lexicon? exceptions)
    {
        if (decoder.Config.Vocab != G2pVocabulary.Count)
            throw new InvalidDataException($"The model has {decoder.Config.Vocab} ids, letters and phones have {G2pVocabulary.Count}: it is no grapheme-to-phoneme network. Give one that `maison train g2p` made.");
        Exceptions = exceptions;
        transducer = new Transducer(decoder, gang, G2pVocabulary.Mark, G2pVocabulary.MostPhones + 1);
    }

    /// <summary>Words that the network gets wrong; null in a run.</summary>
    public Lexicon? Exceptions { get; }

    /// <summary>The network itself.</summary>
    public G2pNetwork Network => transducer.Run;

    /// <summary>Loads a packed model, or the newest checkpoint of a run.</summary>
    public static G2pModel Load(string folder, Gang gang)
    {
        var exceptions = Path.Combine(folder, ExceptionsName);
        if (File.Exists(exceptions)) return new(DecoderCheckpoint.Load(folder, G2pVocabulary.Context, Family), gang, Lexicon.Load(exceptions));
        return new(DecoderCheckpoint.Load(CheckpointFolders.Resolve(folder), G2pVocabulary.Context), gang, null);
    }

    /// <summary>A pronouncer over this network; it must not outlive it.</summary>
    /// <param name="user">A user's own words.</param>
    public Pronouncer Pronouncer(Lexicon? user = null) => new(user, Exceptions, Network);

    public void Dispose() => transducer.Dispose();
}
