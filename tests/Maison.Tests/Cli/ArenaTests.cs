using Maison.Api.Arena;
using Maison.Api.Store;
using Maison.Tests.Training.Evaluations;

namespace Maison.Tests.Cli;

public sealed class ArenaTests
{
    static async Task Judge(Terminal terminal, int votes)
    {
        using var store = Database.Open(terminal.Home);
        var battles = new BattleStore(store, TimeProvider.System);
        for (var i = 0; i < votes; i++)
        {
            var battle = await battles.Add(new() { Id = Ids.New("battle"), Voter = "key_1", Created = DateTimeOffset.UtcNow, Modality = "text", Prompt = $"question {i}", A = "x", B = "y", TextA = "one", TextB = "two", StyleA = [1, 0, 0, 0, 0], StyleB = [1, 0, 0, 0, 0] }, null, null);
            await battles.Vote("key_1", battle.Id, i % 3 == 0 ? "tie" : "a", consent: true);
        }
    }

    [Fact]
    public async Task TheBoardIsShownExportedSealedAndChecked()
    {
        using var terminal = new Terminal();
        Assert.Contains("No votes yet", (await terminal.Run("arena", "board")).Output);
        await Judge(terminal, 30);
        var (code, board, _) = await terminal.Run("arena", "board", "--modality", "text", "--as-voted");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^1 +1\d\d\d .* 30 +20 +0 +10 +0 .* x$", board);
        var (_, lines, _) = await terminal.Run("arena", "export", "--texts");
        Assert.Equal(30, lines.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("\"texts\":{\"prompt\":\"question 0\",\"a\":\"one\",\"b\":\"two\"}", lines);

        var file = terminal.Path("snapshot.jsonl");
        Assert.Equal(0, (await terminal.Run("arena", "snapshot", file)).Code);
        (code, var told, _) = await terminal.Run("arena", "verify", file);
        Assert.Equal(0, code);
        Assert.Contains("All is right", told);
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"choice\":\"tie\"", "\"choice\":\"b\"", StringComparison.Ordinal));
        (code, told, _) = await terminal.Run("arena", "verify", file);
        Assert.Equal(1, code);
        Assert.Contains("The seal does not fit", told);
        Assert.Contains("can not be trusted", told);
    }

    [Theory]
    [InlineData("a", "promote"), InlineData("b", "roll back")]
    public async Task ACanarysVerdictIsCarriedOutOnTheShelf(string choice, string verdict)
    {
        using var terminal = new Terminal();
        using (var store = Database.Open(terminal.Home))
        {
            var battles = new BattleStore(store, TimeProvider.System);
            for (var i = 0; i < 40; i++)
            {
                var battle = await battles.Add(new() { Id = Ids.New("battle"), Voter = "key_1", Created = DateTimeOffset.UtcNow, Modality = "text", Prompt = $"question {i}", A = "tuned", B = "house", TextA = "one", TextB = "two", StyleA = [], StyleB = [] }, null, null);
                await battles.Vote("key_1", battle.Id, choice, consent: false);
            }
        }
        string Shelf(string name) => Path.Combine(terminal.Home, "models", name);
        ByteChain.Save(Shelf("tuned"), ByteChain.Decoder(64, ("a", "b")));
        ByteChain.Save(Shelf("house"), ByteChain.Decoder(64, ("a", "c")));
        var tuned = await File.ReadAllBytesAsync(Path.Combine(Shelf("tuned"), "model.safetensors"));

        var (code, told, _) = await terminal.Run("arena", "canary", "tuned", "house");
        Assert.Equal(0, code);
        Assert.StartsWith(verdict, told);
        Assert.True(Directory.Exists(Shelf("tuned")));                      // asked, not told to
        (code, told, var error) = await terminal.Run("arena", "canary", "tuned", "house", "--apply");
        Assert.True(code == 0, error);
        Assert.False(Directory.Exists(Shelf("tuned")));
        var house = await File.ReadAllBytesAsync(Path.Combine(Shelf("house"), "model.safetensors"));
        Assert.Equal(choice == "a", house.AsSpan().SequenceEqual(tuned));
        Assert.DoesNotContain("tuned ", (await terminal.Run("models", "list")).Output);
        (code, _, error) = await terminal.Run("arena", "canary", "nobody", "house");
        Assert.NotEqual(0, code);
        Assert.Contains("'nobody' was in no battle", error);
    }

    [Fact]
    public async Task VotesBecomePairsThatAModelIsTunedTo()
    {
        using var terminal = new Terminal();
        await Judge(terminal, 30);
        var (_, pairs, _) = await terminal.Run("arena", "preferences");
        Assert.Equal(20, pairs.TrimEnd('\n').Split('\n').Length);           // ties decide nothing
        Assert.StartsWith("""{"prompt":"question 1","chosen":"one","rejected":"two"}""", pairs);
        var file = terminal.Path("pairs.jsonl");
        await File.WriteAllTextAsync(file, pairs);
        var model = ByteChain.Save(terminal.Path("start"), ByteChain.Decoder(64, ("a", "b")));
        string[] command = ["train", "text", "--prefer", file, "--start", model, "--run", terminal.Path("run"), "--steps", "2", "--threads", "1"];
        var (code, told, error) = await terminal.Run(command);
        Assert.True(code == 0, error);
        Assert.Contains("18 pairs", told);
        Assert.Contains("2 held-out pairs", told);
        Assert.Equal(0, (await terminal.Run(command)).Code);                // is done, and says so again
        foreach (var (more, why) in new[] { ("--data", "decides nothing with --prefer"), ("--beta", "cannot change a run that has begun") })
        {
            (code, _, error) = await terminal.Run([.. command, more, "0.5"]);
            Assert.Equal(1, code);
            Assert.Contains($"{more} {why}", error);
        }
        Assert.Contains("--prefer needs --start", (await terminal.Run("train", "text", "--prefer", file, "--run", terminal.Path("other"))).Error);

        var (_, verdict, _) = await terminal.Run("arena", "canary", "x", "y");
        Assert.Contains("promote: 83.3 % of", verdict);
        Assert.Contains("roll back", (await terminal.Run("arena", "canary", "y", "x")).Output);
        Assert.Contains("'z' was in no battle of text that has a vote. There were: x; y.", (await terminal.Run("arena", "canary", "x", "z")).Error);
    }

    [Theory]
    [InlineData("board", "--modality", "smell"), InlineData("board", "--category", "smell")]
    public async Task AWrongOptionIsRefusedByName(params string[] args)
    {
        using var terminal = new Terminal();
        var (code, _, error) = await terminal.Run(["arena", .. args]);
        Assert.Equal(1, code);
        Assert.Contains(args[1], error);
    }

    [Fact]
    public async Task WhatIsNoSnapshotIsSaidInOneLine()
    {
        using var terminal = new Terminal();
        await File.WriteAllTextAsync(terminal.Path("x"), "nothing\n");
        var (code, _, error) = await terminal.Run("arena", "verify", terminal.Path("x"));
        Assert.Equal(1, code);
        Assert.Contains("no snapshot of an arena", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
