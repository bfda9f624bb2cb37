using System.Text;
using Maison.Data.Tokenizers;

namespace Maison.Tests.Data.Tokenizers;

/// <summary>Normalization form C: cases of UAX #15 and its conformance notes.</summary>
public sealed class NfcTests
{
    [Theory]
    [InlineData("plain ASCII, é and “quotes”", "plain ASCII, é and “quotes”")]
    [InlineData("e\u0301", "é")]
    [InlineData("a\u0323\u0302", "\u1EAD")]                    // ậ from marks in either order
    [InlineData("a\u0302\u0323", "\u1EAD")]
    [InlineData("a\u0315\u0300", "à\u0315")]                   // a later mark composes past one of another class
    [InlineData("a\u0300\u0301", "à\u0301")]                   // but is blocked by one of its own class
    [InlineData("\u212B\u2126", "ÅΩ")]                         // singletons
    [InlineData("\u0958", "\u0915\u093C")]                     // composition exclusion
    [InlineData("\u1112\u1161\u11AB", "한")]                    // Hangul L V T
    [InlineData("\uD558\u11AB", "한")]                          // LV + T
    [InlineData("\u0344", "\u0308\u0301")]                     // non-starter decomposition
    [InlineData("\uFB01 \u00BD", "\uFB01 \u00BD")]             // compatibility forms stay
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    public void Known_cases(string text, string expected)
    {
        Assert.Equal(expected, Encoding.UTF8.GetString(Nfc.Normalize(Encoding.UTF8.GetBytes(text))));
        Assert.Equal(expected, Encoding.UTF8.GetString(Nfc.Normalize(Encoding.UTF8.GetBytes(expected))));
    }

    [Fact]
    public void Ill_formed_bytes_stay_and_separate()
    {
        byte[] text = [(byte)'e', 0xFF, 0xCC, 0x81, (byte)'e', 0xCC, 0x81];
        Assert.Equal([(byte)'e', 0xFF, 0xCC, 0x81, 0xC3, 0xA9], Nfc.Normalize(text).ToArray());
    }

    [Fact]
    public void A_long_run_of_marks_is_no_quadratic_trap()
    {
        string text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 100_000));
        string expected = "\u1EA1" + new string('\u0323', 99_999) + new string('\u0301', 100_000);
        Assert.Equal(expected, Encoding.UTF8.GetString(Nfc.Normalize(Encoding.UTF8.GetBytes(text))));
    }
}
