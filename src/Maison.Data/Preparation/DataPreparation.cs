// The whole way from raw corpora to shards: find, clean against each other, train or take a tokenizer, encode, write the ledger.
// Every finished corpus leaves its files under OUT/clean and OUT/{train,heldout,chat}, so that a stopped run goes on behind the
// last of them. The same plan gives the same bytes, with any number of threads and after any number of interruptions.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

/// <summary>Prepares data for training.</summary>
public static class DataPreparation
{
    const int Version = 1;

    /// <summary>Carries out <paramref name="plan"/> and returns the ledger it leaves in the output folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There are no questions in the folder of questions.</exception>
    /// <exception cref="InvalidDataException">A corpus cannot be read, or nothing is left after cleaning; the message names file, line and remedy.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for; finished corpora are kept.</exception>
    public static IReadOnlyList<LedgerEntry> Run(DataPlan plan, IProgress<DataProgress>? progress = null, CancellationToken stop = default)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, plan.Threads), CancellationToken = stop };
        var clean = Path.Combine(plan.Output, "clean");
        Directory.CreateDirectory(clean);
        var manifests = Clean(plan, clean, parallel, progress);
        if (manifests.Sum(m => m.Kept) == 0)
            throw new InvalidDataException($"Nothing of {string.Join(", ", plan.Sources)} is left after cleaning ({string.Join("; ", manifests.Select(Why))}). Check the files, or loosen the rules.");

        var tokenizer = plan.Tokenizer(new TokenizerSample(manifests, clean, plan));
        List<LedgerEntry> ledger = [];
        foreach (var manifest in manifests)
        {
            var builder = new ShardBuilder(plan.Output, tokenizer, plan.ConversationsAsText, parallel);
            var shards = builder.Build(manifest, clean, new ProgressMeter(progress, $"encode {manifest.Corpus}", manifest.CleanBytes));
            ledger.Add(new(manifest.Corpus, manifest, plan.Mixture[manifest.Corpus], shards));
        }
        stop.ThrowIfCancellationRequested();
        DataLedger.Write(plan.Output, ledger);
        return ledger;
    }

    static List<CleanManifest> Clean(DataPlan plan, string clean, ParallelOptions parallel, IProgress<DataProgress>? progress)
    {
        var index = new CleanIndex();
        List<CleanManifest> manifests = [];
        var questions = plan.Questions is { } folder ? QuestionOverlap.Read(folder) : null;
        var key = Digest($"{Version} {JsonSerializer.Serialize(plan.Rules)}{(questions is null ? "" : $" {questions.Sha256}")}");
        foreach (var corpus in plan.Mixture.Order(CorpusReader.Find(plan.Sources), c => c.Name))
        {
            parallel.CancellationToken.ThrowIfCancellationRequested();
            var meter = new ProgressMeter(progress, $"clean {corpus.Name}", corpus.StoredBytes);
            var input = InputDigest(corpus);
            key = Digest($"{key} {corpus.Name} {JsonSerializer.Serialize(corpus.Licence)} {input}");
            var manifest = CleanManifest.Load(clean, corpus.Name, key);
            if (manifest is null) manifest = new CorpusCleaner(index, plan.Rules, questions, parallel).Clean(corpus, key, input, clean, meter);
            else
            {
                var first = index.Count;
                using (var signatures = new FileStream(CleanManifest.SignatureFile(clean, corpus.Name), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16))
                    index.Load(signatures, manifest.Kept);
                index.HoldOut(first, manifest.HeldOut);
                meter.Report(corpus.StoredBytes);
            }
            manifests.Add(manifest);
        }
        return manifests;
    }

    static string InputDigest(Corpus corpus)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in corpus.Files)
        {
            using var file = File.OpenRead(path);
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(path) + "\n"));
            hash.AppendData(SHA256.HashData(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    static string Why(CleanManifest m) =>
        $"{m.Corpus}: {m.Read} read, {m.Malformed} lines malformed" + string.Concat(m.Rejected.Select(r => $", {r.Value} {r.Key}"))
        + (m.Overlap?.Documents.Values.Sum() is > 0 and var held ? $", {held} with evaluation questions" : "");
}
