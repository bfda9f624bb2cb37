// One step of the acoustic model on a batch of sentences: phones in one pass, frames in another, each with a segment per sentence. The frame
// pass reads the phones' encoding as an input; its gradient starts the backward walk of the phone pass beside the losses of the prosody.

using Maison.Models.Voice;
using Maison.Tensors;

namespace Maison.Training.Voice;

/// <summary>Losses of a batch, each a mean; comparable between training and held-out sentences.</summary>
/// <param name="Mel">|log-mel error| in nats.</param>
/// <param name="Periodicity">Cross-entropy of the band periodicities, nats, voiced frames.</param>
/// <param name="Voicing">Cross-entropy of voicing, nats per frame.</param>
/// <param name="Fine">|fine pitch error| in semitones, voiced frames.</param>
/// <param name="Length">Squared error of log lengths, sounds and marks.</param>
/// <param name="Pitch">|log pitch error| in semitones on voiced phones.</param>
/// <param name="Energy">|log level error| in nats.</param>
/// <param name="VoicingErrors">Share of frames whose voicing is wrong.</param>
/// <param name="LengthMs">Root mean square of the errors of the lengths of sounds, marks left out, in milliseconds.</param>
public readonly record struct AcousticLosses(double Mel, double Periodicity, double Voicing, double Fine, double Length, double Pitch, double Energy, double VoicingErrors, double LengthMs)
{
    /// <summary>All of them by name, the minimised one first.</summary>
    public IReadOnlyDictionary<string, double> ByName() => new (string Name, double Value)[]
    {
        ("loss", Total), ("melNats", Mel), ("periodicityNats", Periodicity), ("voicingNats", Voicing), ("fineSemitones", Fine), ("length", Length),
        ("pitchSemitones", Pitch), ("energyNats", Energy), ("voicingErrors", VoicingErrors), ("lengthMs", LengthMs),
    }.ToDictionary(l => l.Name, l => l.Value);

    /// <summary>The mean of several batches.</summary>
    public static AcousticLosses Mean(IReadOnlyCollection<AcousticLosses> all) => new(all.Average(l => l.Mel), all.Average(l => l.Periodicity), all.Average(l => l.Voicing), all.Average(l => l.Fine),
        all.Average(l => l.Length), all.Average(l => l.Pitch), all.Average(l => l.Energy), all.Average(l => l.VoicingErrors), Math.Sqrt(all.Average(l => l.LengthMs * l.LengthMs)));

    /// <summary>What is minimised.</summary>
    public double Total => Mel / VoiceInputs.MelUnit + 0.3 * Periodicity + 0.3 * Voicing + 0.3 * Fine / 3 + 0.5 * Length + 0.2 * Pitch / 4.33 + 0.1 * Energy / VoiceInputs.EnergyUnit;
}

/// <summary>What else is said of predicted spectra.</summary>
/// <param name="real">Measured log-mel, normalised. // (frames, mels)</param>
/// <param name="made">Predicted. // (frames, mels)</param>
/// <param name="gradient">Receives the gradient of what was predicted.</param>
public delegate void SpectraContest(ReadOnlySpan<float> real, ReadOnlySpan<float> made, Span<float> gradient);

/// <summary>Runs an acoustic model forward and back.</summary>
public sealed class AcousticStep : IDisposable
{
    const float PeriodicityWeight = 0.3f, VoicingWeight = 0.3f, FineWeight = 0.3f, LengthWeight = 0.5f, PitchWeight = 0.2f, EnergyWeight = 0.1f;

    readonly AcousticModel model;
    readonly AcousticConfig c;
    readonly Arena phoneArena = new(16 << 20), frameArena = new(64 << 20);
    readonly Pass phonePass, framePass;
    readonly bool record;

    /// <param name="record">Whether gradients will be asked for.</param>
    public AcousticStep(AcousticModel model, Gang gang, bool record)
    {
        (this.model, this.record, c) = (model, record, model.Config);
        phonePass = new Pass(phoneArena, gang, record);
        framePass = new Pass(frameArena, gang, record);
    }

    /// <summary>Lets layers drop features from now on: so many of what phones are read by, half as many of what frames are made by, which see more examples.</summary>
    public void SetDropout(float rate, ulong seed)
    {
        phonePass.SetDropout(rate, seed);
        framePass.SetDropout(rate / 2, ~seed);
    }

    /// <summary>The losses of a batch; adds its gradients to the model's weights when recording.</summary>
    /// <param name="contest">Adds to the gradient of the spectra, or null.</param>
    public AcousticLosses Run(IReadOnlyList<AcousticTargets> batch, SpectraContest? contest = null)
    {
        int[] ids = [.. batch.SelectMany(b => b.Phones)], counts = [.. batch.SelectMany(b => b.Prosody.Frames)];
        int phones = ids.Length, frames = counts.Sum();
        phonePass.Begin(Layout(batch.Select(b => b.Phones.Length)));
        var (encoding, prosody) = model.Encode(phonePass, ids, phonePass.Input(PhoneRows(batch, phones), phones, c.PhoneFeatures));
        framePass.Begin(Layout(batch.Select(b => b.Contour.Length)));
        var borrowed = framePass.Input(encoding.Span, phones, c.Hidden);
        var outputs = model.Decode(framePass, borrowed, counts, framePass.Input(FrameRows(batch, frames), frames, c.FrameFeatures));

        var spectra = framePass.Columns(outputs, 0, c.Mels);
        float[] measured = Join(batch, b => b.Mel), voiced = Join(batch, b => b.Voiced), pitchWeight = Join(batch, b => b.PitchWeight), target = Join(batch, b => b.ProsodyTarget);
        float voicedFrames = Math.Max(1, voiced.Sum()), pitches = Math.Max(1, pitchWeight.Sum());
        var mel = framePass.AbsoluteError(spectra, measured, MelWeights(batch, frames));
        var periodicity = framePass.BinaryCrossEntropy(framePass.Columns(outputs, c.Mels, c.Bands), Join(batch, b => b.Periodicity), voiced);
        var voicing = framePass.BinaryCrossEntropy(framePass.Columns(outputs, c.Mels + c.Bands, 1), voiced);
        var fine = framePass.AbsoluteError(framePass.Tanh(framePass.Columns(outputs, c.FrameOutputs - 1, 1)), Join(batch, b => b.FinePitch), voiced);
        var length = phonePass.SquaredError(phonePass.Columns(prosody, 0, 1), Column(target, 0, 1));
        var pitch = phonePass.AbsoluteError(phonePass.Columns(prosody, 1, Prosody.Points), Column(target, 1, Prosody.Points), pitchWeight);
        var energy = phonePass.AbsoluteError(phonePass.Columns(prosody, ProsodyPredictor.Outputs - 1, 1), Column(target, ProsodyPredictor.Outputs - 1, 1));
        if (record)
        {
            framePass.Seed(mel, 1f / (frames * c.Mels));
            if (contest is not null)
            {
                var gradient = new float[frames * c.Mels];
                contest(measured, spectra.Span, gradient);
                framePass.Seed(spectra, gradient);
            }
            framePass.Seed(periodicity, PeriodicityWeight / (voicedFrames * c.Bands));
            framePass.Seed(voicing, VoicingWeight / frames);
            framePass.Seed(fine, FineWeight / voicedFrames);
            framePass.Backward();
            phonePass.Seed(length, LengthWeight / phones);
            phonePass.Seed(pitch, PitchWeight / pitches);
            phonePass.Seed(energy, EnergyWeight / phones);
            phonePass.Seed(encoding, framePass.GradientOf(borrowed));
            phonePass.Backward();
        }
        return new AcousticLosses(
            Value(mel) / (frames * c.Mels) * VoiceInputs.MelUnit, Value(periodicity) / (voicedFrames * c.Bands), Value(voicing) / frames, Value(fine) / voicedFrames * 3,
            Value(length) / phones, Value(pitch) / pitches * VoiceInputs.PitchUnit * 12 / Math.Log(2), Value(energy) / phones * VoiceInputs.EnergyUnit,
            VoicingErrors(outputs, voiced), LengthMs(prosody, ids, counts));
    }

    /// <summary>Share of frames whose voicing, the last but one output, is on the wrong side of 0.</summary>
    static double VoicingErrors(Tensor outputs, float[] voiced)
    {
        var values = outputs.Span;
        var wrong = 0;
        for (var t = 0; t < voiced.Length; t++)
            if (values[(t + 1) * outputs.Cols - 2] > 0 != voiced[t] > 0) wrong++;
        return wrong / (double)voiced.Length;
    }

    double LengthMs(Tensor prosody, int[] ids, int[] counts)
    {
        var values = prosody.Span;
        var (sum, sounds) = (0.0, 0);
        for (var n = 0; n < ids.Length; n++)
        {
            if (ids[n] < c.Marks) continue;
            sum += Math.Pow(10 * (Math.Exp(values[n * prosody.Cols] + VoiceInputs.DurationCentre) - counts[n]), 2);
            sounds++;
        }
        return Math.Sqrt(sum / Math.Max(1, sounds));
    }

    static double Value(Tensor loss) => loss.Value;

    /// <summary>1 for bands that were heard, 0 for those above a slowed recording; empty where all were.</summary>
    float[] MelWeights(IReadOnlyList<AcousticTargets> batch, int frames)
    {
        if (batch.All(b => b.HeardBands == c.Mels)) return [];
        var weights = new float[frames * c.Mels];
        var at = 0;
        foreach (var b in batch)
            for (var t = 0; t < b.Contour.Length; t++, at += c.Mels) weights.AsSpan(at, b.HeardBands).Fill(1f);
        return weights;
    }

    static float[] Join(IReadOnlyList<AcousticTargets> batch, Func<AcousticTargets, float[]> part) => [.. batch.SelectMany(part)];

    static float[] Column(float[] rows, int first, int count)
    {
        var column = new float[rows.Length / ProsodyPredictor.Outputs * count];
        for (var i = 0; i < column.Length; i++) column[i] = rows[i / count * ProsodyPredictor.Outputs + first + i % count];
        return column;
    }

    static Segment[] Layout(IEnumerable<int> lengths)
    {
        var start = 0;
        return [.. lengths.Select(n => new Segment((start += n) - n, n))];
    }

    float[] PhoneRows(IReadOnlyList<AcousticTargets> batch, int phones)
    {
        var rows = new float[phones * c.PhoneFeatures];
        var at = 0;
        foreach (var b in batch)
        {
            var size = b.Phones.Length * c.PhoneFeatures;
            VoiceInputs.Phones(c, b.Phones, b.WordStart, b.WordEnd, b.Voice, rows.AsSpan(at, size));
            at += size;
        }
        return rows;
    }

    float[] FrameRows(IReadOnlyList<AcousticTargets> batch, int frames)
    {
        var rows = new float[frames * c.FrameFeatures];
        var at = 0;
        foreach (var b in batch)
        {
            var size = b.Contour.Length * c.FrameFeatures;
            VoiceInputs.Frames(c, b.Prosody, b.Contour, b.Voice, 0, b.Contour.Length, rows.AsSpan(at, size));
            at += size;
        }
        return rows;
    }

    public void Dispose()
    {
        phonePass.Dispose();
        framePass.Dispose();
        phoneArena.Dispose();
        frameArena.Dispose();
    }
}
