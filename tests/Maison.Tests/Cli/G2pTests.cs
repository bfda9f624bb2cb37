using System.Text;
using Maison.Data.Speech;

namespace Maison.Tests.Cli;

public sealed class G2pTests
{
    /// <summary>Words of three letters that are said as they are spelled.</summary>
    static string Dictionary()
    {
        var text = new StringBuilder();
        foreach (var (c, first) in (ReadOnlySpan<(char, string)>)[('b', "B"), ('d', "D"), ('k', "K"), ('m', "M"), ('n', "N"), ('p', "P"), ('t', "T"), ('z', "Z")])
            foreach (var (v, vowel) in (ReadOnlySpan<(char, string)>)[('a', "AE1"), ('e', "EH1"), ('i', "IH1"), ('o', "AA1"), ('u', "AH1")])
                foreach (var (e, last) in (ReadOnlySpan<(char, string)>)[('b', "B"), ('d', "D"), ('g', "G"), ('n', "N"), ('p', "P"), ('t', "T")])
                    text.AppendLine($"{c}{v}{e} {first} {vowel} {last}");
        return text.ToString();
    }

    [Fact]
    public async Task ANetworkIsTrainedScoredPackedAndAsked()
    {
        using var terminal = new Terminal();
        var (dictionary, run) = (terminal.Path("words.dict"), terminal.Path("run"));
        File.WriteAllText(dictionary, Dictionary());
        Directory.CreateDirectory(terminal.Path("texts"));
        File.WriteAllText(terminal.Path("texts/some.txt"), "bab bed kig mun. The man ate a pot zub zub.");
        string[] train = ["train", "g2p", "--run", run, "--threads", "1"];

        var (code, _, error) = await terminal.Run([.. train, "--data", dictionary, "--layers", "1", "--hidden", "64", "--batch-tokens", "192", "--steps", "4"]);
        Assert.True(code == 0, error);
        Assert.Contains("--layers cannot change", (await terminal.Run([.. train, "--layers", "2"])).Error);
        Assert.Contains("done 4 already", (await terminal.Run([.. train, "--steps", "3"])).Error);
        Assert.Equal(0, (await terminal.Run([.. train, "--steps", "6"])).Code);

        (code, var table, error) = await terminal.Run("eval", "g2p", "--model", run, "--data", dictionary, "--threads", "1");
        Assert.True(code == 0, error);
        Assert.Contains("WITHOUT STRESS", table);

        (code, _, error) = await terminal.Run("models", "pack-g2p", run, "--data", dictionary, "--texts", terminal.Path("texts"), "--to", terminal.Shipped, "--common", "6", "--threads", "1");
        Assert.True(code == 0, error);
        var folder = Path.Combine(terminal.Shipped, "maison-g2p-1");
        Assert.Contains("Carnegie Mellon", File.ReadAllText(Path.Combine(folder, "card.md")));
        Assert.Contains("\"wordErrors\"", File.ReadAllText(Path.Combine(folder, "receipt.json")));
        // After six steps the network knows nothing, so the common words stand in the list.
        Assert.Contains("zub Z AH1 B", File.ReadAllText(Path.Combine(folder, "exceptions.txt")));
        Assert.Empty((await terminal.Run("models", "list")).Output);

        (code, var shown, error) = await terminal.Run("pronounce", "--brief", "Zub dippog.");
        Assert.True(code == 0, error);
        Assert.StartsWith("zub dippog\nsil Z AH1 B ", shown.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task ATextIsShownAsItIsRead()
    {
        using var terminal = new Terminal();
        File.WriteAllText(terminal.Path("mine.txt"), "maison M EY0 Z OW1 N");
        var (code, shown, error) = await terminal.Run("pronounce", "Dr. Lee paid $5 to Maison! 😀", "--lexicon", terminal.Path("mine.txt"));
        Assert.True(code == 0, error);
        Assert.Matches(@"doctor +Dr\. +D AA1 K T ER0 +table", shown);
        Assert.Matches(@"dollars +\$5 +D AA1 L ER0 Z +table", shown);
        Assert.Matches(@"maison +Maison +M EY0 Z OW1 N +user", shown);
        Assert.Contains("not spoken: 😀 (an emoji)", shown);

        Assert.Contains("red heart", (await terminal.Run("pronounce", "I ❤️ it", "--emoji", "name", "--brief")).Output);
        Assert.Matches(@"Anna +No\.", (await terminal.Run("pronounce", "“No.” said Anna.", "--cast")).Output);
        Assert.Contains("hello", (await terminal.RunWith("hello", "pronounce", "--brief")).Output);
        Assert.Contains("Line 1, column 8", (await terminal.Run("pronounce", "<speak><x/></speak>")).Error);
        File.WriteAllText(terminal.Path("bad.txt"), "maison");
        Assert.Contains("bad.txt:1", (await terminal.Run("pronounce", "hi", "--lexicon", terminal.Path("bad.txt"))).Error);
    }

    [Fact]
    public void TheDictionaryIsDividedByItsWords()
    {
        var data = new G2pData(Lexicon.Read(new StringReader(Dictionary() + "a.m. EY2 EH1 M\n"), "words"));
        var parts = Enum.GetValues<G2pPart>().ToDictionary(p => p, p => data.Words(p).ToArray());
        Assert.Equal(240, parts.Values.Sum(w => w.Length));
        Assert.InRange(parts[G2pPart.Train].Length, 200, 230);
        Assert.True(parts[G2pPart.Tune].Length > 0 && parts[G2pPart.Test].Length > 0);
        Assert.Equal(["a.m."], data.LeftOut);
    }
}
