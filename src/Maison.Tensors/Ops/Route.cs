// Top-k routing as in Qwen3-MoE (arXiv 2505.09388): p = softmax(z), S = the k largest of p + bias, w_i = p_i [/ Σ_S p] for i in S.
// dp_i = dw_i, or (dw_i − Σ_S dw w) / Σ_S p when normalised, 0 outside S;   dz = p ∘ (dp − Σ p dp).
// The bias decides who is chosen and never enters w: it balances the load without a loss term (arXiv 2408.15664).

using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>Which experts work on which rows of a step; made by <see cref="Pass.Route"/>, valid as long as its tensors.</summary>
public readonly unsafe struct Routing
{
    /// <summary>How much each chosen expert counts: (rows, k), in the order of choice.</summary>
    public Tensor Weights { get; init; }

    internal int Experts { get; init; }

    /// <summary>(rows·k) expert of each choice.</summary>
    internal int* Chosen { get; init; }

    /// <summary>(rows·k) where each choice lies among the slots, which are sorted by expert, then by row.</summary>
    internal int* SlotOf { get; init; }

    /// <summary>(rows·k) the choice, row·k + rank, of each slot.</summary>
    internal int* ChoiceAt { get; init; }

    /// <summary>(experts + 1) first slot of each expert.</summary>
    internal int* FirstSlot { get; init; }
}

/// <summary>How many choices fell on each expert of a layer since the last clearing.</summary>
public sealed class ExpertLoad(int experts)
{
    /// <summary>Choices per expert.</summary>
    public long[] Counts { get; } = new long[experts];
}

public sealed unsafe partial class Pass
{
    /// <summary>Chooses k experts per row of logits (rows, experts); the result's weights are (rows, k).</summary>
    /// <param name="bias">(1, experts), added to the probabilities for the choice only; null for none.</param>
    /// <param name="normalise">Scale the chosen weights to sum to 1.</param>
    /// <param name="load">Counts the choices.</param>
    public Routing Route(Tensor logits, Weight? bias, int perToken, bool normalise, ExpertLoad load)
    {
        int rows = logits.Rows, experts = logits.Cols, padded = (experts + 15) & ~15, k = perToken;
        if (k < 1 || k > experts) throw new ArgumentOutOfRangeException(nameof(perToken), $"{k} of {experts} experts cannot be chosen.");
        if (bias is not null && bias.Count != experts) throw new ArgumentException($"The bias has {bias.Count} values for {experts} experts.");
        var weights = New(rows, k);
        var p = (float*)Arena.Take((nint)rows * padded * sizeof(float));
        var chosen = (int*)Arena.Take((nint)rows * k * sizeof(int));
        var b = ValuesOf(bias);
        if (Device.Current is { } device && experts <= RouteJob.MostExperts)
        {
            var job = new RouteJob { Z = logits.Pointer, P = p, Bias = b, W = weights.Pointer, Chosen = chosen, Rows = rows, Experts = experts, Padded = padded, K = k, Normalise = normalise };
            device.Run(Launch.Rows("route_forward", rows), &job);
            device.Wait();
        }
        else
        {
            NativeFloats.Wait();
            for (var r = 0; r < rows; r++)
            {
                var row = p + (nint)r * padded;
                new ReadOnlySpan<float>(logits.Pointer + (nint)r * experts, experts).CopyTo(new Span<float>(row, experts));
                RowOps.Softmax(row, experts, padded, 1f);
                Choose(row, b, experts, k, chosen + (nint)r * k, new Span<float>(weights.Pointer + (nint)r * k, k), normalise);
            }
        }
        for (nint c = 0; c < (nint)rows * k; c++) load.Counts[chosen[c]]++;
        var routing = Sorted(weights, chosen, rows * k, experts);
        if (Recording) Tape.Add(new TapeEntry { Backward = &RouteBackward, Y = weights, A = logits, Memory = p, I0 = padded, I1 = normalise ? 1 : 0, Memory2 = chosen });
        return routing;
    }

    struct RouteJob
    {
        /// <summary>A lane remembers 64 of its experts.</summary>
        public const int MostExperts = 32 * 64;

        public float* Z, P, Bias, W, Dw, Dz;
        public int* Chosen;
        public int Rows, Experts, Padded, K;
        public bool Normalise, Fresh;
    }

    static void Choose(float* p, float* bias, int experts, int k, int* chosen, Span<float> weights, bool normalise)
    {
        var sum = 0f;
        for (var i = 0; i < k; i++)
        {
            var best = -1;
            var bestScore = float.NegativeInfinity;
            for (var e = 0; e < experts; e++)
            {
                var score = bias == null ? p[e] : p[e] + bias[e];
                // Ties, and rows of NaN, fall on the lowest number.
                if (new ReadOnlySpan<int>(chosen, i).Contains(e) || best >= 0 && !(score > bestScore)) continue;
                best = e;
                bestScore = score;
            }
            chosen[i] = best;
            weights[i] = p[best];
            sum += p[best];
        }
        if (!normalise) return;
        for (var i = 0; i < k; i++) weights[i] /= sum;
    }

    /// <summary>Counting sort of the choices by expert; rows stay in order within one.</summary>
    Routing Sorted(Tensor weights, int* chosen, int count, int experts)
    {
        var slotOf = (int*)Arena.Take((nint)count * sizeof(int));
        var choiceAt = (int*)Arena.Take((nint)count * sizeof(int));
        var first = (int*)Arena.Take((nint)(experts + 2) * sizeof(int));
        new Span<int>(first, experts + 2).Clear();
        for (var c = 0; c < count; c++) first[chosen[c] + 2]++;
        for (var e = 2; e < experts + 2; e++) first[e] += first[e - 1];
        for (var c = 0; c < count; c++)
        {
            var slot = first[chosen[c] + 1]++;
            slotOf[c] = slot;
            choiceAt[slot] = c;
        }
        return new Routing { Weights = weights, Experts = experts, Chosen = chosen, SlotOf = slotOf, ChoiceAt = choiceAt, FirstSlot = first };
    }

    static void RouteBackward(Pass pass, in TapeEntry e)
    {
        int rows = e.A.Rows, experts = e.A.Cols, k = e.Y.Cols, padded = e.I0;
        var dw = pass.Tape.Gradient(e.Y);
        var dz = pass.Tape.Gradient(e.A, out var fresh);
        var chosen = (int*)e.Memory2;
        if (Device.Current is { } device)
        {
            var job = new RouteJob { P = (float*)e.Memory, W = e.Y.Pointer, Dw = dw, Dz = dz, Chosen = chosen, Rows = rows, Experts = experts, Padded = padded, K = k, Normalise = e.I1 != 0, Fresh = fresh };
            device.Run(Launch.Rows("route_backward", rows), &job);
            return;
        }
        for (var r = 0; r < rows; r++, dw += k, dz += experts, chosen += k)
        {
            var p = (float*)e.Memory + (nint)r * padded;
            var w = e.Y.Pointer + (nint)r * k;
            float sum = 1f, mean = 0f;
            if (e.I1 != 0)
            {
                sum = 0f;
                for (var i = 0; i < k; i++)
                {
                    sum += p[chosen[i]];
                    mean += dw[i] * w[i];
                }
            }
            var dot = 0f;
            for (var i = 0; i < k; i++) dot += p[chosen[i]] * (dw[i] - mean) / sum;
            for (var j = 0; j < experts; j++) dz[j] = (fresh ? 0f : dz[j]) - p[j] * dot;
            for (var i = 0; i < k; i++) dz[chosen[i]] += p[chosen[i]] * (dw[i] - mean) / sum;
        }
    }
}
