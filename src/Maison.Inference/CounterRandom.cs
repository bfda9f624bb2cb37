// Random numbers by position instead of by turn: the number for (seed, position) does not depend on who drew before, so a seed gives the
// same tokens in any batch and after any preemption. Source: SplitMix64 of Steele, Lea, Flood 2014, "Fast splittable pseudorandom
// number generators", whose n-th output is a function of seed + n·γ.

namespace Maison.Inference;

static class CounterRandom
{
    const ulong gamma = 0x9E3779B97F4A7C15;

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public static double Uniform(ulong seed, int position)
        => (Mix(Mix(seed) + ((ulong)position + 1) * gamma) >> 11) * (1.0 / (1UL << 53));

    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
