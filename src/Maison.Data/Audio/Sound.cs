namespace Maison.Data.Audio;

/// <summary>One channel of sound.</summary>
/// <param name="Samples">Amplitudes; full scale is ±1, louder ones are kept.</param>
/// <param name="SampleRateHz">Samples per second.</param>
public sealed record Sound(float[] Samples, int SampleRateHz)
{
    /// <summary>How long it lasts.</summary>
    public double Seconds => (double)Samples.Length / SampleRateHz;
}
