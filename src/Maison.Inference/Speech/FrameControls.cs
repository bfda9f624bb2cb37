// What the controls of timbre do to frames, in place. The envelope is bent by warping the mel bands along their frequencies; breath and whisper
// work on periodicity and pitch, which tell the vocoder how much of a band is voice and how much is noise.

using Maison.Models.Voice;

namespace Maison.Inference.Speech;

/// <summary>Lays controls over frames.</summary>
/// <param name="mels">Bands of the log-mel spectrum, Slaney's scale from 0 to 12 kHz.</param>
/// <param name="bands">Bands of periodicity, equally wide from 0 to 12 kHz.</param>
public sealed class FrameControls(int mels, int bands)
{
    const float HighestHz = VoiceTime.SampleRateHz / 2f, LinearHz = 7000f, BreathHz = 2000f;
    const float WhisperDb = -10f, WhisperTiltDb = 4f, WhisperLowDb = 8f, WhisperFormants = 1.1f, MelFloor = -11.512925f, PauseFloor = -9.5f;

    readonly float[] centres = [.. Enumerable.Range(0, mels).Select(b => HzOfMel(MelOfHz(HighestHz) * (b + 1) / (mels + 1)))];

    /// <summary>Goes on above what the model has heard of a voice with a longer vocal tract: it learnt it from recordings played slower, which hold nothing there.</summary>
    /// <param name="formants">Factor of the resonances that the frames were made with.</param>
    public void Complete(AcousticFrames frames, float formants)
    {
        const float heardHz = 0.87f * HighestHz, fallsFromHz = 11_000f, fallDb = 25f;
        const int from = 3;
        if (formants >= 1) return;
        var first = Math.Max(from, Array.FindIndex(centres, hz => hz > heardHz * formants));
        for (var t = 0; t < frames.Count; t++)
        {
            var frame = frames.LogMel.AsSpan(t * mels, mels);
            var level = (frame[first - 1] + frame[first - 2] + frame[first - 3]) / from;
            for (var b = first; b < mels; b++)
                frame[b] = Math.Max(MelFloor, level - Math.Max(0, centres[b] - fallsFromHz) / (HighestHz - fallsFromHz) * fallDb * VoiceTime.NatsPerDb);
        }
    }

    /// <summary>Draws peaks and valleys of each frame's spectrum further apart, by a factor: a net that predicts means smooths them.</summary>
    public void Sharpen(AcousticFrames frames, float factor)
    {
        const int reach = 6;
        if (factor == 1) return;
        var sharp = new float[mels];
        for (var t = 0; t < frames.Count; t++)
        {
            var frame = frames.LogMel.AsSpan(t * mels, mels);
            // The sum of the bands within reach, as it moves along; doubles lose nothing on the way.
            var sum = 0.0;
            for (var b = 0; b < Math.Min(reach, mels); b++) sum += frame[b];
            for (var b = 0; b < mels; b++)
            {
                int from = Math.Max(0, b - reach), to = Math.Min(mels, b + reach + 1);
                if (b + reach < mels) sum += frame[b + reach];
                if (b > reach) sum -= frame[b - reach - 1];
                sharp[b] = Math.Max(MelFloor, frame[b] + (factor - 1) * (frame[b] - (float)sum / (to - from)));
            }
            sharp.CopyTo(frame);
        }
    }

    /// <summary>Changes frames by the controls; what <see cref="ProsodyControls"/> has done already is not done again.</summary>
    public void Apply(AcousticFrames frames, VoiceControls controls)
    {
        // A whisper's resonances are higher: the throat is open to the windpipe.
        var formants = controls.Formants * MathF.Pow(WhisperFormants, controls.Whisper);
        if (formants != 1) Warp(frames.LogMel, formants);
        if (controls.Breathiness > 0) Breathe(frames, controls.Breathiness);
        if (controls.Whisper > 0) Whisper(frames, controls.Whisper);
    }

    /// <summary>envelope(f) ← envelope(f / a), straight to 7 kHz and then bent so that 12 kHz stays where it is.</summary>
    public void Warp(Span<float> logMel, float a)
    {
        var from = new float[mels];
        for (var b = 0; b < mels; b++) from[b] = BandOf(Unwarped(centres[b], a));
        var row = new float[mels];
        for (var t = 0; t < logMel.Length / mels; t++)
        {
            var frame = logMel.Slice(t * mels, mels);
            frame.CopyTo(row);
            for (var b = 0; b < mels; b++)
            {
                var at = Math.Clamp(from[b], 0, mels - 1);
                var left = Math.Min((int)at, mels - 2);
                frame[b] = row[left] + (row[left + 1] - row[left]) * (at - left);
            }
        }
    }

    /// <summary>Where the envelope at a frequency comes from.</summary>
    public static float Unwarped(float hz, float a)
    {
        var knee = LinearHz * Math.Min(1, a);
        return hz <= knee ? hz / a : knee / a + (hz - knee) * (HighestHz - knee / a) / (HighestHz - knee);
    }

    void Breathe(AcousticFrames frames, float breath)
    {
        for (var i = 0; i < frames.Periodicity.Length; i++)
            if (i % bands * HighestHz / bands >= BreathHz * 0.75f) frames.Periodicity[i] *= 1 - breath;
    }

    void Whisper(AcousticFrames frames, float whisper)
    {
        for (var t = 0; t < frames.Count; t++)
        {
            if (frames.Hz[t] == 0) continue;
            for (var b = 0; b < mels; b++)
            {
                var octaves = MathF.Log2(Math.Max(centres[b], 125f) / 1000f);
                ref var level = ref frames.LogMel[t * mels + b];
                // Below the first resonance a whisper has next to nothing.
                level = Math.Max(MelFloor, level + whisper * (WhisperDb + WhisperTiltDb * octaves + WhisperLowDb * Math.Min(0, octaves + 1)) * VoiceTime.NatsPerDb);
            }
            for (var b = 0; b < bands; b++) frames.Periodicity[t * bands + b] *= 1 - whisper;
            if (whisper >= 1) frames.Hz[t] = 0;
        }
    }

    /// <summary>Adds to the logarithm of each frame's level.</summary>
    public void Amplify(AcousticFrames frames, ReadOnlySpan<float> gains)
    {
        for (var t = 0; t < frames.Count; t++)
        {
            if (gains[t] == 0) continue;
            foreach (ref var level in frames.LogMel.AsSpan(t * mels, mels)) level = Math.Max(MelFloor, level + gains[t]);
        }
    }

    /// <summary>Fades frames to the hush of a quiet room: 0 leaves a frame as it is, 1 is silence.</summary>
    public void Hush(AcousticFrames frames, ReadOnlySpan<float> hush)
    {
        for (var t = 0; t < frames.Count; t++)
        {
            if (hush[t] == 0) continue;
            foreach (ref var level in frames.LogMel.AsSpan(t * mels, mels)) level = Math.Min(level, level + hush[t] * (PauseFloor - level));
            if (hush[t] < 1) continue;
            frames.Periodicity.AsSpan(t * bands, bands).Clear();
            frames.Hz[t] = 0;
        }
    }

    float BandOf(float hz) => MelOfHz(hz) / MelOfHz(HighestHz) * (mels + 1) - 1;

    // Slaney's mel scale: straight to 1 kHz, logarithmic above.
    static float MelOfHz(float hz) => hz < 1000 ? hz * 3 / 200 : 15 + MathF.Log(hz / 1000) * 27 / MathF.Log(6.4f);

    static float HzOfMel(float mel) => mel < 15 ? mel * 200 / 3 : 1000 * MathF.Exp((mel - 15) * MathF.Log(6.4f) / 27);
}
