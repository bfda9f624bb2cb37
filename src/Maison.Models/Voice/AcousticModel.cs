// From phones to frames, in two steps with the prosody between them in the open: Encode predicts length, pitch and level of every phone,
// Decode makes frames from the phones and whatever prosody it is given. So training hands in what was measured, serving what was predicted and
// then turned by controls. The shape follows FastSpeech 2 (arXiv 2006.04558) with separable convolutions (LightSpeech, arXiv 2102.04040).

using Maison.Models.Layers;
using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Predicts length, pitch and level on phones.</summary>
public sealed class ProsodyPredictor(AcousticConfig c) : ILayer
{
    /// <summary>Columns: log length, log pitch at three points, log level.</summary>
    public const int Outputs = 2 + Prosody.Points;

    /// <summary>Frames that no phone exceeds: two seconds.</summary>
    const int LongestPhone = 200;

    public Weight First { get; set; } = new UnloadedWeight(c.Hidden, c.ProsodyKernel * c.Hidden);
    public Weight FirstBias { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight FirstGain { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight FirstShift { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight Second { get; set; } = new UnloadedWeight(c.Hidden, c.ProsodyKernel * c.Hidden);
    public Weight SecondBias { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight SecondGain { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight SecondShift { get; set; } = new UnloadedWeight(1, c.Hidden);
    public Weight Head { get; set; } = new UnloadedWeight(Outputs, c.Hidden);
    public Weight HeadBias { get; set; } = new UnloadedWeight(1, Outputs);

    /// <summary>x (phones, hidden): (phones, outputs), in the units of <see cref="VoiceInputs"/>.</summary>
    public Tensor Forward(Pass p, Tensor x)
    {
        x = p.Dropout(p.LayerNorm(p.Gelu(p.Conv1d(x, First, FirstBias, c.ProsodyKernel)), FirstGain, FirstShift));
        x = p.Dropout(p.LayerNorm(p.Gelu(p.Conv1d(x, Second, SecondBias, c.ProsodyKernel)), SecondGain, SecondShift));
        return p.Linear(x, Head, bias: HeadBias);
    }

    /// <summary>Predictions in plain units.</summary>
    /// <param name="outputs">Rows of <see cref="Forward"/>.</param>
    /// <param name="voice">Resonances were moved by playing recordings slower or faster; lengths are given back at the speaker's own rate.</param>
    public static Prosody Read(ReadOnlySpan<float> outputs, VoiceVector voice)
    {
        var phones = outputs.Length / Outputs;
        var prosody = new Prosody(new int[phones], new float[phones * Prosody.Points], new float[phones]);
        float median = MathF.Log(voice.MedianHz), rate = MathF.Log(voice.Formants);
        for (var n = 0; n < phones; n++)
        {
            var row = outputs.Slice(n * Outputs, Outputs);
            prosody.Frames[n] = (int)Math.Clamp(MathF.Round(MathF.Exp(row[0] + VoiceInputs.DurationCentre + rate)), 1, LongestPhone);
            for (var k = 0; k < Prosody.Points; k++) prosody.LogHz[n * Prosody.Points + k] = median + VoiceInputs.PitchUnit * row[1 + k];
            prosody.Energy[n] = VoiceInputs.EnergyCentre + VoiceInputs.EnergyUnit * row[^1];
        }
        return prosody;
    }
}

/// <summary>Phones to prosody, phones and prosody to frames.</summary>
public sealed class AcousticModel(AcousticConfig config) : ILayer
{
    public AcousticConfig Config { get; } = config.Validated();
    public Weight Embedding { get; set; } = new UnloadedWeight(config.Phones.Count, config.Hidden);
    public Weight PhoneIn { get; set; } = new UnloadedWeight(config.Hidden, config.PhoneFeatures);
    public IReadOnlyList<ConvNextBlock> Encoder { get; } = Blocks(config.EncoderBlocks, config.Hidden, config.EncoderInner, config.EncoderKernel);
    public Weight EncoderGain { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight EncoderShift { get; set; } = new UnloadedWeight(1, config.Hidden);
    public ProsodyPredictor Predictor { get; } = new(config);
    public Weight FrameIn { get; set; } = new UnloadedWeight(config.Hidden, config.FrameFeatures);
    public IReadOnlyList<ConvNextBlock> Decoder { get; } = Blocks(config.DecoderBlocks, config.Hidden, config.DecoderInner, config.DecoderKernel);
    public Weight DecoderGain { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight DecoderShift { get; set; } = new UnloadedWeight(1, config.Hidden);
    public Weight Head { get; set; } = new UnloadedWeight(config.FrameOutputs, config.Hidden);
    public Weight HeadBias { get; set; } = new UnloadedWeight(1, config.FrameOutputs);

    static ConvNextBlock[] Blocks(int count, int hidden, int inner, int kernel)
        => [.. Enumerable.Range(0, count).Select(_ => new ConvNextBlock(hidden, inner, kernel))];

    /// <summary>Reads phones, in a pass with one row per phone: their encoding (phones, hidden) and predicted prosody (phones, <see cref="ProsodyPredictor.Outputs"/>).</summary>
    /// <param name="features">Rows of <see cref="VoiceInputs.Phones"/>.</param>
    public (Tensor Encoding, Tensor Prosody) Encode(Pass p, ReadOnlySpan<int> phones, Tensor features)
    {
        var x = p.Linear(features, PhoneIn, residual: p.Embed(phones, Embedding));                   // (phones, hidden)
        for (var i = 0; i < Encoder.Count; i++) x = Encoder[i].Forward(p, x);
        x = p.LayerNorm(x, EncoderGain, EncoderShift);
        return (x, Predictor.Forward(p, x));
    }

    /// <summary>Makes frames, in a pass with one row per frame: (frames, frameOutputs); <see cref="AcousticFrames"/> reads its columns.</summary>
    /// <param name="encoding">Rows of <see cref="Encode"/>, of the same or of an earlier pass.</param>
    /// <param name="counts">Frames of each row of the encoding.</param>
    /// <param name="features">Rows of <see cref="VoiceInputs.Frames"/>.</param>
    public Tensor Decode(Pass p, Tensor encoding, ReadOnlySpan<int> counts, Tensor features)
    {
        var x = p.Linear(features, FrameIn, residual: p.Repeat(encoding, counts));                   // (frames, hidden)
        var entered = p.Enter();
        for (var i = 0; i < Decoder.Count; i++)
        {
            x = Decoder[i].Forward(p, x);
            p.Leave(entered, ref x);
        }
        return p.Linear(p.LayerNorm(x, DecoderGain, DecoderShift), Head, bias: HeadBias);            // (frames, outputs)
    }
}
