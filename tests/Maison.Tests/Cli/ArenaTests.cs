using Maison.Api.Arena;
using Maison.Api.Store;

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
