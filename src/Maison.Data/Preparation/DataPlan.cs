// What a preparation is asked to do: where from, where to, by which rules, and with which tokenizer.

using Maison.Data.Corpora;

namespace Maison.Data.Preparation;

/// <summary>When two documents count as the same, and how much is held out.</summary>
public sealed record CleaningRules
{
    /// <summary>Bounds of the quality filter.</summary>
    public QualityRules Quality { get; init; } = new();
    /// <summary>Estimated Jaccard index of word 5-grams from which a document is a near duplicate.</summary>
    public double NearDuplicate { get; init; } = 0.8;
    /// <summary>The same between held-out and training documents: stricter, since a leak falsifies every score.</summary>
    public double HeldOutDistance { get; init; } = 0.6;
    /// <summary>Share of a corpus' documents that is held out.</summary>
    public double HeldOutShare { get; init; } = 0.01;
    /// <summary>At least so many documents are held out, where a corpus has five times as many.</summary>
    public int HeldOutDocuments { get; init; } = 16;
    /// <summary>At most so many bytes of text are held out of a corpus.</summary>
    public int HeldOutBytes { get; init; } = 300_000;
}

/// <summary>One preparation of data: where from, where to, by which rules.</summary>
public sealed record DataPlan
{
    /// <summary>Folders of corpora, single corpus folders, or text or JSON-lines files.</summary>
    public required IReadOnlyList<string> Sources { get; init; }
    /// <summary>Folder for the result; what an interrupted run left there is taken up again.</summary>
    public required string Output { get; init; }
    /// <summary>Gives the tokenizer, from a weighted sample of cleaned training documents (UTF-8) if it has to be trained first;
    /// the sample may be read more than once.</summary>
    public required Func<IEnumerable<ReadOnlyMemory<byte>>, ShardTokenizer> Tokenizer { get; init; }
    /// <summary>Weights and order of the corpora.</summary>
    public MixtureTable Mixture { get; init; } = MixtureTable.House;
    /// <summary>Rules of cleaning.</summary>
    public CleaningRules Rules { get; init; } = new();
    /// <summary>Folder of evaluation questions: documents that hold one are left out. Null looks for none.</summary>
    public string? Questions { get; init; }
    /// <summary>Bytes of text in the tokenizer's sample.</summary>
    public long TokenizerSampleBytes { get; init; } = 60_000_000;
    /// <summary>Whether conversations are also given as plain text for pretraining.</summary>
    public bool ConversationsAsText { get; init; } = true;
    /// <summary>Threads to use.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
