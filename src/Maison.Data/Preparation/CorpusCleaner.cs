// Cleans one corpus against everything kept before it: normalise, filter, drop evaluation questions and duplicates, choose the held-out slice, write.
// It knows nothing about tokens. Documents are worked on in batches by several threads, but judged one after another in
// reading order, so that the result does not depend on the number of threads.

using System.Security.Cryptography;
using System.Text;
using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

sealed class CorpusCleaner(CleanIndex index, CleaningRules rules, QuestionOverlap? questions, ParallelOptions parallel)
{
    const int BatchDocuments = 2048;
    const int BatchChars = 8 << 20;
    const int TriesAtOnce = 64;
    const int LargestFamily = 6;

    sealed class Work
    {
        public CorpusDocument Document = null!;
        public string? Rejected;
        public bool CloseToHeldOut;
        public int Question;
        public UInt128 Hash;
        public int Bytes;
        public readonly ushort[] Signature = new ushort[MinHash.Length];
    }

    readonly List<Work> _batch = [];
    readonly List<int> _bytes = [];
    readonly Dictionary<string, long> _rejected = [];
    readonly long[] _overlapping = new long[questions?.Names.Count ?? 0];
    long _exact, _near, _close;
    int _conversations;

    public CleanManifest Clean(Corpus corpus, string key, string inputSha256, string folder, ProgressMeter meter)
    {
        var first = index.Count;
        var count = new CorpusReadCount();
        WholeFile.Write(CleanManifest.CleanFile(folder, corpus.Name), file =>
        {
            using var writer = new CleanWriter(file);
            int used = 0, chars = 0;
            foreach (var document in CorpusReader.Read(corpus, count))
            {
                if (used == _batch.Count) _batch.Add(new());
                _batch[used++].Document = document;
                chars += document.Text?.Length ?? document.Messages!.Sum(m => m.Content.Length);
                if (used < BatchDocuments && chars < BatchChars) continue;
                Judge(used, writer);
                meter.Report(count.StoredBytes);
                (used, chars) = (0, 0);
            }
            Judge(used, writer);
            meter.Report(count.StoredBytes);
        });
        WholeFile.Write(CleanManifest.SignatureFile(folder, corpus.Name), file => index.Save(file, first));

        var heldOut = ChooseHeldOut(first);
        index.HoldOut(first, heldOut);
        var manifest = new CleanManifest(key, corpus.Licence, inputSha256, count.Documents, count.Malformed, count.MalformedLines,
            _rejected, _exact, _near, _close, index.Count - first, _bytes.Sum(b => (long)b), _conversations, heldOut,
            heldOut.Sum(n => (long)_bytes[n]), new FileInfo(CleanManifest.CleanFile(folder, corpus.Name)).Length,
            questions is null ? null : new(questions.Names.Zip(_overlapping).ToDictionary(o => o.First, o => o.Second), questions.TooShort));
        manifest.Save(folder);
        return manifest;
    }

    void Judge(int used, CleanWriter writer)
    {
        parallel.CancellationToken.ThrowIfCancellationRequested();
        Parallel.For(0, used, parallel, i => Examine(_batch[i]));
        for (var i = 0; i < used; i++)
        {
            var work = _batch[i];
            if (work.Rejected is { } reason) _rejected[reason] = _rejected.GetValueOrDefault(reason) + 1;
            else if (work.Question >= 0) _overlapping[work.Question]++;
            else if (index.Holds(work.Hash)) _exact++;
            else if (index.HoldsNear(work.Signature, rules.NearDuplicate)) _near++;
            else if (work.CloseToHeldOut) _close++;
            else
            {
                index.Add(work.Hash, work.Signature);
                writer.Write(work.Document);
                _bytes.Add(work.Bytes);
                if (work.Document.Messages is not null) _conversations++;
            }
        }
    }

    void Examine(Work work)
    {
        var document = work.Document = Normalised(work.Document);
        work.Rejected = QualityFilter.Reject(document, rules.Quality);
        if (work.Rejected is not null) return;
        var text = document.PlainText;
        work.Question = questions?.Find(text) ?? -1;
        if (work.Question >= 0) return;
        var utf8 = Encoding.UTF8.GetBytes(text);
        work.Bytes = utf8.Length;
        work.Hash = HashOf(utf8);
        var answers = document.Messages is { } turns ? string.Join(' ', turns.Where(t => t.Role == "assistant").Select(t => t.Content)) : null;
        MinHash.Sign(text, answers, work.Signature);
        work.CloseToHeldOut = index.HoldsHeldOutNear(work.Signature, rules.HeldOutDistance);
    }

    /// <summary>The digest by which a document's text is known: duplicates, the held-out slice and samples are decided by it.</summary>
    public static UInt128 HashOf(ReadOnlySpan<byte> utf8)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    static CorpusDocument Normalised(CorpusDocument document) => document with
    {
        Text = document.Text is { } text ? TextNormaliser.Normalise(text) : null,
        Messages = document.Messages is { } turns
            ? [.. turns.Select(t => t with { Content = TextNormaliser.Normalise(t.Content), Reasoning = t.Reasoning is { } r ? TextNormaliser.Normalise(r) : null })]
            : null,
    };

    // In order of digest, which is as good as chance and the same on every machine: documents that fit the byte budget, each with
    // all that resemble it (a passage and the question about it, one story at two reading levels), or not at all when those are
    // many or belong to another corpus. Corpora of near-identical documents may yield few; four tries per place.
    List<int> ChooseHeldOut(int first)
    {
        var kept = index.Count - first;
        var wanted = Math.Min(kept / 5, Math.Max(rules.HeldOutDocuments, (int)(kept * rules.HeldOutShare)));
        int[] candidates = [.. Enumerable.Range(0, kept).OrderBy(n => index.HashAt(first + n)).Take(wanted * 4)];
        var families = new List<int>?[TriesAtOnce];
        SortedSet<int> chosen = [];
        long bytes = 0;
        for (var at = 0; at < candidates.Length && chosen.Count < wanted && bytes < rules.HeldOutBytes * 0.98; at += TriesAtOnce)
        {
            parallel.CancellationToken.ThrowIfCancellationRequested();
            var tries = Math.Min(TriesAtOnce, candidates.Length - at);
            Parallel.For(0, tries, parallel, i => families[i] = index.Family(first + candidates[at + i], rules.HeldOutDistance, LargestFamily));
            for (var i = 0; i < tries && chosen.Count < wanted; i++)
            {
                if (families[i] is not { } family || family.Any(member => member < first) || chosen.Contains(family[0] - first)) continue;
                var size = family.Sum(member => (long)_bytes[member - first]);
                if (bytes + size > rules.HeldOutBytes) continue;
                chosen.UnionWith(family.Select(member => member - first));
                bytes += size;
            }
        }
        return [.. chosen];
    }
}
