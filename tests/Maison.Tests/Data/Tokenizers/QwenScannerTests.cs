using System.Text;
using System.Text.RegularExpressions;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>The hand-written scanner against the regular expression that it stands for.</summary>
public sealed class QwenScannerTests
{
    // .NET folds no case for U+017F, Oniguruma (Hugging Face) does: the long s is told to it.
    static Regex Twin(int maxDigits) => new("(?i:'ſ)|" + QwenScanner.Pattern(maxDigits), RegexOptions.Compiled | RegexOptions.CultureInvariant);

    static readonly string[] morsels =
    [
        "a", "Z", "é", "ſ", "ß", "日", "ا", "ﬆ", "ǅ", "ʰ", "1", "9", "٣", "½", "Ⅷ", " ", " ", " ", "  ", "\t", "\v", "\f", "\r", "\n", "\r\n", "\n\n",
        "\u0085", "\u00A0", "\u1680", "\u180E", "\u2003", "\u2028", "\u2029", "\u202F", "\u3000", "\u200B", "\u200D", "\uFEFF", "\u001C", "\0",
        "'", "'", "'s", "'S", "'ſ", "'t", "'re", "'RE", "'rE", "'r", "'ve", "'v", "'m", "'ll", "'lL", "'l", "'d", "’s", ".", "!", "_", "-", "\u0301", "€", "\uE000", "\u0378", "\uFFFD",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Equals_the_regex_on_random_adversarial_strings(int maxDigits)
    {
        var random = new Random(maxDigits);
        var twin = Twin(maxDigits);
        for (int round = 0; round < 20_000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => morsels[random.Next(morsels.Length)]));
            Assert.Equal(Matches(twin, text), Pieces(text, maxDigits));
        }
    }

    [Fact]
    public void Equals_the_regex_for_every_character_of_the_basic_plane()
    {
        var twin = Twin(1);
        for (int c = 0; c <= 0xFFFF; c++)
        {
            if (char.IsSurrogate((char)c)) continue;
            string x = ((char)c).ToString();
            string text = $"a{x}b {x} {x}7  {x}{x}'s\n{x}.{x}\n \n{x}";
            Assert.Equal(Matches(twin, text), Pieces(text, 1));
        }
    }

    [Fact]
    public void Supplementary_characters_have_the_class_of_their_category_and_not_of_surrogates()
    {
        var random = new Random(5);
        var twin = Twin(1);
        (string Supplementary, string Basic)[] same = [("𝐀", "A"), ("𠀀", "Q"), ("𝟗", "9"), ("😀", "*"), ("🏽", "*"), ("a", "a"), (" ", " "), (".", "."), ("\n", "\n"), ("8", "8")];
        for (int round = 0; round < 5_000; round++)
        {
            var picks = Enumerable.Range(0, random.Next(1, 14)).Select(_ => same[random.Next(same.Length)]).ToArray();
            var lengths = Matches(twin, string.Concat(picks.Select(p => p.Basic))).Select(m => m.Length);
            var pieces = Pieces(string.Concat(picks.Select(p => p.Supplementary)), 1).Select(p => p.EnumerateRunes().Count());
            Assert.Equal(lengths, pieces);
        }
    }

    [Fact]
    public void Ill_formed_bytes_are_characters_of_their_own()
    {
        byte[] text = [(byte)'a', 0xFF, (byte)'b', 0xE2, 0x82, (byte)' ', 0xC3];
        var ends = new List<int>();
        for (int at = 0; at < text.Length;) ends.Add(at = QwenScanner.PieceEnd(text, at, 1));
        Assert.Equal([1, 3, 5, 7], ends);
    }

    static List<string> Matches(Regex regex, string text) => [.. regex.Matches(text).Select(m => m.Value)];

    static List<string> Pieces(string text, int maxDigits)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var pieces = new List<string>();
        for (int at = 0; at < bytes.Length;)
        {
            int end = QwenScanner.PieceEnd(bytes, at, maxDigits);
            pieces.Add(Encoding.UTF8.GetString(bytes, at, end - at));
            at = end;
        }
        return pieces;
    }
}
