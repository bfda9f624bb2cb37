// What the acoustic model is to say about an aligned example: prosody measured on its phones, frames, and how much each number counts. Pitch
// is only known where the voice is: it is carried over gaps in straight lines for the model to hear, and not counted there.

using Maison.Models.Voice;

namespace Maison.Training.Voice;

/// <summary>Truths of one example.</summary>
public sealed class AcousticTargets
{
    /// <param name="counts">Frames of each phone.</param>
    /// <param name="medianHz">Median pitch of the speaker as recorded.</param>
    public AcousticTargets(AcousticConfig config, VoiceExample example, int[] counts, int speaker, float medianHz)
    {
        var f = example.Features;
        var (frames, phones) = (f.Frames, counts.Length);
        if (counts.Sum() != frames) throw new ArgumentException($"{example.Name}: the alignment has {counts.Sum()} frames, the recording {frames}.");
        Phones = example.Phones;
        WordStart = [.. example.Tokens.Select(t => t.WordStart)];
        WordEnd = [.. example.Tokens.Select(t => t.WordEnd)];
        Voice = new(speaker, example.Formants, medianHz);

        var logHz = Filled(f.Hz, medianHz);
        var prosody = new Prosody(counts, new float[phones * Prosody.Points], new float[phones]);
        ProsodyTarget = new float[phones * ProsodyPredictor.Outputs];
        PitchWeight = new float[phones * Prosody.Points];
        var median = MathF.Log(medianHz);
        for (int n = 0, start = 0; n < phones; start += counts[n++])
        {
            int end = start + counts[n], voiced = 0;
            for (var t = start; t < end; t++)
            {
                prosody.Energy[n] += f.Energy[t] / counts[n];
                if (f.Hz[t] > 0) voiced++;
            }
            var row = ProsodyTarget.AsSpan(n * ProsodyPredictor.Outputs, ProsodyPredictor.Outputs);
            row[0] = MathF.Log(counts[n]) - VoiceInputs.DurationCentre;
            for (var k = 0; k < Prosody.Points; k++)
            {
                var value = logHz[start + (counts[n] - 1) * k / (Prosody.Points - 1)];
                prosody.LogHz[n * Prosody.Points + k] = value;
                row[1 + k] = (value - median) / VoiceInputs.PitchUnit;
                PitchWeight[n * Prosody.Points + k] = 2 * voiced > counts[n] ? 1 : 0;
            }
            row[^1] = (prosody.Energy[n] - VoiceInputs.EnergyCentre) / VoiceInputs.EnergyUnit;
        }
        Prosody = prosody;
        Contour = prosody.Contour();

        Mel = new float[frames * config.Mels];
        for (var i = 0; i < Mel.Length; i++) Mel[i] = (f.LogMel[i] - VoiceInputs.MelCentre) / VoiceInputs.MelUnit;
        // A recording played slower has nothing above a share of 12 kHz: no voice is to learn that.
        HeardBands = example.Formants >= 1 ? config.Mels : VoiceInputs.BandsBelow(config.Mels, example.Formants);
        Periodicity = f.Periodicity;
        Voiced = [.. f.Hz.Select(hz => hz > 0 ? 1f : 0f)];
        FinePitch = new float[frames];
        for (var t = 0; t < frames; t++)
            if (f.Hz[t] > 0) FinePitch[t] = Math.Clamp((logHz[t] - Contour[t]) / AcousticFrames.FinePitch, -0.95f, 0.95f);
    }

    public int[] Phones { get; }
    public bool[] WordStart { get; }
    public bool[] WordEnd { get; }
    public VoiceVector Voice { get; }

    /// <summary>Measured prosody: what the decoder hears while it learns.</summary>
    public Prosody Prosody { get; }

    /// <summary>Log pitch of the measured prosody in every frame.</summary>
    public float[] Contour { get; }

    /// <summary>Rows the predictor is to give, (phones, 5).</summary>
    public float[] ProsodyTarget { get; }

    /// <summary>1 for pitches of phones that are mostly voiced, (phones, 3).</summary>
    public float[] PitchWeight { get; }

    /// <summary>Normalised log-mel, (frames, mels).</summary>
    public float[] Mel { get; }

    /// <summary>Bands of the mel spectrum that count.</summary>
    public int HeardBands { get; }
    public float[] Periodicity { get; }

    /// <summary>1 in voiced frames.</summary>
    public float[] Voiced { get; }

    /// <summary>What is left of the pitch over the contour, as a share of three semitones; 0 where unvoiced.</summary>
    public float[] FinePitch { get; }

    /// <summary>Log pitch with gaps filled by straight lines, and by the nearest value at the ends.</summary>
    public static float[] Filled(float[] hz, float medianHz)
    {
        var log = new float[hz.Length];
        var last = -1;
        for (var t = 0; t < hz.Length; t++)
        {
            if (hz[t] <= 0) continue;
            log[t] = MathF.Log(hz[t]);
            for (var g = last + 1; g < t; g++) log[g] = last < 0 ? log[t] : log[last] + (log[t] - log[last]) * (g - last) / (t - last);
            last = t;
        }
        for (var g = last + 1; g < hz.Length; g++) log[g] = last < 0 ? MathF.Log(medianHz) : log[last];
        return log;
    }
}
