// The likeliest path through pitch candidates: each frame is unvoiced or takes one of its candidates, and leaps and changes of
// voicing cost. The costs are those of Boersma 1993 (Praat) for steps of 10 ms.

namespace Maison.Data.Audio.Analysis;

/// <summary>What a frame might be: a frequency, and how much speaks for it, from 0 to 1.</summary>
readonly record struct PitchCandidate(float Hz, float Strength);

static class PitchPath
{
    const double OctaveJumpCost = 0.35, VoicingCost = 0.14, OctaveCost = 0.01;

    /// <summary>The frequency of each frame, 0 where it is unvoiced.</summary>
    /// <param name="frames">Candidates of each frame.</param>
    /// <param name="unvoiced">How much speaks for each frame being unvoiced.</param>
    public static float[] Best(IReadOnlyList<PitchCandidate[]> frames, ReadOnlySpan<float> unvoiced)
    {
        var from = new int[frames.Count][];
        double[] score = [0];
        PitchCandidate[] before = [];
        for (var t = 0; t < frames.Count; t++)
        {
            var now = frames[t];
            var next = new double[now.Length + 1];
            from[t] = new int[now.Length + 1];
            for (var c = 0; c <= now.Length; c++)
            {
                var best = double.NegativeInfinity;
                for (var p = 0; p < score.Length; p++)
                {
                    var reached = score[p] - (t == 0 ? 0 : Change(p == 0 ? 0 : before[p - 1].Hz, c == 0 ? 0 : now[c - 1].Hz));
                    if (reached <= best) continue;
                    (best, from[t][c]) = (reached, p);
                }
                next[c] = best + (c == 0 ? unvoiced[t] : now[c - 1].Strength + OctaveCost * Math.Log2(now[c - 1].Hz / 100));
            }
            (score, before) = (next, now);
        }

        var path = new float[frames.Count];
        var at = Array.IndexOf(score, score.Max());
        for (var t = frames.Count - 1; t >= 0; t--)
        {
            path[t] = at == 0 ? 0 : frames[t][at - 1].Hz;
            at = from[t][at];
        }
        return path;
    }

    static double Change(float a, float b) => (a, b) switch
    {
        (0, 0) => 0,
        (0, _) or (_, 0) => VoicingCost,
        _ => OctaveJumpCost * Math.Abs(Math.Log2(a / b)),
    };
}
