using System.Text;
using Maison.Data.Speech;
using Maison.Data.Speech.Reading;

namespace Maison.Tests.Data.Speech;

public sealed class PronouncerTests
{
    static readonly Normaliser Reader = new(Pronouncer.Common.Contains);

    static IEnumerable<(string Word, string Phones, PhoneOrigin Origin)> Say(string text, Pronouncer? pronouncer = null)
    {
        var words = Reader.Read(text).Words;
        return words.Zip((pronouncer ?? new()).Pronounce(text, words), (w, p) => (w.Text, Phone.Print(p.Phones), p.Origin));
    }

    [Fact]
    public void HeteronymsFollowTheirNeighbours()
    {
        var wrong = new StringBuilder();
        foreach (var (sentence, wanted) in SpeechCases.Pairs("heteronym-sentences.txt"))
        {
            var (word, phones) = (wanted[..wanted.IndexOf(' ')], wanted[(wanted.IndexOf(' ') + 1)..]);
            var said = Say(sentence).First(w => w.Word == word).Phones;
            if (said != phones) wrong.AppendLine($"{sentence} {word} is said {said}");
        }
        Assert.True(wrong.Length == 0, wrong.ToString());
    }

    [Theory]
    [InlineData("the", "DH AH0")]
    [InlineData("water", "W AO1 T ER0")]
    [InlineData("don't", "D OW1 N T")]
    [InlineData("FBI", "EH1 F|B IY1|AY1")]
    [InlineData("CDs", "S IY1|D IY1 Z")]
    [InlineData("FAQs", "EH1 F|EY1|K Y UW1 Z")]
    [InlineData("GPS's", "JH IY1|P IY1|EH1 S AH0 Z")]
    [InlineData("a", "AH0")]
    [InlineData("vitamin A", "V AY1 T AH0 M AH0 N|EY1")]
    public void WordsOfTheTableAndLettersAreSaid(string text, string phones)
    {
        var lexicon = Read("vitamin V AY1 T AH0 M AH0 N");
        Assert.Equal(phones, string.Join('|', Say(text, new(lexicon)).Select(w => w.Phones)));
    }

    [Fact]
    public void TheChangesBeforeAVowel()
        => Assert.Equal(["DH IY0", "DH AH0"], Say("the old man and the water").Where(w => w.Word == "the").Select(w => w.Phones));

    [Theory]
    [InlineData("glims", "G L IH1 M Z")]
    [InlineData("snaps", "S N AE1 P S")]
    [InlineData("glim's", "G L IH1 M Z")]
    [InlineData("fizzboxes", "F IH1 Z B AA2 K S AH0 Z")]
    [InlineData("snapped", "S N AE1 P T")]
    [InlineData("glimmed", "G L IH1 M D")]
    [InlineData("blated", "B L EY1 T AH0 D")]
    [InlineData("blating", "B L EY1 T IH0 NG")]
    [InlineData("snapping", "S N AE1 P IH0 NG")]
    [InlineData("glimly", "G L IH1 M L IY0")]
    [InlineData("glimless", "G L IH1 M L AH0 S")]
    [InlineData("unglimly", "AH0 N G L IH1 M L IY0")]
    [InlineData("glim'll", "G L IH1 M AH0 L")]
    [InlineData("glims'", "G L IH1 M Z")]
    [InlineData("snapglim", "S N AE1 P G L IH2 M")]
    public void InflectionsComeFromTheirStems(string word, string phones)
    {
        var lexicon = Read("glim G L IH1 M\nsnap S N AE1 P\nblate B L EY1 T\nfizzbox F IH1 Z B AA2 K S");
        var said = Assert.Single(Say(word, new(lexicon)));
        Assert.Equal((phones, PhoneOrigin.Rule), (said.Phones, said.Origin));
    }

    [Fact]
    public void AUsersWordsWinAndOthersGoToTheNetworkOnce()
    {
        var asked = new List<string>();
        var pronouncer = new Pronouncer(Read("water W AA1 D ER0"), exceptions: Read("zyx Z IH1 K S"), network: prompts =>
        {
            asked.Add(string.Join('+', prompts.Select(p => p.Length)));
            return [.. prompts.Select(_ => G2pVocabulary.Answer(Phone.Parse("B AH1 B")))];
        });
        Assert.Equal([("water", "W AA1 D ER0", PhoneOrigin.User), ("zyx", "Z IH1 K S", PhoneOrigin.Table), ("glorp", "B AH1 B", PhoneOrigin.Network), ("qux", "B AH1 B", PhoneOrigin.Network)], Say("water zyx glorp qux", pronouncer));
        Assert.Equal("B AH1 B", Say("Glorp", pronouncer).Single().Phones);
        Assert.Equal("13+9", Assert.Single(asked));
    }

    [Fact]
    public void WithoutANetworkUnknownWordsAreSpelled()
        => Assert.Equal(("zqx", "Z IY1 K Y UW1 EH1 K S", PhoneOrigin.Spelled), Say("zqx").Single());

    [Fact]
    public void AVeryLongWordIsGivenInPieces()
    {
        var pronouncer = new Pronouncer(network: prompts => [.. prompts.Select(p => G2pVocabulary.Answer(Phone.Parse("AH1")))]);
        Assert.Equal("AH1 AH1 AH1 AH1", Say(new string('z', 100), pronouncer).Single().Phones);
    }

    [Theory]
    [InlineData("hello HH AH0 L OW1\nbad", "words.txt:2", "no phones")]
    [InlineData("hello HH AH L OW1", "words.txt:1", "AH0, AH1 or AH2")]
    [InlineData("# note\n\nhello HH comma", "words.txt:3", "pause")]
    [InlineData("hello hh ah0", "words.txt:1", "capitals")]
    public void ADamagedLexiconIsRefusedByLine(string text, string place, string remedy)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(text)).Message;
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    [Fact]
    public void ALexiconListsVariants()
    {
        var lexicon = Read(";;; comment\nRead R IY1 D # present\nread(2) R EH1 D");
        Assert.Equal(["R IY1 D", "R EH1 D"], lexicon.Variants("read").Select(p => Phone.Print(p)));
        Assert.Single(lexicon.Words);
    }

    [Fact]
    public void TheVocabularyRoundTrips()
    {
        Assert.Equal(98, G2pVocabulary.Count);
        Assert.Equal([0, 9, 2, 28, 1, 9, 2, 28, 1], G2pVocabulary.Prompt("ha'"));
        var phones = Phone.All.Where(p => !p.IsMark).ToArray();
        var ids = G2pVocabulary.Answer(phones);
        Assert.Equal(0, ids[^1]);
        Assert.All(ids, id => Assert.InRange(id, 0, G2pVocabulary.Count - 1));
        Assert.Equal(phones, G2pVocabulary.Phones(ids));
        Assert.Throws<ArgumentException>(() => G2pVocabulary.Prompt("Ha"));
    }

    static Lexicon Read(string text) => Lexicon.Read(new StringReader(text), "words.txt");
}
