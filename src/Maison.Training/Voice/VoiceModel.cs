// A voice where it lies: a folder with an acoustic model in acoustic/ and a vocoder in vocoder/, each packed or a run. With a text front end it
// speaks; how texts are read and what becomes of the samples is not its business.

using Maison.Data.Audio;
using Maison.Data.Speech;
using Maison.Data.Speech.Markup;
using Maison.Inference.Speech;
using Maison.Models;
using Maison.Models.Voice;
using Maison.Models.Weights;
using Maison.Tensors;

namespace Maison.Training.Voice;

/// <summary>A loaded voice; safe for many callers.</summary>
public sealed class VoiceModel : IDisposable
{
    /// <summary>The voice that comes with Maison.</summary>
    public const string Shipped = "maison-voice-1";

    /// <summary>The folders of its parts.</summary>
    public const string AcousticPart = "acoustic", VocoderPart = "vocoder";

    readonly AcousticModel acoustic;
    readonly Vocoder vocoder;
    readonly LimitedVocoder sounds;
    readonly SpeechEngine engine;

    VoiceModel(AcousticModel acoustic, Vocoder vocoder, Gang gang)
    {
        (this.acoustic, this.vocoder) = (acoustic, vocoder);
        sounds = new(new NeuralVocoder(vocoder, gang));
        engine = new(acoustic, sounds, gang);
        Voices = [.. SpeechVoices.All.Where(v => acoustic.Config.Speakers.Contains(v.Speaker))];
    }

    /// <summary>The voices whose speaker it has learnt, the default first.</summary>
    public IReadOnlyList<SpeechVoice> Voices { get; }

    /// <summary>Whether a folder holds the parts of a voice, as far as a look tells.</summary>
    public static bool IsIn(string folder) => Directory.Exists(Path.Combine(folder, AcousticPart)) && Directory.Exists(Path.Combine(folder, VocoderPart));

    /// <summary>Bytes of the weights in memory.</summary>
    public static long Bytes(string folder) => Paths(folder).Sum(path => BytesInMemory(Path.Combine(path, SafetensorsFile.ModelName)));

    // Weights are fp32 in memory whatever they are in the file; a damaged file takes nothing, and is refused when it is loaded.
    static long BytesInMemory(string weights)
    {
        try
        {
            using var file = SafetensorsFile.Open(weights);
            return file.Tensors.Sum(t => t.Elements * sizeof(float));
        }
        catch (CheckpointFormatException)
        {
            return 0;
        }
    }

    static string[] Paths(string folder) => [.. new[] { AcousticPart, VocoderPart }.Select(part => CheckpointFolders.Resolve(Path.Combine(folder, part)))];

    /// <summary>Loads both parts. The gang stays the caller's.</summary>
    /// <exception cref="CheckpointFormatException">A part is damaged, or the two do not fit together; names file, field and remedy.</exception>
    /// <exception cref="DirectoryNotFoundException">A part is missing; names it.</exception>
    public static VoiceModel Load(string folder, Gang gang)
    {
        var paths = Paths(folder);
        var (acoustic, vocoder) = (VoiceCheckpoint.LoadAcoustic(paths[0]), VoiceCheckpoint.LoadVocoder(paths[1]));
        var (a, v) = (acoustic.Config, vocoder.Config);
        if (!a.Phones.SequenceEqual(PhoneNames.All())) throw new CheckpointFormatException(paths[0], "config.phones", "are not the sounds of this program", "train the acoustic model again, or use the program that it came with");
        if ((a.Mels, a.Bands) != (v.Mels, v.Bands)) throw new CheckpointFormatException(paths[1], "config", $"hears {v.Mels} mels and {v.Bands} bands, but the acoustic model makes {a.Mels} and {a.Bands}", "use parts that were trained on the same features");
        if ((v.SampleRateHz, v.Hop) != (VoiceTime.SampleRateHz, VoiceTime.HopSamples)) throw new CheckpointFormatException(paths[1], "config", $"speaks at {v.SampleRateHz} Hz with {v.Hop} samples a frame", $"this program speaks at {VoiceTime.SampleRateHz} Hz with {VoiceTime.HopSamples}");
        var model = new VoiceModel(acoustic, vocoder, gang);
        if (model.Voices.Count == 0) throw new CheckpointFormatException(paths[0], "config.speakers", $"are {string.Join(", ", a.Speakers)}, from none of whom a voice is made", $"train on recordings of {string.Join(", ", SpeechVoices.All.Select(s => s.Speaker).Distinct())}");
        return model;
    }

    /// <summary>Speaks a text, sentence by sentence: the next one is read when the one before is spoken.</summary>
    /// <param name="told">Hears of every sentence as it was read, before it is spoken.</param>
    /// <exception cref="ArgumentException">The markup cannot be understood, or names a voice or style that is none; thrown before the first sound, as for a text of which nothing can be spoken.</exception>
    public IEnumerable<SpeechChunk> Speak(FrontEnd reader, string text, SpeechOptions options, CancellationToken cancellation = default, Action<Utterance>? told = null)
    {
        MarkedText marked;
        try
        {
            marked = FrontEnd.Parse(text);
        }
        catch (MarkupException e)
        {
            throw new ArgumentException(e.Message, e);
        }
        foreach (var delivery in marked.Deliveries)
        {
            if (delivery.Voice is { } voice && !Voices.Contains(SpeechVoices.Named(voice))) throw new ArgumentException($"voice is '{voice}', which this model does not speak with: give {string.Join(", ", Voices.Select(v => v.Name))}.");
            if (delivery.Style is { } style) SpeechStyles.Named(style);
        }
        return engine.Speak(Sentences(reader, marked, options.Mode == SpeechMode.Story, told), options, cancellation);
    }

    /// <summary>The sound of measured frames: what the vocoder alone makes of a recording.</summary>
    public float[] Copy(VoiceFeatures recorded)
    {
        using var stream = sounds.Begin(seed: 1);
        return stream.Push(new(recorded.LogMel, recorded.Periodicity, recorded.Hz), new(0, 1, acoustic.Config.MedianHz[0]), last: true);
    }

    static IEnumerable<SpeechSentence> Sentences(FrontEnd reader, MarkedText marked, bool story, Action<Utterance>? told)
    {
        var any = false;
        var reasons = new HashSet<string>(StringComparer.Ordinal);
        foreach (var utterance in reader.Read(marked, story))
        {
            told?.Invoke(utterance);
            foreach (var sentence in SpeechSentences.Of(utterance))
            {
                any = true;
                yield return sentence;
            }
            if (!any) reasons.UnionWith(utterance.Skipped.Select(s => s.Reason));
        }
        if (!any) throw new ArgumentException(reasons.Count == 0 ? "The text has no words to speak." : $"Nothing of the text can be spoken: there is only {string.Join(", ", reasons)}.");
    }

    public void Dispose()
    {
        foreach (var slot in ModelWeights.Slots(acoustic).Concat(ModelWeights.Slots(vocoder))) (slot.Weight as IDisposable)?.Dispose();
    }
}
