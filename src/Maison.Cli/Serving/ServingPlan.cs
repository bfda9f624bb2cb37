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
/// <param name="Weights">Bytes of weights once loaded, with the table of positions.</param>
/// <param name="Cache">Bytes of keys and values.</param>
/// <param name="Scratch">Bytes of what a step computes on the way.</param>
sealed record ServingPlan(ShelvedModel Model, int Context, int CachePages, long Weights, long Cache, long Scratch)
{
    /// <summary>Left to the runtime and to other programs where the machine's free memory is the limit.</summary>
    public const long Reserve = 256L << 20;

    /// <summary>Conversations that are computed at the same time; more wait in line.</summary>
    public const int MostRunning = 32;

    /// <summary>Rows of one step: longer prompts are computed in chunks.</summary>
    public const int BatchTokens = 512;

    const long mostCache = 1L << 30;

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
        var scratch = ScratchBytes(c, BatchTokens + MostRunning, MostRunning);
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
        return new(model, context, (int)pages, weights, pages * page, scratch);
    }

    /// <summary>The plan as one line for people.</summary>
    public string Describe() => $"{ByteSize.Show(Weights)} weights + {ByteSize.Show(Cache)} cache ({Contexts} × {Context} tokens) + {ByteSize.Show(Scratch)} scratch";

    static int PagesOf(int tokens) => (tokens + KvCache.PageTokens - 1) / KvCache.PageTokens;

    /// <summary>Most bytes that a step's tensors take at a time: those of one block, or the logits.</summary>
    /// <param name="rows">Tokens of the step.</param>
    /// <param name="outputs">Rows whose logits are asked for.</param>
    public static long ScratchBytes(TextConfig c, int rows, int outputs)
    {
        // The embedding stays to the end, and what a block leaves behind while the next one runs.
        long carried = (c.Layers > 1 ? 2 : 1) * (long)c.Hidden, block = Enumerable.Range(0, c.Layers).Max(i => BlockFloats(c, i));
        var perOutput = 2L * c.Hidden + 1 + (c.LogitSoftcap == 0 ? 1 : 2) * (long)c.Vocab;
        return Math.Max(rows * (carried + block), rows * 2L * c.Hidden + outputs * perOutput) * sizeof(float);
    }

    /// <summary>Values that a block computes per row, in the order of its operations.</summary>
    static long BlockFloats(TextConfig c, int block)
    {
        long queries = c.Heads * c.HeadDim, keys = c.KvHeads * c.HeadDim;
        var attention = (c.InputSkip ? 3L : 2L) * c.Hidden + 4 * queries + (c.HasValueEmbedding(block) ? 6 : 4) * keys;
        var norms = 2 + c.Heads + c.KvHeads;                         // one scale per vector
        var forward = 2L * c.Hidden + (c.IsMixture(block)
            ? c.Experts + ((c.Experts + 15) & ~15) + (long)c.ExpertsPerToken * (3 * c.ExpertIntermediate + 2 * c.Hidden + 4)
            : 3L * c.Intermediate);
        return attention + norms + forward;
    }
}
