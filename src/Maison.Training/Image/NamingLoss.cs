// What a judge's logits say of the names that pictures should have, and the gradient that teaches a painter: what is nearly right pulls most, so that it is
// learned first.

namespace Maison.Training.Image;

/// <summary>The error of names, in nats.</summary>
static class NamingLoss
{
    /// <summary>The power of a name's chance that it pulls with: 0 is cross entropy, in which what is hopeless pulls most; with 1 the chance itself is what grows (arXiv 1805.07836).</summary>
    const double Hope = 0.5;

    /// <summary>Mean error of the names that pictures should have, in nats: every name of a picture counts alike, and every picture that has some.</summary>
    /// <param name="gradient">Takes its gradient; empty where none is wanted. // (pictures, names)</param>
    /// <returns>The error, and the share of pictures of which a name comes first.</returns>
    public static (double Error, double Right) Of(IReadOnlyList<IReadOnlyList<int>> asked, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        var (told, width) = (Math.Max(1, asked.Count(a => a.Count > 0)), logits.Length / asked.Count);
        double error = 0, right = 0;
        gradient.Clear();
        for (var i = 0; i < asked.Count; i++)
        {
            var wanted = asked[i];
            if (wanted.Count == 0) continue;
            var row = logits.Slice(i * width, width);
            var (most, sum) = (float.NegativeInfinity, 0.0);
            foreach (var z in row) most = MathF.Max(most, z);
            foreach (var z in row) sum += Math.Exp(z - most);
            var pulls = gradient.IsEmpty ? default : gradient.Slice(i * width, width);
            var chances = 0.0;
            foreach (var n in wanted)
            {
                var chance = Math.Exp(row[n] - most) / sum;
                error += (most + Math.Log(sum) - row[n]) / (wanted.Count * told);
                if (row[n] == most) right += 1.0 / told;
                if (pulls.IsEmpty) continue;
                // Names that are told together share what is certain.
                var pull = Math.Pow(Math.Min(1, wanted.Count * chance), Hope) / (wanted.Count * told);
                chances += pull;
                pulls[n] -= (float)pull;
            }
            for (var n = 0; n < pulls.Length; n++) pulls[n] += (float)(chances * Math.Exp(row[n] - most) / sum);
        }
        return (error, right);
    }
}
