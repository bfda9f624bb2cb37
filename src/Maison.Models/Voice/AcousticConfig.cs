// The shape of an acoustic model, and the fixed units in which it hears of pitch, length and level. The units are part of the model: a
// checkpoint is only right with the ones it was trained with.

namespace Maison.Models.Voice;

/// <summary>Sizes of an acoustic model.</summary>
public sealed record AcousticConfig
{
    /// <summary>The phones it knows, marks included; an id is a place in this list, free places are empty.</summary>
    public required IReadOnlyList<string> Phones { get; init; }

    /// <summary>Ids below this are marks: silence, pauses, punctuation.</summary>
    public required int Marks { get; init; }

    /// <summary>The speakers it was trained on, in the order of the voice vector.</summary>
    public required IReadOnlyList<string> Speakers { get; init; }

    /// <summary>Median pitch of each speaker's voiced frames.</summary>
    public required IReadOnlyList<float> MedianHz { get; init; }

    /// <summary>Least and greatest factor of resonances it was trained with; 1 and 1 for recordings as they are.</summary>
    public float LowestFormants { get; init; } = 1;
    public float HighestFormants { get; init; } = 1;

    /// <summary>Factor of the predicted pitch's movement that gives it the spread of recordings, measured on the trained model; null for 1.</summary>
    public float? PitchSpread { get; init; }

    /// <summary>Factor by which peaks and valleys of predicted spectra are drawn apart, so that they vary as recordings do; measured on the trained model; null for 1.</summary>
    public float? Sharpness { get; init; }

    /// <summary>Log-mel bands of a frame.</summary>
    public int Mels { get; init; } = 80;

    /// <summary>Bands of periodicity.</summary>
    public int Bands { get; init; } = 16;

    /// <summary>Features of the residual stream, of phones and of frames.</summary>
    public int Hidden { get; init; } = 192;
    public int EncoderBlocks { get; init; } = 4;
    public int EncoderKernel { get; init; } = 5;
    public int EncoderInner { get; init; } = 768;
    public int ProsodyKernel { get; init; } = 3;
    public int DecoderBlocks { get; init; } = 6;
    public int DecoderKernel { get; init; } = 7;
    public int DecoderInner { get; init; } = 576;

    /// <summary>Numbers that describe a voice: one per speaker, then the formant axis and the median pitch.</summary>
    public int VoiceFeatures => Speakers.Count + 2;

    /// <summary>What each phone is told besides its id: see <see cref="VoiceInputs.Phones"/>.</summary>
    public int PhoneFeatures => 6 + Marks + VoiceFeatures;

    /// <summary>What each frame is told besides its phone: see <see cref="VoiceInputs.Frames"/>.</summary>
    public int FrameFeatures => 5 + VoiceFeatures;

    /// <summary>Columns of a decoded frame: mel, periodicity, voicing, fine pitch.</summary>
    public int FrameOutputs => Mels + Bands + 2;

    /// <summary>Frames on either side that a decoded frame depends on.</summary>
    public int FrameReach => DecoderBlocks * (DecoderKernel / 2);

    /// <summary>Refuses sizes that do not fit together.</summary>
    /// <exception cref="ArgumentException">Names the field and what it must be.</exception>
    public AcousticConfig Validated()
    {
        if (Phones.Count == 0) throw new ArgumentException("phones is empty: name at least one.");
        if (Speakers.Count == 0) throw new ArgumentException("speakers is empty: name at least one.");
        if (MedianHz.Count != Speakers.Count || MedianHz.Any(hz => !(hz > 0))) throw new ArgumentException($"medianHz needs a positive pitch for each of the {Speakers.Count} speakers.");
        if (!(LowestFormants > 0 && LowestFormants <= 1 && HighestFormants >= 1)) throw new ArgumentException($"lowestFormants ({LowestFormants}) and highestFormants ({HighestFormants}) must lie on either side of 1.");
        if (PitchSpread is { } spread && !(spread is >= 0.5f and <= 3)) throw new ArgumentException($"pitchSpread is {PitchSpread}: it must be from 0.5 to 3.");
        if (Sharpness is { } sharp && !(sharp is >= 0.5f and <= 3)) throw new ArgumentException($"sharpness is {Sharpness}: it must be from 0.5 to 3.");
        if (Marks < 1 || Marks > Phones.Count) throw new ArgumentException($"marks ({Marks}) must be between 1 and the {Phones.Count} phones.");
        foreach (var (value, name) in new[] { (Mels, "mels"), (Bands, "bands"), (Hidden, "hidden"), (EncoderInner, "encoderInner"), (DecoderInner, "decoderInner") })
            if (value < 1) throw new ArgumentException($"{name} must be positive, not {value}.");
        foreach (var (value, name) in new[] { (EncoderBlocks, "encoderBlocks"), (DecoderBlocks, "decoderBlocks") })
            if (value < 0) throw new ArgumentException($"{name} must be 0 or more, not {value}.");
        foreach (var (value, name) in new[] { (EncoderKernel, "encoderKernel"), (ProsodyKernel, "prosodyKernel"), (DecoderKernel, "decoderKernel") })
            if (value < 1 || value % 2 == 0) throw new ArgumentException($"{name} must be odd and positive, not {value}.");
        return this;
    }
}
