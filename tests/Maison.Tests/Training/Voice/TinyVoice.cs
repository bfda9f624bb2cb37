// A made-up language for tests of the voice models: every phone has a spectrum, a length and a pitch of its own, so that a model that works
// must find them out.

using Maison.Data.Audio;
using Maison.Data.Speech;
using Maison.Models.Voice;
using Maison.Training.Voice;

namespace Maison.Tests.Training.Voice;

static class TinyVoice
{
    public static readonly Phone[] Sounds = [.. Phone.Parse("AA1 S M IY0 T L")];

    public static AcousticConfig Config { get; } = new()
    {
        Phones = PhoneNames.All(),
        Marks = 16,
        Speakers = ["anna", "bert"],
        MedianHz = [200, 120],
        Hidden = 32,
        EncoderBlocks = 1,
        EncoderInner = 48,
        EncoderKernel = 3,
        DecoderBlocks = 2,
        DecoderInner = 48,
        DecoderKernel = 5,
    };

    public static AlignerConfig Aligner { get; } = new() { Phones = PhoneNames.All(), Marks = PhoneNames.Marks };

    public static VoiceData Data(int train, int held, int words = 4)
    {
        VoiceExample[] all = [.. Enumerable.Range(0, train + held).Select(i => Say(i, words).Example)];
        return new(all[..train], all[train..], VoiceData.Medians(all[..train]), new Dictionary<string, string> { ["tiny"] = "0" });
    }

    /// <summary>Sentences of words of two sounds, and the true frames of each token.</summary>
    public static (VoiceExample Example, int[] Counts) Say(int seed, int words = 4)
    {
        var random = new Random(seed);
        var tokens = new List<PhoneToken> { new(Phone.Silence, -1, false, false) };
        for (var w = 0; w < words; w++)
        {
            tokens.Add(new(Sounds[random.Next(Sounds.Length)], w, true, false));
            tokens.Add(new(Sounds[random.Next(Sounds.Length)], w, false, true));
        }
        tokens.Add(new(Phone.Period, -1, false, false));
        tokens.Add(new(Phone.Silence, -1, false, false));
        int[] counts = [.. tokens.Select(t => t.Phone.IsMark ? 5 : 3 + t.Phone.Id % 4 + random.Next(2))];
        var frames = counts.Sum();
        float[] mel = new float[frames * 80], energy = new float[frames], hz = new float[frames], periodicity = new float[frames * 16];
        var speaker = seed % 2;
        for (int n = 0, t = 0; n < counts.Length; n++)
            for (var i = 0; i < counts[n]; i++, t++)
            {
                var phone = tokens[n].Phone;
                for (var b = 0; b < 80; b++) mel[t * 80 + b] = phone.IsMark ? -9 : -5 + 3 * MathF.Sin(b * 0.1f * (1 + phone.Id % 7)) + 0.2f * (float)random.NextDouble();
                energy[t] = phone.IsMark ? -9 : -3;
                if (!phone.IsVoiced) continue;
                hz[t] = Config.MedianHz[speaker] * (1 + 0.1f * MathF.Sin(phone.Id));
                periodicity.AsSpan(t * 16, 16).Fill(0.8f);
            }
        return (new($"say-{seed}", Config.Speakers[speaker], [.. tokens], new VoiceFeatures(mel, energy, hz, periodicity), []), counts);
    }
}
