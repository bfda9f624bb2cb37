// Votes as they are kept: in a chain, exported, sealed and checked again, repeated in secret, and there after a kill.

using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api.Arena;
using Maison.Api.Store;
using Maison.Battles;
using Maison.Tests.Api.Store;
using static Maison.Tests.Api.Blind.BlindHouse;

namespace Maison.Tests.Api.Blind;

public sealed class VoteTests
{
    const string HomeVariable = "MAISON_TEST_ARENA_HOME", Acknowledged = "acknowledged.log";

    public static TheoryData<string> Engines => StoreHome.Engines;

    static Battle New(string voter, int i, string modality = "text", string a = "x", string b = "y") => new()
    {
        Id = Ids.New("battle"),
        Voter = voter,
        Created = DateTimeOffset.UtcNow,
        Modality = modality,
        Prompt = $"question {i}",
        A = a,
        B = b,
        TextA = modality == "text" ? "one" : null,
        TextB = modality == "text" ? "two" : null,
        StyleA = [1, 0, 0, 0, 0],
        StyleB = [2, 0, 0.5, 0, 0],
    };

    /// <summary>A store with some judged battles.</summary>
    static async Task Fill(Database database, int votes)
    {
        var battles = new BattleStore(database, TimeProvider.System);
        for (var i = 0; i < votes; i++)
        {
            var battle = await battles.Add(New($"key_{i % 3}", i, a: i % 2 == 0 ? "x" : "y", b: i % 2 == 0 ? "y" : "z"), null, null);
            Assert.NotNull((await battles.Vote(battle.Voter, battle.Id, i % 5 == 0 ? "tie" : i % 3 == 0 ? "b" : "a", consent: i % 4 == 0))!.Value.Vote);
        }
    }

    [Fact]
    public async Task ASmallBoardCountsEveryVoteAtOnce()
    {
        using var home = new StoreHome("sqlite");
        using var database = home.Open();
        var book = new VoteBook(database);
        Assert.Equal(0, book.Board(new("text")).Ballots.Cast);
        await Fill(database, 3);
        Assert.Equal(3, book.Board(new("text")).Ballots.Cast);
        Assert.Same(book.Board(new("text")), book.Board(new("text")));
        Assert.Equal(1, book.Board(new("text"), BattleStore.Pseudonym("key_1")).Ballots.Cast);
        Assert.Contains(book.Draw("text", ["x", "y", "new"], new Random(1)).A, new[] { "x", "y", "new" });
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task ASnapshotIsCheckedByItsFileAlone(string engine)
    {
        using var home = new StoreHome(engine);
        using var database = home.Open();
        await Fill(database, 50);
        var file = Snapshot.Write(database, DateTimeOffset.UtcNow);
        var report = Snapshot.Check(file);
        Assert.Empty(report.Problems);
        Assert.Equal((50, 2), (report.Votes, report.Boards.Count));
        Assert.Equal(new SnapshotKey(home.Path).Fingerprint, report.Fingerprint);

        var text = Encoding.UTF8.GetString(file);
        var lines = text.TrimEnd('\n').Split('\n');
        void Wrong(string changed, string problem) => Assert.Contains(Snapshot.Check(Encoding.UTF8.GetBytes(changed)).Problems, p => p.Contains(problem, StringComparison.Ordinal));
        Wrong(text.Replace("\"rating\":1", "\"rating\":2"), "The seal does not fit");
        Wrong(text.Replace("\"rating\":1", "\"rating\":2"), "but the votes make");
        Wrong(string.Join('\n', lines.Where((_, i) => i != 7)) + "\n", "does not follow");
        Wrong(string.Join('\n', lines.Where((_, i) => i != 7)) + "\n", "The head tells of 50 votes");
        Wrong(text.Replace("\"choice\":\"b\"", "\"choice\":\"a\""), "does not follow");
        foreach (var broken in new[] { "", "{}", "no snapshot\n", lines[0] + "\n" }) Assert.Throws<InvalidDataException>(() => Snapshot.Check(Encoding.UTF8.GetBytes(broken)));
    }

    [Fact]
    public async Task TheKeyOfTheHouseIsItsOwnersAloneAndADamagedOneIsNamed()
    {
        using var home = new StoreHome();
        using var database = home.Open();
        await Fill(database, 2);
        Snapshot.Write(database, DateTimeOffset.UtcNow);
        var path = Path.Combine(home.Path, "arena.key");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        File.WriteAllText(path, "nonsense");
        Assert.Contains("arena.key", Assert.Throws<InvalidDataException>(() => Snapshot.Write(database, DateTimeOffset.UtcNow)).Message);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task AJudgedBattleComesAgainSwappedAndOnlyOnce(string engine)
    {
        using var home = new StoreHome(engine);
        using var database = home.Open();
        var battles = new BattleStore(database, TimeProvider.System);
        await Fill(database, 12);
        Assert.Null(battles.ToRepeat("key_0", "voice"));
        Assert.Null(battles.ToRepeat("stranger", "text"));
        var before = battles.ToRepeat("key_0", "text");
        Assert.Null(before);                                                // four were judged: too few to have forgotten the first
        await Fill(database, 12);
        before = battles.ToRepeat("key_0", "text");
        Assert.NotNull(before);
        var again = await battles.Add(before with { Id = Ids.New("battle"), A = before.B, B = before.A, RepeatOf = before.Id, Vote = null }, null, null);
        Assert.NotEqual(before.Id, battles.ToRepeat("key_0", "text")!.Id);
        await battles.Vote("key_0", again.Id, "a", consent: false);
        Assert.Equal(before.Id, battles.Find("key_0", again.Id)!.Vote!.RepeatOf);
        var board = new VoteBook(database).Board(new("text"));
        Assert.Equal((25, 1), (board.Ballots.Cast, board.Ballots.Repeats));
        Assert.Equal(1, board.Ballots.Voters[BattleStore.Pseudonym("key_0")].Repeats);
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task AJurorsFirstWordStandsAndAbstainingIsNoVote(string engine)
    {
        using var home = new StoreHome(engine);
        using var database = home.Open();
        var battles = new BattleStore(database, TimeProvider.System);
        var battle = await battles.Add(New("key_0", 1), null, null);
        foreach (var (juror, choice) in new[] { ("m", "a"), ("m", "b"), ("n", Juror.Abstained), ("o", "tie") }) await battles.Judged(battle.Id, juror, choice);
        Assert.Equal([("m", "a"), ("n", Juror.Abstained), ("o", "tie")], battles.Jury(battle.Id).Select(j => (j.Juror, j.Choice)));
        var board = new VoteBook(database).JuryBoard(new("text"));
        Assert.Equal((2, 2, 1, 1), (board.Votes, board.Voters, board.Entries.Single(e => e.Contestant == "x").Wins, board.Entries[0].Ties));
        Assert.Empty(new VoteBook(database).Votes);
    }

    [Fact]
    public async Task BoardExportAndSnapshotTellWhatWasJudged()
    {
        await using var server = await BlindHouse.Start();
        using var other = server.With(server.Keys.Create(new() { Name = "other" }, "tester").Value);
        for (var i = 0; i < 22; i++)
        {
            var (battle, _) = await Battle(server, "text", $"What is {i} + {i}?");
            // Always for the one that writes a list.
            var first = battle.GetProperty("outputs")[0].GetProperty("text").GetString()!.Contains("- one", StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await Vote(server, battle, first ? "a" : "b", i == 0 ? ",\"consent\":true" : "")).Status);
        }
        var board = JsonDocument.Parse((await server.Get("/v1/arena/board?modality=text&style_control=false")).Body).RootElement;
        Assert.Equal(["alpha-quill-7", "beta-quill-9"], board.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("contestant").GetString()));
        Assert.Equal([1, 2], board.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("rank").GetInt32()));
        Assert.Equal((22, 1), (board.GetProperty("votes").GetInt32(), board.GetProperty("voters").GetInt32()));
        Assert.Equal(22, JsonDocument.Parse((await server.Get("/v1/arena/board?category=maths&mine=true")).Body).RootElement.GetProperty("votes").GetInt32());
        var empty = JsonDocument.Parse((await server.Get("/v1/arena/board?modality=voice")).Body).RootElement;
        Assert.Contains("gramophone-1, martin", empty.GetProperty("waiting").EnumerateArray().Select(w => w.GetString()));

        var lines = (await server.Get("/v1/arena/export")).Body.TrimEnd('\n').Split('\n');
        Assert.Equal(22, lines.Length);
        Assert.Contains("\"prompt\":\"What is 0 \\u002B 0?\"", lines[0]);
        Assert.All(lines.Skip(1), l => Assert.DoesNotContain("texts", l));
        Assert.All(lines, l => Assert.DoesNotContain("key_", l));
        Assert.DoesNotContain("texts", await other.GetStringAsync("/v1/arena/export"));
        Assert.Empty(Snapshot.Check(await server.Http.GetByteArrayAsync("/v1/arena/snapshot")).Problems);
        var method = (await server.Get("/v1/arena/method")).Body;
        Assert.Contains(Board.Method, method);
        Assert.Contains(new SnapshotKey(server.Store.Home).Fingerprint, method);
        Assert.Contains($"{Board.FewestBattles} battles", method);
    }

    /// <summary>Runs in a child process until it is killed.</summary>
    [Fact]
    public async Task VoteUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is not { Length: > 0 } folder) return;
        using var database = Database.Open(folder);
        var battles = new BattleStore(database, TimeProvider.System);
        await using var log = new StreamWriter(Path.Combine(folder, Acknowledged)) { AutoFlush = true };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(voter => Task.Run(async () =>
        {
            for (var i = 0; ; i++)
            {
                var battle = await battles.Add(New($"key_{voter}", i), null, null);
                await battles.Vote(battle.Voter, battle.Id, "a", consent: false);
                lock (log) log.WriteLine(battle.Id);
            }
        })));
    }

    [Fact]
    public async Task AKilledServerLosesNoVoteThatItAcknowledged()
    {
        using var home = new StoreHome();
        using (home.Open()) { }
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(VoteTests).Assembly.Location, "-method", $"{typeof(VoteTests).FullName}.{nameof(VoteUntilKilled)}" }) start.ArgumentList.Add(argument);
        start.Environment[HomeVariable] = home.Path;
        using (var child = Process.Start(start)!)
        {
            var log = Path.Combine(home.Path, Acknowledged);
            while (!File.Exists(log) || new FileInfo(log).Length < 1000)
            {
                Assert.False(child.HasExited, "the child ended by itself");
                await Task.Delay(20);
            }
            child.Kill();                                                   // SIGKILL
            await child.WaitForExitAsync();
        }
        using var after = home.Open();
        var kept = after.Read(s => BattleStore.Votes(s, 0)).Select(v => v.BattleId).ToHashSet();
        Assert.All(File.ReadAllText(Path.Combine(home.Path, Acknowledged)).Split('\n')[..^1], id => Assert.Contains(id, kept));
        Assert.Empty(Snapshot.Check(Snapshot.Write(after, DateTimeOffset.UtcNow)).Problems);
    }
}
