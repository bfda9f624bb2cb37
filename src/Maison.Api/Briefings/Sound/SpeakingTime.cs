namespace Maison.Api.Briefings.Sound;

/// <summary>How long a text is when it is spoken: guessed from its letters, corrected by what was spoken before.</summary>
sealed class SpeakingTime
{
    const double PerSign = 0.062, PerDigit = 0.26, PerLine = 0.35, LeastTrust = 0.15;

    double factor = 1;
    int heard;

    public double Of(string text) => factor * Raw(text);

    /// <summary>Learns from a text that was spoken.</summary>
    public void Heard(string text, double seconds)
    {
        // The first lines count most: a mean of them all, then one that follows.
        if (Raw(text) is > 1 and var raw) factor += Math.Max(LeastTrust, 1.0 / ++heard) * (Math.Clamp(seconds / raw, 0.4, 2.5) - factor);
    }

    static double Raw(string text)
    {
        var seconds = PerLine;
        foreach (var c in text) seconds += char.IsAsciiDigit(c) ? PerDigit : PerSign;
        return seconds;
    }
}
