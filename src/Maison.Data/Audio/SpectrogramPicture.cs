// A picture of sound: time to the right with a tick each tenth of a second and a longer one each second, frequency upwards with a tick
// each kilohertz (or each mel band of ten), the pitch drawn over it. 80 dB from dark to light.

using Maison.Data.Audio.Analysis;
using Maison.Data.Pictures;

namespace Maison.Data.Audio;

/// <summary>Draws spectrograms.</summary>
public static class SpectrogramPicture
{
    const int Margin = 8, PixelsPerFrame = 2;
    const float RangeNepers = 80 / 8.685889638f;
    static readonly (byte, byte, byte) Ink = (255, 255, 255), Paper = (16, 16, 20), Line = (64, 255, 160);

    /// <summary>Frequencies on a straight scale up to a limit, with the pitch as a line where it is voiced.</summary>
    /// <param name="samples">A voice at 24 kHz.</param>
    /// <param name="hz">Pitch per frame, 0 where unvoiced; empty for no line.</param>
    /// <param name="topHz">Highest frequency shown.</param>
    /// <param name="height">Pixels of the frequency axis.</param>
    public static Picture Linear(ReadOnlySpan<float> samples, ReadOnlySpan<float> hz, double topHz = 12_000, int height = 384)
    {
        if (!(topHz is > 0 and <= VoiceFrames.SampleRateHz / 2.0) || height < 16) throw new ArgumentException($"{topHz} Hz on {height} pixels: give up to {VoiceFrames.SampleRateHz / 2} Hz and 16 pixels or more.");
        const int fft = 2048;
        var transform = new ShortTimeFourier(fft, VoiceFrames.WindowSamples, VoiceFrames.HopSamples);
        var magnitudes = transform.Magnitudes(samples);
        var frames = transform.Frames(samples.Length);
        var rows = new float[frames * height];
        for (var t = 0; t < frames; t++)
            for (var y = 0; y < height; y++)
            {
                var at = (y + 0.5) / height * topHz * fft / VoiceFrames.SampleRateHz;
                var k = Math.Min((int)at, transform.Bins - 2);
                var (low, high) = (magnitudes[t * transform.Bins + k], magnitudes[t * transform.Bins + k + 1]);
                rows[t * height + y] = MathF.Log(Math.Max(VoiceFrames.Floor, (float)(low + (high - low) * (at - k))));
            }
        var canvas = new Canvas(rows, frames, height);
        for (var k = 0; k * 1000 <= topHz; k++) canvas.FrequencyTick((int)(k * 1000 / topHz * height), k % 5 == 0);
        for (var t = 0; t < Math.Min(frames, hz.Length); t++)
            if (hz[t] > 0 && hz[t] < topHz) canvas.Mark(t, (int)(hz[t] / topHz * height));
        return canvas.Picture;
    }

    /// <summary>Log-mel bands as they are, four pixels each. // (frames, 80)</summary>
    public static Picture Mel(ReadOnlySpan<float> logMel)
    {
        const int each = 4;
        var frames = logMel.Length / VoiceFrames.MelBands;
        var rows = new float[frames * VoiceFrames.MelBands * each];
        for (var i = 0; i < rows.Length; i++) rows[i] = logMel[i / each];
        var canvas = new Canvas(rows, frames, VoiceFrames.MelBands * each);
        for (var band = 0; band <= VoiceFrames.MelBands; band += 10) canvas.FrequencyTick(band * each, band % 40 == 0);
        return canvas.Picture;
    }

    sealed class Canvas
    {
        readonly int _width, _height, _plotHeight;
        readonly byte[] _pixels;

        public Canvas(float[] logRows, int frames, int height)
        {
            (_width, _height, _plotHeight) = (Margin + Math.Max(1, frames) * PixelsPerFrame, height + Margin, height);
            _pixels = new byte[_width * _height * 3];
            for (var y = 0; y < _height; y++)
                for (var x = 0; x < _width; x++) Put(x, y, Paper);
            var top = logRows.DefaultIfEmpty().Max();
            for (var t = 0; t < frames; t++)
                for (var y = 0; y < height; y++)
                    for (var x = 0; x < PixelsPerFrame; x++) Put(Margin + t * PixelsPerFrame + x, height - 1 - y, ColourMap.At(1 + (logRows[t * height + y] - top) / RangeNepers));
            for (var tenth = 0; tenth * VoiceFrames.PerSecond / 10 < frames; tenth++)
                for (var y = 0; y < (tenth % 10 == 0 ? Margin : Margin / 3); y++) Put(Margin + tenth * VoiceFrames.PerSecond / 10 * PixelsPerFrame, height + y, Ink);
        }

        public Picture Picture => new(_width, _height, _pixels);

        public void FrequencyTick(int up, bool longer)
        {
            for (var x = longer ? 0 : Margin / 2; x < Margin; x++) Put(x, Math.Clamp(_plotHeight - 1 - up, 0, _plotHeight - 1), Ink);
        }

        public void Mark(int frame, int up)
        {
            for (var x = 0; x < PixelsPerFrame; x++) Put(Margin + frame * PixelsPerFrame + x, Math.Max(0, _plotHeight - 1 - up), Line);
        }

        void Put(int x, int y, (byte, byte, byte) colour) => (_pixels[3 * (y * _width + x)], _pixels[3 * (y * _width + x) + 1], _pixels[3 * (y * _width + x) + 2]) = colour;
    }
}
