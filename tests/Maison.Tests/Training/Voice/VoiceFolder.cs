// A voice's folder with random weights, small enough to be made in each test.

using Maison.Models.Voice;
using Maison.Training.Voice;

namespace Maison.Tests.Training.Voice;

static class VoiceFolder
{
    public static void Make(string folder, string speaker = "kathleen", int mels = 80)
    {
        SaveAcoustic(Path.Combine(folder, VoiceModel.AcousticPart), speaker);
        SaveVocoder(Path.Combine(folder, VoiceModel.VocoderPart), mels);
    }

    public static void SaveAcoustic(string folder, string speaker = "kathleen", int seed = 1)
    {
        var model = new AcousticModel(new()
        {
            Phones = PhoneNames.All(),
            Marks = PhoneNames.Marks,
            Speakers = [speaker],
            MedianHz = [190],
            Hidden = 16,
            EncoderBlocks = 1,
            EncoderInner = 24,
            EncoderKernel = 3,
            DecoderBlocks = 1,
            DecoderInner = 24,
            DecoderKernel = 3,
        });
        VoiceInit.Initialise(model, seed);
        VoiceCheckpoint.Save(folder, model);
    }

    public static void SaveVocoder(string folder, int mels = 80)
    {
        var model = new Vocoder(new() { Mels = mels, Hidden = 16, Inner = 24, Blocks = 1, Kernel = 3 });
        VocoderInit.Initialise(model, 1);
        VoiceCheckpoint.Save(folder, model);
    }
}
