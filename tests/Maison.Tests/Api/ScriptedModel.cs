// A model whose answers are written down: each generation plays the next script, one token of a small vocabulary after the other.

using System.Runtime.CompilerServices;
using System.Text;
using Maison.Api.Models;
using Maison.Data.Tokenizers;
using Maison.Inference;

namespace Maison.Tests.Api;

/// <summary>Plays scripts instead of computing, and remembers what it was asked.</summary>
sealed class ScriptedModel(params string[] scripts)
{
    /// <summary>In a script: the generation fails here.</summary>
    public const char Failure = '\u0001';

    /// <summary>In a script: the text before goes on and on, until the generation is cancelled.</summary>
    public const char Endless = '\u0002';

    /// <summary>Whole words such as "Hello" and " world" are tokens, everything else is its bytes.</summary>
    public static readonly BpeTokenizer Tokenizer = BpeTrainer.Train(
        [.. Enumerable.Repeat((ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes("Hello world, this is the answer."), 8)], 320, MarkNames.All, null, 1);

    public static readonly int MessageEnd = Tokenizer.SpecialTokens[MarkNames.MessageEnd];

    readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int calls, open;

    public int ContextLength { get; init; } = 256;
    public SamplingOptions Defaults { get; init; } = new();

    /// <summary>What was asked, in order.</summary>
    public List<GenerationRequest> Requests { get; } = [];

    /// <summary>Done when every generation that began has let go of its slot.</summary>
    public Task Released => released.Task;

    public ServedModel Served => new()
    {
        Id = "test",
        Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
        OwnedBy = "maison",
        Tokenizer = Tokenizer,
        ChatFormat = new(Tokenizer),
        EndIds = [MessageEnd, Tokenizer.SpecialTokens[MarkNames.EndOfText]],
        ContextLength = ContextLength,
        Defaults = Defaults,
        Generate = Generate,
        Stats = () => new(1, 2, 3, 4, 50, 10, 60, 7, 1.5),
        License = "MIT",
        ParameterCount = 1234,
        WeightFormat = "Q8_0",
    };

    public static Task<ApiServer> Serve(params string[] scripts) => ApiServer.Start(new ScriptedModel(scripts).Served);

    async IAsyncEnumerable<GeneratedToken> Generate(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string script;
        lock (Requests)
        {
            Requests.Add(request);
            script = scripts[calls++ % scripts.Length];
            open++;
        }
        try
        {
            var ids = Tokenizer.Encode(script.TrimEnd(Failure, Endless), allowSpecial: true);
            var limit = request.MaxTokens ?? int.MaxValue;
            var end = script.Length > 0 ? script[^1] : ' ';
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                cancellation.ThrowIfCancellationRequested();
                if (i >= ids.Length && end == Failure) throw new InvalidOperationException("the script fails here");
                if (end == Endless) await Task.Delay(1, cancellation);
                var id = i < ids.Length ? ids[i] : end == Endless ? ids[i % ids.Length] : MessageEnd;
                FinishReason? finish = id == MessageEnd ? FinishReason.Stop : i + 1 == limit ? FinishReason.Length : null;
                yield return new(id, -0.25f * (i + 1), Top(request, id, i), finish, CachedPromptTokens: Math.Min(2, request.Prompt.Length));
                if (finish is not null) break;
            }
        }
        finally
        {
            lock (Requests)
                if (--open == 0) released.TrySetResult();
        }
    }

    /// <summary>The chosen token and then its neighbours in the vocabulary, the last of them impossible.</summary>
    static TokenLogprob[]? Top(GenerationRequest request, int id, int i) => request.Sampling.TopLogprobs is not { } count ? null
        : [.. Enumerable.Range(0, count).Select(k => new TokenLogprob((id + k) % 256, k == 2 ? float.NegativeInfinity : -0.25f * (i + 1) - k))];
}
