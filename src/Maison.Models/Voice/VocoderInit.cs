// Starting values of a vocoder: its filters are the mel spectrum, read between the bands, so that the first sound is a voice already and
// training refines it (FreeV, arXiv 2406.08196, starts likewise). The net begins with little to say.

using Maison.Tensors;

namespace Maison.Models.Voice;

/// <summary>Fills a vocoder with trainable fp32 weights.</summary>
public static class VocoderInit
{
    /// <summary>Both sources have a power of 0.01; bands of unit area see their magnitude under the window divided by the bins per hertz.</summary>
    const double SourcePower = 0.01;

    /// <summary>Makes every weight a <see cref="Param"/>; the same seed gives the same bits.</summary>
    public static void Initialise(Vocoder model, int seed)
    {
        VoiceInit.Initialise(model, seed);
        var c = model.Config;
        Param head = (Param)model.Head, bias = (Param)model.HeadBias, envelope = (Param)model.Envelope;
        foreach (ref var w in head.Values) w *= 0.1f;
        envelope.Values.Clear();
        // The formant axis says nothing until somebody's recordings were resampled: untrained, it must not be heard.
        var input = (Param)model.Input;
        for (var i = c.Features - 1; i < input.Values.Length; i += c.Features) input.Values[i] = 0f;
        var hzPerBin = (double)c.SampleRateHz / c.Transform;
        // A periodic Hann window has an energy of 3/8 of its samples.
        var offset = Math.Log(hzPerBin) - 0.5 * Math.Log(SourcePower * c.Window * 3 / 8);
        for (var k = 0; k < c.Bins; k++)
        {
            // Bands are evenly spaced in mel, the first and last half a step inside (Slaney's scale).
            var at = Math.Clamp(ToMel(k * hzPerBin) / ToMel(c.SampleRateHz / 2.0) * (c.Mels + 1) - 1, 0, c.Mels - 1);
            var low = Math.Min((int)at, Math.Max(0, c.Mels - 2));
            foreach (var row in new[] { k, 2 * c.Bins + k })
            {
                envelope.Values[row * c.Features + low] = (float)(VoiceInputs.MelUnit * (1 - (at - low)));
                if (c.Mels > 1) envelope.Values[row * c.Features + low + 1] = (float)(VoiceInputs.MelUnit * (at - low));
                bias.Values[row] = (float)(VoiceInputs.MelCentre + offset);
            }
        }
        foreach (var w in new[] { head, bias, envelope, input }) w.Changed();
    }

    static double ToMel(double hz) => hz < 1000 ? hz * 3 / 200 : 15 + Math.Log(hz / 1000) / (Math.Log(6.4) / 27);
}
