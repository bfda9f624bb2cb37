// Random decoders small enough to run thousands of times, and the slowest possible way to generate with them: a whole forward without a
// cache for every token, one request at a time. What the scheduler does must be equal to that, token for token.

using Maison.Inference;
using Maison.Models;
using Maison.Models.Text;
using Maison.Tensors;

namespace Maison.Tests.Inference;

sealed class TinyModel : IDisposable
{
    readonly Arena arena = new(4 << 20);
    readonly Pass pass;
    readonly Gang alone = new(1);

    public TinyModel(int seed, int heads = 4, int kvHeads = 2, int headDim = 16, int layers = 2, int vocab = 61, int context = 256, bool extras = false, int threads = 1, int experts = 0)
    {
        Gang = new Gang(threads);
        Decoder = new Decoder(new TextConfig
        {
            Vocab = vocab,
            Hidden = 24,
            Layers = layers,
            Heads = heads,
            KvHeads = kvHeads,
            HeadDim = headDim,
            Intermediate = 40,
            Context = context,
            InputSkip = extras,
            ValueEmbeddings = extras,
            LogitSoftcap = extras ? 15 : 0,
            TieEmbeddings = extras,
            Experts = experts,
            ExpertsPerToken = experts / 2,
            ExpertIntermediate = 16,
            DenseBlocks = [0],
        });
        DecoderInit.Initialise(Decoder, seed);
        // Output projections start at zero and the head near it; here every weight has to matter.
        var random = new Random(seed);
        ModelWeights.Map(Decoder, (key, weight) =>
        {
            var param = (Param)weight;
            if (param.Rows > 1 && !key.Contains("embedding"))
                foreach (ref var value in param.Values) value = (float)(random.NextDouble() - 0.5) * 4f / MathF.Sqrt(param.Cols);
            param.Changed();
            return param;
        });
        pass = new Pass(arena, alone);
    }

    public Decoder Decoder { get; }

    public Gang Gang { get; }

    /// <summary>All rows of logits of one forward.</summary>
    public float[][] Logits(ReadOnlySpan<int> ids)
    {
        pass.Begin(ids.Length);
        var logits = Decoder.Forward(pass, ids);
        return [.. Enumerable.Range(0, ids.Length).Select(r => logits.Row(r).ToArray())];
    }

    /// <summary>The answer of the naive model.</summary>
    public List<int> Generate(GenerationRequest request, int contextLength)
    {
        var choose = Chooser(request);
        var ids = request.Prompt.ToList();
        for (var left = Limit(request, contextLength); left > 0; left--)
        {
            ids.Add(choose(Logits([.. ids])[^1], [.. ids]));
            if (request.StopIds.Contains(ids[^1])) break;
        }
        return ids[request.Prompt.Length..];
    }

    /// <summary>Asserts that the naive model would give this answer (or that it begins so, where the reader left): one forward checks all its tokens.</summary>
    public void AssertAnswer(GenerationRequest request, int contextLength, IReadOnlyList<int> answer, bool whole = true)
    {
        var choose = Chooser(request);
        int[] ids = [.. request.Prompt, .. answer];
        var logits = Logits(ids);
        for (var i = request.Prompt.Length; i < ids.Length; i++) Assert.Equal(choose(logits[i - 1], ids[..i]), ids[i]);
        Assert.DoesNotContain(answer.SkipLast(1), request.StopIds.Contains);
        var limit = Limit(request, contextLength);
        Assert.True(answer.Count <= limit);
        if (whole) Assert.True(answer.Count == limit || request.StopIds.Contains(answer[^1]), $"{answer.Count} of {limit} tokens and no stop id.");
    }

    static int Limit(GenerationRequest request, int contextLength) => request.MaxTokens ?? contextLength - request.Prompt.Length;

    Func<float[], int[], int> Chooser(GenerationRequest request)
    {
        var sampler = new Sampler(Decoder.Config.Vocab);
        var plan = new SamplingPlan(request.Sampling, Decoder.Config.Vocab);
        return (logits, ids) => sampler.Choose(logits, plan, ids, request.Prompt.Length);
    }

    public void Dispose()
    {
        pass.Dispose();
        arena.Dispose();
        alone.Dispose();
        Gang.Dispose();
        foreach (var slot in ModelWeights.Slots(Decoder)) (slot.Weight as Param)?.Dispose();
        (head as IDisposable)?.Dispose();
    }

    Weight? head;

    /// <summary>Lets a test hold or break the model: <paramref name="before"/> runs at every product with the output matrix.</summary>
    public void Hook(Action<int> before)
    {
        head = Decoder.Head;
        Decoder.Head = new HookedWeight(head ?? Decoder.Embedding, before);
    }

    sealed unsafe class HookedWeight(Weight inner, Action<int> before) : Weight(inner.Rows, inner.Cols)
    {
        int calls;

        public override long Bytes => inner.Bytes;

        internal override void Multiply(Gang gang, int m, float* x, nint xStride, float* y, nint yStride, bool accumulate)
        {
            before(++calls);
            inner.Multiply(gang, m, x, xStride, y, yStride, accumulate);
        }
    }
}
