// A model and all that asking it takes: tokenizer, chat format, and a scheduler that scores and generates for every evaluation.
// Texts and conversations begin with the mark that began every document in training, as they do where the model is served.

using Maison.Data.Chat;
using Maison.Data.Tokenizers;
using Maison.Inference;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;
using Maison.Training.Text;

namespace Maison.Training.Evaluations;

/// <summary>A text model under evaluation; its weights must not change meanwhile.</summary>
public sealed class EvaluatedModel : IDisposable
{
    /// <param name="start">The id that begins a document; null for none.</param>
    /// <param name="tokenizerDigest">SHA-256 of tokenizer.json (32 bytes), which shards name; empty when no shard is to be scored.</param>
    /// <param name="weights">SHA-256 of the weights file, which scores name.</param>
    /// <exception cref="InvalidDataException">The tokenizer has more ids than the model.</exception>
    public EvaluatedModel(Decoder decoder, BpeTokenizer tokenizer, int? start, byte[] tokenizerDigest, string weights, Gang gang)
    {
        if (tokenizer.VocabSize > decoder.Config.Vocab)
            throw new InvalidDataException($"The tokenizer has {tokenizer.VocabSize} ids, the model {decoder.Config.Vocab}: they do not belong together. Give the tokenizer.json that the model was trained with.");
        (Decoder, Tokenizer, Start, TokenizerDigest, Weights, Gang) = (decoder, tokenizer, start, tokenizerDigest, weights, gang);
        if (tokenizer.SpecialTokens.ContainsKey(MarkNames.MessageStart) && tokenizer.SpecialTokens.ContainsKey(MarkNames.MessageEnd)) Chat = new ChatFormat(tokenizer);
        Scheduler = new Scheduler(decoder, gang);
        Scorer = new Scorer(Scheduler);
    }

    /// <summary>Loads a run's newest checkpoint, a checkpoint or a model folder.</summary>
    public static EvaluatedModel Load(string path, Gang gang)
    {
        var files = CheckpointFiles.Find(path);
        var tokenizer = BpeTokenizer.Load(files.Tokenizer);
        var start = TokenizerSettings.Read(Path.GetDirectoryName(files.Tokenizer)!, tokenizer.SpecialTokens).StartId;
        return new(DecoderCheckpoint.LoadTrainable(files.Folder), tokenizer, start,
            Convert.FromHexString(CheckpointFiles.Digest(files.Tokenizer)), CheckpointFiles.Digest(files.Weights), gang);
    }

    public Decoder Decoder { get; }
    public BpeTokenizer Tokenizer { get; }
    public byte[] TokenizerDigest { get; }
    public string Weights { get; }
    public Gang Gang { get; }

    /// <summary>Null when the tokenizer has no marks for a conversation.</summary>
    public ChatFormat? Chat { get; }

    public Scheduler Scheduler { get; }
    public Scorer Scorer { get; }

    /// <summary>The id that begins a document; null for none.</summary>
    public int? Start { get; }

    /// <summary>The ids of a text that begins a document.</summary>
    public int[] EncodeDocument(string text) => Begin(Tokenizer.Encode(text));

    /// <summary>The ids of a user's message with the assistant's turn open.</summary>
    /// <param name="think">As in <see cref="ChatFormat.RenderPrompt"/>.</param>
    /// <exception cref="NotSupportedException">The tokenizer has no marks for a conversation.</exception>
    public int[] EncodeMessage(string text, bool? think)
        => Begin((Chat ?? throw new NotSupportedException("A chat was asked for, and this model's tokenizer has no marks for one.")).RenderPrompt([new("user", text)], think));

    int[] Begin(int[] ids) => Start is { } start ? [start, .. ids] : ids;

    /// <summary>Whether so many tokens fit the context.</summary>
    public bool Fits(int tokens) => tokens <= Scheduler.ContextLength;

    public void Dispose()
    {
        Scheduler.Dispose();
        foreach (var slot in Maison.Models.ModelWeights.Slots(Decoder)) (slot.Weight as IDisposable)?.Dispose();
    }
}
