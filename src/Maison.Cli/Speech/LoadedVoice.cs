// A voice brought to life: acoustic model, vocoder and text front end, for the verb that speaks and for the server.

using Maison.Api.Speech;
using Maison.Cli.Serving;
using Maison.Cli.Terminal;
using Maison.Data.Audio;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;
using Maison.Inference.Speech;
using Maison.Tensors;
using Maison.Training.Voice;

namespace Maison.Cli.Speech;

/// <summary>A voice that speaks, until it is disposed.</summary>
sealed class LoadedVoice : IDisposable
{
    readonly VoiceModel model;
    readonly LoadedFrontEnd front;

    readonly string folder;

    LoadedVoice(string folder, VoiceModel model, LoadedFrontEnd front) => (this.folder, this.model, this.front) = (folder, model, front);

    /// <summary>The folder's name.</summary>
    public string Name => Path.GetFileName(folder);

    public IReadOnlyList<SpeechVoice> Voices => model.Voices;

    /// <summary>The folder of a voice: the one that was named, else the user's own of the shipped name, else the shipped one; null when there is none.</summary>
    /// <exception cref="UserException">The one that was named is none.</exception>
    public static string? Find(Surroundings here, string? named)
    {
        if (named is not null)
            return VoiceModel.IsIn(named) ? Path.GetFullPath(named)
                : throw new UserException($"--voice-model {named} is no voice: it needs the folders {VoiceModel.AcousticPart} and {VoiceModel.VocoderPart}, as `maison models pack-voice` makes them.");
        return Places(here).FirstOrDefault(VoiceModel.IsIn);
    }

    /// <summary>What to do where there is no voice.</summary>
    public static string Missing(Surroundings here)
        => $"There is no voice: neither {string.Join(" nor ", Places(here))} is there. Train one with runs/voice.sh and pack it with maison models pack-voice, or name a folder with --voice-model.";

    static string[] Places(Surroundings here) => [.. new[] { HomeFolder.Of(here).Models, here.ShippedModels }.Select(shelf => Path.Combine(shelf, VoiceModel.Shipped))];

    /// <summary>Loads a voice. The gang stays the caller's.</summary>
    public static LoadedVoice Load(Surroundings here, string folder, string? lexicon, EmojiReading emoji, Gang gang, TextWriter error)
    {
        var front = LoadedFrontEnd.Load(here, null, lexicon, emoji, gang, error);
        try
        {
            return new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), VoiceModel.Load(folder, gang), front);
        }
        catch
        {
            front.Dispose();
            throw;
        }
    }

    /// <summary>Speaks a text.</summary>
    /// <param name="told">Hears of every sentence as it was read.</param>
    public IEnumerable<SpeechChunk> Speak(string text, SpeechOptions options, CancellationToken cancellation, Action<Utterance>? told = null)
        => model.Speak(front.Reader, text, options, cancellation, told);

    /// <summary>What the vocoder alone makes of a recording's features.</summary>
    public float[] Copy(VoiceFeatures recorded) => model.Copy(recorded);

    /// <summary>The voice as the API serves it.</summary>
    public ServedSpeaker Served => new()
    {
        Id = Name,
        Created = Directory.GetLastWriteTimeUtc(folder),
        License = CardFile.Licence(folder),
        CardText = CardFile.Text(folder),
        Voices = Voices,
        Speak = (text, options, cancellation) => Speak(text, options, cancellation),
    };

    public void Dispose()
    {
        model.Dispose();
        front.Dispose();
    }
}
