// Sentences of phones to sound, as a stream: predict the prosody of a sentence, lay rules and controls over it, then make frames and samples
// in pieces, the first one small. It holds a sentence or two at a time, so a long text takes no more memory than a short one and is heard as soon.
// It knows nothing of text normalisation, files or wires. However pieces are cut, samples have the same bits. On a device two threads share the
// work, since starting its kernels takes longer than they run: one makes frames, the other samples of the frames before.

using Maison.Models.Voice;
using Maison.Tensors;
using Maison.Tensors.Cuda;

namespace Maison.Inference.Speech;

/// <summary>Speaks with one acoustic model and one vocoder; safe for many callers, each of whom reads a stream of their own.</summary>
public sealed class SpeechEngine(AcousticModel model, IVocoder vocoder, Gang gang)
{
    const int PauseKeptFrames = 8, HushFrames = 6, piecesAhead = 2;

    /// <summary>Semitones of an asked-for step that the acoustic model hears of: nobody it learnt from speaks further off, and it would lose the voice.</summary>
    const float HeardSemitones = 3;

    readonly AcousticConfig config = model.Config;
    readonly KeptArena memory = new();
    readonly FrameControls frameControls = new(model.Config.Mels, model.Config.Bands);

    /// <summary>Frames of the first piece: few, so that it is heard soon, and enough that the vocoder, which hears 25 frames ahead, has something to give.</summary>
    internal int FirstPieceFrames { get; init; } = 40;

    /// <summary>Frames of every other piece: enough for the threads of a processor, whole sentences for a device.</summary>
    internal int PieceFrames { get; init; } = Device.Current is null ? 100 : 1000;

    /// <summary>Frames of a sentence on their way to the vocoder.</summary>
    sealed record Piece(AcousticFrames Frames, VoiceVector Vector, WordTime[] Words, SentenceDelivery? Delivery, long StartFrame);

    /// <summary>Speaks sentences as they come: the next one is asked for when the one before is spoken, or while it is on a device.</summary>
    /// <exception cref="ArgumentException">A control is out of range, or a sentence is malformed; it is named.</exception>
    public IEnumerable<SpeechChunk> Speak(IEnumerable<SpeechSentence> sentences, SpeechOptions options, CancellationToken cancellation = default)
    {
        var asked = (options.Controls ?? VoiceControls.None).Validated();
        if (!(options.Strength is >= 0 and <= 1)) throw new ArgumentException(FormattableString.Invariant($"strength is {options.Strength}: give a number from 0 to 1."));
        return Stream(sentences, options, asked, cancellation);
    }

    IEnumerable<SpeechChunk> Stream(IEnumerable<SpeechSentence> sentences, SpeechOptions options, VoiceControls asked, CancellationToken cancellation)
    {
        using var sound = vocoder.Begin(options.Seed);
        VoiceVector? vector = null;
        var end = 0L;
        var pieces = Pieces(sentences, options, asked, cancellation);
        foreach (var piece in Device.Current is null ? pieces : pieces.Ahead(piecesAhead))
        {
            yield return new(sound.Push(piece.Frames, piece.Vector, last: false), piece.Words, piece.Delivery) { StartFrame = piece.StartFrame };
            vector = piece.Vector;
            end = piece.StartFrame + piece.Frames.Count;
        }
        if (vector is { } spoken) yield return new(sound.Push(new([], [], []), spoken, last: true), [], null) { StartFrame = end };
    }

    IEnumerable<Piece> Pieces(IEnumerable<SpeechSentence> sentences, SpeechOptions options, VoiceControls asked, CancellationToken cancellation)
    {
        var cast = new StoryCast(options.Voice, options.Cast);
        using var loan = memory.Take();
        using var pass = new Pass(loan.Arena, gang);
        var (number, spokenFrames, piece) = (0, 0L, FirstPieceFrames);
        foreach (var sentence in sentences)
        {
            var delivery = Choose(number, sentence.Validated(), options, cast) with { Role = sentence.Role };
            var controls = delivery.Voice.Controls.With(delivery.Style.Controls.At(delivery.Strength)).With(asked);
            var spoken = Prepare(pass, sentence, delivery.Voice, controls);
            var words = Times(sentence, spoken.Prosody, number, spokenFrames);
            for (var first = 0; first < spoken.TotalFrames;)
            {
                cancellation.ThrowIfCancellationRequested();
                var count = Math.Min(piece, spoken.TotalFrames - first);
                yield return new(Frames(pass, spoken, first, count), spoken.Vector, first == 0 ? words : [], first == 0 ? delivery : null, spokenFrames + first);
                first += count;
                piece = PieceFrames;
            }
            spokenFrames += spoken.TotalFrames;
            number++;
        }
    }

    static SentenceDelivery Choose(int number, SpeechSentence sentence, SpeechOptions options, StoryCast cast)
    {
        var voice = sentence.Voice ?? (options.Mode == SpeechMode.Story ? cast.For(sentence.Role, sentence.Low) : options.Voice);
        if (sentence.Style is { } own) return new(number, voice, own, options.Strength, null);
        var style = options.Style ?? SpeechStyles.Neutral;
        if (options.Mode == SpeechMode.Scripted) return new(number, voice, style, options.Strength, null);
        var chosen = DeliveryRules.For(sentence.Text);
        return chosen.Style == SpeechStyles.Neutral
            ? new(number, voice, style, options.Strength, options.Style is null ? chosen.Reason : null)
            : new(number, voice, chosen.Style, chosen.Strength * options.Strength, chosen.Reason);
    }

    /// <summary>A sentence whose prosody is settled.</summary>
    /// <param name="Contour">Log pitch of every frame.</param>
    /// <param name="Heard">The same as the acoustic model hears it.</param>
    sealed record Spoken(VoiceVector Vector, VoiceControls Controls, float[] Encoding, Prosody Prosody, float[] Contour, float[] Heard, float[] Gains, float[] Hush)
    {
        public int TotalFrames => Contour.Length;
    }

    Spoken Prepare(Pass pass, SpeechSentence sentence, SpeechVoice voice, VoiceControls controls)
    {
        var tokens = sentence.Tokens;
        int[] phones = [.. tokens.Select(t => t.Phone)];
        var vector = VectorOf(voice, controls);
        pass.Begin(phones.Length);
        var features = new float[phones.Length * config.PhoneFeatures];
        VoiceInputs.Phones(config, phones, [.. tokens.Select(t => t.WordStart)], [.. tokens.Select(t => t.WordEnd)], vector, features);
        var (encoding, predicted) = model.Encode(pass, phones, pass.Input(features, phones.Length, config.PhoneFeatures));
        // Pitch is counted from the speaker's own: only what the controls say moves it.
        var own = vector with { MedianHz = config.MedianHz[vector.Speaker] };
        var prosody = ProsodyRules.Apply(ProsodyRules.Widened(ProsodyPredictor.Read(pass.Read(predicted), own), sentence, config.PitchSpread ?? 1), sentence);
        prosody = ProsodyControls.Apply(prosody, sentence, controls);
        var gains = ProsodyControls.Gains(sentence, controls);
        var contour = prosody.Contour();
        var beyond = (controls.PitchSemitones - Math.Clamp(controls.PitchSemitones, -HeardSemitones, HeardSemitones)) * ProsodyControls.SemitoneNats;
        return new(vector, controls, pass.Read(encoding).ToArray(), prosody, contour, beyond == 0 ? contour : [.. contour.Select(f => f - beyond)], [.. Repeat(gains, prosody.Frames)], Hushed(sentence, prosody));
    }

    /// <summary>The voice as the model knows voices: as near to the asked-for resonances as it was trained; the rest is warped.</summary>
    VoiceVector VectorOf(SpeechVoice voice, VoiceControls controls)
    {
        var speaker = config.Speakers.ToList().IndexOf(voice.Speaker);
        if (speaker < 0) throw new ArgumentException($"voice '{voice.Name}' starts from the speaker '{voice.Speaker}', whom this model does not know; it knows {string.Join(", ", config.Speakers)}.");
        var formants = Math.Clamp(controls.Formants, config.LowestFormants, config.HighestFormants);
        return new VoiceVector(speaker, formants, config.MedianHz[speaker] * formants);
    }

    /// <summary>Frames [first, first + count): made with as many on either side as they depend on, which are dropped.</summary>
    AcousticFrames Frames(Pass pass, Spoken s, int first, int count)
    {
        int from = Math.Max(0, first - config.FrameReach), to = Math.Min(s.TotalFrames, first + count + config.FrameReach);
        var counts = new int[s.Prosody.Frames.Length];
        for (int n = 0, start = 0; n < counts.Length; start += s.Prosody.Frames[n++])
            counts[n] = Math.Max(0, Math.Min(to, start + s.Prosody.Frames[n]) - Math.Max(from, start));
        var features = new float[(to - from) * config.FrameFeatures];
        VoiceInputs.Frames(config, s.Prosody, s.Heard, s.Vector, from, to - from, features);
        pass.Begin(to - from);
        var outputs = model.Decode(pass, pass.Input(s.Encoding, counts.Length, config.Hidden), counts, pass.Input(features, to - from, config.FrameFeatures));
        var width = config.FrameOutputs;
        var frames = AcousticFrames.Read(config, pass.Read(outputs).Slice((first - from) * width, count * width), s.Contour.AsSpan(first, count), s.Controls.Range);
        frameControls.Sharpen(frames, config.Sharpness ?? 1);
        frameControls.Complete(frames, s.Vector.Formants);
        frameControls.Apply(frames, s.Controls with { Formants = s.Controls.Formants / s.Vector.Formants });
        frameControls.Amplify(frames, s.Gains.AsSpan(first, count));
        frameControls.Hush(frames, s.Hush.AsSpan(first, count));
        return frames;
    }

    /// <summary>How far into silence each frame is: the middle of a long pause is quiet, its borders are the model's.</summary>
    static float[] Hushed(SpeechSentence sentence, Prosody prosody)
    {
        var pause = Repeat([.. sentence.Tokens.Select(t => t.Sound == SoundKind.Pause)], prosody.Frames).ToArray();
        var distance = new int[pause.Length];
        Array.Fill(distance, int.MaxValue / 2);
        for (var t = 0; t < pause.Length; t++) distance[t] = !pause[t] ? 0 : t == 0 ? distance[t] : distance[t - 1] + 1;
        for (var t = pause.Length - 2; t >= 0; t--) distance[t] = Math.Min(distance[t], distance[t + 1] + 1);
        return [.. distance.Select(d => Math.Clamp((d - PauseKeptFrames) / (float)HushFrames, 0, 1))];
    }

    static IEnumerable<T> Repeat<T>(T[] values, int[] counts) => values.SelectMany((v, i) => Enumerable.Repeat(v, counts[i]));

    static WordTime[] Times(SpeechSentence sentence, Prosody prosody, int number, long before)
    {
        var times = new WordTime[sentence.Words.Count];
        var at = before;
        for (var i = 0; i < sentence.Tokens.Count; i++)
        {
            var t = sentence.Tokens[i];
            var end = at + prosody.Frames[i];
            if (t.Word >= 0)
            {
                var old = times[t.Word];
                times[t.Word] = new(number, t.Word, sentence.Words[t.Word].Text, sentence.Words[t.Word].Written, old.Text is null ? at / (double)VoiceTime.FramesPerSecond : old.StartSeconds, end / (double)VoiceTime.FramesPerSecond);
            }
            at = end;
        }
        return times;
    }
}
