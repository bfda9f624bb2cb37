// Chooses the next token from one row of logits. The order is fixed and is that of Hugging Face's generation:
//   repetition penalty → frequency and presence penalties → bias → what the grammar allows → temperature → top-k → top-p → min-p → draw
// Probabilities are kept as odds e^((z − max)/T) without dividing by their sum. A draw walks the kept tokens until their odds pass u·sum:
// from the likeliest down where top-k sorted them, else in the order of the ids. Ties go to the lower id.

using Maison.Inference.Grammar;

namespace Maison.Inference;

/// <summary>The sampling rules with their scratch memory; one per step thread, nothing is kept from call to call.</summary>
sealed class Sampler(int vocab)
{
    readonly float[] adjusted = new float[vocab], odds = new float[vocab];
    readonly int[] counts = new int[vocab];
    readonly ulong[] ranks = new ulong[vocab];
    readonly double[] bins = new double[Bin(1f) + 1];

    /// <summary>The next token after <paramref name="tokens"/>, of which the first <paramref name="promptTokens"/> are the prompt.</summary>
    /// <param name="allowed">The ids to choose among, one bit each; empty allows all.</param>
    /// <exception cref="ArithmeticException">The logits hold no finite maximum.</exception>
    /// <exception cref="GrammarConflictException">The bias forbids all that is allowed.</exception>
    public int Choose(ReadOnlySpan<float> logits, SamplingPlan plan, ReadOnlySpan<int> tokens, int promptTokens, ReadOnlySpan<ulong> allowed = default)
    {
        var options = plan.Options;
        if (plan.Adjusts || !allowed.IsEmpty) logits = Adjust(logits, plan, tokens, promptTokens, allowed);
        var max = RowMath.Max(logits);
        if (float.IsNegativeInfinity(max) && !allowed.IsEmpty) throw new GrammarConflictException();
        if (!float.IsFinite(max)) throw new ArithmeticException($"The model's largest logit is {max}: its weights or this prompt overflow.");
        if (options.Temperature == 0) return logits.IndexOf(max);

        var sum = RowMath.Odds(logits, max, options.Temperature, odds);
        var u = CounterRandom.Uniform(plan.Seed, tokens.Length - promptTokens);
        if (options.TopK > 0) return DrawFromTop(u, options);
        return DrawInOrder(u, sum, options.MinP, options.TopP < 1 ? LastOfNucleus(options.TopP * sum) : ulong.MaxValue);
    }

    int DrawFromTop(double u, SamplingOptions options)
    {
        var kept = Ranking.Largest(odds, options.TopK, 0f, ranks);
        if (options.TopP < 1) kept = kept[..Reach(kept, options.TopP * Sum(kept))];
        var likely = kept.Length;
        while (likely > 1 && Ranking.Value(kept[likely - 1]) < options.MinP) likely--;
        kept = kept[..likely];
        return Ranking.Id(kept[Math.Min(Reach(kept, u * Sum(kept), beyond: true), likely) - 1]);
    }

    /// <summary>The rank of the least likely token of the smallest set whose odds reach the target.</summary>
    ulong LastOfNucleus(double target)
    {
        // Only the bin in which the target is reached has to be sorted; bins are an eighth of an octave wide.
        Array.Clear(bins);
        foreach (var odd in odds) bins[Bin(odd)] += odd;
        var bin = bins.Length - 1;
        while (bin > 0 && bins[bin] < target) target -= bins[bin--];
        var found = 0;
        for (var id = 0; id < odds.Length; id++)
            if (Bin(odds[id]) == bin) ranks[found++] = Ranking.Rank(odds[id], id);
        var inBin = ranks.AsSpan(0, found);
        inBin.Sort();
        return found == 0 ? ulong.MaxValue : inBin[Reach(inBin, target) - 1];
    }

    static int Bin(float odd) => (int)(BitConverter.SingleToUInt32Bits(odd) >> 20);

    ReadOnlySpan<float> Adjust(ReadOnlySpan<float> logits, SamplingPlan plan, ReadOnlySpan<int> tokens, int promptTokens, ReadOnlySpan<ulong> allowed)
    {
        var options = plan.Options;
        logits.CopyTo(adjusted);
        if (options.RepetitionPenalty != 1)
        {
            foreach (var id in tokens)
                if (counts[id]++ == 0) adjusted[id] = adjusted[id] > 0 ? adjusted[id] / options.RepetitionPenalty : adjusted[id] * options.RepetitionPenalty;
            foreach (var id in tokens) counts[id] = 0;
        }
        if (plan.Penalises)
        {
            var answer = tokens[promptTokens..];
            foreach (var id in answer) counts[id]++;
            foreach (var id in answer)
            {
                if (counts[id] == 0) continue;
                adjusted[id] -= options.FrequencyPenalty * counts[id] + options.PresencePenalty;
                counts[id] = 0;
            }
        }
        foreach (var (id, bias) in plan.Bias) adjusted[id] += bias;
        if (!allowed.IsEmpty) Forbid(adjusted, allowed);
        return adjusted;
    }

    /// <summary>Makes every id impossible whose bit is not set, ids beyond the bits too.</summary>
    static void Forbid(Span<float> logits, ReadOnlySpan<ulong> allowed)
    {
        for (var at = 0; at < logits.Length; at += 64)
        {
            var bits = at >> 6 < allowed.Length ? allowed[at >> 6] : 0;
            if (bits == ulong.MaxValue) continue;
            var part = logits[at..Math.Min(at + 64, logits.Length)];
            if (bits == 0) part.Fill(float.NegativeInfinity);
            else
                for (var i = 0; i < part.Length; i++)
                    if ((bits >> i & 1) == 0) part[i] = float.NegativeInfinity;
        }
    }

    int DrawInOrder(double u, double sum, float minP, ulong lastRank)
    {
        if (minP > 0 || lastRank != ulong.MaxValue)
        {
            sum = 0;
            for (var id = 0; id < odds.Length; id++)
                if (odds[id] >= minP && Ranking.Rank(odds[id], id) <= lastRank) sum += odds[id];
        }
        var target = u * sum;
        double reached = 0;
        var last = 0;
        for (var id = 0; id < odds.Length; id++)
        {
            if (odds[id] < minP || odds[id] == 0 || Ranking.Rank(odds[id], id) > lastRank) continue;
            last = id;
            reached += odds[id];
            if (reached > target) break;
        }
        return last;
    }

    static double Sum(ReadOnlySpan<ulong> ranks)
    {
        double sum = 0;
        foreach (var rank in ranks) sum += Ranking.Value(rank);
        return sum;
    }

    /// <summary>How many of the best it takes for their odds to reach (or, for a draw, to pass) the target.</summary>
    static int Reach(ReadOnlySpan<ulong> ranks, double target, bool beyond = false)
    {
        double sum = 0;
        for (var i = 0; i < ranks.Length; i++)
        {
            sum += Ranking.Value(ranks[i]);
            if (sum > target || (!beyond && sum == target)) return i + 1;
        }
        return ranks.Length;
    }

    /// <summary>The likeliest tokens under the unmodified logits, best first.</summary>
    /// <param name="logSum">ln Σ e^z of the same logits.</param>
    public TokenLogprob[] Top(ReadOnlySpan<float> logits, int count, double logSum)
    {
        if (count == 0) return [];
        var best = Ranking.Largest(logits, count, float.NegativeInfinity, ranks);
        var top = new TokenLogprob[best.Length];
        for (var i = 0; i < top.Length; i++) top[i] = new(Ranking.Id(best[i]), (float)(Ranking.Value(best[i]) - logSum));
        return top;
    }
}
