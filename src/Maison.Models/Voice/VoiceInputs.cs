// What the acoustic model is told, as rows of numbers: the neighbourhood of each phone, the shape of each frame, the voice. Training and
// serving fill their inputs here, so they cannot differ. Pitch is relative to the voice's median and in units of a quarter of e.

namespace Maison.Models.Voice;

/// <summary>Which voice speaks, as the acoustic model was taught voices.</summary>
/// <param name="Speaker">Place among the speakers of the model.</param>
/// <param name="Formants">Factor of all resonances against the speaker's own: 0.86 is a longer vocal tract, 1.14 a shorter one.</param>
/// <param name="MedianHz">Median pitch of voiced frames.</param>
public readonly record struct VoiceVector(int Speaker, float Formants, float MedianHz)
{
    /// <summary>Writes the voice as the model reads it: one number per speaker, then the two axes.</summary>
    public void Write(Span<float> to)
    {
        to.Clear();
        if ((uint)Speaker >= (uint)to.Length - 2) throw new ArgumentOutOfRangeException(nameof(to), $"The model has {to.Length - 2} speakers; there is no number {Speaker}.");
        to[Speaker] = 1f;
        to[^2] = MathF.Log(Formants) / 0.1f;
        to[^1] = MathF.Log(MedianHz / 180f) / 0.4f;
    }
}

/// <summary>Explicit prosody of a sequence of phones: the arrays that controls act on.</summary>
/// <param name="Frames">Length of each phone in frames of 10 ms, at least 1.</param>
/// <param name="LogHz">Natural logarithm of the pitch at start, middle and end of each phone, (phones, 3); also where nothing is voiced.</param>
/// <param name="Energy">Mean natural logarithm of the level of each phone.</param>
public sealed record Prosody(int[] Frames, float[] LogHz, float[] Energy)
{
    /// <summary>Pitches of a phone.</summary>
    public const int Points = 3;

    /// <summary>All frames.</summary>
    public int TotalFrames => Frames.Sum();

    /// <summary>Natural logarithm of the pitch in every frame: straight lines through start, middle and end of each phone.</summary>
    public float[] Contour()
    {
        var contour = new float[TotalFrames];
        for (int n = 0, t = 0; n < Frames.Length; n++)
            for (var i = 0; i < Frames[n]; i++)
            {
                var at = (i + 0.5f) / Frames[n] * (Points - 1);
                var left = Math.Min((int)at, Points - 2);
                float a = LogHz[n * Points + left], b = LogHz[n * Points + left + 1];
                contour[t++] = a + (b - a) * (at - left);
            }
        return contour;
    }
}

/// <summary>Fills the rows that an <see cref="AcousticModel"/> reads.</summary>
public static class VoiceInputs
{
    /// <summary>Unit of relative pitch, in nats: about four semitones.</summary>
    public const float PitchUnit = 0.25f;

    /// <summary>Centre and unit of log-mel values, energies and log-durations in the model.</summary>
    public const float MelCentre = -5f, MelUnit = 2f, EnergyCentre = -4f, EnergyUnit = 1.5f, DurationCentre = 2f;

    /// <summary>A frame's pitch is heard up to so many units off the median: about nine semitones, as far as people speak.</summary>
    const float FurthestPitch = 2f;

    /// <summary>Steps after which a mark counts as far away.</summary>
    const float Far = 20f;

    /// <summary>How many of the mel bands (Slaney's scale, 0 to 12 kHz) end below a share of 12 kHz.</summary>
    public static int BandsBelow(int mels, float share)
    {
        return (int)(Mel(12000 * share) / Mel(12000) * (mels + 1)) - 1;

        static float Mel(float hz) => hz < 1000 ? hz * 3 / 200 : 15 + MathF.Log(hz / 1000) * 27 / MathF.Log(6.4f);
    }

    /// <summary>Rows for all phones of an utterance: word borders, distances to the marks around, which mark comes next, the voice: (phones, phoneFeatures).</summary>
    /// <param name="wordStart">Whether a phone is the first of its word.</param>
    /// <param name="wordEnd">Whether a phone is the last of its word.</param>
    public static void Phones(AcousticConfig config, ReadOnlySpan<int> phones, ReadOnlySpan<bool> wordStart, ReadOnlySpan<bool> wordEnd, VoiceVector voice, Span<float> rows)
    {
        int width = config.PhoneFeatures, next = phones.Length - 1, last = -1;
        if (rows.Length != phones.Length * width) throw new ArgumentException($"{phones.Length} phones have {phones.Length * width} features, not {rows.Length}.");
        rows.Clear();
        for (var i = 0; i < phones.Length; i++)
        {
            var row = rows.Slice(i * width, width);
            if (phones[i] < config.Marks) last = i;
            if (i == 0 || next < i)
                for (next = i; next < phones.Length - 1 && phones[next] >= config.Marks;) next++;
            float ahead = next - i, behind = i - last;
            row[0] = wordStart[i] ? 1f : 0f;
            row[1] = wordEnd[i] ? 1f : 0f;
            row[2] = 1f / (1f + ahead);
            row[3] = 1f / (1f + behind);
            row[4] = Math.Min(ahead, Far) / Far;
            row[5] = Math.Min(behind, Far) / Far;
            if (phones[next] < config.Marks) row[6 + phones[next]] = 1f;
            voice.Write(row[^config.VoiceFeatures..]);
        }
    }

    /// <summary>Rows for frames [first, first + count) of an utterance: place in the phone, its length, pitch, level, the voice: (count, frameFeatures).</summary>
    /// <param name="contour">Log pitch of all frames; see <see cref="Prosody.Contour"/>.</param>
    public static void Frames(AcousticConfig config, Prosody prosody, ReadOnlySpan<float> contour, VoiceVector voice, int first, int count, Span<float> rows)
    {
        var width = config.FrameFeatures;
        if (rows.Length != count * width) throw new ArgumentException($"{count} frames have {count * width} features, not {rows.Length}.");
        var median = MathF.Log(voice.MedianHz);
        int n = 0, start = 0;
        for (var t = first; t < first + count; t++)
        {
            while (t >= start + prosody.Frames[n]) start += prosody.Frames[n++];
            var row = rows.Slice((t - first) * width, width);
            var length = prosody.Frames[n];
            var place = (t - start + 0.5f) / length;
            row[0] = place;
            row[1] = 1f - place;
            row[2] = MathF.Log(length) - DurationCentre;
            row[3] = Math.Clamp((contour[t] - median) / PitchUnit, -FurthestPitch, FurthestPitch);
            row[4] = (prosody.Energy[n] - EnergyCentre) / EnergyUnit;
            voice.Write(row[^config.VoiceFeatures..]);
        }
    }
}
