// Turns one cleaned corpus into its shards: text for training and held out, conversations likewise. It knows nothing about
// which tokenizer or template does the work. What is finished is known by a key, and made again only when the key changes.

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Maison.Data.Chat;
using Maison.Data.Corpora;
using Maison.Data.Shards;

namespace Maison.Data.Preparation;

/// <summary>One shard file of a preparation.</summary>
/// <param name="File">Path below the output folder, e.g. "train/books.bin".</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Tokens">Tokens in it, document-start marks included.</param>
/// <param name="TextBytes">Raw UTF-8 bytes of the documents; of conversations, the assistant's words only.</param>
/// <param name="Sha256">Digest of its contents.</param>
public sealed record ShardEntry(string File, long Documents, long Tokens, long TextBytes, string Sha256);

sealed class ShardBuilder(string output, ShardTokenizer tokenizer, bool conversationsAsText, ParallelOptions parallel)
{
    const int Version = 3;
    const int BatchDocuments = 1024;

    public const string Train = "train", HeldOut = "heldout", ChatTrain = "chat/train", ChatHeldOut = "chat/heldout";

    sealed record Finished(string Key, IReadOnlyList<ShardEntry> Shards);

    sealed class Work
    {
        public CorpusDocument Document = null!;
        public bool HeldOut;
        public int TextBytes, ChatBytes;
        public readonly List<int> Text = [];
        public ChatTokens? Chat;
    }

    public IReadOnlyList<ShardEntry> Build(CleanManifest manifest, string clean, ProgressMeter meter)
    {
        var key = $"{Version} {manifest.Key} {Convert.ToHexStringLower(tokenizer.Sha256)} {tokenizer.VocabSize} {tokenizer.StartId} {TemplateDigest()} {conversationsAsText}";
        var record = Path.Combine(clean, manifest.Corpus + ".shards.json");
        if (Load(record, key) is { } finished)
        {
            meter.Report(manifest.CleanBytes);
            return finished;
        }
        string[] folders = [Train, HeldOut, ChatTrain, ChatHeldOut];
        var writers = new ShardWriter?[folders.Length];
        List<ShardEntry> entries = [];
        try
        {
            var heldOut = manifest.HeldOut.ToHashSet();
            var batch = Enumerable.Range(0, BatchDocuments).Select(_ => new Work()).ToArray();
            int used = 0, number = 0;
            var count = new CorpusReadCount();
            var corpus = new Corpus(manifest.Corpus, [CleanManifest.CleanFile(clean, manifest.Corpus)], manifest.Licence);
            foreach (var document in CorpusReader.Read(corpus, count))
            {
                (batch[used].Document, batch[used].HeldOut) = (document, heldOut.Contains(number++));
                if (++used < BatchDocuments) continue;
                Put(used);
                used = 0;
            }
            Put(used);
            void Put(int used)
            {
                parallel.CancellationToken.ThrowIfCancellationRequested();
                Parallel.For(0, used, parallel, i => Encode(batch[i]));
                for (var i = 0; i < used; i++) Write(batch[i], manifest.Corpus, folders, writers);
                meter.Report(count.StoredBytes);
            }
            for (var i = 0; i < folders.Length; i++)
            {
                var file = $"{folders[i]}/{manifest.Corpus}.bin";
                if (writers[i] is { } writer) entries.Add(Close(writer, file));
                else if (Path.Combine(output, file) is var old && File.Exists(old)) File.Delete(old);
            }
        }
        finally
        {
            foreach (var writer in writers) writer?.Dispose();
        }
        WholeFile.WriteText(record, JsonSerializer.Serialize(new Finished(key, entries), WholeFile.Json));
        return entries;
    }

    void Encode(Work work)
    {
        work.Text.Clear();
        work.Chat = null;
        var conversation = work.Document.Messages is not null;
        var utf8 = Encoding.UTF8.GetBytes(work.Document.PlainText);
        work.TextBytes = utf8.Length;
        if (!conversation || conversationsAsText) tokenizer.Encode(utf8, work.Text);
        if (tokenizer.Chat is not { } chat) return;
        var turns = conversation ? WorkedSteps.AsReasoning(work.Document) : ArticleQuestion.From(work.Document.PlainText, (ulong)CorpusCleaner.HashOf(utf8));
        if (turns is null) return;
        // Only these are predicted, so only these count in bits per byte.
        work.ChatBytes = turns.Where(t => t.Role == "assistant").Sum(t => Encoding.UTF8.GetByteCount(t.Content) + Encoding.UTF8.GetByteCount(t.Reasoning ?? ""));
        work.Chat = chat(turns);
    }

    // A template is code: what it makes of a sample stands for it, so that changing it makes the chat shards anew.
    string TemplateDigest()
    {
        if (tokenizer.Chat is null) return "no chat";
        var (ids, loss) = tokenizer.Chat([new("system", "Be brief."), new("user", "2+2?"), new("assistant", "4", "Two and two."), new("user", "Sure?"), new("assistant", "Yes.")]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{string.Join(' ', ids)} {string.Join(' ', loss)}")));
    }

    void Write(Work work, string corpus, string[] folders, ShardWriter?[] writers)
    {
        if (work.Text.Count > 0)
            Writer(work.HeldOut ? 1 : 0, masked: false).Add(CollectionsMarshal.AsSpan(work.Text), work.TextBytes, corpus);
        if (work.Chat is { } chat)
            Writer(work.HeldOut ? 3 : 2, masked: true).Add(chat.Ids, work.ChatBytes, corpus, chat.Loss);

        ShardWriter Writer(int which, bool masked) => writers[which] ??=
            new(Path.Combine(output, folders[which], corpus + ".bin"), tokenizer.VocabSize, tokenizer.StartId, tokenizer.Sha256, masked);
    }

    static ShardEntry Close(ShardWriter writer, string file)
    {
        var (documents, tokens, bytes) = (writer.Documents, writer.Tokens, writer.TextBytes);
        return new(file, documents, tokens, bytes, writer.Complete());
    }

    IReadOnlyList<ShardEntry>? Load(string record, string key)
    {
        try
        {
            var finished = JsonSerializer.Deserialize<Finished>(File.ReadAllText(record), WholeFile.Json);
            if (finished?.Key != key) return null;
            foreach (var shard in finished.Shards)
            {
                using var reader = new ShardReader(Path.Combine(output, shard.File));
                if (reader.Hash != shard.Sha256) return null;
            }
            return finished.Shards;
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidDataException) { return null; }
    }
}
