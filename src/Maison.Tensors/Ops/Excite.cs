// The two sources of a voice, sample by sample: a train of band-limited pulses at the pitch, and noise that breathes with them.
// Pulses are sinc(phase · period) about every whole phase, scaled to one power at every pitch. Noise is counted, not drawn: a sample's
// value is a hash of its number, so a stream cut anywhere has the bits of the whole. Phase is fp64. Neither has a gradient.

using System.Runtime.Intrinsics;
using Maison.Tensors.Cuda;
using Maison.Tensors.Kernels;

namespace Maison.Tensors;

/// <summary>What the sources do during one row.</summary>
/// <param name="Phase">Phase in periods where the row begins.</param>
/// <param name="LeftHz">Pitch where the row begins; it runs straight to the middle and on to the end.</param>
/// <param name="Voiced">How strongly the noise swells at pulses, 0 to 1.</param>
/// <param name="NoiseAt">Number of the row's first noise sample.</param>
public readonly record struct PitchFrame(double Phase, float LeftHz, float MiddleHz, float RightHz, float Voiced, ulong NoiseAt)
{
    /// <summary>Phase in periods where the row ends.</summary>
    public double PhaseAfter(int samples, int sampleRateHz)
        => (Phase + (LeftHz + 2.0 * MiddleHz + RightHz) / 4 * samples / sampleRateHz) is var end ? end - Math.Floor(end) : 0;
}

public sealed unsafe partial class Pass
{
    /// <summary>Root mean square of both sources.</summary>
    const float SourceLevel = 0.1f;

    /// <summary>Share by which noise swells and fades over a period of a voiced sound.</summary>
    const float Breathing = 0.6f;

    struct ExciteJob
    {
        public PitchFrame* Frames;
        public float* Pulses, Noise;
        public int Rows, Samples, RateHz;
    }

    /// <summary>Pulses and noise for one frame per row of the pass: two signals (rows, samples).</summary>
    public (Tensor Pulses, Tensor Noise) Excite(ReadOnlySpan<PitchFrame> frames, int samples, int sampleRateHz)
    {
        if (frames.Length != Rows) throw new ArgumentException($"Excite needs one frame per row of the pass; got {frames.Length} for {Rows}.");
        foreach (ref readonly var f in frames)
            if (!(f.LeftHz > 0 && f.MiddleHz > 0 && f.RightHz > 0)) throw new ArgumentException($"Excite needs a pitch above 0 Hz in every frame, unvoiced ones too; got {f}.");
        Tensor pulses = New(Rows, samples), noise = New(Rows, samples);
        var kept = (PitchFrame*)TakeAligned((nint)Rows * sizeof(PitchFrame));
        NativeFloats.Put(kept, frames);
        var job = new ExciteJob { Frames = kept, Pulses = pulses.Pointer, Noise = noise.Pointer, Rows = Rows, Samples = samples, RateHz = sampleRateHz };
        Gang.For((Rows + 7) / 8, &ExciteTask, &job, Launch.Elements("excite", pulses.Count));
        return (pulses, noise);
    }

    static void ExciteTask(void* context, int task, int thread)
    {
        var j = (ExciteJob*)context;
        int samples = j->Samples, padded = (samples + 15) & ~15;
        float* phase = stackalloc float[padded], hz = stackalloc float[padded], lanes = stackalloc float[16];
        new Span<float>(phase, padded).Clear();
        new Span<float>(hz, padded).Fill(1f);
        for (var r = task * 8; r < Math.Min(j->Rows, task * 8 + 8); r++)
        {
            ref readonly var f = ref j->Frames[r];
            var half = samples / 2.0;
            for (var n = 0; n < samples; n++)
            {
                // Pitch is straight over each half of the row, so phase is quadratic.
                var second = n >= half;
                double from = second ? f.MiddleHz : f.LeftHz, to = second ? f.RightHz : f.MiddleHz, at = second ? n - half : n;
                var past = second ? (f.LeftHz + (double)f.MiddleHz) / 2 * half : 0;
                var p = f.Phase + (past + from * at + (to - from) * at * at / (2 * half)) / j->RateHz;
                phase[n] = (float)(p - Math.Floor(p + 0.5));
                hz[n] = (float)(from + (to - from) * at / half);
            }
            float* pulses = j->Pulses + (nint)r * samples, noise = j->Noise + (nint)r * samples;
            var swell = Breathing * f.Voiced;
            Vector512<float> swing = Vector512.Create(swell), calm = Vector512.Create(SourceLevel / MathF.Sqrt(1 + swell * swell / 2));
            for (var n = 0; n < samples; n += 16)
            {
                var count = Math.Min(16, samples - n);
                Vector512<float> p = Vector512.Load(phase + n), period = Vector512.Create((float)j->RateHz) / Vector512.Load(hz + n);
                var x = p * period * Vector512.Create(MathF.PI);
                var (sin, _) = VectorMath.SinCos(x);
                var sinc = Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), Vector512.Create(1e-3f)), Vector512<float>.One, sin / x);
                Put(pulses + n, sinc * Vector512.Sqrt(period) * Vector512.Create(SourceLevel), count, fresh: true);
                for (var i = 0; i < 16; i++) lanes[i] = NoiseOf(f.NoiseAt + (ulong)(n + i));
                var (_, cos) = VectorMath.SinCos(p * Vector512.Create(2 * MathF.PI));
                Put(noise + n, Vector512.Load(lanes) * calm * (Vector512<float>.One + swing * cos), count, fresh: true);
            }
        }
    }

    /// <summary>Four sixteen-bit numbers of a hash (SplitMix64, Steele et al. 2014) added up: nearly normal, mean 0, deviation 1.</summary>
    static float NoiseOf(ulong index)
    {
        var z = Scatter((index + 1) * Golden);
        var sum = (int)(z & 0xFFFF) + (int)(z >> 16 & 0xFFFF) + (int)(z >> 32 & 0xFFFF) + (int)(z >> 48);
        return (sum - 2 * 65535) * (1.7320508f / 65536f);
    }
}
