using Maison.Data.Speech;

namespace Maison.Tests.Data.Speech;

public sealed class PhoneTests
{
    [Fact]
    public void IdsStayWhatTheyAre()
    {
        // Trained models hold these numbers.
        Assert.Equal(9 + 24 + 45, Phone.All.Count);
        Assert.All(Phone.All, p => Assert.Equal(p, Phone.Of(p.Id)));
        Assert.Equal([0, 1, 8, 16, 39, 40, 41, 42, 43, 84], Phone.Parse("sil sp ellipsis B ZH AA0 AA1 AA2 AE0 UW2").Select(p => p.Id));
        Assert.Equal(Phone.Count - 1, Phone.All[^1].Id);
        Assert.Throws<ArgumentOutOfRangeException>(() => Phone.Of(9));
        Assert.Throws<ArgumentOutOfRangeException>(() => Phone.Of(85));
    }

    [Fact]
    public void PhonesPrintAsTheyAreRead()
    {
        Assert.Equal("HH AH0 L OW1", Phone.Print(Phone.Parse(" HH AH0  L OW1 ")));
        Assert.Contains("AH0, AH1 or AH2", Assert.Throws<FormatException>(() => Phone.Parse("HH AH")).Message, StringComparison.Ordinal);
        Assert.Contains("capitals, HH", Assert.Throws<FormatException>(() => Phone.Parse("hh AH0")).Message, StringComparison.Ordinal);
        Assert.Contains("\"Q\"", Assert.Throws<FormatException>(() => Phone.Parse("Q AH0")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PhonesKnowTheirKind()
    {
        Assert.Equal((PhoneKind.Vowel, 2, "ER"), (Phone.Parse("ER2")[0].Kind, Phone.Parse("ER2")[0].Stress, Phone.Parse("ER2")[0].Name));
        Assert.Equal([PhoneKind.Stop, PhoneKind.Affricate, PhoneKind.Fricative, PhoneKind.Aspirate, PhoneKind.Nasal, PhoneKind.Liquid, PhoneKind.Semivowel, PhoneKind.Mark],
            Phone.Parse("T CH ZH HH NG R Y comma").Select(p => p.Kind));
        Assert.Equal("AH1 T", Phone.Print(Phone.Parse("AH0 T").Select(p => p.WithStress(1))));
        Assert.Equal("B Z AH0", Phone.Print(Phone.Parse("B P S Z AH0 comma").Where(p => p.IsVoiced)));
    }

    [Fact]
    public void AnUtteranceBecomesTokens()
    {
        var utterance = new Utterance(new(0, 13),
            [new(new(0, 5), "hello", Phone.Parse("HH AH0 L OW1"), Delivery.Plain), new(new(7, 5), "world", Phone.Parse("W ER1 L D"), Delivery.Plain)],
            [new(1, Phone.Comma, new(5, 1)), new(2, Phone.Exclaim, new(12, 1))]);
        var tokens = utterance.Tokens();
        Assert.Equal("sil HH AH0 L OW1 comma W ER1 L D exclaim sil", Phone.Print(tokens.Select(t => t.Phone)));
        Assert.Equal([-1, 0, 0, 0, 0, -1, 1, 1, 1, 1, -1, -1], tokens.Select(t => t.Word));
        Assert.Equal([1, 6], tokens.Index().Where(t => t.Item.WordStart).Select(t => t.Index));
        Assert.Equal([4, 9], tokens.Index().Where(t => t.Item.WordEnd).Select(t => t.Index));
        Assert.Equal("hello world", utterance.SpokenText);
    }
}
