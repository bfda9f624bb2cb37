// Where in a recording somebody speaks: frames of 10 ms that stand 9 dB above the recording's own noise floor, with 60 ms of hangover.
// It knows nothing about words; soft breaths and the ends of fricatives may fall under the gate, so callers keep a margin.

namespace Maison.Data.Audio;

/// <summary>A stretch of frames.</summary>
/// <param name="First">Its first frame.</param>
/// <param name="Frames">How many there are.</param>
public readonly record struct FrameSpan(int First, int Frames)
{
    /// <summary>The first frame behind it.</summary>
    public int End => First + Frames;
}

/// <summary>Finds speech by energy.</summary>
static class SpeechGate
{
    const double AboveFloorDb = 9, FloorShare = 0.05, LowestGateDb = -60, HighestGateDb = -42;
    const int HangoverFrames = 6;

    /// <summary>Which frames of 240 samples are speech.</summary>
    /// <param name="samples">A voice levelled to about -26 dBov.</param>
    public static bool[] Active(ReadOnlySpan<float> samples)
    {
        var levels = new double[VoiceFrames.Count(samples.Length)];
        for (var t = 0; t < levels.Length; t++)
        {
            var sum = 1e-12;
            var frame = samples[(t * VoiceFrames.HopSamples)..Math.Min(samples.Length, (t + 1) * VoiceFrames.HopSamples)];
            foreach (var x in frame) sum += (double)x * x;
            levels[t] = 10 * Math.Log10(sum / VoiceFrames.HopSamples);
        }
        // Digital silence would put the floor nowhere, and speech without any pause above itself.
        var floor = levels.Order().ElementAtOrDefault((int)(levels.Length * FloorShare));
        var gate = Math.Clamp(floor + AboveFloorDb, LowestGateDb, HighestGateDb);
        var active = new bool[levels.Length];
        var left = 0;
        for (var t = 0; t < levels.Length; t++)
        {
            left = levels[t] > gate ? HangoverFrames + 1 : left - 1;
            active[t] = left > 0;
        }
        return active;
    }

    /// <summary>From the first active frame to the last; null when there is none.</summary>
    public static FrameSpan? Speech(ReadOnlySpan<bool> active)
    {
        var (first, last) = (active.IndexOf(true), active.LastIndexOf(true));
        return first < 0 ? null : new(first, last - first + 1);
    }

    /// <summary>Pauses of at least <paramref name="least"/> frames between the first and the last active frame.</summary>
    public static FrameSpan[] Pauses(ReadOnlySpan<bool> active, int least)
    {
        if (Speech(active) is not { } speech) return [];
        List<FrameSpan> pauses = [];
        for (var t = speech.First; t < speech.End;)
        {
            var end = t + 1;
            while (end < speech.End && active[end] == active[t]) end++;
            if (!active[t] && end - t >= least) pauses.Add(new(t, end - t));
            t = end;
        }
        return [.. pauses];
    }
}
