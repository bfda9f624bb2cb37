// A folder of prepared data as training sees it: shard files by purpose, with the weights of the corpora. It opens nothing.

namespace Maison.Data.Preparation;

/// <summary>The shards of a preparation.</summary>
/// <param name="Ledger">Where everything came from.</param>
/// <param name="Train">Plain documents for training: full path and epochs per epoch of the mixture.</param>
/// <param name="HeldOut">Held-out documents, one file per corpus (its name without the ending).</param>
/// <param name="ChatTrain">Conversations for tuning, with loss masks.</param>
/// <param name="ChatHeldOut">Held-out conversations.</param>
public sealed record PreparedData(IReadOnlyList<LedgerEntry> Ledger, IReadOnlyDictionary<string, double> Train, IReadOnlyList<string> HeldOut,
    IReadOnlyDictionary<string, double> ChatTrain, IReadOnlyList<string> ChatHeldOut)
{
    /// <summary>Reads what a preparation left in <paramref name="folder"/>.</summary>
    /// <param name="folder">Its output folder.</param>
    /// <param name="mixture">Other weights than those of the ledger; corpora of weight 0 are left out.</param>
    /// <exception cref="InvalidDataException">No ledger, a damaged one, or a shard that is missing.</exception>
    public static PreparedData Read(string folder, MixtureTable? mixture = null)
    {
        folder = Path.GetFullPath(folder);
        var ledger = DataLedger.Read(folder);
        Dictionary<string, double> train = [], chat = [];
        List<string> heldOut = [], chatHeldOut = [];
        foreach (var entry in ledger)
        {
            var weights = mixture is null ? entry.Weights : mixture[entry.Corpus];
            foreach (var shard in entry.Shards)
            {
                var path = Path.Combine(folder, shard.File);
                if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing. Prepare the data again; finished corpora are not redone.");
                switch (Path.GetDirectoryName(shard.File)!.Replace('\\', '/'))
                {
                    case ShardBuilder.Train when weights.Text > 0: train.Add(path, weights.Text); break;
                    case ShardBuilder.ChatTrain when weights.Chat > 0: chat.Add(path, weights.Chat); break;
                    case ShardBuilder.HeldOut: heldOut.Add(path); break;
                    case ShardBuilder.ChatHeldOut: chatHeldOut.Add(path); break;
                }
            }
        }
        return new(ledger, train, heldOut, chat, chatHeldOut);
    }
}
