// Random numbers fixed by seed, step and place, so that a batch does not depend on who makes it and when. SplitMix64 of Steele, Lea, Flood
// 2014, "Fast splittable pseudorandom number generators"; normal numbers by Box and Muller, two at a time.

namespace Maison.Training.Image;

struct PictureRandom
{
    const ulong gamma = 0x9E3779B97F4A7C15;
    ulong state;

    public PictureRandom(int seed, int step, int place)
        => state = Mix(Mix((ulong)seed * gamma + (ulong)step) + (ulong)place * gamma);

    ulong Next() => Mix(state += gamma);

    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>In [0, 1).</summary>
    public float Uniform() => (Next() >> 40) * (1f / (1 << 24));

    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    public float Normal()
    {
        Span<float> one = stackalloc float[1];
        Normal(one);
        return one[0];
    }

    public void Normal(Span<float> to)
    {
        for (var i = 0; i < to.Length; i += 2)
        {
            var radius = MathF.Sqrt(-2 * MathF.Log(1 - Uniform()));
            var (sin, cos) = MathF.SinCos(2 * MathF.PI * Uniform());
            to[i] = radius * cos;
            if (i + 1 < to.Length) to[i + 1] = radius * sin;
        }
    }
}
