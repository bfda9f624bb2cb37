// Which corpora trained a model and how much of each it saw: training receipts name shards by digest, the ledger of the prepared data says
// what they are, under which terms and whose work.

using Maison.Data.Corpora;
using Maison.Data.Preparation;
using Maison.Training.Text;

namespace Maison.Training.Packing;

/// <summary>What one phase saw of a corpus.</summary>
/// <param name="Chat">Whether as conversations, loss on the assistant's words.</param>
/// <param name="Tokens">Tokens of its shard.</param>
/// <param name="Passes">How often each of them was seen, on average.</param>
public sealed record ShardUse(string Run, bool Chat, string Sha256, long Tokens, double Passes);

/// <summary>A corpus that trained a model.</summary>
/// <param name="Read">Documents before cleaning.</param>
/// <param name="Kept">Documents after it, held-out ones included.</param>
/// <param name="InputSha256">Digest of the raw files.</param>
/// <param name="Overlap">Documents left out because they hold evaluation questions; null when they were not looked for.</param>
public sealed record CorpusUse(CorpusLicence Licence, long Read, long Kept, string InputSha256, IReadOnlyList<ShardUse> Shards, OverlapCount? Overlap)
{
    /// <summary>The corpora behind all shards of all phases, in the ledger's order.</summary>
    /// <param name="data">Where the ledger is from, for messages.</param>
    /// <exception cref="InvalidDataException">A shard is not in the ledger: its licence could not be told.</exception>
    public static IReadOnlyList<CorpusUse> Of(IReadOnlyList<TrainingPhase> phases, IReadOnlyList<LedgerEntry> ledger, string data)
    {
        var uses = ledger.ToDictionary(e => e.Corpus, _ => new List<ShardUse>());
        foreach (var phase in phases)
        {
            var found = phase.Plan.Shards.Select(s => (Weight: s.Value, Known: Find(phase, TextRunPlan.ShardName(s.Key), ledger, data))).ToArray();
            var mixture = found.Sum(f => f.Weight * f.Known.Shard.Tokens);
            foreach (var (weight, (entry, shard)) in found)
                uses[entry.Corpus].Add(new(phase.Run, shard.File.StartsWith("chat/", StringComparison.Ordinal), shard.Sha256, shard.Tokens, phase.Receipt.Tokens / mixture * weight));
        }
        return [.. ledger.Where(e => uses[e.Corpus].Count > 0).Select(e => new CorpusUse(e.Clean.Licence, e.Clean.Read, e.Clean.Kept, e.Clean.InputSha256, uses[e.Corpus], e.Clean.Overlap))];
    }

    /// <summary>The share of plain text in what a phase saw.</summary>
    public static double TextShare(IEnumerable<CorpusUse> corpora, string run)
    {
        var uses = corpora.SelectMany(c => c.Shards).Where(s => s.Run == run).ToArray();
        return uses.Where(s => !s.Chat).Sum(s => s.Tokens * s.Passes) / uses.Sum(s => s.Tokens * s.Passes);
    }

    static (LedgerEntry Entry, ShardEntry Shard) Find(TrainingPhase phase, string name, IReadOnlyList<LedgerEntry> ledger, string data)
    {
        // Early receipts name shards by their files alone.
        if (!phase.Receipt.Shards.TryGetValue(name, out var digest) && !phase.Receipt.Shards.TryGetValue(Path.GetFileName(name), out digest))
            throw new InvalidDataException($"The receipt of the run {phase.Run} does not name the shard {name} of its plan: the files were mixed. Pack a checkpoint of an unchanged run.");
        foreach (var entry in ledger)
            if (entry.Shards.FirstOrDefault(s => s.Sha256 == digest) is { } shard)
                return (entry, shard);
        throw new InvalidDataException($"The ledger of {data} does not know the shard {name} ({digest[..12]}) that trained {phase.Run}, so its licence cannot be told. Give --data the folder it was prepared in, unchanged.");
    }
}
