// Laws of the vocoder: a stream has the bits of the whole however its frames are cut, recording changes nothing, what it says has the pitch and
// the spectrum it was asked for before any training.

using System.Runtime.InteropServices;
using Maison.Inference.Speech;
using Maison.Models;
using Maison.Models.Voice;
using Maison.Tensors;

namespace Maison.Tests.Models.Voice;

public sealed class VocoderTests : IDisposable
{
    static readonly VocoderConfig Tiny = new() { Hidden = 16, Inner = 24, Blocks = 2 };
    readonly Gang gang = new(2);

    public void Dispose() => gang.Dispose();

    static Vocoder Model(VocoderConfig config)
    {
        var model = new Vocoder(config);
        VocoderInit.Initialise(model, 3);
        return model;
    }

    static AcousticFrames Frames(int count, int seed)
    {
        var random = new Random(seed);
        var frames = new AcousticFrames(new float[count * 80], new float[count * 16], new float[count]);
        for (var i = 0; i < frames.LogMel.Length; i++) frames.LogMel[i] = -6 + (float)random.NextDouble();
        for (var t = 0; t < count; t++)
        {
            if (t / 9 % 3 == 2) continue;
            frames.Hz[t] = 120 + t % 40;
            frames.Periodicity.AsSpan(t * 16, 16).Fill(0.8f);
        }
        return frames;
    }

    static AcousticFrames Part(AcousticFrames all, int first, int count)
        => new(all.LogMel[(first * 80)..((first + count) * 80)], all.Periodicity[(first * 16)..((first + count) * 16)], all.Hz[first..(first + count)]);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(24)]
    [InlineData(60)]
    public void AStreamHasTheBitsOfTheWhole(int piece)
    {
        var vocoder = new NeuralVocoder(Model(Tiny), gang);
        var frames = Frames(83, 1);
        var voice = new VoiceVector(0, 1.1f, 140);
        using var whole = vocoder.Begin(5);
        var expected = whole.Push(frames, voice, last: true);
        Assert.Equal(83 * 240, expected.Length);
        using var stream = vocoder.Begin(5);
        var heard = new List<float>();
        for (var first = 0; first < 83; first += piece) heard.AddRange(stream.Push(Part(frames, first, Math.Min(piece, 83 - first)), voice, last: false));
        Assert.InRange(heard.Count, (83 - 1 - Tiny.FrameReach) * 240, 83 * 240 - 1);
        heard.AddRange(stream.Push(new([], [], []), voice, last: true));
        Assert.True(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(heard)).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan())));

        using var other = vocoder.Begin(6);
        Assert.NotEqual(expected, other.Push(frames, voice, last: true));
    }

    [Fact]
    public void RecordingChangesNothing()
    {
        var model = Model(Tiny);
        using var arena = new Arena(1 << 20);
        float[]? plain = null;
        foreach (var record in new[] { false, true })
        {
            using var pass = new Pass(arena, gang, record);
            var sound = Say(pass, model, Frames(30, 2)).Span.ToArray();
            plain ??= sound;
            Assert.Equal(plain, sound);
        }
        Assert.All(plain!, v => Assert.True(float.IsFinite(v)));
    }

    static Tensor Say(Pass pass, Vocoder model, AcousticFrames frames)
    {
        var c = model.Config;
        float[] pitch = new float[frames.Count], features = new float[frames.Count * c.Features], formants = [.. Enumerable.Repeat(1f, frames.Count)];
        var source = new PitchFrame[frames.Count];
        var last = 0f;
        VocoderInputs.Continue(frames.Hz, ref last, pitch);
        VocoderInputs.Source(c, frames.Hz, pitch, 0, 0, source);
        VocoderInputs.Features(c, frames.LogMel, frames.Periodicity, frames.Hz, pitch, formants, features);
        pass.Begin(frames.Count);
        return model.Forward(pass, pass.Input(features, frames.Count, c.Features), frames.Periodicity, source);
    }

    [Fact]
    public void AnUntrainedVocoderSaysTheSpectrumAndThePitchItIsAskedFor()
    {
        var model = Model(Tiny);
        // The net itself is silenced: what is left are the sources under the mel envelope.
        foreach (ref var w in ((Param)model.Head).Values) w = 0f;
        ((Param)model.Head).Changed();
        const int count = 60;
        var frames = new AcousticFrames(new float[count * 80], new float[count * 16], new float[count]);
        Array.Fill(frames.LogMel, -7f);
        for (var t = 0; t < count; t++)
        {
            // Louder by e² up to the thirtieth band, at about 2.2 kHz.
            frames.LogMel.AsSpan(t * 80, 30).Fill(-5f);
            frames.Hz[t] = 200;
            frames.Periodicity.AsSpan(t * 16, 16).Fill(1f);
        }
        using var arena = new Arena(1 << 20);
        using var pass = new Pass(arena, gang);
        var sound = Say(pass, model, frames).Span.Slice(10 * 240, 40 * 240).ToArray();
        double Power(double low, double high)
        {
            var sum = 0.0;
            for (var hz = low; hz < high; hz += 5)
            {
                double re = 0, im = 0;
                for (var n = 0; n < sound.Length; n++) (re, im) = (re + sound[n] * Math.Cos(2 * Math.PI * hz * n / 24000), im + sound[n] * Math.Sin(2 * Math.PI * hz * n / 24000));
                sum += re * re + im * im;
            }
            return sum / (high - low);
        }
        // e² in magnitude is 17.4 dB.
        Assert.InRange(10 * Math.Log10(Power(400, 1000) / Power(4000, 4600)), 15, 20);
        // Between the harmonics there is little.
        Assert.True(Power(595, 605) > 100 * Power(690, 710), "harmonics do not stand out");
        // A mel band of −5 is a magnitude of e^−5 · 24000 / 1024: under the window's energy −41.6 dB over 12 kHz, of which 2.2 kHz are so loud.
        var level = 10 * Math.Log10(sound.Average(v => v * v));
        Assert.InRange(level, -53, -46);
    }

    [Fact]
    public void ExcitationHasOnePowerAtEveryPitchAndNoiseIsCounted()
    {
        using var arena = new Arena(1 << 20);
        using var pass = new Pass(arena, gang);
        foreach (var hz in new[] { 70f, 150f, 390f })
        {
            var frames = new PitchFrame[50];
            var phase = 0.25;
            for (var t = 0; t < frames.Length; t++)
            {
                frames[t] = new(phase, hz, hz, hz, 0, (ulong)(t * 240));
                phase = frames[t].PhaseAfter(240, 24000);
            }
            pass.Begin(frames.Length);
            var (pulses, noise) = pass.Excite(frames, 240, 24000);
            Assert.InRange(Math.Sqrt(pulses.Span.ToArray().Average(v => v * v)), 0.09, 0.11);
            Assert.InRange(Math.Sqrt(noise.Span.ToArray().Average(v => v * v)), 0.095, 0.105);
            var all = noise.Span.ToArray();
            pass.Begin(7);
            Assert.Equal(all[(20 * 240)..(27 * 240)], pass.Excite(frames.AsSpan(20, 7), 240, 24000).Noise.Span.ToArray());
        }
    }

    [Fact]
    public void TheVocoderHearsWhatTheDataHolds()
    {
        var c = new VocoderConfig();
        Assert.Equal((Maison.Data.Audio.VoiceFrames.HopSamples, Maison.Data.Audio.VoiceFrames.SampleRateHz, Maison.Data.Audio.VoiceFrames.MelBands, Maison.Data.Audio.VoiceFrames.PeriodicityBands, Maison.Data.Audio.VoiceFrames.WindowSamples, Maison.Data.Audio.VoiceFrames.FftSamples),
            (c.Hop, c.SampleRateHz, c.Mels, c.Bands, c.Window, c.Transform));
        Assert.Contains("window (100)", Assert.Throws<ArgumentException>(() => (c with { Window = 100 }).Validated()).Message);
        Assert.All(ModelWeights.Slots(Model(Tiny)), s => Assert.IsType<Param>(s.Weight));
    }
}
