// A vocoder as a stream: frames come in pieces, samples go out as soon as no later frame can change them. Every piece is computed with as
// many frames on either side as it depends on, phase and noise are counted from the beginning: so samples have the bits of the whole.

using System.Runtime.InteropServices;
using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Tensors.Cuda;

namespace Maison.Inference.Speech;

/// <summary>Makes sound with a <see cref="Vocoder"/>; safe for many streams at once.</summary>
public sealed class NeuralVocoder(Vocoder model, Gang gang) : IVocoder
{
    readonly KeptArena memory = new();

    public IVocoderStream Begin(ulong seed) => new VocoderStream(model, gang, memory.Take(), seed);
}

/// <summary>One sound on its way.</summary>
/// <param name="memory">Where it computes; given back at its end.</param>
/// <param name="seed">Fixes its noise.</param>
sealed class VocoderStream(Vocoder model, Gang gang, KeptArena.Loan memory, ulong seed) : IVocoderStream
{
    /// <summary>Frames of a computed piece; a long push is cut, so that memory stays small.</summary>
    static readonly int mostFrames = Device.Current is null ? 400 : 2000;

    readonly VocoderConfig config = model.Config;
    readonly Pass pass = new(memory.Arena, gang);
    readonly List<float> logMel = [], periodicity = [], hz = [], pitch = [], formants = [];
    readonly List<PitchFrame> source = [];

    /// <summary>Frames dropped from the front, frames whose samples were given, all counted from the beginning.</summary>
    long dropped, given;
    double phase;
    float lastVoiced, lastPitch;

    public float[] Push(AcousticFrames frames, VoiceVector voice, bool last)
    {
        logMel.AddRange(frames.LogMel);
        periodicity.AddRange(frames.Periodicity);
        hz.AddRange(frames.Hz);
        for (var t = 0; t < frames.Count; t++) formants.Add(voice.Formants);
        Settle(last);
        var ready = last ? hz.Count : Math.Max(0, source.Count - config.FrameReach);
        var samples = new float[Math.Max(0, dropped + ready - given) * config.Hop];
        for (var rest = samples.AsSpan(); !rest.IsEmpty;)
        {
            var first = (int)(given - dropped);
            var count = Math.Min(ready - first, mostFrames);
            Compute(first, count, rest[..(count * config.Hop)]);
            rest = rest[(count * config.Hop)..];
            given += count;
        }
        Drop();
        return samples;
    }

    /// <summary>Fixes the sources of all frames that have a successor: a frame's pitch runs on to the middle between it and the next.</summary>
    void Settle(bool last)
    {
        var until = last ? hz.Count : hz.Count - 1;
        var old = pitch.Count;
        CollectionsMarshal.SetCount(pitch, hz.Count);
        VocoderInputs.Continue(CollectionsMarshal.AsSpan(hz)[old..], ref lastVoiced, CollectionsMarshal.AsSpan(pitch)[old..]);
        var frame = new PitchFrame[1];
        for (var t = source.Count; t < until; t++)
        {
            phase = VocoderInputs.Source(config, [hz[t]], [pitch[t]], phase, seed * 0x1_0000_0000 + (ulong)(dropped + t) * (ulong)config.Hop, frame,
                t > 0 ? pitch[t - 1] : lastPitch, t + 1 < pitch.Count ? pitch[t + 1] : 0);
            source.Add(frame[0]);
        }
    }

    void Compute(int first, int count, Span<float> samples)
    {
        int from = Math.Max(0, first - config.FrameReach), to = Math.Min(source.Count, first + count + config.FrameReach), rows = to - from;
        pass.Begin(rows);
        var features = new float[rows * config.Features];
        var bands = Part(periodicity, config.Bands);
        VocoderInputs.Features(config, Part(logMel, config.Mels), bands, Part(hz, 1), Part(pitch, 1), Part(formants, 1), features);
        var sound = model.Forward(pass, pass.Input(features, rows, config.Features), bands, CollectionsMarshal.AsSpan(source).Slice(from, rows));
        pass.Read(sound).Slice((first - from) * config.Hop, count * config.Hop).CopyTo(samples);

        ReadOnlySpan<float> Part(List<float> list, int width) => CollectionsMarshal.AsSpan(list).Slice(from * width, rows * width);
    }

    /// <summary>Forgets frames that nothing depends on any more.</summary>
    void Drop()
    {
        var count = (int)(given - dropped) - config.FrameReach;
        if (count <= 0) return;
        lastPitch = pitch[count - 1];
        logMel.RemoveRange(0, count * config.Mels);
        periodicity.RemoveRange(0, count * config.Bands);
        foreach (var list in new[] { hz, pitch, formants }) list.RemoveRange(0, count);
        source.RemoveRange(0, count);
        dropped += count;
    }

    public void Dispose()
    {
        pass.Dispose();
        memory.Dispose();
    }
}
