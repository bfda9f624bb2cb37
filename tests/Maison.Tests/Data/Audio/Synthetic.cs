namespace Maison.Tests.Data.Audio;

/// <summary>Sounds whose pitch and periodicity are known.</summary>
static class Synthetic
{
    public const int Rate = 24_000;

    /// <summary>Harmonics falling by 1 / k up to the top of the band, at a pitch given per sample.</summary>
    public static float[] Harmonic(int samples, Func<double, double> hzAtSecond, double level = 0.1)
    {
        var sound = new float[samples];
        var phase = 0.0;
        for (var n = 0; n < samples; n++)
        {
            var hz = hzAtSecond(n / (double)Rate);
            phase += hz / Rate;
            var sum = 0.0;
            for (var k = 1; k * hz < 11_000; k++) sum += Math.Sin(2 * Math.PI * k * phase) / k;
            sound[n] = (float)(level * sum);
        }
        return sound;
    }

    public static float[] Noise(int samples, int seed = 1, double level = 0.1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, samples).Select(_ => (float)(level * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    public static float[] Sum(float[] a, float[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
