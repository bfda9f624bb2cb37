using Maison.Api.Gateway;

namespace Maison.Tests.Api.Gateway;

public sealed class PersonalDataTests
{
    [Theory]
    [InlineData("Write to anna.müller+x@mail.example.org today.", "EMAIL anna.müller+x@mail.example.org")]
    [InlineData("Pay to DE89 3704 0044 0532 0130 00, please", "IBAN DE89 3704 0044 0532 0130 00")]
    [InlineData("GB82WEST12345698765432.", "IBAN GB82WEST12345698765432")]
    [InlineData("FR1420041010050500013M02606", "IBAN FR1420041010050500013M02606")]
    [InlineData("DE89 3704 0044 0532 0130 02", null)]                  // checksum wrong, and no phone or card either
    [InlineData("DE89 3704 0044 0532 0130 01", "CARD 3704 0044 0532 0130 01")] // no account, but behind an order's code it could be a card: one mask too many rather than one too few
    [InlineData("Card 4111 1111 1111 1111 exp 12/27", "CARD 4111 1111 1111 1111")]
    [InlineData("Card 5500-0000-0000-0004", "CARD 5500-0000-0000-0004")]
    [InlineData("Card 4111 1111 1111 1112", null)]
    [InlineData("Call +49 (0)30 1234-5678 now", "PHONE +49 (0)30 1234-5678")]
    [InlineData("Call 030 12345678", "PHONE 030 12345678")]
    [InlineData("Call (415) 555-2671", "PHONE (415) 555-2671")]
    [InlineData("tel +33612345678", "PHONE +33612345678")]
    [InlineData("On 2026-11-25 and 25.11.2026 we sold 12345678 pieces at 1234567.89", null)]
    [InlineData("pi is 3.14159265358979, a hash is 0123456789abcdef", null)]
    [InlineData("IP 192.168.100.200, version 10.0.19041.1", null)]
    [InlineData("Alice Martin met MARTIN and Martina", "NAME Alice Martin|NAME MARTIN")]
    public void FindsWhatIsPersonalAndNothingElse(string text, string? found)
    {
        string[] names = ["Martin", "Alice Martin"];
        var spans = PersonalData.Find(text, names).Select(s => $"{s.Kind} {text.Substring(s.Start, s.Length)}");
        Assert.Equal(found?.Split('|') ?? [], spans);
    }

    [Fact]
    public void TheSameThingHasTheSameNameAndComesBackInAnyCut()
    {
        var mask = new Mask([]);
        var text = "Mail a@b.org, call +49 30 12345678, or again a@b.org [x].";
        var hidden = mask.Hide(text);
        Assert.Equal("Mail [EMAIL_1], call [PHONE_1], or again [EMAIL_1] [x].", hidden);
        Assert.Equal(text, mask.Show(hidden));
        for (var first = 0; first <= hidden.Length; first++)
            for (var second = first; second <= hidden.Length; second += 3)
            {
                var shower = mask.Stream();
                Assert.Equal(text, shower.Push(hidden[..first]) + shower.Push(hidden[first..second]) + shower.Push(hidden[second..]) + shower.Push("", last: true));
            }
        var growing = mask.Stream();
        Assert.Equal(["a [", "[EMAIL_9]", "a@b.org", ""], new[] { growing.Push("a [["), growing.Push("EMAIL_9]"), growing.Push("[EMAIL_1]"), growing.Push("", last: true) }.Select(s => s));
    }

    [Fact]
    public void SecretsAreSealedAndOnlyTheirKeyOpensThem()
    {
        using var home = new TempFolder();
        using var other = new TempFolder();
        var box = new SecretBox(home.Path, null);
        var sealedOnce = box.Seal("sk-secret");
        Assert.NotEqual(sealedOnce, box.Seal("sk-secret"));
        Assert.Equal("sk-secret", new SecretBox(home.Path, null).Open(sealedOnce));
        Assert.Throws<InvalidDataException>(() => new SecretBox(other.Path, null).Open(sealedOnce));
        Assert.Contains("MAISON_SECRET", Assert.Throws<InvalidDataException>(() => new SecretBox(home.Path, "short").Seal("x")).Message);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(home.File("secret.key")));
    }
}
