// What serving takes of the machine's memory, known before any of it is taken: weights, cache, scratch. A plan is made from file headers
// and sizes alone. The cache shrinks to what is left, but never below one whole context; a model that does not fit even so is refused.

using Maison.Cli.Terminal;
using Maison.Models.Text;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Cli.Serving;

/// <summary>How one model is to be served.</summary>
/// <param name="Context">Tokens that prompt and answer may have together.</param>
/// <param name="CachePages">Pages of the cache, shared by all conversations.</param>
/// <param name="BatchTokens">Rows of one step.</param>
/// <param name="Weights">Bytes of weights once loaded, with the table of positions.</param>
/// <param name="Cache">Bytes of keys and values.</param>
/// <param name="Scratch">Bytes of what a step computes on the way.</param>
sealed record ServingPlan(ShelvedModel Model, int Context, int CachePages, int BatchTokens, long Weights, long Cache, long Scratch)
{
    /// <summary>Left to the runtime and to other programs where the machine's free memory is the limit.</summary>
    public const long Reserve = 256L << 20;

    /// <summary>Conversations that are computed at the same time; more wait in line.</summary>
    public const int MostRunning = 32;

    const int mostBatchTokens = 512, fewestBatchTokens = 64;
    const long mostScratch = 256L << 20, mostCache = 1L << 30;

    public long Bytes => Weights + Cache + Scratch;

    /// <summary>Whole contexts that the cache holds at the same time.</summary>
    public int Contexts => CachePages / PagesOf(Context);

    /// <summary>Plans a model for what memory there is.</summary>
    /// <param name="mostContext">An upper limit of the context; null takes the model's own.</param>
    /// <param name="available">Bytes that may be taken.</param>
    /// <param name="conversations">Contexts that the cache holds, where memory allows.</param>
    /// <exception cref="UserException">It does not fit; names the amounts and the remedies.</exception>
    /// <exception cref="CheckpointFormatException">The weights can not be read.</exception>
    public static ServingPlan For(ShelvedModel model, int? mostContext, long available, int conversations = MostRunning)
    {
        var c = model.Config!;
        var context = Math.Min(mostContext ?? c.Context, c.Context);
        var weights = DecoderCheckpoint.LoadedBytes(model.Folder) + (long)context * c.HeadDim * sizeof(float);
        var batch = (int)Math.Clamp(mostScratch / ScratchBytes(c, 1, 0), fewestBatchTokens, mostBatchTokens);
        var scratch = ScratchBytes(c, batch + MostRunning, MostRunning);
        var page = KvCache.PageBytes(c.Layers, c.KvHeads, c.HeadDim);
        var least = (long)PagesOf(context);
        var wanted = Math.Max(least, Math.Min(least * conversations, mostCache / page));
        var pages = Math.Min(wanted, (available - weights - scratch) / page);
        if (pages < least)
        {
            var smaller = (available - weights - scratch) / page * KvCache.PageTokens;
            throw new UserException($"{model.Name} needs {ByteSize.Show(weights)} for weights, {ByteSize.Show(scratch)} for scratch and at least {ByteSize.Show(least * page)} "
                + $"for the cache of one context of {context} tokens; {ByteSize.Show(Math.Max(0, available))} may be taken. "
                + (smaller >= KvCache.PageTokens ? $"Use --context {smaller} or less, or free memory." : "Free memory, raise --memory, or serve a smaller model."));
        }
        return new(model, context, (int)pages, batch, weights, pages * page, scratch);
    }

    /// <summary>The plan as one line for people.</summary>
    public string Describe() => $"{ByteSize.Show(Weights)} weights + {ByteSize.Show(Cache)} cache ({Contexts} × {Context} tokens) + {ByteSize.Show(Scratch)} scratch";

    static int PagesOf(int tokens) => (tokens + KvCache.PageTokens - 1) / KvCache.PageTokens;

    /// <summary>Bytes that a step's tensors take: all blocks keep theirs until the step ends.</summary>
    /// <param name="rows">Tokens of the step.</param>
    /// <param name="outputs">Rows whose logits are asked for.</param>
    public static long ScratchBytes(TextConfig c, int rows, int outputs)
    {
        long queries = c.Heads * c.HeadDim, keys = c.KvHeads * c.HeadDim, floats = c.Hidden;
        for (var i = 0; i < c.Layers; i++)
        {
            floats += (c.InputSkip ? 5 : 4) * (long)c.Hidden + 4 * queries + (c.HasValueEmbedding(i) ? 6 : 4) * keys;
            floats += 2 + c.Heads + c.KvHeads;                       // what the norms keep per vector
            floats += c.IsMixture(i)
                ? c.Experts + Padded(c.Experts) + (long)c.ExpertsPerToken * (3 * c.ExpertIntermediate + 2 * c.Hidden + 4)
                : 3L * c.Intermediate;
        }
        var perOutput = 2L * c.Hidden + (c.LogitSoftcap == 0 ? 1 : 2) * (long)c.Vocab;
        return (rows * floats + outputs * perOutput) * sizeof(float);

        static int Padded(int experts) => (experts + 15) & ~15;
    }
}
