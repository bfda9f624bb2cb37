// Pairs of words that no training scene shows together, so that a test can ask whether a model combines what it learned apart: about 15 % of
// (thing, colour) and of (colour, material), by a digest of the words. The list needs no file and never changes with the vocabulary around it.

using System.Security.Cryptography;
using System.Text;

namespace Maison.Data.Pictures.Scenes;

/// <summary>Says which words are kept apart in training.</summary>
public static class HeldOutPairs
{
    const int Percent = 15;

    /// <summary>A number under which no word loses more than a fifth of its partners, or a quarter among the few materials.</summary>
    const int Draw = 1223;

    /// <summary>Whether no training scene shows a thing in this colour.</summary>
    public static bool Thing(string thing, string colour) => Held($"{colour} {thing}");

    /// <summary>Whether no training scene shows this material in this colour.</summary>
    public static bool Material(string material, string colour) => Held($"{colour} {material}");

    static bool Held(string pair) => BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{Draw}: {pair}"))) % 100 < Percent;
}
