// A vocabulary as a tree of bytes, laid out flat in the order of a walk: every token is the path from the root to its node, tokens with a
// common beginning share it, and a beginning that a grammar forbids skips all of them at once. Special tokens are no text and stay out.

namespace Maison.Inference.Grammar;

/// <summary>The byte strings of a vocabulary; one per tokenizer, shared by all grammars.</summary>
public sealed class TokenTrie
{
    internal readonly byte[] bytes;                         // by node, in walking order
    internal readonly int[] depths, ends;                   // of each node: its depth from 1, and the first node after its subtree
    internal readonly int[] firstTokens;                    // by node and one more: where its ids begin in tokens
    internal readonly int[] tokens;

    readonly byte[]?[] texts;
    readonly HashSet<int> endIds;

    /// <param name="texts">By id, what each token stands for; null for special tokens and ids without a meaning.</param>
    /// <param name="endIds">The ids that end any text.</param>
    /// <exception cref="ArgumentException">A byte is no token of its own: some texts could then never be written.</exception>
    public TokenTrie(IReadOnlyList<byte[]?> texts, IReadOnlyCollection<int> endIds)
    {
        this.texts = [.. texts];
        this.endIds = [.. endIds];
        var sorted = Enumerable.Range(0, texts.Count).Where(id => texts[id] is { Length: > 0 } && !this.endIds.Contains(id)).ToArray();
        Array.Sort(sorted, (x, y) => texts[x].AsSpan().SequenceCompareTo(texts[y]) is not 0 and var order ? order : x - y);
        var single = new bool[256];
        foreach (var id in sorted)
            if (texts[id] is [var one]) single[one] = true;
        if (Array.IndexOf(single, false) is var missing and >= 0) throw new ArgumentException($"The byte 0x{missing:x2} is no token of this vocabulary; a grammar needs all 256.", nameof(texts));

        var (nodes, nodeDepths, first) = (new List<byte>(), new List<int>(), new List<int>());
        byte[] previous = [];
        for (var i = 0; i < sorted.Length; i++)
        {
            var text = texts[sorted[i]]!;
            var common = text.AsSpan().CommonPrefixLength(previous);
            for (var depth = common; depth < text.Length; depth++)
            {
                nodes.Add(text[depth]);
                nodeDepths.Add(depth + 1);
                first.Add(depth == text.Length - 1 ? i : -1);
            }
            previous = text;
            MaxLength = Math.Max(MaxLength, text.Length);
        }
        bytes = [.. nodes];
        depths = [.. nodeDepths];
        tokens = sorted;
        firstTokens = new int[bytes.Length + 1];
        firstTokens[^1] = sorted.Length;
        ends = new int[bytes.Length];
        // A node without tokens of its own begins where the next one does; a subtree ends at the next node that is not deeper.
        for (var node = bytes.Length - 1; node >= 0; node--)
        {
            firstTokens[node] = first[node] >= 0 ? first[node] : firstTokens[node + 1];
            var end = node + 1;
            while (end < bytes.Length && depths[end] > depths[node]) end = ends[end];
            ends[node] = end;
        }
    }

    /// <summary>One more than the highest id.</summary>
    public int Size => texts.Length;

    /// <summary>Length of the longest token in bytes.</summary>
    internal int MaxLength { get; }

    internal IReadOnlyCollection<int> EndIds => endIds;

    internal bool IsEnd(int id) => endIds.Contains(id);

    /// <summary>What a token stands for; null for special ones.</summary>
    internal byte[]? Text(int id) => (uint)id < (uint)texts.Length ? texts[id] : null;
}
