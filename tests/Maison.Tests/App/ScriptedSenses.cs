// A voice and a painter whose work is written down, for rooms that only pass it on.

using Maison.Api.Images;
using Maison.Api.Speech;
using Maison.Inference.Pictures;
using Maison.Inference.Speech;

namespace Maison.Tests.App;

static class ScriptedSenses
{
    /// <summary>Each word is a tenth of a second; "$5" is spoken as two words.</summary>
    public static ServedSpeaker Voice => new()
    {
        Id = "test-voice",
        Voices = SpeechVoices.All,
        Speak = (text, options, _) =>
        {
            var words = text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).SelectMany(w => w == "$5" ? new[] { ("five", "$5"), ("dollars", "") } : [(w.Trim('.', ',').ToLowerInvariant(), w)]).ToList();
            return [new(new float[2400 * words.Count], [.. words.Select((w, i) => new WordTime(0, i, w.Item1, w.Item2, i * 0.1, (i + 1) * 0.1))], new(0, options.Voice, options.Style ?? SpeechStyles.Neutral, options.Strength, "because"))];
        },
    };

    /// <summary>Pictures of one colour, looked at after each step; prompts with "slow" take their time, those with "wrong" are refused.</summary>
    public static ServedPainter Painter => new()
    {
        Id = "test-painter",
        Sides = [16],
        MostTokens = 100,
        PictureTokens = 4,
        Tokens = prompt => prompt.Split(' ').Length,
        Unknown = _ => [],
        Paint = (wanted, options, side, from, onStep, stop) =>
        {
            if (wanted[0].Prompt.Contains("wrong")) throw new ArgumentException("This can not be painted.");
            for (var step = 1; step <= options.Steps; step++)
            {
                if (wanted[0].Prompt.Contains("slow") && stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(20))) throw new OperationCanceledException(stop);
                onStep?.Invoke(step, () => [.. wanted.Select(w => new PaintedPicture(Picture((byte)w.Seeds[0]), w.Seeds[0]))]);
            }
            return [.. wanted.Select(w => new PaintedPicture(Picture((byte)w.Seeds[0]), w.Seeds[0]))];
        },
    };

    static byte[] Picture(byte colour) => [.. Enumerable.Repeat(colour, 16 * 16 * 3)];
}
